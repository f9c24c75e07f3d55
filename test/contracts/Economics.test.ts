import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { type Addressable, type TransactionReceipt, type TransactionResponse, ZeroHash } from "ethers";
import { closeInterval, commitStream, openStream, propose } from "../../bench/gas/actions.ts";
import { EXPONENT, ofOneRow } from "../../bench/gas/operations.ts";
import { dot, indexPath, leafHash, parent } from "../../bench/gas/trees.ts";
import { Random, World as TallWorld } from "../../bench/gas/world.ts";
import type { ChainStatement } from "../../client/index.ts";
import { DEFAULT_PARAMETERS } from "../../ignition/modules/Tributary.ts";
import { connectChain } from "../../scripts/network.ts";
import {
  BOND_FLOOR,
  buildReportedWorld,
  CHALLENGE_BOND,
  DAY,
  DOLLAR,
  firstPool,
  type Proposal,
  SMALL,
  type World,
} from "../support/attributionWorld.ts";
import { asShipped } from "../support/engine.ts";
import { useFixture, item } from "../support/fixture.ts";
import { lineAmounts, type SumNode, sumProof } from "../support/formats.ts";
import { deploySuite } from "../support/suite.ts";

/** What gas costs where the default bonds are meant for; docs/deployment.md says how to try other prices. */
const GWEI = Number(process.env.ECONOMICS_GWEI ?? 1);
const COIN_DOLLARS = Number(process.env.ECONOMICS_COIN ?? 3_000);
const GIGA = 10n ** 9n;
const DEPTH = 20;
const R = BigInt(DEFAULT_PARAMETERS.responseTime);
const WINDOW = BigInt(DEFAULT_PARAMETERS.window);

const dollars = (gas: number, gwei = GWEI, coin = COIN_DOLLARS): number => (gas * gwei * coin) / 1e9;
/** What gas costs, in wei of a currency with six decimals. */
const price = (gas: number): bigint => BigInt(Math.ceil(dollars(gas) * Number(DOLLAR)));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const gasOf = ({ gasUsed }: TransactionReceipt): number => Number(gasUsed);
const sumsHigh = (random: Random, bits: number): bigint => BigInt(random.bytes(bits / 8)) | (1n << BigInt(bits - 1));

/** The nodes that a walk from the root of 2^20 lines down to line 0 sees: level by level, on the far left. */
class TallTree {
  private readonly levels: SumNode[][] = [];

  /**
   * Line 0 is real, and so is every hash above it; what stands beside is made up, with sums as long as the largest
   * that lines can have.
   */
  constructor(random: Random, weight: bigint) {
    this.levels[0] = [{ hash: leafHash(0, weight), sum: weight }, ...this.beside(random, 15, 104)];
    this.climbTo(4);
    this.level(4).push(...this.beside(random, 255, 104));
    this.climbTo(12);
    this.level(12).push(...this.beside(random, 255, 112));
    this.climbTo(DEPTH);
  }

  get root(): string {
    return item(this.level(DEPTH), 0).hash;
  }

  get total(): bigint {
    return item(this.level(DEPTH), 0).sum;
  }

  /** What an answer for the leftmost node of a level shows. */
  nodes(level: number): string {
    return sumProof(this.level(level - Math.min(8, level)));
  }

  /** The steps from the leftmost node of a level to the root. */
  proof(level: number): string {
    return sumProof(this.levels.slice(level, DEPTH).map((nodes) => item(nodes, 1)));
  }

  private level(level: number): SumNode[] {
    return item(this.levels, level);
  }

  private beside(random: Random, count: number, bits: number): SumNode[] {
    return Array.from({ length: count }, () => ({ hash: random.bytes(32), sum: sumsHigh(random, bits) }));
  }

  private climbTo(level: number): void {
    while (this.levels.length <= level) {
      const below = this.level(this.levels.length - 1);
      this.levels.push(
        Array.from({ length: below.length / 2 }, (_, i) => parent(item(below, 2 * i), item(below, 2 * i + 1))),
      );
    }
  }
}

/** Gas of everything that a walk down a tree of 2^20 lines can take. */
interface WalkGas {
  readonly challenge: number;
  readonly descend: readonly number[];
  readonly open: readonly number[];
  readonly defend: number;
  readonly refute: number;
  readonly callSilence: number;
  /** Settling a walk of four answers for a statement that stands. */
  readonly collect: number;
  /** Fetching the challenge's bond after a void. */
  readonly settle: number;
  readonly showRow: number;
}

/** A stream over 2^20 contributions, of which the first has a row of so many lanes. */
class TallStream {
  readonly world: TallWorld;
  readonly random: Random;
  readonly q: string;
  readonly row: string;
  readonly weight: bigint;
  readonly index: ReturnType<typeof indexPath>;
  private readonly lanes: number;

  constructor(world: TallWorld, lanes: number) {
    this.world = world;
    this.lanes = lanes;
    this.random = new Random(lanes);
    this.q = this.random.bytes(2 * lanes);
    let row = this.random.bytes(2 * lanes);
    while (dot(row, this.q) <= 0n) row = this.random.bytes(2 * lanes);
    this.row = row;
    this.weight = dot(row, this.q) << BigInt(EXPONENT);
    this.index = indexPath(this.random, EXPONENT, row, DEPTH);
  }

  /** Its contributions and its index. */
  private get stream() {
    const index = { lanes: this.lanes, root: this.index.root, exponentBound: EXPONENT };
    return [ofOneRow(DEPTH, [this.scorer.address]), index] as const;
  }

  get scorer() {
    return this.world.sender(1);
  }

  get challenger() {
    return this.world.sender(2);
  }

  /** Gas of showing row 0 of a committed index. */
  async showRow(): Promise<number> {
    const { suite } = this.world;
    const { stream } = await commitStream(this.world, ...this.stream);
    const { challenger, scorer } = this;
    const { vault, indexes, book } = suite;
    await this.world.fund(challenger, DEFAULT_PARAMETERS.rowBond, book.contracts.vault);
    const deposit = [book.contracts.indexes, challenger.address, DEFAULT_PARAMETERS.rowBond] as const;
    await challenger.send("bonding", vault.deposit.populateTransaction(...deposit));
    await challenger.send("demanding", indexes.demandRow.populateTransaction(stream, 0));
    const shown = [stream, 0, EXPONENT, this.row, this.index.proof] as const;
    return gasOf(await scorer.send("showing", indexes.showRow.populateTransaction(...shown)));
  }

  /** An honest statement, a refuted one and one that fell silent, each walked from the root down to line 0. */
  async walk(): Promise<Omit<WalkGas, "showRow">> {
    const { world, random, weight, scorer, challenger } = this;
    const { challenges } = world.suite;
    const { model, stream } = await openStream(world, ...this.stream);

    const first = await closeInterval(world, model, 0, this.q);
    const right = new TallTree(random, weight);
    const { statement } = await propose(world, stream, 0, right);
    const honest = await this.descendTo(statement, right);
    const defence = challenges.defend.populateTransaction(statement, this.evidence(right, weight, first.report));
    const defend = gasOf(await this.lastSecond(() => scorer.send("defending", defence)));
    await this.finalise(statement);
    const settled = challenges.settle.populateTransaction(statement, 0, 0);
    const collect = gasOf(await scorer.send("settling", settled));

    const second = await closeInterval(world, model, 1, this.q);
    const wrong = new TallTree(random, weight + 1n);
    const refuted = (await propose(world, stream, 1, wrong)).statement;
    await this.descendTo(refuted, wrong);
    const evidence = this.evidence(wrong, weight + 1n, second.report);
    const refutation = challenges.refute.populateTransaction(refuted, evidence);
    const refute = gasOf(await challenger.send("refuting", refutation));
    const settlement = challenges.settle.populateTransaction(refuted, 0, 0);
    const settle = gasOf(await challenger.send("settling", settlement));

    await closeInterval(world, model, 2, this.q);
    const silent = (await propose(world, stream, 2, wrong)).statement;
    await this.descendTo(silent, wrong);
    await world.wait(R);
    const call = challenges.callSilence.populateTransaction(silent, 0, 0);
    const callSilence = gasOf(await challenger.send("calling silence", call));
    return { ...honest, defend, collect, refute, settle, callSilence };
  }

  /** A walk in which everybody waits for the last second, from the last second of the window on. */
  private async descendTo(statement: ChainStatement, tree: TallTree) {
    const { world, challenger, scorer } = this;
    const { challenges } = world.suite;
    await world.bond(challenger, DEFAULT_PARAMETERS.challengeBond);
    const begin = challenges.challenge.populateTransaction(statement, DEPTH, 0);
    await world.wait(BigInt(statement.proposedAt) + WINDOW - 2n - (await this.now()));
    const challenge = gasOf(await challenger.send("challenging", begin));
    const [open, descend]: [number[], number[]] = [[], []];
    for (const level of [20, 12, 4]) {
      const answer = challenges.open.populateTransaction(statement, level, 0, tree.nodes(level), tree.proof(level));
      open.push(gasOf(await this.lastSecond(() => scorer.send("opening", answer))));
      const down = challenges.descend.populateTransaction(statement, level, 0, 0);
      descend.push(gasOf(await this.lastSecond(() => challenger.send("descending", down))));
    }
    return { challenge, open, descend };
  }

  /** Sends a second before a response time from the last block is over. */
  private async lastSecond(send: () => Promise<TransactionReceipt>): Promise<TransactionReceipt> {
    await this.world.wait(R - 2n);
    return send();
  }

  private async finalise(statement: ChainStatement): Promise<void> {
    const { attribution } = this.world.suite;
    const closedAt = BigInt(statement.proposedAt) + WINDOW;
    await this.scorer.send("finalising", attribution.finalise.populateTransaction(statement));
    const delay = (await this.now()) - closedAt;
    expect(delay, "each of seven turns takes a response time less a second").to.equal(7n * (R - 1n));
  }

  private async now(): Promise<bigint> {
    const block = await this.world.chain.provider.getBlock("latest");
    if (block === null) throw new Error("the chain has no block");
    return BigInt(block.timestamp);
  }

  private evidence(tree: TallTree, weight: bigint, usage: Awaited<ReturnType<typeof closeInterval>>["report"]) {
    return {
      index: 0,
      weight,
      sumProof: tree.proof(0),
      exponent: EXPONENT,
      lanes: this.row,
      indexProof: this.index.proof,
      usage,
    };
  }
}

/** Gas of all the answers that one bond can force, and of getting paid for them. */
const answers = (gas: WalkGas): number => sum(gas.open) + gas.defend + gas.collect;
/** Gas of a challenger that walks down to a wrong line, voids the statement and takes its bond back. */
const challengerWorst = (gas: WalkGas): number =>
  gas.challenge + sum(gas.descend) + Math.max(gas.refute, gas.callSilence) + gas.settle;

describe("Economics", () => {
  describe("of gas, with the default bonds, over 2^20 lines", () => {
    const measured = new Map<number, WalkGas>();

    before(async () => {
      const world = await TallWorld.create(await connectChain("bench"));
      await world.fund(world.sender(0), 10n ** 14n, world.suite.book.contracts.market);
      for (const lanes of [512, 8192]) {
        const stream = new TallStream(world, lanes);
        measured.set(lanes, { ...(await stream.walk()), showRow: await stream.showRow() });
      }
    });

    function gasWith(lanes: number): WalkGas {
      const gas = measured.get(lanes);
      if (gas === undefined) throw new Error(`nothing was measured with ${lanes} lanes`);
      return gas;
    }

    for (const lanes of [512, 8192]) {
      it(`a challenge's bond pays all the answers that it can force, with ${lanes} lanes`, () => {
        const cost = price(answers(gasWith(lanes)));
        expect(DEFAULT_PARAMETERS.challengeBond >= cost, `challengeBond: at least ${cost}`).to.equal(true);
      });

      it(`a bond on a single node pays the dearest answer, with ${lanes} lanes`, () => {
        const gas = gasWith(lanes);
        const cost = price(Math.max(...gas.open, gas.defend) + gas.collect);
        expect(DEFAULT_PARAMETERS.challengeBond >= cost, `challengeBond: at least ${cost}`).to.equal(true);
      });

      it(`attack 28: half of the bond floor pays a challenger's whole walk to a void, with ${lanes} lanes`, () => {
        const cost = price(challengerWorst(gasWith(lanes)));
        expect(DEFAULT_PARAMETERS.bondFloor / 2n >= cost, `bondFloor: at least ${2n * cost}`).to.equal(true);
      });

      it(`a row's bond pays showing it, with ${lanes} lanes`, () => {
        const cost = price(gasWith(lanes).showRow);
        expect(DEFAULT_PARAMETERS.rowBond >= cost, `rowBond: at least ${cost}`).to.equal(true);
      });
    }

    it("the page on deployment has the figures right", async function () {
      asShipped(this);
      const page = await readFile("docs/deployment.md", "utf8");
      const [, section = ""] = /<!-- bonds:begin -->\n([\s\S]*)<!-- bonds:end -->/.exec(page) ?? [];
      const [head = "", , ...rows] = section.trim().split("\n");
      const prices = [...head.matchAll(/([\d.]+) gwei/g)].map(([, gwei]) => Number(gwei));
      expect(prices).to.have.lengthOf(3).and.include(1);
      const expected = [512, 8192].flatMap((lanes) => {
        const gas = gasWith(lanes);
        return [
          ["challengeBond", lanes, answers(gas)],
          ["bondFloor", lanes, challengerWorst(gas)],
          ["rowBond", lanes, gas.showRow],
        ] as const;
      });
      expect(rows).to.have.lengthOf(expected.length);
      for (const [bond, lanes, gas] of expected) {
        const row = rows.find(
          (each) => each.includes(`\`${bond}\``) && each.includes(`| ${lanes.toLocaleString("en")} |`),
        );
        const cells = (row ?? "").split("|").map((cell) => cell.trim());
        const stated = Number(item(cells, 4).replaceAll(",", ""));
        expect(stated, `${bond} with ${lanes} lanes`).to.be.within(gas, 1.1 * gas);
        const costs = prices.map((gwei) => `$${dollars(stated, gwei, 3_000).toFixed(2)}`);
        expect(cells.slice(5, 8), `${bond} with ${lanes} lanes`).to.deep.equal(costs);
      }
    });
  });

  it("the page on economics names tests that are there", async () => {
    const page = await readFile("docs/economics.md", "utf8");
    const named = [...page.matchAll(/`(\w+\.test\.ts)`(?: "([^"]+)")?/g)];
    expect(named).to.have.length.above(10);
    for (const [, file = "", title = ""] of named) {
      expect(await readFile(`test/contracts/${file}`, "utf8"), file).to.contain(title);
    }
  });

  /** What accounts have in the vault, free or locked, together. */
  async function holdings(world: World, ...accounts: readonly Addressable[]): Promise<bigint> {
    let total = 0n;
    for (const account of accounts) {
      const { free, locked, leaving } = await world.vault.bondOf(world.attribution, account);
      total += free + locked + leaving;
    }
    return total;
  }

  /** The smallest first payment from `least` on whose pool asks for an odd bond above the floor. */
  function oddBond(least: bigint): bigint {
    let payment = least;
    while ((firstPool({ ...SMALL, payment }) / 50n) % 2n === 0n) payment += 1n;
    return payment;
  }

  const wrongLine = (world: World) => ({ weights: world.weights.map((weight, i) => (i === 0 ? weight + 1n : weight)) });
  const refute = async (world: World, proposal: Proposal) =>
    world.challenges.connect(world.challenger).refute(proposal.statement, await world.evidence(proposal, 0));

  for (const [what, payment] of [
    ["at the floor", 1_000n * DOLLAR],
    ["at 2 % of the pool", SMALL.payment],
    ["of an odd number of wei", oddBond(SMALL.payment)],
  ] as const) {
    describe(`of a scorer with a bond ${what}`, () => {
      const at = useFixture(async () => buildReportedWorld(await deploySuite(), { payment }));
      const firstBond = (): Promise<bigint> => at().attribution.bondFor(at().stream, 0);

      it("attack 26: who challenges and refutes itself loses at least half of its bond", async () => {
        const { world, bond } = { world: at(), bond: await firstBond() };
        const { scorer, challenger, treasury, challenges } = world;
        const before = await holdings(world, scorer, challenger);
        const proposal = await world.propose(wrongLine(world));
        await challenges.connect(challenger).challenge(proposal.statement, 0, 0);
        await refute(world, proposal);
        await challenges.settle(proposal.statement, 0, 0);
        const loss = before - (await holdings(world, scorer, challenger));
        expect(loss).to.equal(bond - bond / 2n);
        expect(await holdings(world, treasury), "all that it loses is the treasury's").to.equal(loss);
      });

      it("attack 26: who falls silent on its own challenge loses as much", async () => {
        const { world, bond } = { world: at(), bond: await firstBond() };
        const { scorer, challenger, stranger, challenges, networkHelpers } = world;
        const before = await holdings(world, scorer, challenger);
        const { statement } = await world.propose();
        await challenges.connect(challenger).challenge(statement, 2, 0);
        await networkHelpers.time.increase(DAY);
        await challenges.connect(stranger).callSilence(statement, 2, 0);
        await challenges.settle(statement, 2, 0);
        expect(before - (await holdings(world, scorer, challenger))).to.equal(bond - bond / 2n);
      });

      it("attack 14: pays 127.5 first bonds for eight voids, more than twice the pool, and the pool is still there", async () => {
        const { world, bond } = { world: at(), bond: await firstBond() };
        const { scorer, challenger, treasury, attribution, stream } = world;
        const before = await holdings(world, scorer, challenger);
        for (let voids = 0; voids < 8; voids++) {
          expect(await attribution.bondFor(stream, 0)).to.equal(bond << BigInt(voids));
          await refute(world, await world.propose(wrongLine(world)));
        }
        const loss = before - (await holdings(world, scorer, challenger));
        // Of an odd first bond the odd wei is the treasury's.
        expect(loss).to.equal((255n * bond) / 2n + (bond % 2n));
        expect(await holdings(world, treasury)).to.equal(loss);
        const pool = firstPool(world.spec);
        expect(loss > 2n * pool).to.equal(true);
        await expect(attribution.fallBack(stream, 0)).to.emit(attribution, "FellBack").withArgs(stream, 0, pool);
      });

      it("leaves the treasury the part that challenger or refuter doesn't get, the odd wei too", async () => {
        const { world, bond } = { world: at(), bond: await firstBond() };
        const proposal = await world.propose(wrongLine(world));
        const before = await holdings(world, world.challenger);
        await refute(world, proposal);
        expect((await holdings(world, world.challenger)) - before).to.equal(bond / 2n);
        expect(await holdings(world, world.treasury)).to.equal(bond - bond / 2n);
      });
    });
  }

  describe("of one interval", () => {
    const at = useFixture(async () => buildReportedWorld(await deploySuite()));
    const gasSpent = async (...sent: readonly Promise<TransactionResponse>[]): Promise<number> => {
      let gas = 0;
      for (const each of sent) {
        const receipt = await (await each).wait();
        if (receipt === null) throw new Error("a transaction is not in a block");
        gas += gasOf(receipt);
      }
      return gas;
    };

    it("flooding a statement with challenges of all its nodes costs their bonds, and the scorer nothing", async () => {
      const world = at();
      const { scorer, challenger, challenges, attribution, networkHelpers } = world;
      const proposal = await world.propose();
      const { statement, tree } = proposal;
      const nodes = [
        [2, 0],
        [1, 0],
        [1, 1],
        [0, 0],
        [0, 1],
        [0, 2],
      ] as const;
      const [before, scorerBefore] = [await holdings(world, challenger), await holdings(world, scorer)];
      for (const [level, position] of nodes) {
        await challenges.connect(challenger).challenge(statement, level, position);
      }
      let gas = 0;
      for (const [level, position] of nodes) {
        const answer = challenges.connect(scorer);
        if (level === 0) {
          gas += await gasSpent(answer.defend(statement, await world.evidence(proposal, position)));
          continue;
        }
        const lines = Array.from({ length: 2 ** level }, (_, i) =>
          item(tree.siblings((position * 2 ** level + i) ^ 1), 0),
        );
        const proof = sumProof(tree.siblings(position * 2 ** level).slice(level));
        gas += await gasSpent(answer.open(statement, level, position, sumProof(lines), proof));
      }
      await networkHelpers.time.increaseTo(world.closesAt(proposal));
      await attribution.finalise(statement);
      for (const [level, position] of nodes) {
        gas += await gasSpent(challenges.connect(scorer).settle(statement, level, position));
      }
      const bonds = BigInt(nodes.length) * CHALLENGE_BOND;
      expect(before - (await holdings(world, challenger))).to.equal(bonds);
      const won = (await holdings(world, scorer)) - scorerBefore;
      expect(won).to.equal(bonds);
      expect(won >= price(gas), `gas for ${price(gas)}`).to.equal(true);
    });

    it("who copies an answer ahead of the scorer gets the bond back, and pays no less gas than the scorer loses", async () => {
      const world = at();
      const { challenger, scorer, challenges } = world;
      const proposal = await world.propose();
      const before = await holdings(world, challenger);
      await challenges.connect(challenger).challenge(proposal.statement, 0, 0);
      const evidence = await world.evidence(proposal, 0);
      const [copy, late] = await world.inOneBlock(
        () =>
          challenges
            .connect(challenger)
            .defend(proposal.statement, evidence, { gasLimit: 500_000n, gasPrice: 2n * GIGA }),
        () => challenges.connect(scorer).defend(proposal.statement, evidence, { gasLimit: 500_000n, gasPrice: GIGA }),
      );
      const [paid, lost] = await Promise.all(
        [copy, late].map((sent) => world.ethers.provider.getTransactionReceipt(sent?.hash ?? ZeroHash)),
      );
      expect([paid?.status, lost?.status]).to.deep.equal([1, 0]);
      expect((lost?.gasUsed ?? 0n) <= (paid?.gasUsed ?? 0n)).to.equal(true);
      await world.finalise(proposal);
      await challenges.settle(proposal.statement, 0, 0);
      expect(await holdings(world, challenger)).to.equal(before);
      expect((await world.vault.bondOf(world.attribution, scorer)).locked).to.equal(0n);
    });

    it("a challenge of a node that was challenged before pays nobody twice and is refused", async () => {
      const world = at();
      const { challenges, challenger, stranger } = world;
      const { statement } = await world.propose();
      await challenges.connect(challenger).challenge(statement, 2, 0);
      const before = await holdings(world, stranger);
      await expect(challenges.connect(stranger).challenge(statement, 2, 0))
        .to.be.revertedWithCustomError(challenges, "AlreadyChallenged")
        .withArgs(2n, 0n, challenger.address);
      expect(await holdings(world, stranger)).to.equal(before);
    });

    it("a scorer's fee is at most a tenth of the pool, and its lines share the rest to the wei", async () => {
      const world = at();
      const { attribution, ledger, scorer, payouts, currency, contributors } = world;
      await expect(world.send({ feeBps: 1_001 }))
        .to.be.revertedWithCustomError(attribution, "ScorerFeeTooHigh")
        .withArgs(1_001n, 1_000n);
      const pool = firstPool(world.spec);
      const proposal = await world.propose({ feeBps: 1_000 });
      expect(await ledger.balanceOf(scorer), "nothing before it is final").to.equal(0n);
      await world.finalise(proposal);
      expect(await ledger.balanceOf(scorer)).to.equal(pool / 10n);
      await payouts.claim([world.claimOf(proposal, [0, 1, 2])]);
      const amounts = lineAmounts(pool - pool / 10n, world.weights);
      for (const [i, contributor] of contributors.entries()) {
        expect(await currency.balanceOf(contributor)).to.equal(item(amounts, i));
      }
      expect(amounts.reduce((total, amount) => total + amount, 0n)).to.equal(pool - pool / 10n);
    });

    it("a voided statement earns its scorer no fee, and the next one has the whole pool", async () => {
      const world = at();
      const { attribution, ledger, scorer, stream } = world;
      await refute(world, await world.propose({ ...wrongLine(world), feeBps: 1_000 }));
      expect(await attribution.poolOf(stream, 0)).to.equal(firstPool(world.spec));
      const { statement } = await world.propose({ feeBps: 0 });
      expect(statement.payout.pool).to.equal(firstPool(world.spec));
      expect(await ledger.balanceOf(scorer)).to.equal(0n);
    });

    it("of two scorers that race, the second loses gas only, and who copies a root answers for it", async () => {
      const world = at();
      const { attribution, scorer, stranger, stream, challenger } = world;
      const [before, racer] = [await holdings(world, scorer), await holdings(world, stranger)];
      const copied = await world.propose({ ...wrongLine(world), by: stranger });
      await expect(world.send(wrongLine(world)))
        .to.be.revertedWithCustomError(attribution, "WrongSettlementStatus")
        .withArgs(stream, 0n, 1n);
      expect((await world.vault.bondOf(attribution, scorer)).locked).to.equal(0n);
      const { bond } = copied.statement;
      await refute(world, copied);
      expect(racer - (await holdings(world, stranger))).to.equal(bond);
      expect(await holdings(world, scorer)).to.equal(before);
      expect(await holdings(world, challenger)).to.equal(before + bond / 2n);
    });

    it("the treasury, and it alone, gets back all that it loses by voiding its own statements", async () => {
      const world = at();
      const { vault, attribution, payer, treasury, challenger } = world;
      await vault.connect(payer).deposit(attribution, treasury, 1_000n * DOLLAR);
      const before = await holdings(world, treasury, challenger);
      await refute(world, await world.propose({ ...wrongLine(world), by: treasury }));
      expect(await holdings(world, treasury, challenger)).to.equal(before);
    });

    it("a scorer that challenges its own root first keeps the reward from whoever refutes, and loses half", async () => {
      const world = at();
      const { challenges, scorer, stranger, challenger } = world;
      const before = await holdings(world, scorer, stranger);
      const refuter = await holdings(world, challenger);
      const proposal = await world.propose(wrongLine(world));
      await challenges.connect(stranger).challenge(proposal.statement, 2, 0);
      await refute(world, proposal);
      await challenges.settle(proposal.statement, 2, 0);
      expect(await holdings(world, challenger), "the refuter has its gas to bear").to.equal(refuter);
      const { bond } = proposal.statement;
      expect(before - (await holdings(world, scorer, stranger))).to.equal(bond - bond / 2n);
    });

    it("a dataset's owner that scores can take its statement back at the price of pro-rata", async () => {
      const world = at();
      const { attribution, vault, payer, curator, challenger, challenges, stream } = world;
      await vault.connect(payer).deposit(attribution, curator, 1_000n * DOLLAR);
      const [before, other] = [await holdings(world, curator), await holdings(world, challenger)];
      const proposal = await world.propose({ ...wrongLine(world), by: curator });
      await challenges.connect(challenger).challenge(proposal.statement, 2, 0);
      await attribution.connect(curator).rejectStatement(proposal.statement, ZeroHash);
      await challenges.settle(proposal.statement, 2, 0);
      expect(await holdings(world, curator)).to.equal(before);
      expect(await holdings(world, challenger), "no reward, and no loss").to.equal(other);
      await expect(world.send({}))
        .to.be.revertedWithCustomError(attribution, "WrongSettlementStatus")
        .withArgs(stream, 0n, 3n);
    });

    it("a bond is due before a statement stands, and what is won waits in the vault until it is fetched", async () => {
      const world = at();
      const { vault, attribution, currency, challenger, networkHelpers, contributors } = world;
      const poor = item(contributors, 0);
      await expect(world.send({ by: poor }))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await attribution.getAddress(), poor.address, 0n, await attribution.bondFor(world.stream, 0));
      const proposal = await world.propose(wrongLine(world));
      await refute(world, proposal);
      expect(await currency.balanceOf(challenger)).to.equal(0n);
      const reward = proposal.statement.bond / 2n;
      await vault.connect(challenger).requestWithdrawal(attribution, reward);
      await networkHelpers.time.increase(DEFAULT_PARAMETERS.withdrawalDelay);
      await vault.connect(challenger).withdraw(attribution, challenger);
      expect(await currency.balanceOf(challenger)).to.equal(reward);
    });

    it("a default deployment has the bonds that these tests reckon with", async () => {
      const { attribution, challenges, indexes } = at();
      expect(await attribution.BOND_FLOOR())
        .to.equal(DEFAULT_PARAMETERS.bondFloor)
        .and.to.equal(BOND_FLOOR);
      expect(await challenges.CHALLENGE_BOND())
        .to.equal(DEFAULT_PARAMETERS.challengeBond)
        .and.to.equal(CHALLENGE_BOND);
      expect(await indexes.ROW_BOND()).to.equal(DEFAULT_PARAMETERS.rowBond);
    });
  });
});
