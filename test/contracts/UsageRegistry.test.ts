import { expect } from "chai";
import {
  AbiCoder,
  concat,
  hexlify,
  id,
  keccak256,
  randomBytes,
  Signature,
  type Signer,
  toBeHex,
  toUtf8Bytes,
  type TypedDataDomain,
  ZeroAddress,
  ZeroHash,
} from "ethers";
import { delegatingAccount } from "../support/delegation.ts";
import { item, useFixture } from "../support/fixture.ts";
import { registerModel } from "../support/lineage.ts";
import { payFees } from "../support/payments.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 44n;
const PERIOD = 86_400n;
const YEAR = 365n * 86_400n;
const LANES = 32n;
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const REPORT_TYPE =
  "UsageReport(uint256 model,uint32 interval,uint112 from,uint112 to,bytes32 receiptsRoot,int16 exponent,bytes q)";
const TYPES = {
  UsageReport: [
    { name: "model", type: "uint256" },
    { name: "interval", type: "uint32" },
    { name: "from", type: "uint112" },
    { name: "to", type: "uint112" },
    { name: "receiptsRoot", type: "bytes32" },
    { name: "exponent", type: "int16" },
    { name: "q", type: "bytes" },
  ],
};

interface Report {
  model: bigint;
  interval: bigint;
  from: bigint;
  to: bigint;
  receiptsRoot: string;
  exponent: bigint;
  q: string;
}

async function build() {
  const suite = await deploySuite();
  const [alice, operator, bob] = [0, 1, 2].map((i) => item(suite.wallets, i));
  if (!alice || !operator || !bob) throw new Error("too few wallets");
  const model = await registerModel(suite, alice, { operator: operator.address });
  const payer = await suite.ethers.deployContract("ScriptedWallet");
  const till = { ledger: suite.ledger, currency: suite.currency, payer };
  const { chainId } = await suite.ethers.provider.getNetwork();
  const domain = { name: "Tributary", version: "1", chainId, verifyingContract: await suite.usage.getAddress() };
  return { ...suite, alice, operator, bob, model, till, domain };
}

/** The struct hash of a report, written from EIP-712. */
function structHash(report: Report): string {
  const types = ["bytes32", "uint256", "uint32", "uint112", "uint112", "bytes32", "int16", "bytes32"];
  const { model, interval, from, to, receiptsRoot, exponent, q } = report;
  const typeHash = keccak256(toUtf8Bytes(REPORT_TYPE));
  const values = [typeHash, model, interval, from, to, receiptsRoot, exponent, keccak256(q)];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, values));
}

describe("UsageRegistry", () => {
  const at = useFixture(build);
  const pay = (model: bigint, amount: bigint) => payFees(at(), at().till, model, amount);
  const sign = (signer: Signer, report: Report, domain: TypedDataDomain = at().domain) =>
    signer.signTypedData(domain, TYPES, report);

  it("knows the other contracts and its period", async () => {
    const { usage, models, indexes, ledger } = at();
    expect(await usage.MODELS()).to.equal(await models.getAddress());
    expect(await usage.INDEXES()).to.equal(await indexes.getAddress());
    expect(await usage.LEDGER()).to.equal(await ledger.getAddress());
    expect(await usage.CUTTING_PERIOD()).to.equal(PERIOD);
  });

  it("names its EIP-712 domain", async () => {
    const { usage, domain } = at();
    const { fields, name, version, chainId, verifyingContract, salt, extensions } = await usage.eip712Domain();
    expect({ name, version, chainId, verifyingContract }).to.deep.equal(domain);
    expect([fields, salt, extensions]).to.deep.equal(["0x0f", ZeroHash, []]);
  });

  describe("constructor", () => {
    it("refuses a cutting period above a year, and takes none at all and a year", async () => {
      const { ethers, usage, models, indexes, ledger } = at();
      const deploy = (period: bigint) => ethers.deployContract("UsageRegistry", [models, indexes, ledger, period]);
      await expect(deploy(YEAR + 1n))
        .to.be.revertedWithCustomError(usage, "CuttingPeriodTooLong")
        .withArgs(YEAR + 1n);
      for (const period of [0n, YEAR]) expect(await (await deploy(period)).CUTTING_PERIOD()).to.equal(period);
    });
  });

  describe("cut", () => {
    it("refuses a model that had no fees, and one that doesn't exist", async () => {
      const { usage, model } = at();
      for (const each of [model, NOBODY]) {
        await expect(usage.cut(each)).to.be.revertedWithCustomError(usage, "NothingToCut").withArgs(each);
      }
    });

    it("refuses a model that had royalties only", async () => {
      const { usage, ledger, alice, model } = at();
      const child = await registerModel(at(), alice, { parents: [{ model, shareBps: 10_000n }] });
      await pay(child, 1_000n);
      await ledger.distribute(child);
      expect(await ledger.countersOf(model)).to.deep.equal([0n, 990n]);
      await expect(usage.cut(model)).to.be.revertedWithCustomError(usage, "NothingToCut").withArgs(model);
    });

    it("cuts the first interval from 0, at any time, for anyone, and returns its number", async () => {
      const { usage, networkHelpers, bob, model } = at();
      await pay(model, 1_000n);
      expect(await usage.connect(bob).cut.staticCall(model)).to.equal(0n);
      const time = BigInt(await networkHelpers.time.latest()) + 3n;
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(usage.connect(bob).cut(model)).to.emit(usage, "IntervalCut").withArgs(model, 0n, 0n, 990n);
      expect(await usage.intervalAt(model, 0n)).to.deep.equal([0n, 990n, time]);
      expect(await usage.headOf(model)).to.deep.equal([990n, time, 1n]);
      expect(await usage.reportHashOf(model, 0n)).to.equal(ZeroHash);
    });

    it("refuses a second cut without new fees, after the period too", async () => {
      const { usage, networkHelpers, model } = at();
      await pay(model, 1_000n);
      await usage.cut(model);
      await expect(usage.cut(model)).to.be.revertedWithCustomError(usage, "NothingToCut").withArgs(model);
      await networkHelpers.time.increase(PERIOD);
      await expect(usage.cut(model)).to.be.revertedWithCustomError(usage, "NothingToCut").withArgs(model);
    });

    it("refuses a second cut within the period, to the second", async () => {
      const { usage, networkHelpers, model } = at();
      await pay(model, 1_000n);
      await usage.cut(model);
      const { cutAt } = await usage.headOf(model);
      await pay(model, 500n);
      await networkHelpers.time.setNextBlockTimestamp(cutAt + PERIOD - 1n);
      await expect(usage.cut(model))
        .to.be.revertedWithCustomError(usage, "CuttingPeriodRunning")
        .withArgs(model, cutAt + PERIOD);
      await networkHelpers.time.setNextBlockTimestamp(cutAt + PERIOD);
      await expect(usage.cut(model)).to.emit(usage, "IntervalCut").withArgs(model, 1n, 990n, 1_485n);
    });

    it("keeps the periods of models apart", async () => {
      const { usage, alice, model } = at();
      const other = await registerModel(at(), alice);
      await pay(model, 100n);
      await pay(other, 100n);
      await usage.cut(model);
      await expect(usage.cut(other)).to.emit(usage, "IntervalCut").withArgs(other, 0n, 0n, 99n);
    });

    it("attack 15: pieces follow one another without gap or overlap, whatever was paid in between", async () => {
      const { usage, networkHelpers, model } = at();
      const amounts = [1n, 9_999n, 2n, 1_000_003n, 77n];
      let gross = 0n;
      let from = 0n;
      for (const [i, amount] of amounts.entries()) {
        await pay(model, amount);
        gross += amount;
        const to = gross - gross / 100n;
        await networkHelpers.time.increase(PERIOD);
        await expect(usage.cut(model)).to.emit(usage, "IntervalCut").withArgs(model, i, from, to);
        const piece = await usage.intervalAt(model, i);
        expect([piece.from, piece.to]).to.deep.equal([from, to]);
        from = to;
      }
      const head = await usage.headOf(model);
      expect([head.to, head.intervals]).to.deep.equal([from, 5n]);
    });
  });

  describe("intervalAt", () => {
    it("refuses an interval that wasn't cut", async () => {
      const { usage, model } = at();
      await pay(model, 100n);
      await usage.cut(model);
      for (const [of, interval] of [
        [model, 1n],
        [NOBODY, 0n],
      ] as const) {
        await expect(usage.intervalAt(of, interval))
          .to.be.revertedWithCustomError(usage, "IntervalNotFound")
          .withArgs(of, interval);
      }
    });
  });

  describe("report", () => {
    /** A truthful report of the model's first interval; lanes are what they are, the chain doesn't read them here. */
    function reportOf(parts: Partial<Report> = {}): Report {
      return {
        model: at().model,
        interval: 0n,
        from: 0n,
        to: 990n,
        receiptsRoot: id("receipts"),
        exponent: -3n,
        q: `0x${"7fff".repeat(Number(LANES))}`,
        ...parts,
      };
    }

    async function commitBasis(model: bigint): Promise<void> {
      const { indexes, alice } = at();
      await indexes
        .connect(alice)
        .commitBasis(model, { lanes: LANES, basisDigest: id("basis"), methodDigest: id("method") }, "");
    }

    beforeEach(async () => {
      const { usage, model } = at();
      await commitBasis(model);
      await pay(model, 1_000n);
      await usage.cut(model);
    });

    describe("of an interval", () => {
      it("refuses one that wasn't cut, and a model that doesn't exist", async () => {
        const { usage, operator, model } = at();
        for (const report of [reportOf({ interval: 1n }), reportOf({ model: NOBODY })]) {
          await expect(usage.report(report, await sign(operator, report)))
            .to.be.revertedWithCustomError(usage, "IntervalNotFound")
            .withArgs(report.model, report.interval);
        }
        expect(await usage.reportHashOf(model, 0n)).to.equal(ZeroHash);
      });

      it("refuses ends that aren't the interval's", async () => {
        const { usage, operator, model } = at();
        for (const ends of [{ from: 1n }, { to: 989n }, { to: 991n }, { from: 1n, to: 991n }]) {
          const report = reportOf(ends);
          await expect(usage.report(report, await sign(operator, report)))
            .to.be.revertedWithCustomError(usage, "WrongInterval")
            .withArgs(model, 0n, report.from, report.to);
        }
      });

      it("attack 15: refuses a second report, the same or another", async () => {
        const { usage, operator, model } = at();
        const first = reportOf();
        await usage.report(first, await sign(operator, first));
        for (const second of [first, reportOf({ receiptsRoot: id("others") })]) {
          await expect(usage.report(second, await sign(operator, second)))
            .to.be.revertedWithCustomError(usage, "AlreadyReported")
            .withArgs(model, 0n);
        }
        expect(await usage.reportHashOf(model, 0n)).to.equal(structHash(first));
      });

      it("takes reports in any order", async () => {
        const { usage, networkHelpers, operator, model } = at();
        await pay(model, 1_000n);
        await networkHelpers.time.increase(PERIOD);
        await usage.cut(model);
        const [first, second] = [reportOf(), reportOf({ interval: 1n, from: 990n, to: 1_980n })];
        await usage.report(second, await sign(operator, second));
        await usage.report(first, await sign(operator, first));
        expect(await usage.reportHashOf(model, 0n)).to.equal(structHash(first));
        expect(await usage.reportHashOf(model, 1n)).to.equal(structHash(second));
      });
    });

    describe("with lanes", () => {
      for (const [what, bytes] of [
        ["no lanes", 0],
        ["a byte too few", 63],
        ["a lane too few", 62],
        ["a lane too many", 66],
        ["a word too many", 96],
      ] as const) {
        it(`refuses ${what}`, async () => {
          const { usage, operator } = at();
          const report = reportOf({ q: `0x${"01".repeat(bytes)}` });
          await expect(usage.report(report, await sign(operator, report)))
            .to.be.revertedWithCustomError(usage, "WrongLanes")
            .withArgs(bytes, LANES);
        });
      }

      it("refuses any lanes, none too, while the model has no basis", async () => {
        const { usage, alice, operator } = at();
        const model = await registerModel(at(), alice, { operator: operator.address });
        await pay(model, 1_000n);
        await usage.cut(model);
        for (const q of ["0x", `0x${"01".repeat(64)}`]) {
          const report = reportOf({ model, q });
          await expect(usage.report(report, await sign(operator, report)))
            .to.be.revertedWithCustomError(usage, "WrongLanes")
            .withArgs((q.length - 2) / 2, 0n);
        }
      });
    });

    describe("signed by a wallet", () => {
      it("keeps the EIP-712 struct hash and publishes everything, whoever posts it", async () => {
        const { usage, operator, bob, model } = at();
        const report = reportOf({ q: hexlify(randomBytes(64)), exponent: -32_768n });
        await expect(usage.connect(bob).report(report, await sign(operator, report)))
          .to.emit(usage, "UsageReported")
          .withArgs(model, 0n, operator.address, structHash(report), report.receiptsRoot, -32_768n, report.q);
        expect(await usage.reportHashOf(model, 0n)).to.equal(structHash(report));
      });

      it("takes a signature over the digest as EIP-712 writes it", async () => {
        const { usage, operator, domain, ethers } = at();
        const report = reportOf({ exponent: 32_767n });
        const domainHash = ethers.TypedDataEncoder.hashDomain(domain);
        const digest = keccak256(concat(["0x1901", domainHash, structHash(report)]));
        const recovered = ethers.recoverAddress(digest, await sign(operator, report));
        expect(recovered).to.equal(operator.address);
        await expect(usage.report(report, await sign(operator, report))).to.emit(usage, "UsageReported");
      });

      it("refuses the owner's and anybody else's signature", async () => {
        const { usage, alice, operator, bob, model } = at();
        const report = reportOf();
        for (const signer of [alice, bob]) {
          await expect(usage.report(report, await sign(signer, report)))
            .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
            .withArgs(model, operator.address);
        }
      });

      it("refuses a signature over anything else than the report", async () => {
        const { usage, operator } = at();
        const report = reportOf();
        for (const changed of [
          { receiptsRoot: id("others") },
          { exponent: -2n },
          { q: `0x${"7ffe".repeat(Number(LANES))}` },
          { interval: 1n },
          { model: NOBODY },
          { from: 1n },
          { to: 991n },
        ]) {
          const signature = await sign(operator, { ...report, ...changed });
          await expect(usage.report(report, signature)).to.be.revertedWithCustomError(usage, "NotSignedByOperator");
        }
      });

      it("attack 22: refuses a signature for another chain, contract, name or version", async () => {
        const { usage, ledger, operator, domain } = at();
        const report = reportOf();
        for (const changed of [
          { chainId: domain.chainId + 1n },
          { verifyingContract: await ledger.getAddress() },
          { name: "tributary" },
          { version: "2" },
        ]) {
          const signature = await sign(operator, report, { ...domain, ...changed });
          await expect(usage.report(report, signature)).to.be.revertedWithCustomError(usage, "NotSignedByOperator");
        }
      });

      it("attack 22: refuses the signature of one model's report for another model of the same operator", async () => {
        const { usage, alice, operator } = at();
        const twin = await registerModel(at(), alice, { operator: operator.address });
        await commitBasis(twin);
        await pay(twin, 1_000n);
        await usage.cut(twin);
        const signature = await sign(operator, reportOf());
        await expect(usage.report(reportOf({ model: twin }), signature))
          .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
          .withArgs(twin, operator.address);
      });

      it("refuses a signature that is empty, cut off, or mirrored to the upper half of the curve", async () => {
        const { usage, operator } = at();
        const report = reportOf();
        const whole = await sign(operator, report);
        const { r, s, yParity } = Signature.from(whole);
        const mirrored = concat([r, toBeHex(CURVE_ORDER - BigInt(s), 32), yParity === 0 ? "0x1c" : "0x1b"]);
        for (const signature of ["0x", whole.slice(0, -2), `${whole}00`, mirrored]) {
          await expect(usage.report(report, signature)).to.be.revertedWithCustomError(usage, "NotSignedByOperator");
        }
      });
    });

    describe("signed by a contract (ERC-1271)", () => {
      async function contractOperator() {
        const { models, ethers, alice, bob, model } = at();
        const wallet = await ethers.deployContract("SignerWallet", [bob]);
        await models.connect(alice).setOperator(model, wallet);
        return wallet;
      }

      it("takes what the contract says is signed", async () => {
        const { usage, bob, model } = at();
        const wallet = await contractOperator();
        const report = reportOf();
        await expect(usage.report(report, await sign(bob, report)))
          .to.emit(usage, "UsageReported")
          .withArgs(model, 0n, await wallet.getAddress(), structHash(report), report.receiptsRoot, -3n, report.q);
      });

      it("refuses what the contract says isn't", async () => {
        const { usage, operator, model } = at();
        const wallet = await contractOperator();
        const report = reportOf();
        for (const signature of [await sign(operator, report), "0x", "0x1234"]) {
          await expect(usage.report(report, signature))
            .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
            .withArgs(model, await wallet.getAddress());
        }
      });

      it("refuses a contract that knows no ERC-1271", async () => {
        const { usage, models, currency, alice, bob, model } = at();
        await models.connect(alice).setOperator(model, currency);
        const report = reportOf();
        await expect(usage.report(report, await sign(bob, report)))
          .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
          .withArgs(model, await currency.getAddress());
      });
    });

    describe("signed by an account with code (EIP-7702)", () => {
      it("takes the signature of its key, though its code knows no ERC-1271, and refuses others", async () => {
        const { usage, models, currency, alice, bob, model } = at();
        const account = await delegatingAccount(at(), currency);
        await models.connect(alice).setOperator(model, account);
        const report = reportOf();
        await expect(usage.report(report, await sign(bob, report)))
          .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
          .withArgs(model, account.address);
        await expect(usage.report(report, await sign(account, report))).to.emit(usage, "UsageReported");
      });
    });

    describe("after the operator changed", () => {
      it("refuses the old operator's signature and takes the new one's", async () => {
        const { usage, models, alice, operator, bob, model } = at();
        const report = reportOf();
        const old = await sign(operator, report);
        await models.connect(alice).setOperator(model, bob);
        await expect(usage.report(report, old))
          .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
          .withArgs(model, bob.address);
        await expect(usage.report(report, await sign(bob, report))).to.emit(usage, "UsageReported");
      });

      it("refuses every signature while the model has no operator, one that recovers to zero too", async () => {
        const { usage, models, alice, operator, model } = at();
        const report = reportOf();
        await models.connect(alice).setOperator(model, ZeroAddress);
        const nonsense = concat([toBeHex(1n, 32), toBeHex(1n, 32), "0x1d"]);
        for (const signature of [await sign(operator, report), nonsense, "0x"]) {
          await expect(usage.report(report, signature))
            .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
            .withArgs(model, ZeroAddress);
        }
      });

      it("refuses the seller's operator after the model was sold, until the new owner names it again", async () => {
        const { usage, models, alice, operator, bob, model } = at();
        const report = reportOf();
        const signature = await sign(operator, report);
        await models.connect(alice).transferFrom(alice, bob, model);
        await expect(usage.report(report, signature))
          .to.be.revertedWithCustomError(usage, "NotSignedByOperator")
          .withArgs(model, ZeroAddress);
        await models.connect(bob).setOperator(model, operator);
        await expect(usage.report(report, signature)).to.emit(usage, "UsageReported");
      });
    });
  });
});
