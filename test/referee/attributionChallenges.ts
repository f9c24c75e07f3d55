import { ceilLog2, type IndexRow, payableOf } from "../support/formats.ts";
import { type Ground, streamOf } from "./attributionGround.ts";
import { rowStands } from "./attributionIndexes.ts";
import { Refusal } from "./attributionJournal.ts";
import { type Sealed, STATUS, type StatementReferee } from "./attributionStatements.ts";
import { climb, fold, leafOf, levelBelow, nodeNumber, type WeightNode, widthOf } from "./attributionTrees.ts";
import { type Usage, usageHash } from "./attributionUsage.ts";

/** A line with everything that its weight follows from. */
export interface Evidence {
  readonly index: number;
  readonly weight: bigint;
  readonly proof: readonly WeightNode[];
  readonly row: IndexRow;
  readonly indexProof: readonly string[];
  readonly usage: Usage;
}

export interface Challenge {
  readonly level: number;
  readonly position: number;
  readonly challenger: string;
  readonly deadline: number;
  readonly begunAt: number;
  /** Level of the node that it came down from; its own if it began here. */
  readonly parentLevel: number;
  /** Nodes that the bond has been put on; 0 once it moved on or was settled. */
  turns: number;
}

export interface Answer {
  readonly by: string;
  readonly shownUntil: number;
  readonly shown: readonly WeightNode[];
}

/** What happened to the nodes of one statement. */
export interface Walks {
  readonly challenges: Map<number, Challenge>;
  readonly answers: Map<number, Answer>;
  shownUntil: number;
}

/** The referee of challenges. */
export class ChallengeReferee {
  readonly #ground: Ground;
  readonly #statements: StatementReferee;
  readonly #walks = new Map<string, Walks>();

  constructor(ground: Ground, statements: StatementReferee) {
    [this.#ground, this.#statements] = [ground, statements];
  }

  walksOf(hash: string): Walks {
    const walks = this.#walks.get(hash) ?? { challenges: new Map(), answers: new Map(), shownUntil: 0 };
    this.#walks.set(hash, walks);
    return walks;
  }

  challenge(sealed: Sealed, level: number, position: number, from: string, now: number): void {
    const closesAt = Number(sealed.statement.proposedAt) + this.#ground.rules.window;
    if (now >= closesAt) throw new Refusal("WindowClosed", closesAt);
    const placed = { level, position, challenger: from, begunAt: now, parentLevel: level, turns: 1 };
    this.#place(sealed, placed, now);
  }

  descend(sealed: Sealed, level: number, position: number, shown: number, from: string, now: number): void {
    const walks = this.walksOf(sealed.hash);
    const node = this.#nodeAt(sealed, level, position);
    const shownUntil = walks.answers.get(node)?.shownUntil ?? 0;
    if (shownUntil === 0) throw new Refusal("NodeNotOpened", level, position);
    if (now >= shownUntil) throw new Refusal("ShownTooLongAgo", shownUntil);
    const below = levelBelow(level);
    if (Math.floor(shown / 2 ** (level - below)) !== position) {
      throw new Refusal("NodeOutOfRange", below, shown, sealed.statement.payout.lines);
    }
    const above = walks.challenges.get(node);
    const holds = above !== undefined && above.challenger === from && above.turns !== 0;
    this.#place(
      sealed,
      {
        level: below,
        position: shown,
        challenger: from,
        begunAt: holds ? above.begunAt : now,
        parentLevel: holds ? level : below,
        turns: holds ? above.turns + 1 : 1,
      },
      now,
    );
    if (holds) above.turns = 0;
  }

  open(
    sealed: Sealed,
    level: number,
    position: number,
    nodes: readonly WeightNode[],
    proof: readonly WeightNode[],
    from: string,
    now: number,
  ): void {
    if (level === 0) throw new Refusal("LineIsDefended", position);
    const node = this.#requireAnswerable(sealed, level, position, now);
    const { root, total, lines } = sealed.statement.payout;
    const opened = fold(nodes, level, position, Number(lines));
    const top = climb(opened, level, position, Number(lines), proof).root;
    if (top.hash !== root || top.sum !== total) throw new Refusal("NodeNotInStatement", level, position);
    const shownUntil = now + this.#ground.rules.responseTime;
    this.#answer(sealed, node, { by: from, shownUntil, shown: nodes });
    this.walksOf(sealed.hash).shownUntil = shownUntil;
    this.#ground.journal.note("challenges.NodeOpened", sealed.hash, level, position, from);
  }

  defend(sealed: Sealed, evidence: Evidence, from: string, now: number): void {
    const expected = this.#weigh(sealed, evidence);
    const { index, weight } = evidence;
    if (expected !== weight) throw new Refusal("LineIsWrong", index, weight, expected);
    const node = this.#requireAnswerable(sealed, 0, index, now);
    this.#answer(sealed, node, { by: from, shownUntil: 0, shown: [] });
    this.#ground.journal.note("challenges.LineDefended", sealed.hash, index, from);
  }

  refute(sealed: Sealed, evidence: Evidence, from: string, now: number): void {
    this.#statements.requireLive(sealed);
    const expected = this.#weigh(sealed, evidence);
    const { index, weight } = evidence;
    if (expected === weight) throw new Refusal("LineIsRight", index, expected);
    this.#ground.journal.note("challenges.LineRefuted", sealed.hash, index, from, weight, expected);
    this.#statements.voidStatement(sealed, this.#earliest(sealed, index, now) ?? from, now);
  }

  callSilence(sealed: Sealed, level: number, position: number, now: number): void {
    const node = this.#nodeAt(sealed, level, position);
    const walks = this.walksOf(sealed.hash);
    const placed = walks.challenges.get(node);
    if (placed === undefined) throw new Refusal("ChallengeNotFound", level, position);
    const answer = walks.answers.get(node);
    if (answer !== undefined) throw new Refusal("AlreadyAnswered", level, position, answer.by);
    if (now < placed.deadline) throw new Refusal("ResponseTimeRunning", placed.deadline);
    this.#statements.requireLive(sealed);
    this.#ground.journal.note("challenges.SilenceCalled", sealed.hash, level, position);
    this.#statements.voidStatement(sealed, placed.challenger, now);
  }

  settle(sealed: Sealed, level: number, position: number): void {
    const { statement, hash } = sealed;
    const walks = this.walksOf(hash);
    const placed = walks.challenges.get(this.#nodeAt(sealed, level, position));
    if (placed === undefined || placed.turns === 0) throw new Refusal("ChallengeNotFound", level, position);
    const settlement = this.#statements.settlementOf(statement.payout.stream, Number(statement.payout.interval));
    if (settlement.live === hash) throw new Refusal("StatementUndecided", hash);
    const stands = settlement.status === STATUS.final && settlement.voids === Number(statement.attempt);
    this.#ground.journal.note("challenges.ChallengeSettled", hash, level, position, placed.challenger, stands);
    const bond = this.#ground.rules.challengeBond;
    if (!stands) this.#pay(placed.challenger, placed.challenger, bond);
    else {
      const answerers = this.#answerersOf(sealed, placed);
      const share = bond / BigInt(answerers.length);
      answerers.forEach((by, turn) => {
        this.#pay(placed.challenger, by, turn === 0 ? bond - share * BigInt(answerers.length - 1) : share);
      });
    }
    placed.turns = 0;
  }

  /** Who answered on a walk, from its last node up to its first. */
  #answerersOf({ statement, hash }: Sealed, last: Challenge): string[] {
    const walks = this.walksOf(hash);
    const answerers: string[] = [];
    let placed = last;
    for (let turn = 0; turn < last.turns; turn++) {
      const node = nodeNumber(Number(statement.payout.lines), placed.level, placed.position);
      const by = walks.answers.get(node)?.by;
      if (by === undefined) throw new Error("a final statement has a node that nobody answered for");
      answerers.push(by);
      if (turn + 1 === last.turns) break;
      const up = Math.floor(placed.position / 2 ** (placed.parentLevel - placed.level));
      const above = walks.challenges.get(nodeNumber(Number(statement.payout.lines), placed.parentLevel, up));
      if (above === undefined || above.challenger !== last.challenger) throw new Error("a walk has a gap");
      placed = above;
    }
    return answerers;
  }

  #pay(challenger: string, to: string, amount: bigint): void {
    const { vault, places } = this.#ground;
    if (to === challenger) vault.unlock(places.attribution, challenger, amount);
    else vault.slash(places.attribution, challenger, to, amount);
  }

  #place(sealed: Sealed, placed: Omit<Challenge, "deadline">, now: number): void {
    const { rules, vault, places, journal } = this.#ground;
    const { level, position, challenger, parentLevel, turns } = placed;
    const node = this.#nodeAt(sealed, level, position);
    const walks = this.walksOf(sealed.hash);
    const before = walks.challenges.get(node);
    if (before !== undefined) {
      const answer = walks.answers.get(node);
      if (answer !== undefined) throw new Refusal("AlreadyAnswered", level, position, answer.by);
      throw new Refusal("AlreadyChallenged", level, position, before.challenger);
    }
    const deadline = now + rules.responseTime;
    const settlement = this.#statements.requireLive(sealed);
    journal.note("challenges.NodeChallenged", sealed.hash, level, position, challenger, parentLevel, deadline);
    if (turns === 1) vault.lock(places.attribution, challenger, rules.challengeBond);
    walks.challenges.set(node, { ...placed, deadline });
    settlement.open += 1;
  }

  /** @returns the node's number */
  #requireAnswerable(sealed: Sealed, level: number, position: number, now: number): number {
    const node = this.#nodeAt(sealed, level, position);
    const walks = this.walksOf(sealed.hash);
    const answer = walks.answers.get(node);
    if (answer !== undefined) throw new Refusal("AlreadyAnswered", level, position, answer.by);
    const placed = walks.challenges.get(node);
    if (placed === undefined) throw new Refusal("ChallengeNotFound", level, position);
    if (now >= placed.deadline) throw new Refusal("ResponseTimeOver", placed.deadline);
    this.#statements.requireLive(sealed);
    return node;
  }

  #answer(sealed: Sealed, node: number, answer: Answer): void {
    this.walksOf(sealed.hash).answers.set(node, answer);
    this.#statements.requireLive(sealed).open -= 1;
  }

  /** Of the open challenges above a line that were put in an earlier second, whose walk began first. */
  #earliest({ statement, hash }: Sealed, index: number, now: number): string | undefined {
    const walks = this.walksOf(hash);
    const lines = Number(statement.payout.lines);
    let first: Challenge | undefined;
    for (let level = 0; level <= ceilLog2(lines); level++) {
      const node = nodeNumber(lines, level, Math.floor(index / 2 ** level));
      const placed = walks.challenges.get(node);
      if (placed === undefined || walks.answers.has(node)) continue;
      if (placed.deadline - this.#ground.rules.responseTime === now) continue;
      if (first === undefined || placed.begunAt < first.begunAt) first = placed;
    }
    return first?.challenger;
  }

  /** The weight that a line must have. */
  #weigh({ statement }: Sealed, { index, weight, proof, row, indexProof, usage }: Evidence): bigint {
    const { payout, reportHash, indexRoot, exponentBound } = statement;
    const lines = Number(payout.lines);
    const { root } = climb(leafOf(index, weight), 0, index, lines, proof);
    if (root.hash !== payout.root || root.sum !== payout.total) throw new Refusal("LineNotInStatement", index, weight);
    const given = usageHash(usage);
    if (given !== reportHash) throw new Refusal("WrongReport", given, reportHash);
    if (!rowStands(indexRoot, lines, index, row, indexProof)) throw new Refusal("RowNotInIndex", index);
    const rows = streamOf(this.#ground, payout.stream).money.terms.rows[index] ?? 0;
    return payableOf(row, usage.lanes, rows, Number(exponentBound));
  }

  #nodeAt({ statement }: Sealed, level: number, position: number): number {
    const { lines } = statement.payout;
    if (level > ceilLog2(Number(lines)) || position >= widthOf(Number(lines), level)) {
      throw new Refusal("NodeOutOfRange", level, position, lines);
    }
    return nodeNumber(Number(lines), level, position);
  }
}
