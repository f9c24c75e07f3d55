import { readUsageReport } from "../../client/index.ts";
import type { Hex, Statement, VerifiedIndex } from "../../scorer/index.ts";
import { SumTree } from "../../scorer/index.ts";
import type { Call } from "../calls.ts";
import type { PublishedFiles } from "../files/published.ts";
import type { Role, Sight } from "../runtime/service.ts";
import { Settled } from "../runtime/settled.ts";
import { answerChallenges, computeStatement, poolAfterFee, type ScorerFiles } from "../scorer.ts";
import { intervalsOf, statementOfInterval, STATUS, type StreamInterval } from "./intervals.ts";
import { Kept } from "./kept.ts";

/** State of an index that serves, in the contract's enum. */
const ACTIVE = 3n;
/** Most statements of an interval that may be voided. */
const MAX_VOIDS = 8;

/** What a scorer is told. */
export interface ScorerOptions {
  /** Streams that it serves; all by default */
  readonly streams?: readonly bigint[] | undefined;
  readonly files: PublishedFiles;
  /** Its fee, in basis points of the pool, at most 1,000 */
  readonly feeBps: number;
  /** Blocks after which what is decided isn't looked at again */
  readonly confirmations?: number | undefined;
}

/**
 * A scorer: states every open interval of its streams that was reported, publishes the lines first, answers the
 * challenges of every right statement, makes it final, and settles what it earned. It answers for others' right
 * statements too: an answer earns a part of the challenger's bond, whoever gives it.
 */
export class ScorerRole implements Role {
  readonly name = "scorer";
  readonly #options: ScorerOptions;
  readonly #settled: Settled;
  readonly #computed = new Kept<{ readonly statement: Statement; readonly files: ScorerFiles }>();

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#settled = new Settled(options.confirmations);
  }

  async *look(sight: Sight): AsyncGenerator<Call> {
    for (const interval of await intervalsOf(sight, this.#settled, this.#options.streams)) {
      try {
        if (interval.status === STATUS.open) yield* this.#propose(sight, interval);
        else if (interval.status !== STATUS.proRata) yield* this.#attend(sight, interval);
        this.#settled.note(interval.key, interval.status === STATUS.proRata, sight.block);
      } catch (error) {
        sight.problem(`serving interval ${interval.interval} of stream ${interval.stream}`, error);
      }
    }
  }

  async *#propose(sight: Sight, interval: StreamInterval): AsyncGenerator<Call> {
    const { suite, now, account, problem } = sight;
    const { attribution, vault } = suite;
    const { stream, interval: number, deadline, voids } = interval;
    if (now >= deadline || voids >= MAX_VOIDS || !(await this.#serves(sight, interval))) return;
    const gross = await attribution.poolOf(stream, number);
    if (gross === 0n) return;
    const computed = await this.#compute(sight, interval, gross);
    const { statement } = computed;
    // Nobody's rows pulled: the interval falls back.
    if (statement.total === 0n) return;
    const [bond, { free }] = await Promise.all([
      attribution.bondFor(stream, number),
      vault.bondOf(attribution, account),
    ]);
    if (free < bond) {
      problem(
        `proposing interval ${number} of stream ${stream}`,
        new Error(`the bond is ${bond}, ${account} has ${free} in the vault: deposit more (BondVault.deposit)`),
      );
      return;
    }
    const uri = await this.#options.files.publishStatement(statement);
    const { sumTreeRoot, total } = statement;
    const transaction = await attribution.propose.populateTransaction(
      stream,
      number,
      sumTreeRoot,
      total,
      this.#options.feeBps,
      uri,
    );
    yield { doing: `proposing a statement for interval ${number} of stream ${stream}`, transaction, deadline };
  }

  /** Whether the interval was reported, and an index serves it. */
  async #serves({ suite }: Sight, { stream, model, interval }: StreamInterval): Promise<boolean> {
    const [{ status, activeFrom }, { from }, reportHash] = await Promise.all([
      suite.indexes.indexOf(stream),
      suite.usage.intervalAt(model, interval),
      suite.usage.reportHashOf(model, interval),
    ]);
    return status === ACTIVE && from >= activeFrom && BigInt(reportHash) !== 0n;
  }

  async *#attend(sight: Sight, interval: StreamInterval): AsyncGenerator<Call> {
    const { suite, account, log } = sight;
    const proposed = await statementOfInterval(suite, interval);
    if (proposed === undefined) return;
    const { payout, fee } = proposed.statement;
    const computed = await this.#compute(sight, interval, BigInt(payout.pool) + BigInt(fee));
    if (computed.files.tree.root !== String(payout.root).toLowerCase()) {
      log.warn({ stream: String(interval.stream), interval: interval.interval }, "another scorer's statement is wrong");
      return;
    }
    const { calls } = await answerChallenges(suite, proposed, computed.files, account);
    yield* calls;
    this.#settled.note(interval.key, interval.status === STATUS.final && calls.length === 0, sight.block);
  }

  /** What the interval's statement must say; kept, since all that it follows from is named by hashes. */
  async #compute(
    { suite }: Sight,
    { stream, model, interval }: StreamInterval,
    gross: bigint,
  ): Promise<{ readonly statement: Statement; readonly files: ScorerFiles }> {
    const { files, feeBps } = this.#options;
    const [{ root, exponentBound }, reportHash] = await Promise.all([
      suite.indexes.indexOf(stream),
      suite.usage.reportHashOf(model, interval),
    ]);
    return this.#computed.of(`${stream}/${interval}/${root}/${exponentBound}/${reportHash}/${gross}`, async () => {
      const committed: VerifiedIndex = await files.index(root as Hex, Number(exponentBound));
      const pool = poolAfterFee(gross, feeBps);
      const [statement, report] = await Promise.all([
        computeStatement(suite, stream, interval, committed, pool),
        readUsageReport(suite, model, interval),
      ]);
      const tree = new SumTree(statement.lines.map(({ payable }) => payable));
      return { statement, files: { tree, committed, report } };
    });
  }
}
