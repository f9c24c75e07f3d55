import { type IndexRow, payableOf, type PositionalTree } from "../support/formats.ts";
import { item } from "../support/fixture.ts";
import type { Random } from "../support/random.ts";
import type { Sent } from "./attributionChain.ts";
import { type Answer, type Challenge, ChallengeReferee, type Evidence } from "./attributionChallenges.ts";
import { type Ground, linesOf, type Stream, streamOf } from "./attributionGround.ts";
import { IndexReferee } from "./attributionIndexes.ts";
import { type ClaimedLine, MoneyReferee } from "./attributionMoney.ts";
import { Refusal } from "./attributionJournal.ts";
import type { Cast } from "./attributionStage.ts";
import { type Sealed, StatementReferee } from "./attributionStatements.ts";
import { climb, leafOf, nodeNumber, WeightTree } from "./attributionTrees.ts";
import { UsageReferee } from "./attributionUsage.ts";

/** A transaction, with what the referee makes of it at a given second. */
export interface Move extends Sent {
  play(now: number): void;
}

/** An index file: the rows behind a root. */
export interface IndexFile {
  readonly rows: readonly IndexRow[];
  readonly bound: number;
  readonly tree: PositionalTree;
}

/** A statement that was proposed, with what its scorer holds. */
export interface Proposal extends Sealed {
  readonly stream: Stream;
  readonly interval: number;
  readonly tree: WeightTree;
  /** Whether root and total are those of the right weights. */
  readonly right: boolean;
  /** Whether everybody has the tree. */
  readonly published: boolean;
  /** Whether the honest scorer stands behind it. */
  readonly honest: boolean;
}

/** A node that was challenged, with the answer if there is one. */
export interface Walked {
  readonly node: number;
  readonly challenge: Challenge;
  readonly answer: Answer | undefined;
}

/** The state of a history: the referees, and what the players know. */
export class Game {
  readonly ground: Ground;
  readonly random: Random;
  readonly cast: Cast;
  readonly parentsOf: ReadonlyMap<number, readonly number[]>;
  readonly indexes: IndexReferee;
  readonly usage: UsageReferee;
  readonly statements: StatementReferee;
  readonly challenges: ChallengeReferee;
  readonly money: MoneyReferee;
  /** When the next call is sent, in seconds. */
  now = 0;
  /** Index files by root. */
  readonly files = new Map<string, IndexFile>();
  readonly proposals: Proposal[] = [];
  readonly finals: Proposal[] = [];
  /** Streams and intervals that the honest watcher looks at. */
  readonly #watched = new Map<string, boolean>();
  readonly #right = new Map<string, WeightTree>();

  constructor(ground: Ground, random: Random, cast: Cast, parentsOf: ReadonlyMap<number, readonly number[]>) {
    [this.ground, this.random, this.cast, this.parentsOf] = [ground, random, cast, parentsOf];
    this.indexes = new IndexReferee(ground);
    this.usage = new UsageReferee(ground);
    this.statements = new StatementReferee(ground, this.indexes, this.usage);
    this.challenges = new ChallengeReferee(ground, this.statements);
    this.money = new MoneyReferee(ground);
  }

  get streams(): Stream[] {
    return [...this.ground.streams.values()];
  }

  /** Everybody who can have money. */
  get accounts(): string[] {
    const { honestScorer, watcher, rogues, anonymous, payer, modelOwners, datasetOwners, contributors } = this.cast;
    const others = [...modelOwners, ...datasetOwners, ...contributors, this.ground.places.treasury];
    return [honestScorer, watcher, ...rogues, anonymous, payer, ...others];
  }

  get models(): number[] {
    return [...this.parentsOf.keys()];
  }

  /** Statements that are neither final nor void nor rejected. */
  get live(): Proposal[] {
    return this.proposals.filter(({ stream, interval, hash }) => {
      return this.statements.settlementOf(stream.id, interval).live === hash;
    });
  }

  /** All intervals of all streams. */
  get keys(): { stream: Stream; interval: number }[] {
    return this.streams.flatMap((stream) =>
      this.usage.piecesOf(stream.model).map((_, interval) => ({ stream, interval })),
    );
  }

  isWatched(stream: Stream, interval: number): boolean {
    const key = `${stream.id} ${interval}`;
    const watched = this.#watched.get(key) ?? this.random.chance(0.7);
    this.#watched.set(key, watched);
    return watched;
  }

  /** The tree of the right weights of an interval that has a report and an active index. */
  rightTree(stream: Stream, interval: number): WeightTree {
    const key = `${stream.id} ${interval}`;
    const known = this.#right.get(key);
    if (known !== undefined) return known;
    const { root, bound } = this.indexes.indexOf(stream.id);
    const lanes = this.usage.pieceAt(stream.model, interval).report?.usage.lanes;
    const file = this.files.get(root);
    if (lanes === undefined || file === undefined) throw new Error("an interval without report or index has no tree");
    const { rows } = stream.money.terms;
    const tree = new WeightTree(file.rows.map((row, i) => payableOf(row, lanes, rows[i] ?? 0, bound)));
    this.#right.set(key, tree);
    return tree;
  }

  /** Whether a statement can be made for an interval: a report, and an index that serves it. */
  isScorable(stream: Stream, interval: number): boolean {
    const { report } = this.usage.pieceAt(stream.model, interval);
    return report !== undefined && this.statements.serves(stream.id, interval);
  }

  /** Nodes of a statement that were challenged. */
  walked({ hash }: Sealed): Walked[] {
    const { challenges, answers } = this.challenges.walksOf(hash);
    return [...challenges].map(([node, challenge]) => ({ node, challenge, answer: answers.get(node) }));
  }

  answerOf(proposal: Proposal, level: number, position: number): Answer | undefined {
    const node = nodeNumber(linesOf(proposal.stream), level, position);
    return this.challenges.walksOf(proposal.hash).answers.get(node);
  }

  challengeOf(proposal: Proposal, level: number, position: number): Challenge | undefined {
    const node = nodeNumber(linesOf(proposal.stream), level, position);
    return this.challenges.walksOf(proposal.hash).challenges.get(node);
  }

  /** A line of a proposal with all that its weight follows from, as its tree has it. */
  evidence({ statement, stream, interval, tree }: Proposal, index: number): Evidence {
    const file = this.files.get(statement.indexRoot);
    const usage = this.usage.pieceAt(stream.model, interval).report?.usage;
    if (file === undefined || usage === undefined) throw new Error("a statement without index or report");
    return {
      index,
      weight: tree.weights[index] ?? 0n,
      proof: tree.proof(0, index),
      row: item(file.rows, index),
      indexProof: file.tree.proof(index),
      usage,
    };
  }

  /** A line as it is claimed. */
  line({ tree }: Proposal, index: number): ClaimedLine {
    return { index, weight: tree.weights[index] ?? 0n, proof: tree.proof(0, index) };
  }

  /** Whether a proposal's tree proves a line. */
  proves({ statement, stream, tree }: Proposal, index: number): boolean {
    const { root, total } = statement.payout;
    try {
      const leaf = leafOf(index, tree.weights[index] ?? 0n);
      const top = climb(leaf, 0, index, linesOf(stream), tree.proof(0, index)).root;
      return top.hash === root && top.sum === total;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  /** What each line of a proposal is worth, as far as it can be proved. */
  amountsOf(proposal: Proposal): bigint[] {
    const { pool, total } = proposal.statement.payout;
    const { tree, stream } = proposal;
    let before = 0n;
    return stream.money.terms.rows.map((_, index) => {
      const weight = tree.weights[index] ?? 0n;
      // Lies make a tree whose lines are no longer where their weights say.
      if (!proposal.right) {
        if (!this.proves(proposal, index)) return 0n;
        before = tree.proof(0, index).reduce((all, { sum }, level) => {
          return Math.floor(index / 2 ** level) % 2 === 1 ? all + sum : all;
        }, 0n);
      }
      const amount = (pool * (before + weight)) / total - (pool * before) / total;
      before += weight;
      return amount;
    });
  }

  streamOf(id: bigint): Stream {
    return streamOf(this.ground, id);
  }
}
