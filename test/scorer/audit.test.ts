import { expect } from "chai";
import {
  answersDue,
  audit,
  type AuditInput,
  buildIndex,
  type Forecast,
  type GasPrices,
  type Hex,
  indexTree,
  KnownTree,
  matrix,
  type NodePlace,
  payables,
  settlementsDue,
  type Step,
  SumTree,
  type VerifiedIndex,
} from "../../scorer/index.ts";
import { CrookedTree, leaf, Referee, Refused } from "./challengeGame.ts";
import { expectScorerError, Random } from "./support.ts";

const LANES = 16;
const WINDOW = 3_000;
const RESPONSE = 1_000;
const PRICES: GasPrices = { challenge: 70n, descend: 75n, refute: 190n, callSilence: 85n, settle: 50n };

/** An index, and the tree of the weights that it gives. */
interface Scored {
  readonly committed: VerifiedIndex;
  readonly weights: readonly bigint[];
  readonly right: SumTree;
}

function score(random: Random, lines: number): Scored {
  const features = Float64Array.from({ length: LANES * lines }, () => random.next() - 0.4);
  const counts = Array.from({ length: lines }, () => random.integer(1, 20));
  const index = buildIndex(matrix(lines, LANES, features), counts);
  const weights = payables(index, counts, random.lanes(LANES, 900));
  return { committed: { index, tree: indexTree(index) }, weights, right: new SumTree(weights) };
}

/** A statement that isn't the right one, and the weights that its scorer could publish. */
interface Corruption {
  readonly tree: CrookedTree;
  readonly weights: readonly bigint[];
  readonly stated?: { readonly total: bigint };
}

const CORRUPTIONS: Record<string, (scored: Scored, random: Random) => Corruption> = {
  "a wrong line": ({ weights }, random) => honestly(changed(weights, random, 1)),
  "several wrong lines": ({ weights }, random) => honestly(changed(weights, random, random.integer(2, 40))),
  "weight that is another line's": ({ weights }, random) => {
    const from = weights.findIndex((weight) => weight > 0n);
    const to = (from + random.integer(1, weights.length)) % weights.length;
    const moved = weights.map((weight, i) => (i === from ? weight - 1n : weight));
    moved[to]! += to === from ? 2n : 1n;
    return honestly(moved);
  },
  "a node that doesn't add up": ({ weights, right }, random) => {
    const level = random.integer(0, right.depth);
    const position = random.integer(0, Math.ceil(weights.length / 2 ** level) - 1);
    const { sum } = right.node(level, position);
    return { weights, tree: new CrookedTree(right, [{ level, position, node: [random.hex(32), sum] }]) };
  },
  "a line whose hash is that of another weight": ({ weights, right }, random) => {
    const position = random.integer(0, weights.length - 1);
    const node = [leaf(position, weights[position]! + 1n)[0], weights[position]! + 2n] as const;
    return { weights, tree: new CrookedTree(right, [{ level: 0, position, node }]) };
  },
  "padding that isn't empty": ({ weights, right }, random) => {
    for (let level = 0; level < right.depth; level++) {
      const position = Math.ceil(weights.length / 2 ** level);
      if (position % 2 === 0) continue;
      return { weights, tree: new CrookedTree(right, [{ level, position, node: [random.hex(32), 7n] }]) };
    }
    return honestly(changed(weights, random, 1));
  },
  "a total that isn't the root's": ({ weights, right }) => ({
    weights,
    tree: new CrookedTree(right, []),
    stated: { total: right.total + 1n },
  }),
};

function honestly(weights: readonly bigint[]): Corruption {
  return { weights, tree: new CrookedTree(new SumTree(weights), []) };
}

function changed(weights: readonly bigint[], random: Random, lines: number): bigint[] {
  const wrong = [...weights];
  for (let i = 0; i < lines; i++) wrong[random.integer(0, wrong.length - 1)]! += BigInt(random.integer(1, 1_000));
  return wrong;
}

interface Behaviour {
  /** How often the scorer doesn't answer though it could. */
  readonly silence: number;
  /** Whether an accomplice challenges nodes before the watchtower does. */
  readonly accomplice: boolean;
  readonly protectReward: boolean;
}

interface Played {
  readonly referee: Referee;
  readonly sent: readonly Step["kind"][];
  readonly first: Forecast | undefined;
  readonly endedAt: number;
}

const WATCHTOWER = "0xAaaaAaaaaaaaAAAaaAaaaaAAaAAaAaAAaaAaAAaa";
const SCORER = "0x5555555555555555555555555555555555555555";
const ACCOMPLICE = "0x9999999999999999999999999999999999999999";

/** A crooked scorer answers whenever the chain lets it, as late as it likes, and a watchtower follows its plans. */
function play(scored: Scored, corruption: Corruption, random: Random, behaviour: Behaviour, published = false): Played {
  const { committed, weights, right } = scored;
  const stated = { ...corruption.tree.stated, ...corruption.stated };
  const referee = new Referee(stated, (index) => weights[index]!, WINDOW, RESPONSE);
  const answerAt = new Map<string, number>();
  const sent: Step["kind"][] = [];
  let first: Forecast | undefined;
  let endedAt = 0;
  const interfere = (): void => {
    if (!behaviour.accomplice || random.next() < 0.4) return;
    const opened = referee.game.nodes.findLast(({ answer }) => answer?.shown !== undefined);
    attempt(() => {
      if (opened === undefined) referee.challenge(ACCOMPLICE, { level: right.depth, position: 0 });
      else referee.descend(ACCOMPLICE, opened, opened.position * 2 ** Math.min(8, opened.level) + random.integer(0, 3));
    });
  };
  for (let turn = 0; turn < 200; turn++) {
    interfere();
    const verdict = audit(inputOf(referee, right, committed, published ? corruption.weights : undefined, behaviour));
    if (verdict.right) throw new Error("a wrong statement was found right");
    const { plan } = verdict;
    if (turn === 0) first = plan.forecast;
    for (const step of plan.steps) {
      referee.now++;
      referee.send(WATCHTOWER, step);
      sent.push(step.kind);
      if (step.kind === "refute" || step.kind === "callSilence") endedAt = referee.now;
    }
    if (plan.lookAgainAt === undefined) return { referee, sent, first, endedAt };
    // The scorer answers some time until the watchtower looks again.
    const until = Math.max(plan.lookAgainAt, referee.now + 1);
    for (const { level, position, deadline, answer } of referee.game.nodes) {
      if (answer !== undefined || referee.status !== "live") continue;
      const key = `${level}/${position}`;
      if (!answerAt.has(key)) {
        answerAt.set(key, random.next() < behaviour.silence ? Infinity : random.integer(referee.now, deadline - 1));
      }
      if (answerAt.get(key)! > until) continue;
      const before = referee.now;
      referee.now = Math.max(before, answerAt.get(key)!);
      attempt(() => referee.open(SCORER, corruption.tree.opening(level, position)));
    }
    referee.now = Math.max(referee.now, until);
  }
  throw new Error("the game doesn't end");
}

/** What the chain refuses stays undone. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

function inputOf(
  referee: Referee,
  right: SumTree,
  committed: VerifiedIndex,
  weights: readonly bigint[] | undefined,
  changes: Partial<AuditInput> = {},
): AuditInput {
  const { stated, game } = referee;
  const input = { stated, right, committed, weights, game, account: WATCHTOWER, canBond: true, prices: PRICES };
  return { protectReward: false, ...input, ...changes };
}

const countOf = (kinds: readonly Step["kind"][], ...wanted: Step["kind"][]): number =>
  kinds.filter((kind) => wanted.includes(kind)).length;

describe("audit", () => {
  const random = new Random(99);

  for (const [what, corrupt] of Object.entries(CORRUPTIONS)) {
    describe(`of a withheld statement with ${what}`, () => {
      for (const silence of [0, 0.3]) {
        it(`ends in void within the rounds, transactions and time it states, ${silence * 100} % silence`, () => {
          for (let i = 0; i < 12; i++) {
            const scored = score(random, random.integer(1, i < 8 ? 40 : 900));
            const corruption = corrupt(scored, random);
            const protectReward = i % 2 === 0;
            const played = play(scored, corruption, random, { silence, accomplice: false, protectReward });
            const { referee, sent, first, endedAt } = played;
            expect(referee.status).to.equal("void");
            expect(referee.rewarded).to.equal(WATCHTOWER);
            const placed = countOf(sent, "challenge", "descend");
            // The only line of a statement is its root: it needs no challenge to be known.
            expect(placed).to.be.within(scored.weights.length === 1 ? 0 : 1, first?.rounds ?? 0);
            expect(sent.length).to.be.at.most(first?.transactions.length ?? 0);
            expect(endedAt).to.be.at.most((first?.voidBy ?? 0) + sent.length);
            expect(countOf(sent, "settle"), "one bond, which comes back").to.equal(Math.min(1, placed));
          }
        });
      }

      it("ends in void though an accomplice challenges nodes first", () => {
        for (let i = 0; i < 12; i++) {
          const scored = score(random, random.integer(1, 900));
          const behaviour = { silence: 0.1, accomplice: true, protectReward: i % 2 === 0 };
          const { referee, sent, first, endedAt } = play(scored, corrupt(scored, random), random, behaviour);
          expect(referee.status).to.equal("void");
          expect(countOf(sent, "challenge", "descend")).to.be.at.most(first?.rounds ?? 0);
          expect(endedAt).to.be.at.most((first?.voidBy ?? 0) + sent.length);
          const unsettled = referee.game.nodes.filter(
            ({ challenger, turns }) => challenger === WATCHTOWER && turns !== 0,
          );
          expect(unsettled).to.deep.equal([]);
        }
      });
    });
  }

  it("walks a tree of 2^16 lines and more in four rounds at most", () => {
    const scored = score(random, 2 ** 16 + 5);
    const behaviour = { silence: 0, accomplice: false, protectReward: true };
    for (const what of ["a wrong line", "a line whose hash is that of another weight"] as const) {
      const { referee, sent, first } = play(scored, CORRUPTIONS[what]!(scored, random), random, behaviour);
      expect(referee.rewarded).to.equal(WATCHTOWER);
      expect(first?.rounds).to.equal(4);
      expect(sent.slice(0, 4)).to.deep.equal(["challenge", "descend", "descend", "descend"]);
      expect(sent[4]).to.equal(what === "a wrong line" ? "refute" : "callSilence");
      expect(sent.slice(5)).to.deep.equal(["settle"]);
    }
  }).timeout(120_000);

  describe("of a statement whose weights are known", () => {
    const scored = score(random, 37);
    const { weights, committed, right } = scored;
    const wrong = weights.map((weight, i) => (i === 5 || i === 20 ? weight + 3n : weight));
    const tree = new SumTree(wrong);
    const start = (): Referee =>
      new Referee({ root: tree.root, total: tree.total, lines: 37 }, (i) => weights[i]!, WINDOW, RESPONSE);
    const lookAt = (referee: Referee, changes: Partial<AuditInput> = {}) => {
      const verdict = audit(inputOf(referee, right, committed, wrong, changes));
      if (verdict.right) throw new Error("a wrong statement was found right");
      return verdict;
    };

    it("names all wrong lines and refutes one in one transaction", () => {
      const referee = start();
      const { wrongLines, complete, plan } = lookAt(referee);
      expect(complete).to.equal(true);
      expect(wrongLines).to.deep.equal(
        [5, 20].map((index) => ({ index, stated: wrong[index], expected: weights[index] })),
      );
      expect(plan.steps.map(({ kind }) => kind)).to.deep.equal(["refute"]);
      expect(plan.forecast).to.deep.include({ rounds: 0, transactions: ["refute"], gas: PRICES.refute });
      referee.send(WATCHTOWER, plan.steps[0]!);
      expect(referee).to.include({ status: "void", rewarded: WATCHTOWER });
      expect(lookAt(referee).plan).to.deep.equal({ steps: [], lookAgainAt: undefined, forecast: undefined });
    });

    it("refutes the line with the cheapest evidence", () => {
      const { index } = committed;
      for (const cheap of [5, 20]) {
        const lanes = Int16Array.from(index.lanes);
        lanes.fill(0, cheap * LANES, (cheap + 1) * LANES - 1);
        const [step] = lookAt(start(), { committed: { index: { ...index, lanes }, tree: committed.tree } }).plan.steps;
        if (step?.kind !== "refute") throw new Error("no refutation");
        expect(step.line.index).to.equal(cheap);
        expect(step.line.indexProof).to.deep.equal(committed.tree.proof(cheap));
      }
    });

    it("challenges the line first where the reward is to be protected, and refutes it in a later block", () => {
      const referee = start();
      const [challenge] = lookAt(referee, { protectReward: true }).plan.steps;
      expect(challenge).to.include({ kind: "challenge", level: 0 });
      referee.send(WATCHTOWER, challenge!);
      const waiting = lookAt(referee, { protectReward: true }).plan;
      expect(waiting).to.deep.include({ steps: [], lookAgainAt: referee.now + 1 });
      referee.now++;
      const [refute] = lookAt(referee, { protectReward: true }).plan.steps;
      referee.send("somebody who copied it", refute!);
      expect(referee.rewarded).to.equal(WATCHTOWER);
      const { steps } = lookAt(referee).plan;
      expect(steps).to.deep.equal([{ kind: "settle", level: 0, position: (challenge as NodePlace).position }]);
    });

    it("refutes at once where the reward can't be protected: after the window, or without a bond", () => {
      const late = start();
      late.now = late.windowEnds;
      expect(lookAt(late, { protectReward: true }).plan.steps.map(({ kind }) => kind)).to.deep.equal(["refute"]);
      const { steps } = lookAt(start(), { protectReward: true, canBond: false }).plan;
      expect(steps.map(({ kind }) => kind)).to.deep.equal(["refute"]);
    });

    it("chooses the line whose reward nobody else holds", () => {
      for (const [taken, left] of [
        [5, 20],
        [20, 5],
      ] as const) {
        const referee = start();
        referee.challenge(ACCOMPLICE, { level: 2, position: taken >> 2 });
        referee.now++;
        const [step] = lookAt(referee).plan.steps;
        expect(step).to.have.nested.property("line.index", left);
      }
    });

    it("knows that of several challenges on a line's path the one whose walk began first is rewarded", () => {
      for (const [own, other] of [
        [5, 20],
        [20, 5],
      ] as const) {
        const referee = start();
        referee.challenge(WATCHTOWER, { level: 2, position: own >> 2 });
        referee.challenge(ACCOMPLICE, { level: 2, position: other >> 2 });
        referee.now++;
        referee.challenge(ACCOMPLICE, { level: 0, position: own });
        referee.challenge(WATCHTOWER, { level: 0, position: other });
        referee.now++;
        const [step] = lookAt(referee, { protectReward: true }).plan.steps;
        expect(step).to.have.nested.property("line.index", own);
        referee.send("somebody who copied it", step!);
        expect(referee.rewarded).to.equal(WATCHTOWER);
      }
    });

    it("calls a silence instead, where that is as good and costs less", () => {
      const referee = start();
      referee.challenge(WATCHTOWER, { level: 3, position: 0 });
      referee.now += RESPONSE;
      const [step] = lookAt(referee).plan.steps;
      expect(step).to.deep.equal({ kind: "callSilence", level: 3, position: 0 });
      const cheap = lookAt(referee, { prices: { ...PRICES, refute: 10n } }).plan.steps;
      expect(cheap[0]?.kind).to.equal("refute");
    });

    it("refutes rather than to call a silence for somebody else's reward", () => {
      const referee = start();
      referee.challenge(ACCOMPLICE, { level: 2, position: 9 });
      referee.now += RESPONSE;
      expect(lookAt(referee).plan.steps[0]?.kind).to.equal("refute");
    });

    it("takes weights that don't hash to the root, or aren't as many as the lines, as withheld", () => {
      for (const given of [weights, wrong.slice(1), wrong.map((weight) => -weight)]) {
        const { complete, wrongLines, plan } = lookAt(start(), { weights: given });
        expect([complete, wrongLines]).to.deep.equal([false, []]);
        expect(plan.steps).to.deep.equal([{ kind: "challenge", level: right.depth, position: 0 }]);
      }
    });

    it("ends in void at once, whatever the corruption", () => {
      const behaviour = { silence: 0, accomplice: false, protectReward: false };
      const { referee, sent } = play(scored, honestly(wrong), random, behaviour, true);
      expect([referee.status, sent]).to.deep.equal(["void", ["refute"]]);
    });
  });

  describe("of a withheld statement", () => {
    const scored = score(random, 300);
    const { weights, committed, right } = scored;
    const corruption = honestly(weights.map((weight, i) => (i === 123 ? weight + 1n : weight)));
    const start = (): Referee => new Referee(corruption.tree.stated, (i) => weights[i]!, WINDOW, RESPONSE);
    const planOf = (referee: Referee, changes: Partial<AuditInput> = {}) => {
      const verdict = audit(inputOf(referee, right, committed, undefined, changes));
      if (verdict.right) throw new Error("a wrong statement was found right");
      return verdict.plan;
    };

    it("has nothing to do while a differing node is challenged, but looks again in time", () => {
      const referee = start();
      referee.challenge(ACCOMPLICE, { level: right.depth, position: 0 });
      referee.now++;
      const plan = planOf(referee);
      expect(plan).to.deep.include({ steps: [], lookAgainAt: referee.now + RESPONSE / 2 });
      expect(plan.forecast).to.include({ rounds: 3 });
    });

    it("calls the silence at the deadline, not before", () => {
      const referee = start();
      referee.challenge(WATCHTOWER, { level: right.depth, position: 0 });
      referee.now += RESPONSE - 1;
      expect(planOf(referee)).to.deep.include({ steps: [], lookAgainAt: referee.now + 1 });
      referee.now++;
      const silence = { kind: "callSilence", level: right.depth, position: 0 };
      expect(planOf(referee).steps).to.deep.equal([silence]);
    });

    it("descends with the bond that it has, after the window too", () => {
      const referee = start();
      referee.now = referee.windowEnds - 1;
      referee.challenge(WATCHTOWER, { level: 9, position: 0 });
      referee.now += RESPONSE - 1;
      referee.open(SCORER, corruption.tree.opening(9, 0));
      expect(planOf(referee).steps).to.deep.equal([{ kind: "descend", level: 9, position: 0, shown: 61 }]);
      referee.now += RESPONSE;
      const late = { steps: [], lookAgainAt: undefined, forecast: undefined };
      expect(planOf(referee), "shown too long ago").to.deep.equal(late);
    });

    it("knows that it is too late when the window closed over an unchallenged statement", () => {
      const referee = start();
      referee.now = referee.windowEnds;
      expect(planOf(referee)).to.deep.equal({ steps: [], lookAgainAt: undefined, forecast: undefined });
    });

    it("refutes a line that others' answers have shown with all its siblings", () => {
      const referee = start();
      referee.challenge(ACCOMPLICE, { level: 9, position: 0 });
      referee.open(SCORER, corruption.tree.opening(9, 0));
      referee.descend(ACCOMPLICE, { level: 9, position: 0 }, 61);
      referee.open(SCORER, corruption.tree.opening(1, 61));
      const [step] = planOf(referee).steps;
      expect(step).to.have.nested.property("line.index", 123);
      referee.send(WATCHTOWER, step!);
      expect(referee.rewarded).to.equal(WATCHTOWER);
    });

    it("goes on from a shown node of which the way to the root isn't known", () => {
      const referee = start();
      referee.challenge(ACCOMPLICE, { level: 3, position: 123 >> 3 });
      referee.open(SCORER, corruption.tree.opening(3, 123 >> 3));
      const verdict = audit(inputOf(referee, right, committed, undefined));
      expect(verdict).to.deep.include({ wrongLines: [] });
      expect(planOf(referee).steps).to.deep.equal([{ kind: "descend", level: 3, position: 15, shown: 123 }]);
    });

    it("refuses answers that no chain would take", () => {
      const referee = start();
      referee.challenge(WATCHTOWER, { level: 9, position: 0 });
      const { nodes } = new CrookedTree(right, []).opening(9, 0);
      const shown = (bytes: Hex) => ({
        ...referee.game,
        nodes: referee.game.nodes.map((node) => ({ ...node, answer: { by: SCORER, shownUntil: 9_999, shown: bytes } })),
      });
      expectScorerError("root-mismatch", () => planOf(referee, { game: shown(nodes) }));
      expectScorerError("bad-length", () => planOf(referee, { game: shown("0x1234") }));
      const other = { ...referee.stated, lines: 299 };
      expectScorerError("bad-length", () => planOf(referee, { stated: other }));
    });
  });

  describe("of a right statement", () => {
    it("plans nothing, even when its scorer is silent", () => {
      const { weights, committed, right } = score(random, 50);
      const referee = new Referee(
        { root: right.root, total: right.total, lines: 50 },
        (i) => weights[i]!,
        WINDOW,
        RESPONSE,
      );
      for (const given of [undefined, weights]) {
        expect(audit(inputOf(referee, right, committed, given))).to.deep.equal({ right: true });
      }
      referee.challenge(ACCOMPLICE, { level: 0, position: 4 });
      referee.now += RESPONSE;
      expect(audit(inputOf(referee, right, committed, undefined))).to.deep.equal({ right: true });
    });
  });

  describe("known trees", () => {
    it("know what stands below a right node", () => {
      const { weights, right } = score(random, 600);
      const crooked = honestly(weights.map((weight, i) => (i === 599 ? weight + 1n : weight)));
      const { stated } = crooked.tree;
      const shown = crooked.tree.opening(10, 0).nodes;
      const opened = { level: 10, position: 0, challenger: SCORER, deadline: 1, begunAt: 0, parentLevel: 10, turns: 0 };
      const known = new KnownTree(stated, right, undefined, [
        { ...opened, answer: { by: SCORER, shownUntil: 2, shown } },
      ]);
      expect(known.node({ level: 0, position: 17 })).to.deep.equal(right.node(0, 17));
      expect(known.proofOf(17)).to.equal(new SumTree(crooked.weights).proof(17));
      expect(known.node({ level: 0, position: 599 })).to.equal(undefined);
      expect(known.proofOf(599)).to.equal(undefined);
      expect(known.differing().map(({ level }) => level)).to.have.members([10, 9, 8, 7, 6, 5, 4, 3, 2]);
    });
  });
});

describe("answers", () => {
  const random = new Random(7);

  it("of an honest scorer meet every challenge, and it settles what it earned", () => {
    for (const lines of [1, 2, 37, 300, 700]) {
      const { weights, committed, right } = score(random, lines);
      const stated = { root: right.root, total: right.total, lines };
      const referee = new Referee(stated, (i) => weights[i]!, WINDOW, RESPONSE);
      let answered = 0;
      const answerAll = (): void => {
        const due = answersDue(referee.game, stated, right, committed);
        const deadlines = due.map(({ deadline }) => deadline);
        expect(deadlines).to.deep.equal(deadlines.toSorted((a, b) => a - b));
        for (const answer of due) {
          referee.now++;
          if (answer.kind === "open") referee.open(SCORER, answer);
          else referee.defend(SCORER, answer.line);
        }
        answered += due.length;
        expect(answersDue(referee.game, stated, right, committed)).to.deep.equal([]);
      };
      for (let i = 0; i < 25; i++) {
        const level = random.integer(0, right.depth);
        const position = random.integer(0, Math.ceil(lines / 2 ** level) - 1);
        attempt(() => referee.challenge(random.next() < 0.5 ? ACCOMPLICE : WATCHTOWER, { level, position }));
        referee.now += random.integer(1, 60);
        if (i % 3 === 0) answerAll();
        for (const opened of referee.game.nodes.filter(({ answer }) => answer?.shown !== undefined)) {
          const shown = opened.position * 2 ** Math.min(8, opened.level) + random.integer(0, 255);
          attempt(() => referee.descend(opened.challenger, opened, shown));
        }
      }
      answerAll();
      expect(settlementsDue(referee.game, SCORER), "while it is live").to.deep.equal([]);
      referee.now = Math.max(referee.now + RESPONSE, referee.windowEnds);
      referee.finalise();
      expect(settlementsDue(referee.game, ACCOMPLICE), "challengers of a right statement").to.deep.equal([]);
      let paid = 0;
      for (const place of settlementsDue(referee.game, SCORER)) paid += referee.settle(place).length;
      expect(paid).to.equal(answered);
      expect(referee.game.nodes.every(({ turns }) => turns === 0)).to.equal(true);
    }
  });

  it("are not given once they are too late, or to a decided statement", () => {
    const { weights, committed, right } = score(random, 9);
    const stated = { root: right.root, total: right.total, lines: 9 };
    const referee = new Referee(stated, (i) => weights[i]!, WINDOW, RESPONSE);
    referee.challenge(ACCOMPLICE, { level: 4, position: 0 });
    expect(answersDue(referee.game, stated, right, committed)).to.have.length(1);
    referee.now += RESPONSE;
    expect(answersDue(referee.game, stated, right, committed)).to.deep.equal([]);
    referee.callSilence({ level: 4, position: 0 });
    referee.now -= RESPONSE;
    expect(answersDue(referee.game, stated, right, committed)).to.deep.equal([]);
    expect(settlementsDue(referee.game, ACCOMPLICE)).to.deep.equal([{ level: 4, position: 0 }]);
    expect(settlementsDue(referee.game, SCORER)).to.deep.equal([]);
  });

  it("throws root-mismatch with another tree than the statement's", () => {
    const { weights, committed, right } = score(random, 9);
    const stated = { root: right.root, total: right.total + 1n, lines: 9 };
    const referee = new Referee(stated, (i) => weights[i]!, WINDOW, RESPONSE);
    expectScorerError("root-mismatch", () => answersDue(referee.game, stated, right, committed));
  });
});
