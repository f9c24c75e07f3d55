import { expect } from "chai";
import { AbiCoder, concat, dataLength, dataSlice, getBytes, hexlify, keccak256, ZeroAddress, ZeroHash } from "ethers";
import { packedClaim, payoutHash, proRataPlace, shortSumProof, weightProof } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";
import {
  buildReportedWorld,
  buildWorld,
  DAY,
  firstPool,
  type Proposal,
  type World,
  type WorldSpec,
} from "../support/attributionWorld.ts";
import { lineAmounts, sumProof, sumTree } from "../support/formats.ts";
import { item } from "../support/fixture.ts";
import { asContract, ModelKind, registerModel } from "../support/lineage.ts";
import { creditCall, freezing, hooked, payFees, PREPAID_DELAY, transferCall } from "../support/payments.ts";
import { refusalOf } from "../support/refusal.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const FIVE_ROWS = [300, -5, 70, 1, 12].map((lane, i) => ({
  exponent: i,
  lanes: [lane, ...new Array<number>(15).fill(0)],
}));

/** Five contributions; the second one's score is negative, so its line pays nothing. */
const FIVE: Partial<WorldSpec> = {
  rowCounts: [5, 3, 2, 7, 1],
  rows: FIVE_ROWS,
  q: [1_000, ...new Array<number>(15).fill(0)],
  exponentBound: 4,
};

const coder = AbiCoder.defaultAbiCoder();

function leafOf(index: number, weight: bigint): string {
  return keccak256(keccak256(coder.encode(["uint256", "uint256"], [index, weight])));
}

function sumTreeNode(leftHash: string, leftSum: bigint, rightHash: string, rightSum: bigint): string {
  const words = [leftHash, leftSum, rightHash, rightSum];
  return keccak256(coder.encode(["bytes32", "uint256", "bytes32", "uint256"], words));
}

/** Members of a payout that a claim doesn't give: they follow from the proof. */
const DERIVED = ["a total", "a root"];

const ENDING = { paid: 0, reverts: 1, returnsFalse: 2 };

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

/** Net fees of a world's first payment: what the ledger calls its fee counter. */
function feesOf(spec: WorldSpec): bigint {
  return spec.payment - spec.payment / 100n;
}

/** The fixed part of a stream's fees. */
function fixedPart(spec: WorldSpec): bigint {
  return (((feesOf(spec) * BigInt(spec.streamBps)) / 10_000n) * BigInt(spec.proRataBps)) / 10_000n;
}

/** ⌊T · rows_i / R⌋ */
function proRataOf(world: World, total: bigint): bigint[] {
  const rows = BigInt(world.counted.reduce((all, count) => all + count, 0));
  return world.counted.map((count) => (total * BigInt(count)) / rows);
}

describe("StreamPayouts", () => {
  const suite = firstStage(deploySuite);
  const reported = suite.step((deployed) => buildReportedWorld(deployed, FIVE));
  const final = reported.step(async (world) => {
    const proposal = await world.propose();
    await world.finalise(proposal);
    return { world, proposal, amounts: lineAmounts(firstPool(world.spec), world.weights) };
  });
  const balances = (world: World): Promise<bigint[]> =>
    Promise.all(world.contributors.map((contributor) => world.currency.balanceOf(contributor)));
  const contributor = (world: World, index: number) => {
    const wallet = world.contributors[index];
    if (wallet === undefined) throw new Error(`no contributor ${index}`);
    return wallet;
  };

  describe("appoint", () => {
    const fresh = suite.step(async (deployed) => {
      const { ethers, currency, models, treasury, wallets, deployer } = deployed;
      const ledger = await ethers.deployContract("RevenueLedger", [currency, models, treasury, 100n, PREPAID_DELAY]);
      const payouts = await ethers.getContractAt("StreamPayouts", await ledger.PAYOUTS());
      const [owner, first, second] = [item(wallets, 0), item(wallets, 1), item(wallets, 2)];
      const model = await registerModel(deployed, owner);
      const payer = await ethers.deployContract("ScriptedWallet");
      const pay = () => payFees(deployed, { ledger, currency, payer }, model, 1_000n);
      return { ...deployed, ledger, payouts, deployer, owner, first, second, pay };
    });

    it("refuses everybody but the ledger's deployer, the treasury and the ledger itself too", async () => {
      const world = await fresh.load();
      const { payouts, owner, first, treasury } = world;
      for (const caller of [owner, first, treasury, await asContract(world, world.ledger)]) {
        await expect(payouts.connect(caller).appoint(first))
          .to.be.revertedWithCustomError(payouts, "NotDeployer")
          .withArgs(await caller.getAddress());
      }
      expect(await payouts.attribution()).to.equal(ZeroAddress);
    });

    it("refuses zero, and stays open for another try", async () => {
      const { payouts, deployer, first } = await fresh.load();
      await expect(payouts.connect(deployer).appoint(ZeroAddress)).to.be.revertedWithCustomError(
        payouts,
        "ZeroAddress",
      );
      await payouts.connect(deployer).appoint(first);
      expect(await payouts.attribution()).to.equal(first.address);
    });

    it("attack 31: appoints once, for good", async () => {
      const { payouts, deployer, first, second } = await fresh.load();
      await expect(payouts.connect(deployer).appoint(first))
        .to.emit(payouts, "AttributionAppointed")
        .withArgs(first.address);
      for (const again of [first.address, second.address, ZeroAddress]) {
        await expect(payouts.connect(deployer).appoint(again))
          .to.be.revertedWithCustomError(payouts, "AlreadyAppointed")
          .withArgs(first.address);
      }
    });

    it("comes before the first money", async () => {
      const { payouts, ledger, deployer, first, pay } = await fresh.load();
      await expect(pay()).to.be.revertedWithCustomError(ledger, "NotAppointed");
      await payouts.connect(deployer).appoint(first);
      await expect(pay()).to.emit(ledger, "FeesCredited");
    });

    it("leaves nobody with the registry's rights while nobody is appointed", async () => {
      const world = await fresh.load();
      const { payouts, deployer } = world;
      for (const caller of [deployer, await asContract(world, world.ledger)]) {
        await expect(payouts.connect(caller).fallBack(256n, 1n)).to.be.revertedWithCustomError(
          payouts,
          "NotAttribution",
        );
      }
    });

    it("was done by the deployment", async () => {
      const { payouts, attribution, deployer } = await suite.load();
      const address = await attribution.getAddress();
      expect(await payouts.attribution()).to.equal(address);
      await expect(payouts.connect(deployer).appoint(deployer))
        .to.be.revertedWithCustomError(payouts, "AlreadyAppointed")
        .withArgs(address);
    });
  });

  describe("calls of the attribution registry", () => {
    it("opens no payout for anybody else", async () => {
      const { world, proposal } = await final.load();
      await expect(world.payouts.connect(world.scorer).open(proposal.statement.payout, world.scorer, 1))
        .to.be.revertedWithCustomError(world.payouts, "NotAttribution")
        .withArgs(world.scorer.address);
    });

    it("lets nobody else divide a pool pro-rata", async () => {
      const world = await reported.load();
      await expect(world.payouts.connect(world.scorer).fallBack(world.stream, 1_000))
        .to.be.revertedWithCustomError(world.payouts, "NotAttribution")
        .withArgs(world.scorer.address);
    });

    it("was deployed by the ledger and uses its contracts", async () => {
      const { payouts, attribution, datasets, models, ledger } = await suite.load();
      expect(await ledger.PAYOUTS()).to.equal(await payouts.getAddress());
      expect(await payouts.attribution()).to.equal(await attribution.getAddress());
      expect(await payouts.DATASETS()).to.equal(await datasets.getAddress());
      expect(await payouts.MODELS()).to.equal(await models.getAddress());
      expect(await payouts.LEDGER()).to.equal(await ledger.getAddress());
      expect(await attribution.PAYOUTS()).to.equal(await payouts.getAddress());
    });

    it("says which payout came in", async () => {
      const world = await reported.load();
      const proposal = await world.propose();
      await world.networkHelpers.time.increaseTo(world.closesAt(proposal));
      const transaction = await world.attribution.finalise(proposal.statement);
      const hash = payoutHash(proposal.statement.payout);
      expect(await world.payouts.isFinal(hash)).to.equal(true);
      const { stream, interval, dataset, lines, root, total, pool } = proposal.statement.payout;
      await expect(transaction)
        .to.emit(world.payouts, "PayoutOpened")
        .withArgs(stream, 0, hash, [stream, interval, dataset, lines, root, total, pool]);
    });
  });

  describe("claim", () => {
    it("pays every line its part of the pool, to the wallet that the registry names", async () => {
      const { world, proposal, amounts } = await final.load();
      await world.payouts.connect(world.stranger).claim([world.claimOf(proposal, [0, 1, 2, 3, 4])]);
      expect(await balances(world)).to.deep.equal(amounts);
      expect(sum(amounts)).to.equal(firstPool(world.spec));
      expect(await world.currency.balanceOf(world.payouts)).to.equal(0);
    });

    it("says who was paid what", async () => {
      const { world, proposal, amounts } = await final.load();
      const wallet = contributor(world, 2).address;
      await expect(world.payouts.claim([world.claimOf(proposal, [2])]))
        .to.emit(world.payouts, "LineClaimed")
        .withArgs(payoutHash(proposal.statement.payout), wallet, 2, amounts[2]);
    });

    it("returns what it paid in all", async () => {
      const { world, proposal, amounts } = await final.load();
      const paid = await world.payouts.claim.staticCall([
        world.claimOf(proposal, [0, 3]),
        world.claimOf(proposal, [3, 4]),
      ]);
      expect(paid).to.equal((amounts[0] ?? 0n) + (amounts[3] ?? 0n) + (amounts[4] ?? 0n));
    });

    it("attack 17: claims lines of several intervals in one call", async () => {
      const { world, proposal, amounts } = await final.load();
      await world.pay(1_000_000_000n);
      await world.networkHelpers.time.increase(DAY);
      await world.usage.cut(world.model);
      await world.report(1);
      const second = await world.propose({ interval: 1 });
      const { pool } = second.statement.payout;
      await world.finalise(second);
      await world.payouts.claim([world.claimOf(proposal, [0]), world.claimOf(second, [0])]);
      const more = lineAmounts(pool, world.weights);
      expect(await world.currency.balanceOf(contributor(world, 0))).to.equal((amounts[0] ?? 0n) + (more[0] ?? 0n));
    });

    describe("skips", () => {
      it("a line that was claimed before", async () => {
        const { world, proposal, amounts } = await final.load();
        await world.payouts.claim([world.claimOf(proposal, [0])]);
        await expect(world.payouts.claim([world.claimOf(proposal, [0, 4])])).to.changeTokenBalances(
          world.ethers,
          world.currency,
          [contributor(world, 0), contributor(world, 4)],
          [0, amounts[4] ?? 0n],
        );
      });

      it("attack 12: a line that is claimed twice in one call", async () => {
        const { world, proposal, amounts } = await final.load();
        await world.payouts.claim([world.claimOf(proposal, [3, 3]), world.claimOf(proposal, [3])]);
        expect(await world.currency.balanceOf(contributor(world, 3))).to.equal(amounts[3]);
      });

      it("attack 43: a line that is worth nothing", async () => {
        const { world, proposal } = await final.load();
        await expect(world.payouts.claim([world.claimOf(proposal, [1])])).not.to.emit(world.payouts, "LineClaimed");
        const { claimed } = await world.payouts.previewClaim(proposal.statement.payout, lineOf(world, proposal, 1));
        expect(claimed).to.equal(false);
      });

      it("a call without lines", async () => {
        const { world, proposal } = await final.load();
        expect(await world.payouts.claim.staticCall([world.claimOf(proposal, [])])).to.equal(0);
        expect(await world.payouts.claim.staticCall([])).to.equal(0);
      });
    });

    describe("when a transfer fails", () => {
      for (const [how, ending] of [
        ["reverts", ENDING.reverts],
        ["returns false", ENDING.returnsFalse],
      ] as const) {
        it(`attack 35: leaves the line claimable when it ${how}, and goes on with the batch`, async () => {
          const { world, proposal, amounts } = await final.load();
          const currency = await freezing(world);
          const frozen = contributor(world, 2);
          await currency.setEnding(frozen, ending);
          const claim = world.payouts.claim([world.claimOf(proposal, [0, 2, 3])]);
          await expect(claim)
            .to.emit(world.payouts, "PaymentFailed")
            .withArgs(world.stream, frozen.address, frozen.address, amounts[2]);
          expect(await balances(world)).to.deep.equal([amounts[0], 0n, 0n, amounts[3], 0n]);
          await currency.setEnding(frozen, ENDING.paid);
          await world.payouts.claim([world.claimOf(proposal, [0, 2, 3])]);
          expect(await balances(world)).to.deep.equal([amounts[0], 0n, amounts[2], amounts[3], 0n]);
        });
      }

      it("counts only what went through", async () => {
        const { world, proposal, amounts } = await final.load();
        const currency = await freezing(world);
        await currency.setEnding(contributor(world, 0), ENDING.reverts);
        expect(await world.payouts.claim.staticCall([world.claimOf(proposal, [0, 4])])).to.equal(amounts[4]);
      });

      it("for want of gas, the line stays claimable: nothing is lost, whatever the caller gives", async () => {
        const outcomes = new Set<string>();
        for (let gasLimit = 60_000; gasLimit < 260_000; gasLimit += 4_000) {
          const { world, proposal, amounts } = await final.load();
          const outcome = await world.payouts.claim([world.claimOf(proposal, [0, 2, 3])], { gasLimit }).then(
            () => "mined",
            () => "reverted",
          );
          const paid = await balances(world);
          for (const line of [0, 2, 3]) {
            const preview = await world.payouts.previewClaim(proposal.statement.payout, lineOf(world, proposal, line));
            expect(paid[line], `line ${line} with ${gasLimit} gas`).to.equal(preview.claimed ? amounts[line] : 0n);
          }
          outcomes.add(`${outcome} ${paid.filter((amount) => amount > 0n).length}`);
        }
        expect([...outcomes]).to.include.members(["reverted 0", "mined 3"]);
      });

      it("attack 42: lets a frozen wallet take its money elsewhere", async () => {
        const { world, proposal, amounts } = await final.load();
        const currency = await freezing(world);
        const frozen = contributor(world, 0);
        await currency.setEnding(frozen, ENDING.reverts);
        await world.payouts.connect(frozen).setRecipient(world.stranger);
        await world.payouts.claim([world.claimOf(proposal, [0])]);
        expect(await currency.balanceOf(world.stranger)).to.equal(amounts[0]);
      });
    });

    describe("refuses", () => {
      it("attack 33: a payout whose statement isn't final", async () => {
        const world = await reported.load();
        const proposal = await world.propose();
        await expect(world.payouts.claim([world.claimOf(proposal, [0])]))
          .to.be.revertedWithCustomError(world.payouts, "LineNotFinal")
          .withArgs(world.stream, 0, 0, proposal.tree.weights[0]);
      });

      const forgeries: [string, (payout: Proposal["statement"]["payout"]) => Proposal["statement"]["payout"]][] = [
        ["a pool", (payout) => ({ ...payout, pool: payout.pool + 1n })],
        ["a dataset", (payout) => ({ ...payout, dataset: 2n })],
        ["a number of lines", (payout) => ({ ...payout, lines: payout.lines + 1n })],
        ["a total", (payout) => ({ ...payout, total: payout.total - 1n })],
        ["a root", (payout) => ({ ...payout, root: ZeroHash })],
        ["an interval", (payout) => ({ ...payout, interval: 1n })],
        ["a stream", (payout) => ({ ...payout, stream: payout.stream + 1n })],
      ];
      for (const [what, forge] of forgeries) {
        it(`a payout with ${what} that isn't the statement's`, async () => {
          const { world, proposal } = await final.load();
          const claim = { ...world.claimOf(proposal, [0]), payout: forge(proposal.statement.payout) };
          await expect(
            world.payouts.previewClaim(claim.payout, lineOf(world, proposal, 0)),
          ).to.be.revertedWithCustomError(world.payouts, "PayoutNotFinal");
          if (DERIVED.includes(what)) return;
          const [line] = claim.lines;
          if (line === undefined) throw new Error("no line");
          const calls = [
            () => world.payouts.claim([claim]),
            () => world.payouts.claimSingleLine(packedClaim({ payout: claim.payout, line })),
          ];
          for (const call of calls) await expect(call()).to.be.revertedWithCustomError(world.payouts, "LineNotFinal");
        });
      }

      const lines: [string, string, (world: World, proposal: Proposal) => object | Promise<object>][] = [
        ["a weight that isn't the line's", "LineNotInStatement", () => ({ weight: 1n })],
        ["another line's proof", "LineNotInStatement", (_, { tree }) => ({ proof: tree.proof(2) })],
        ["another line's place", "LineNotInStatement", () => ({ index: 2 })],
        [
          "another line's place, in the word of a line that was claimed",
          "LineNotInStatement",
          async (world, proposal) => {
            await world.payouts.claim([world.claimOf(proposal, [0])]);
            return { index: 2 };
          },
        ],
        ["a place beyond the lines", "LineOutOfRange", () => ({ index: 5 })],
        ["a proof that is too short", "ProofLength", (_, { tree }) => ({ proof: sumProof(tree.siblings(0).slice(1)) })],
        [
          "a proof that is too long",
          "ProofLength",
          (_, { tree }) => ({ proof: sumProof([...tree.siblings(0), { hash: ZeroHash, sum: 0n }]) }),
        ],
        [
          "padding that isn't empty",
          "PaddingNotEmpty",
          (_, { tree }) => ({
            index: 4,
            weight: tree.weights[4],
            proof: sumProof([{ hash: ZeroHash, sum: 5n }, ...tree.siblings(4).slice(1)]),
          }),
        ],
      ];
      for (const [what, error, change] of lines) {
        it(what, async () => {
          const { world, proposal } = await final.load();
          const line = { ...lineOf(world, proposal, 0), ...(await change(world, proposal)) };
          const claim = { payout: proposal.statement.payout, lines: [line] };
          // A claim names no root: a proof that leads elsewhere leads to a payout that isn't final.
          const claimError = error === "LineNotInStatement" ? "LineNotFinal" : error;
          await expect(world.payouts.claim([claim])).to.be.revertedWithCustomError(world.payouts, claimError);
          await expect(world.payouts.previewClaim(proposal.statement.payout, line)).to.be.revertedWithCustomError(
            world.payouts,
            error,
          );
        });
      }

      it("the interval of another final statement", async () => {
        const world = await reported.load();
        await world.pay(1_000_000_000n);
        await world.networkHelpers.time.increase(DAY);
        await world.usage.cut(world.model);
        await world.report(1);
        const proposal = await world.propose({ interval: 1 });
        await world.finalise(proposal);
        const claim = { ...world.claimOf(proposal, [0]), payout: { ...proposal.statement.payout, interval: 0n } };
        await expect(world.payouts.claim([claim])).to.be.revertedWithCustomError(world.payouts, "LineNotFinal");
      });
    });

    it("takes proofs whose sums are shown in fewer bytes, and pays the same", async () => {
      const { world, proposal, amounts } = await final.load();
      const short = [0, 2, 3, 4].map((index) => {
        const line = lineOf(world, proposal, index);
        return { ...line, proof: shortSumProof(line.proof) };
      });
      expect(short.map(({ proof }) => (proof.length - 2) / 2 / 3)).to.satisfy((steps: number[]) =>
        steps.every((bytes) => bytes < 50),
      );
      await world.payouts.claim([{ payout: proposal.statement.payout, lines: short }]);
      expect(await balances(world)).to.deep.equal(amounts);
    });

    it("refuses a short proof that cuts a byte of a sum off", async () => {
      const { world, proposal } = await final.load();
      const line = lineOf(world, proposal, 0);
      const proof = shortSumProof(line.proof);
      const bytes = (proof.length - 2) / 2 / 3;
      const cut = concat([0, 1, 2].map((step) => dataSlice(proof, step * bytes, (step + 1) * bytes - 1)));
      const lines = [{ ...line, proof: cut }];
      await expect(world.payouts.claim([{ payout: proposal.statement.payout, lines }])).to.be.revertedWithCustomError(
        world.payouts,
        "LineNotFinal",
      );
    });

    describe("of one line in one piece", () => {
      const packed = async (index = 2) => {
        const { world, proposal, amounts } = await final.load();
        const { payout } = proposal.statement;
        const claim = packedClaim({ payout, line: lineOf(world, proposal, index) });
        return { world, payout, claim, amounts, call: (data: string) => world.payouts.claimSingleLine(data) };
      };

      it("pays it, once", async () => {
        const { world, payout, claim, amounts } = await packed();
        const wallet = contributor(world, 2);
        expect(await world.payouts.claimSingleLine.staticCall(claim)).to.equal(amounts[2]);
        await expect(world.payouts.connect(world.stranger).claimSingleLine(claim))
          .to.emit(world.payouts, "LineClaimed")
          .withArgs(payoutHash(payout), wallet.address, 2, amounts[2]);
        await world.payouts.claimSingleLine(claim);
        expect(await world.currency.balanceOf(wallet)).to.equal(amounts[2]);
      });

      it("pays every line what the claim of many pays, and both know what the other paid", async () => {
        const { world, proposal, amounts } = await final.load();
        const { payout } = proposal.statement;
        for (const index of [0, 1, 4]) {
          await world.payouts.claimSingleLine(packedClaim({ payout, line: lineOf(world, proposal, index) }));
        }
        expect(await balances(world)).to.deep.equal([amounts[0], 0n, 0n, 0n, amounts[4]]);
        await world.payouts.claim([world.claimOf(proposal, [0, 1, 2, 3, 4])]);
        for (const index of [2, 3]) {
          await world.payouts.claimSingleLine(packedClaim({ payout, line: lineOf(world, proposal, index) }));
        }
        expect(await balances(world)).to.deep.equal(amounts);
      });

      it("refuses every length but those of lines, and a claim that is nothing or cut off anywhere", async () => {
        const { world, claim, call } = await packed();
        const whole = dataLength(claim);
        // Five lines: three levels. Lengths are right for widths of 0 to 18 bytes, one more byte of width is 4 bytes.
        for (const length of [
          35,
          64,
          whole - 5,
          whole - 3,
          whole - 2,
          whole - 1,
          whole + 1,
          whole + 3,
          32 + 3 + 96 + 76,
        ]) {
          const data = length <= whole ? dataSlice(claim, 0, length) : concat([claim, new Uint8Array(length - whole)]);
          await expect(call(data))
            .to.be.revertedWithCustomError(world.payouts, "PackedLineLength")
            .withArgs(BigInt.asUintN(256, BigInt(length) - 32n), 3);
        }
        for (let length = 0; length < 35; length++) {
          await expect(call(dataSlice(claim, 0, length)), `${length} bytes`).to.revert(world.ethers);
        }
        for (const width of [4, -4]) {
          const data = width > 0 ? concat([claim, new Uint8Array(width)]) : dataSlice(claim, 0, width);
          await expect(call(data)).to.be.revertedWithCustomError(world.payouts, "LineNotFinal");
        }
      });

      it("refuses a claim with any one byte changed", async () => {
        const { world, claim, call } = await packed();
        const outcomes = new Set<string>();
        for (let place = 0; place < dataLength(claim); place += 3) {
          const bytes = getBytes(claim);
          bytes[place] = (bytes[place] ?? 0) ^ (1 + (place % 255));
          const outcome = await call(hexlify(bytes)).then(
            () => "paid",
            (error: unknown) => refusalOf(error, world.payouts),
          );
          outcomes.add(outcome);
        }
        expect([...outcomes])
          .to.include("LineNotFinal")
          .and.not.to.include("paid");
        for (const outcome of outcomes)
          expect(outcome).to.be.oneOf(["LineNotFinal", "LineOutOfRange", "PackedLineLength", "PaddingNotEmpty"]);
        expect(await world.currency.balanceOf(contributor(world, 2))).to.equal(0);
      });
    });

    it("refuses a payout whose stream or dataset is beyond what registries number", async () => {
      const { world, proposal } = await final.load();
      const { payout } = proposal.statement;
      for (const wide of [
        { ...payout, stream: payout.stream + (1n << 56n) },
        { ...payout, dataset: payout.dataset + (1n << 32n) },
      ]) {
        await expect(world.payouts.claim([{ ...world.claimOf(proposal, [0]), payout: wide }]))
          .to.be.revertedWithCustomError(world.payouts, "PayoutNotFinal")
          .withArgs(wide.stream, 0);
      }
    });

    it("marks lines on both sides of a word's end", async () => {
      const counts = new Array<number>(258).fill(1);
      const rows = counts.map((_, i) => ({ exponent: 0, lanes: [i + 1, ...new Array<number>(15).fill(0)] }));
      const world = await buildReportedWorld(await suite.load(), { ...FIVE, rowCounts: counts, rows });
      const proposal = await world.propose();
      await world.finalise(proposal);
      const expected = lineAmounts(firstPool(world.spec), world.weights);
      const indexes = [254, 255, 256, 0];
      for (const index of [255, 254, 256]) await world.payouts.claim([world.claimOf(proposal, [index])]);
      expect(await world.payouts.isFinal(payoutHash(proposal.statement.payout))).to.equal(true);
      const claimed: boolean[] = [];
      for (const index of indexes) {
        const preview = await world.payouts.previewClaim(proposal.statement.payout, lineOf(world, proposal, index));
        claimed.push(preview.claimed);
      }
      expect(claimed).to.deep.equal([true, true, true, false]);
      const paid = await world.payouts.claim.staticCall([world.claimOf(proposal, [...counts.keys()])]);
      expect(paid).to.equal(sum(expected.filter((_, i) => i < 254 || i > 256)));
    });

    describe("of a token that calls back", () => {
      /** The hook claims lines in the middle of the next transfer. */
      const claimInside = async (world: World, proposal: Proposal, lines: readonly number[], afterwards = false) => {
        const token = await hooked(world);
        const data = world.payouts.interface.encodeFunctionData("claim", [[world.claimOf(proposal, lines)]]);
        await token.setHook(world.payouts, data, afterwards);
        return token;
      };

      for (const afterwards of [false, true]) {
        it(`attack 39: pays a line once, ${afterwards ? "after" : "before"} the balances change`, async () => {
          const { world, proposal, amounts } = await final.load();
          await claimInside(world, proposal, [0], afterwards);
          await world.payouts.claim([world.claimOf(proposal, [0, 0])]);
          expect(await balances(world)).to.deep.equal([amounts[0], 0n, 0n, 0n, 0n]);
        });
      }

      it("pays a neighbour that is claimed in the middle, once", async () => {
        const { world, proposal, amounts } = await final.load();
        await claimInside(world, proposal, [2, 0]);
        await world.payouts.claim([world.claimOf(proposal, [0, 2, 3])]);
        expect(await balances(world)).to.deep.equal([amounts[0], 0n, amounts[2], amounts[3], 0n]);
      });

      it("attack 39: undoes only its own line when its transfer fails after all", async () => {
        const { world, proposal, amounts } = await final.load();
        const token = await claimInside(world, proposal, [2]);
        await token.refuse();
        await expect(world.payouts.claim([world.claimOf(proposal, [0])]))
          .to.emit(world.payouts, "PaymentFailed")
          .and.to.emit(world.payouts, "LineClaimed");
        expect(await balances(world)).to.deep.equal([0n, 0n, amounts[2], 0n, 0n]);
        await world.payouts.claim([world.claimOf(proposal, [0, 2])]);
        expect(await balances(world)).to.deep.equal([amounts[0], 0n, amounts[2], 0n, 0n]);
      });
    });

    it("keeps one bit for each line", async () => {
      const { world, proposal } = await final.load();
      await world.payouts.claim([world.claimOf(proposal, [0, 4])]);
      const claimed: boolean[] = [];
      for (const index of [0, 1, 2, 3, 4]) {
        const preview = await world.payouts.previewClaim(proposal.statement.payout, lineOf(world, proposal, index));
        claimed.push(preview.claimed);
      }
      expect(claimed).to.deep.equal([true, false, false, false, true]);
    });
  });

  describe("previewClaim", () => {
    it("tells wallet, worth and whether it was claimed", async () => {
      const { world, proposal, amounts } = await final.load();
      const line = lineOf(world, proposal, 2);
      const { payout } = proposal.statement;
      const wallet = contributor(world, 2).address;
      expect([...(await world.payouts.previewClaim(payout, line))]).to.deep.equal([wallet, amounts[2], false]);
      await world.payouts.claim([world.claimOf(proposal, [2])]);
      expect([...(await world.payouts.previewClaim(payout, line))]).to.deep.equal([wallet, amounts[2], true]);
    });

    it("refuses a payout that isn't final", async () => {
      const world = await reported.load();
      const proposal = await world.propose();
      await expect(
        world.payouts.previewClaim(proposal.statement.payout, lineOf(world, proposal, 0)),
      ).to.be.revertedWithCustomError(world.payouts, "PayoutNotFinal");
    });
  });

  describe("weightOf", () => {
    const asked = async (index = 2) => {
      const { world, proposal } = await final.load();
      const { payout } = proposal.statement;
      const { weight, proof } = lineOf(world, proposal, index);
      return { world, proposal, payout, index, weight, proof: weightProof(payout, { proof: proof as Hex }) };
    };

    it("tells wallet, weight and total, to anybody, before and after the line was claimed", async () => {
      for (const line of [0, 1, 2, 3, 4]) {
        const { world, proposal, payout, index, weight, proof } = await asked(line);
        const expected = [contributor(world, index).address, weight, payout.total];
        const ask = () => world.payouts.connect(world.stranger).weightOf(world.stream, 0, index, weight, proof);
        expect([...(await ask())]).to.deep.equal(expected);
        await world.payouts.claim([world.claimOf(proposal, [index])]);
        expect([...(await ask())]).to.deep.equal(expected);
      }
    });

    it("takes steps of 50 bytes too", async () => {
      const { world, proposal, payout, index, weight, proof } = await asked();
      const long = concat([dataSlice(proof, 0, 224), proposal.tree.proof(index)]);
      expect(long.length).to.be.greaterThan(proof.length);
      expect((await world.payouts.weightOf(world.stream, 0, index, weight, long)).total).to.equal(payout.total);
    });

    it("refuses another weight, another place, and a place beyond the lines", async () => {
      const { world, index, weight, proof } = await asked();
      const { payouts, stream } = world;
      for (const [place, other, error] of [
        [index, weight + 1n, "LineNotInStatement"],
        [index, weight + (1n << 144n), "LineNotInStatement"],
        [0, weight, "LineNotInStatement"],
        [5, weight, "LineOutOfRange"],
        [2n ** 32n + BigInt(index), weight, "LineOutOfRange"],
      ] as const) {
        await expect(payouts.weightOf(stream, 0, place, other, proof)).to.be.revertedWithCustomError(payouts, error);
      }
    });

    it("refuses a payout of another stream or interval than those asked for", async () => {
      const { world, index, weight, proof } = await asked();
      for (const [stream, interval] of [
        [world.stream + 1n, 0],
        [world.stream, 1],
      ] as const) {
        await expect(world.payouts.weightOf(stream, interval, index, weight, proof))
          .to.be.revertedWithCustomError(world.payouts, "PayoutNotFinal")
          .withArgs(stream, interval);
      }
    });

    it("refuses a payout that isn't the final one, and what is too short to be one", async () => {
      const { world, payout, index, weight, proof } = await asked();
      const steps = dataSlice(proof, 224);
      const forged = [
        weightProof({ ...payout, pool: payout.pool + 1n }, { proof: "0x" }),
        weightProof({ ...payout, total: payout.total + 1n }, { proof: "0x" }),
        weightProof({ ...payout, interval: 1n }, { proof: "0x" }),
      ].map((head) => concat([head, steps]));
      for (const wrong of [...forged, "0x", dataSlice(proof, 0, 223), steps]) {
        await expect(world.payouts.weightOf(world.stream, 0, index, weight, wrong)).to.be.revertedWithCustomError(
          world.payouts,
          "PayoutNotFinal",
        );
      }
      await expect(
        world.payouts.weightOf(world.stream, 0, index, weight, dataSlice(proof, 0, 224)),
      ).to.be.revertedWithCustomError(world.payouts, "ProofLength");
    });

    it("refuses a statement before it is final", async () => {
      const world = await reported.load();
      const proposal = await world.propose();
      const { weight, proof } = lineOf(world, proposal, 2);
      const whole = weightProof(proposal.statement.payout, { proof: proof as Hex });
      await expect(world.payouts.weightOf(world.stream, 0, 2, weight, whole))
        .to.be.revertedWithCustomError(world.payouts, "PayoutNotFinal")
        .withArgs(world.stream, 0);
    });
  });

  describe("claimProRata", () => {
    const all = [0, 1, 2, 3, 4];

    it("pays the fixed part of the fees by rows, before any interval is cut", async () => {
      const world = await buildWorld(await suite.load(), FIVE);
      await world.pay(world.spec.payment);
      await world.payouts.connect(world.stranger).claimProRata([{ stream: world.stream, indexes: all }]);
      expect(await balances(world)).to.deep.equal(proRataOf(world, fixedPart(world.spec)));
    });

    it("says who was paid what", async () => {
      const world = await reported.load();
      const wallet = contributor(world, 3).address;
      const amount = proRataOf(world, fixedPart(world.spec))[3];
      await expect(world.payouts.claimProRata([{ stream: world.stream, indexes: [3] }]))
        .to.emit(world.payouts, "ProRataClaimed")
        .withArgs(world.stream, wallet, 3, amount);
      expect(await world.payouts.proRataClaimed(world.stream, 3)).to.equal(amount);
    });

    it("attack 12: returns what it paid in all, each contribution once", async () => {
      const world = await reported.load();
      const amounts = proRataOf(world, fixedPart(world.spec));
      const paid = await world.payouts.claimProRata.staticCall([
        { stream: world.stream, indexes: [0, 0, 2] },
        { stream: world.stream, indexes: [2, 4] },
      ]);
      expect(paid).to.equal((amounts[0] ?? 0n) + (amounts[2] ?? 0n) + (amounts[4] ?? 0n));
    });

    it("pays a pool that fell back, beside the fixed part", async () => {
      const world = await reported.load();
      await world.networkHelpers.time.increase(14 * DAY);
      await world.attribution.fallBack(world.stream, 0);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      const total = fixedPart(world.spec) + firstPool(world.spec);
      expect(total).to.equal((feesOf(world.spec) * 3_000n) / 10_000n);
      expect(await balances(world)).to.deep.equal(proRataOf(world, total));
    });

    it("pays the stream's share of royalties", async () => {
      const world = await reported.load();
      const { market, ledger, owner, payer, payouts } = world;
      const parents = [{ model: world.model, shareBps: 2_000n }];
      const child = await registerModel(world, owner, { kind: ModelKind.Finetune, parents });
      await market.connect(owner).list(child, 1n);
      await market.connect(payer).pay(child, 123_456_789n, world.digest);
      await ledger.distribute(child);
      const royalties = ((123_456_789n - 123_456_789n / 100n) * 2_000n) / 10_000n;
      await payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      const total = fixedPart(world.spec) + (royalties * 3_000n) / 10_000n;
      expect(await balances(world)).to.deep.equal(proRataOf(world, total));
    });

    it("attack 36: pays the same in many claims as in one, and leaves less than a wei for each contribution", async () => {
      const world = await reported.load();
      let paid = world.spec.payment;
      for (const payment of [1n, 17n, 3_333n, 1n, 999_983n]) {
        await world.pay(payment);
        paid += payment;
        await world.payouts.claimProRata([{ stream: world.stream, indexes: [Number(payment % 5n), 4] }]);
      }
      await world.payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      const total = fixedPart({ ...world.spec, payment: paid });
      const amounts = proRataOf(world, total);
      expect(await balances(world)).to.deep.equal(amounts);
      expect(total - sum(amounts)).to.be.lessThan(5n);
    });

    it("counts a contribution that was retired before the version as nothing", async () => {
      const world = await buildReportedWorld(await suite.load(), { ...FIVE, retired: [3] });
      await world.payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      const amounts = proRataOf(world, fixedPart(world.spec));
      expect(amounts[3]).to.equal(0);
      expect(await balances(world)).to.deep.equal(amounts);
    });

    it("still counts a contribution that was retired after the version", async () => {
      const world = await reported.load();
      await world.datasets.connect(contributor(world, 3)).retire(world.dataset, 3);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      expect(await balances(world)).to.deep.equal(proRataOf(world, fixedPart(world.spec)));
    });

    it("skips what was claimed before", async () => {
      const world = await reported.load();
      await world.payouts.claimProRata([{ stream: world.stream, indexes: all }]);
      await expect(world.payouts.claimProRata([{ stream: world.stream, indexes: all }])).not.to.emit(
        world.payouts,
        "ProRataClaimed",
      );
    });

    it("leaves the money claimable when its transfer fails, and goes on", async () => {
      const world = await reported.load();
      const currency = await freezing(world);
      const frozen = contributor(world, 0);
      const amounts = proRataOf(world, fixedPart(world.spec));
      await currency.setEnding(frozen, ENDING.reverts);
      await expect(world.payouts.claimProRata([{ stream: world.stream, indexes: [0, 2] }]))
        .to.emit(world.payouts, "PaymentFailed")
        .withArgs(world.stream, frozen.address, frozen.address, amounts[0]);
      expect(await world.payouts.proRataClaimed(world.stream, 0)).to.equal(0);
      expect(await currency.balanceOf(contributor(world, 2))).to.equal(amounts[2]);
      await currency.setEnding(frozen, ENDING.paid);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: [0] }]);
      expect(await currency.balanceOf(frozen)).to.equal(amounts[0]);
    });

    it("takes one contribution in one word", async () => {
      const world = await reported.load();
      const wallet = contributor(world, 3);
      const amount = proRataOf(world, fixedPart(world.spec))[3];
      expect(await world.payouts.claimProRataOf.staticCall(proRataPlace(world.stream, 3))).to.equal(amount);
      await expect(world.payouts.connect(world.stranger).claimProRataOf(proRataPlace(world.stream, 3)))
        .to.emit(world.payouts, "ProRataClaimed")
        .withArgs(world.stream, wallet.address, 3, amount);
      await expect(world.payouts.claimProRataOf(proRataPlace(world.stream, 3))).not.to.emit(
        world.payouts,
        "ProRataClaimed",
      );
      expect(await world.currency.balanceOf(wallet)).to.equal(amount);
      await expect(world.payouts.claimProRataOf(proRataPlace(world.stream, 5)))
        .to.be.revertedWithCustomError(world.payouts, "ContributionOutOfRange")
        .withArgs(5, 5);
    });

    describe("of a token that calls back", () => {
      it("pays a contribution once", async () => {
        const world = await reported.load();
        const token = await hooked(world);
        const data = world.payouts.interface.encodeFunctionData("claimProRataOf", [proRataPlace(world.stream, 0)]);
        await token.setHook(world.payouts, data, false);
        await world.payouts.claimProRataOf(proRataPlace(world.stream, 0));
        expect(await world.currency.balanceOf(contributor(world, 0))).to.equal(
          proRataOf(world, fixedPart(world.spec))[0],
        );
      });

      it("undoes only what failed", async () => {
        const world = await reported.load();
        const amounts = proRataOf(world, fixedPart(world.spec));
        const token = await hooked(world);
        const data = world.payouts.interface.encodeFunctionData("claimProRataOf", [proRataPlace(world.stream, 2)]);
        await token.setHook(world.payouts, data, false);
        await token.refuse();
        await world.payouts.claimProRataOf(proRataPlace(world.stream, 0));
        expect(await balances(world)).to.deep.equal([0n, 0n, amounts[2], 0n, 0n]);
        await world.payouts.claimProRata([{ stream: world.stream, indexes: [0, 2] }]);
        expect(await balances(world)).to.deep.equal([amounts[0], 0n, amounts[2], 0n, 0n]);
      });

      it("attack 16: pays nothing twice when the model earns and is claimed from in the middle of a batch", async () => {
        const world = await reported.load();
        const { ledger, payouts, stream } = world;
        const token = await hooked(world);
        const payer = await world.ethers.deployContract("ScriptedWallet");
        await token.mint(payer, 10_000_000n);
        const money = await transferCall(world, token, await ledger.getAddress(), 10_000_000n);
        const target = await payouts.getAddress();
        const claimOther = {
          target,
          data: payouts.interface.encodeFunctionData("claimProRataOf", [proRataPlace(stream, 2)]),
        };
        const calls = [await creditCall(ledger, world.model, 10_000_000n, [money]), claimOther];
        await token.setHook(payer, payer.interface.encodeFunctionData("run", [calls]), true);
        await payouts.claimProRata([{ stream, indexes: [0, 2] }]);
        const before = proRataOf(world, fixedPart(world.spec));
        const after = proRataOf(world, fixedPart({ ...world.spec, payment: world.spec.payment + 10_000_000n }));
        expect(await balances(world)).to.deep.equal([before[0], 0n, after[2], 0n, 0n]);
        await payouts.claimProRata([{ stream, indexes: [0, 2] }]);
        expect(await balances(world)).to.deep.equal([after[0], 0n, after[2], 0n, 0n]);
      });
    });

    it("refuses a contribution that isn't in the version", async () => {
      const world = await reported.load();
      await expect(world.payouts.claimProRata([{ stream: world.stream, indexes: [5] }]))
        .to.be.revertedWithCustomError(world.payouts, "ContributionOutOfRange")
        .withArgs(5, 5);
    });

    it("refuses a contribution that was accepted after the version", async () => {
      const world = await reported.load();
      await world.datasets.connect(world.stranger).contribute(world.dataset, world.digest, 9, "");
      await world.datasets
        .connect(world.curator)
        .accept(world.dataset, [{ contributor: world.stranger.address, root: world.digest }]);
      await world.datasets.connect(world.curator).freeze(world.dataset);
      await expect(world.payouts.claimProRata([{ stream: world.stream, indexes: [5] }])).to.be.revertedWithCustomError(
        world.payouts,
        "ContributionOutOfRange",
      );
    });

    it("refuses a stream that doesn't exist", async () => {
      const world = await reported.load();
      await expect(
        world.payouts.claimProRata([{ stream: world.stream + 1n, indexes: [0] }]),
      ).to.be.revertedWithCustomError(world.models, "StreamNotFound");
    });
  });

  describe("previewProRata", () => {
    it("tells the wallet and what it can claim, before and after a claim", async () => {
      const world = await reported.load();
      const wallet = contributor(world, 0).address;
      const amount = proRataOf(world, fixedPart(world.spec))[0];
      expect([...(await world.payouts.previewProRata(world.stream, 0))]).to.deep.equal([wallet, amount]);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: [0] }]);
      expect([...(await world.payouts.previewProRata(world.stream, 0))]).to.deep.equal([wallet, 0n]);
    });

    it("refuses a contribution that isn't in the version", async () => {
      const world = await reported.load();
      await expect(world.payouts.previewProRata(world.stream, 5)).to.be.revertedWithCustomError(
        world.payouts,
        "ContributionOutOfRange",
      );
    });
  });

  describe("accountOf and touch", () => {
    it("tell the stream's terms, before and after they are copied", async () => {
      const world = await buildWorld(await suite.load(), FIVE);
      const terms = [0n, 18n, 5n, 1n, 3_000n, 1_000n, world.dataset];
      expect([...(await world.payouts.accountOf(world.stream))]).to.deep.equal(terms);
      await world.payouts.touch(world.stream);
      expect([...(await world.payouts.accountOf(world.stream))]).to.deep.equal(terms);
      await world.payouts.touch(world.stream);
      expect([...(await world.payouts.accountOf(world.stream))]).to.deep.equal(terms);
    });

    it("refuse a stream that doesn't exist", async () => {
      const world = await reported.load();
      for (const call of [world.payouts.accountOf(world.stream + 1n), world.payouts.touch(world.stream + 1n)]) {
        await expect(call).to.be.revertedWithCustomError(world.models, "StreamNotFound");
      }
    });
  });

  describe("setRecipient", () => {
    it("sends the caller's money elsewhere", async () => {
      const { world, proposal, amounts } = await final.load();
      const wallet = contributor(world, 0);
      const fixed = proRataOf(world, fixedPart(world.spec))[0] ?? 0n;
      await expect(world.payouts.connect(wallet).setRecipient(world.stranger))
        .to.emit(world.payouts, "RecipientSet")
        .withArgs(wallet.address, world.stranger.address);
      await expect(world.payouts.claim([world.claimOf(proposal, [0])]))
        .to.emit(world.payouts, "LineClaimed")
        .withArgs(payoutHash(proposal.statement.payout), wallet.address, 0, amounts[0]);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: [0] }]);
      expect(await world.currency.balanceOf(world.stranger)).to.equal((amounts[0] ?? 0n) + fixed);
      expect(await world.currency.balanceOf(wallet)).to.equal(0);
    });

    it("sends it to the caller again after zero", async () => {
      const { world, proposal, amounts } = await final.load();
      const wallet = contributor(world, 0);
      await world.payouts.connect(wallet).setRecipient(world.stranger);
      await world.payouts.connect(wallet).setRecipient(ZeroAddress);
      await world.payouts.claim([world.claimOf(proposal, [0])]);
      expect(await world.currency.balanceOf(wallet)).to.equal(amounts[0]);
    });
  });

  describe("money", () => {
    it("of a stream is paid out to the last wei but the dust of row counts", async () => {
      const { world, proposal, amounts } = await final.load();
      await world.payouts.claim([world.claimOf(proposal, [0, 1, 2, 3, 4])]);
      await world.payouts.claimProRata([{ stream: world.stream, indexes: [0, 1, 2, 3, 4] }]);
      const fixed = fixedPart(world.spec);
      const stream = (feesOf(world.spec) * 3_000n) / 10_000n;
      expect(sum(amounts) + fixed).to.equal(stream);
      expect(stream - sum(await balances(world))).to.be.lessThan(5n);
    });

    it("attack 18: of a crooked statement that nobody challenged is at most its pool: what no line proves stays behind", async () => {
      const world = await buildReportedWorld(await suite.load(), {
        ...FIVE,
        rowCounts: [5, 3, 2],
        rows: FIVE_ROWS.slice(0, 3),
      });
      const honest = sumTree([10n, 20n, 5n]);
      const [beside, left] = honest.siblings(2);
      if (beside === undefined || left === undefined) throw new Error("two siblings");
      // The root says that lines 0 and 1 weigh 1 together: neither of them proves any more.
      const right = sumTreeNode(leafOf(2, 5n), 5n, beside.hash, beside.sum);
      const root = sumTreeNode(left.hash, 1n, right, 5n);
      const proposal = await world.propose({ root, total: 6n, weights: [10n, 20n, 5n] });
      await world.finalise(proposal);
      const { payout } = proposal.statement;
      for (const index of [0, 1]) {
        await expect(world.payouts.claim([world.claimOf(proposal, [index])])).to.be.revertedWithCustomError(
          world.payouts,
          "LineNotFinal",
        );
      }
      const proof = sumProof([beside, { hash: left.hash, sum: 1n }]);
      await world.payouts.claim([{ payout, lines: [{ index: 2, weight: 5n, proof }] }]);
      expect(await world.currency.balanceOf(contributor(world, 2))).to.equal(payout.pool - payout.pool / 6n);
      expect(await world.currency.balanceOf(world.payouts)).to.equal(payout.pool / 6n);
    });

    it("attack 38: sent to the contract directly belongs to nobody: no claim grows, and nothing takes it", async () => {
      const { world, proposal, amounts } = await final.load();
      const { payouts, ledger, currency, stream, stranger } = world;
      await currency.mint(stranger, 3_000_000n);
      await currency.connect(stranger).transfer(payouts, 1_000_000n);
      await currency.connect(stranger).transfer(ledger, 2_000_000n);
      const held = await currency.balanceOf(ledger);
      const claims = [world.claimOf(proposal, [0, 1, 2, 3, 4])];
      expect(await payouts.claim.staticCall(claims)).to.equal(sum(amounts));
      const rows = [{ stream, indexes: [0, 1, 2, 3, 4] }];
      const fixed = proRataOf(world, fixedPart(world.spec));
      expect(await payouts.claimProRata.staticCall(rows)).to.equal(sum(fixed));
      for (let again = 0; again < 2; again++) {
        await payouts.claim(claims);
        await payouts.claimProRata(rows);
      }
      expect(await balances(world)).to.deep.equal(amounts.map((amount, i) => amount + (fixed[i] ?? 0n)));
      expect(await currency.balanceOf(payouts)).to.equal(1_000_000n);
      expect(await currency.balanceOf(ledger)).to.equal(held - sum(fixed));
    });

    it("whose recipient is the ledger or the payouts is given away, and takes nothing of others'", async () => {
      const { world, proposal, amounts } = await final.load();
      const { payouts, ledger, currency, stream } = world;
      const fixed = proRataOf(world, fixedPart(world.spec));
      await payouts.connect(contributor(world, 0)).setRecipient(payouts);
      await payouts.connect(contributor(world, 2)).setRecipient(ledger);
      const held = await currency.balanceOf(ledger);
      await payouts.claim([world.claimOf(proposal, [0, 2, 3, 4])]);
      await payouts.claimProRata([{ stream, indexes: [0, 1, 2, 3, 4] }]);
      expect(await currency.balanceOf(payouts)).to.equal((amounts[0] ?? 0n) + (fixed[0] ?? 0n));
      expect(await balances(world)).to.deep.equal(
        amounts.map((amount, i) => (i === 0 || i === 2 ? 0n : amount + (fixed[i] ?? 0n))),
      );
      // Its own pro-rata money moves from the ledger to the ledger, its line's comes on top.
      const left = sum(fixed.filter((_, i) => i !== 2));
      expect(await currency.balanceOf(ledger)).to.equal(held - left + (amounts[2] ?? 0n));
    });

    it("attack 18: of two streams with the same tree is claimed once for each", async () => {
      const { world, proposal, amounts } = await final.load();
      const twin = await buildReportedWorld(world, FIVE);
      const second = await twin.propose();
      await twin.finalise(second);
      expect(second.tree.root).to.equal(proposal.tree.root);
      const claims = [world.claimOf(proposal, [0]), twin.claimOf(second, [0])];
      await world.payouts.claim(claims);
      await world.payouts.claim(claims);
      expect(await world.currency.balanceOf(contributor(world, 0))).to.equal(2n * (amounts[0] ?? 0n));
    });
  });
});

function lineOf(world: World, proposal: Proposal, index: number) {
  const line = world.claimOf(proposal, [index]).lines[0];
  if (line === undefined) throw new Error(`no line ${index}`);
  return line;
}
