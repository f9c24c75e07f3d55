import { type VerifiedIndex, indexRow } from "../core/influenceIndex.ts";
import type { SumTree } from "../core/sumTree.ts";
import {
  type ChallengedNode,
  type Game,
  isOpen,
  LEVELS_SHOWN,
  levelsShown,
  type NodePlace,
  placeKey,
  sameAccount,
  settlementsDue,
  type StatedTree,
} from "./game.ts";
import { KnownTree, type WrongLine } from "./knownTree.ts";
import { type LineProof, lineProof } from "./lineProof.ts";

/** Gas of a watchtower's transactions. */
export type GasPrices = Readonly<Record<Step["kind"], bigint>>;

/** One transaction of a watchtower. */
export type Step =
  | ({ readonly kind: "challenge" } & NodePlace)
  /** Challenges `shown`, the position of a node that the opening of the node at this place shows. */
  | ({ readonly kind: "descend"; readonly shown: number } & NodePlace)
  | { readonly kind: "refute"; readonly line: LineProof }
  | ({ readonly kind: "callSilence" } & NodePlace)
  | ({ readonly kind: "settle" } & NodePlace);

/** Upper bounds on what is still to come, whatever the scorer does, if the watchtower looks again in time. */
export interface Forecast {
  /** All transactions of the longest course, with those of the plan */
  readonly transactions: readonly Step["kind"][];
  /** Their gas */
  readonly gas: bigint;
  /** Challenges that are open now or still to be put until the statement is void */
  readonly rounds: number;
  /** When the statement is void at the latest, in seconds, but for the time that transactions take */
  readonly voidBy: number;
}

/** What to do about a wrong statement now. */
export interface Plan {
  /** To be sent now, in this order */
  readonly steps: readonly Step[];
  /** When to look again at the latest, in seconds; undefined once nothing is left to do */
  readonly lookAgainAt: number | undefined;
  /** undefined once the statement is decided, or when it can no longer be voided */
  readonly forecast: Forecast | undefined;
}

/** What a watchtower finds of a statement. */
export type Verdict =
  | { readonly right: true }
  | {
      readonly right: false;
      /** Those that are known and can be proved */
      readonly wrongLines: readonly WrongLine[];
      /** Whether all weights of the statement are known, so that these are all its wrong lines */
      readonly complete: boolean;
      readonly plan: Plan;
    };

/** All that an audit goes by. */
export interface AuditInput {
  readonly stated: StatedTree;
  /** The tree of the right weights */
  readonly right: SumTree;
  /** The index that the statement names */
  readonly committed: VerifiedIndex;
  /** What the scorer published or posted; undefined if it withholds it */
  readonly weights: readonly bigint[] | undefined;
  readonly game: Game;
  /** The watchtower's address */
  readonly account: string;
  /** Whether the account can lock another challenge bond */
  readonly canBond: boolean;
  readonly prices: GasPrices;
  /**
   * Whether to challenge a wrong line one block before it is refuted, where that is possible. Refutations in a public
   * mempool can be copied, and the copy takes the reward; the challenger of an earlier block can't be overtaken.
   */
  readonly protectReward: boolean;
}

/**
 * Says whether a statement is right; if not, which lines are known to be wrong, and the cheapest way to void it.
 *
 * A statement whose weights are known is refuted: of the wrong lines first those whose reward goes to the account, then
 * the one with the cheapest evidence. A challenge that wasn't answered in time is as good, and taken where it costs
 * less. Else the walk goes on from the deepest node that is known to differ; a node with a bond of the account on it
 * comes before one that takes another bond. While a differing node is under challenge, by whomever, there is nothing to
 * do but to look again: every answer shows a differing node below, and no wrong line can be defended.
 *
 * Nothing is planned for a right statement, even if its scorer is silent. For a decided one, only settlements are.
 *
 * @throws ScorerError `bad-length`, `root-mismatch` as `KnownTree`
 */
export function audit(input: AuditInput): Verdict {
  const { stated, right, weights, game } = input;
  if (stated.root.toLowerCase() === right.root && stated.total === right.total) return { right: true };
  const known = new KnownTree(stated, right, weights, game.nodes);
  const wrongLines = known.wrongLines();
  const plan = game.status === "live" ? planVoid(input, known, wrongLines) : planSettlements(input);
  return { right: false, wrongLines, complete: known.complete, plan };
}

/**
 * The wrong line whose evidence costs the least gas in calldata, with its proof.
 *
 * @param wrongLines - of this tree
 * @returns undefined without wrong lines
 */
export function cheapestRefutation(
  known: KnownTree,
  committed: VerifiedIndex,
  wrongLines: readonly WrongLine[],
): LineProof | undefined {
  let best: { line: WrongLine; gas: number } | undefined;
  for (const line of wrongLines) {
    const gas = evidenceGas(committed, line.index);
    if (best === undefined || gas < best.gas) best = { line, gas };
  }
  if (best === undefined) return undefined;
  const { index, stated } = best.line;
  return lineProof(committed, index, stated, known.proofOf(index)!);
}

function planVoid(input: AuditInput, known: KnownTree, wrongLines: readonly WrongLine[]): Plan {
  const { game, account, prices } = input;
  const silent = game.nodes
    .filter((node) => isOpen(node) && game.now >= node.deadline)
    .toSorted((a, b) => Number(sameAccount(b.challenger, account)) - Number(sameAccount(a.challenger, account)))[0];
  const refutation = planRefutation(input, known, wrongLines);
  if (silent !== undefined) {
    const paid = sameAccount(silent.challenger, account);
    const refuting = refutation?.rewarded === paid ? prices.refute < prices.callSilence : refutation?.rewarded === true;
    if (!refuting) {
      const step: Step = { kind: "callSilence", level: silent.level, position: silent.position };
      return { steps: [step], lookAgainAt: game.now, forecast: forecastOf(input, ["callSilence"], 0, 0) };
    }
  }
  return refutation?.plan ?? planWalk(input, known);
}

/** The refutation of one line, with or without a challenge before it; undefined without a line that can be proved wrong. */
function planRefutation(
  input: AuditInput,
  known: KnownTree,
  wrongLines: readonly WrongLine[],
): { plan: Plan; rewarded: boolean } | undefined {
  const { game, account, committed, protectReward } = input;
  const byPlace = new Map(game.nodes.map((node) => [placeKey(node), node]));
  const holders = wrongLines.map((line) => ({ line, holder: rewardHolder(byPlace, input.right.depth, line.index) }));
  const paying = holders.filter(({ holder }) => holder === undefined || sameAccount(holder.challenger, account));
  const chosen = cheapestRefutation(
    known,
    committed,
    (paying.length === 0 ? holders : paying).map(({ line }) => line),
  );
  if (chosen === undefined) return undefined;
  const rewarded = paying.length > 0;
  const holder = rewardHolder(byPlace, input.right.depth, chosen.index);
  if (protectReward && rewarded) {
    const place = { level: 0, position: chosen.index };
    if (holder === undefined) {
      const placement = placementAt(input, byPlace, place);
      if (placement !== undefined && (input.canBond || !placement.bond)) {
        const forecast = forecastOf(input, [placement.step.kind, "refute"], 1, Number(placement.bond));
        return { plan: { steps: [placement.step], lookAgainAt: game.now + 1, forecast }, rewarded };
      }
    } else if (game.now <= holder.deadline - game.responseTime) {
      // The refutation must stand in a block with a later time than the challenge.
      return {
        plan: { steps: [], lookAgainAt: game.now + 1, forecast: forecastOf(input, ["refute"], 1, 0) },
        rewarded,
      };
    }
  }
  const forecast = forecastOf(input, ["refute"], 0, 0);
  return { plan: { steps: [{ kind: "refute", line: chosen }], lookAgainAt: game.now, forecast }, rewarded };
}

/** Of the open challenges on a line's path, the one whose walk began first: a refutation of the line rewards it. */
function rewardHolder(
  byPlace: ReadonlyMap<string, ChallengedNode>,
  depth: number,
  index: number,
): ChallengedNode | undefined {
  let first: ChallengedNode | undefined;
  if (byPlace.size === 0) return first;
  for (let level = 0; level <= depth; level++) {
    const node = byPlace.get(placeKey({ level, position: index >> level }));
    if (node === undefined || !isOpen(node)) continue;
    if (first === undefined || node.begunAt < first.begunAt) first = node;
  }
  return first;
}

function planWalk(input: AuditInput, known: KnownTree): Plan {
  const { game, prices } = input;
  const waiting = game.nodes.filter(isOpen);
  const played = waiting.filter((node) => known.differs(node)).toSorted((a, b) => a.level - b.level)[0];
  if (played !== undefined) {
    const { transactions, rounds } = courseFrom(played.level);
    const forecast = forecastOf(input, transactions, rounds, 0);
    return { steps: [], lookAgainAt: lookAgain(game, waiting), forecast };
  }
  const byPlace = new Map(game.nodes.map((node) => [placeKey(node), node]));
  const [best] = known
    .differing()
    .flatMap((place) => {
      const placement = byPlace.has(placeKey(place)) ? undefined : placementAt(input, byPlace, place);
      if (placement === undefined) return [];
      const { transactions, rounds } = courseFrom(place.level);
      const course = [placement.step.kind, ...transactions];
      const gas = gasOf(prices, course) + (placement.bond ? prices.settle : 0n);
      return [{ ...placement, place, course, rounds, gas }];
    })
    .toSorted((a, b) => Number(a.gas - b.gas) || a.place.level - b.place.level || a.place.position - b.place.position);
  if (best === undefined) {
    return { steps: [], lookAgainAt: waiting.length === 0 ? undefined : lookAgain(game, waiting), forecast: undefined };
  }
  const forecast = forecastOf(input, best.course, best.rounds, Number(best.bond));
  return { steps: [best.step], lookAgainAt: lookAgain(game, []), forecast };
}

/** How a node can be challenged now, if it can; `bond` says whether that locks another bond. */
function placementAt(
  { game, account }: AuditInput,
  byPlace: ReadonlyMap<string, ChallengedNode>,
  { level, position }: NodePlace,
): { step: Step & { kind: "challenge" | "descend" }; bond: boolean } | undefined {
  // A level that an opening shows is 8 levels below it; the lines may be fewer.
  for (let up = 1; up <= LEVELS_SHOWN; up++) {
    const opened = byPlace.get(placeKey({ level: level + up, position: position >> up }));
    if (opened?.answer === undefined || levelsShown(opened.level) !== up || game.now >= opened.answer.shownUntil)
      continue;
    const bond = opened.turns === 0 || !sameAccount(opened.challenger, account);
    return { step: { kind: "descend", level: opened.level, position: opened.position, shown: position }, bond };
  }
  if (game.now < game.windowEnds) return { step: { kind: "challenge", level, position }, bond: true };
  return undefined;
}

/**
 * The longest course from the challenge of a differing node on: answers down to the lines, and then a line whose shown
 * hash isn't that of its weight, so that only silence tells; or one that is refuted after a challenge of its own.
 */
function courseFrom(level: number): { transactions: Step["kind"][]; rounds: number } {
  const openings = Math.ceil(level / LEVELS_SHOWN);
  const last: Step["kind"] = level === 0 ? "callSilence" : "refute";
  return { transactions: [...Array.from({ length: openings }, () => "descend" as const), last], rounds: openings + 1 };
}

function forecastOf(input: AuditInput, until: readonly Step["kind"][], rounds: number, newBonds: number): Forecast {
  const { game, account, prices } = input;
  const bonds =
    newBonds + game.nodes.filter((node) => node.turns !== 0 && sameAccount(node.challenger, account)).length;
  const transactions = [...until, ...Array.from({ length: bonds }, () => "settle" as const)];
  // Each round but the last has an answer after at most one response time, and as long again to descend.
  const voidBy = rounds === 0 ? game.now : game.now + (2 * rounds - 1) * game.responseTime;
  return { transactions, gas: gasOf(prices, transactions), rounds, voidBy };
}

function gasOf(prices: GasPrices, transactions: readonly Step["kind"][]): bigint {
  return transactions.reduce((sum, kind) => sum + prices[kind], 0n);
}

/** Soon enough to descend from whatever is answered meanwhile, and when the next deadline passes. */
function lookAgain(game: Game, waiting: readonly ChallengedNode[]): number {
  const half = game.now + Math.ceil(game.responseTime / 2);
  return Math.min(half, ...waiting.map(({ deadline }) => deadline).filter((deadline) => deadline > game.now));
}

function planSettlements({ game, account }: AuditInput): Plan {
  const steps = settlementsDue(game, account).map((place): Step => ({ kind: "settle", ...place }));
  return { steps, lookAgainAt: undefined, forecast: undefined };
}

const ZERO_BYTE_GAS = 4;
const NONZERO_BYTE_GAS = 16;
/** A step of a sum proof (50 bytes) and one of an index proof (32). */
const STEP_BYTES = 82;

/**
 * Calldata gas (EIP-2028) of what differs between the evidence of two lines: lanes, exponent, and siblings that are
 * empty because they cover no line. Zero bytes within hashes are not counted.
 */
function evidenceGas({ index, tree }: VerifiedIndex, line: number): number {
  let zeros = index.exponents[line] === 0 ? 1 : 0;
  for (const lane of indexRow(index, line)) zeros += Number((lane & 0xff) === 0) + Number((lane & 0xff00) === 0);
  for (let level = 0; level < tree.depth; level++) {
    if (((line >> level) ^ 1) * 2 ** level >= index.size) zeros += STEP_BYTES;
  }
  const bytes = 1 + 2 * index.lanesPerRow + STEP_BYTES * tree.depth;
  return ZERO_BYTE_GAS * zeros + NONZERO_BYTE_GAS * (bytes - zeros);
}
