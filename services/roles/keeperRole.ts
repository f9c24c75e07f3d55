import type { Call } from "../calls.ts";
import type { PublishedFiles } from "../files/published.ts";
import type { Role, Sight } from "../runtime/service.ts";
import { Settled } from "../runtime/settled.ts";
import { intervalsOf, statementOfInterval, STATUS, type StreamInterval, streamsOf } from "./intervals.ts";

/** States of an index, in the contract's enum. */
const COMMITTED = 1n;
const ACTIVE = 3n;
const MAX_VOIDS = 8;
/** Models that one transaction distributes. */
const DISTRIBUTED_AT_ONCE = 32;

/** What a keeper is told. */
export interface KeeperOptions {
  readonly files: PublishedFiles;
  /** Fees that an interval must have before it is cut, in the currency's smallest unit, after the protocol fee */
  readonly cutFrom: bigint;
  /** Income that must wait before it is distributed, in the currency's smallest unit */
  readonly distributeFrom: bigint;
  /** Blocks after which what is decided isn't looked at again */
  readonly confirmations?: number | undefined;
}

/**
 * A keeper: sends what anyone may send and somebody should. It activates indexes, cuts intervals, posts the reports that
 * operators signed, makes statements final, lets intervals fall back, and distributes income.
 */
export class KeeperRole implements Role {
  readonly name = "keeper";
  readonly #options: KeeperOptions;
  readonly #settled: Settled;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#settled = new Settled(options.confirmations);
  }

  async *look(sight: Sight): AsyncGenerator<Call> {
    const { problem } = sight;
    for (const interval of await intervalsOf(sight, this.#settled)) {
      const { status, key } = interval;
      try {
        if (status === STATUS.open) yield* this.#report(sight, interval);
        if (status === STATUS.open) yield* this.#fallBack(sight, interval);
        if (status === STATUS.proposed) yield* this.#finalise(sight, interval);
        this.#settled.note(key, status === STATUS.final || status === STATUS.proRata, sight.block);
      } catch (error) {
        problem(`ending interval ${interval.interval} of stream ${interval.stream}`, error);
      }
    }
    const duties = {
      "cutting intervals": this.#cut,
      "activating indexes": this.#activate,
      distributing: this.#distribute,
    };
    for (const [doing, duty] of Object.entries(duties)) {
      try {
        yield* duty.call(this, sight);
      } catch (error) {
        problem(doing, error);
      }
    }
  }

  /** Posts what the model's operator signed; several streams of a model share an interval's report. */
  async *#report({ suite }: Sight, { model, interval, deadline }: StreamInterval): AsyncGenerator<Call> {
    const { usage } = suite;
    if (BigInt(await usage.reportHashOf(model, interval)) !== 0n) return;
    const signed = await this.#options.files.report(model, interval);
    if (signed === undefined) return;
    const { report, signature } = signed;
    // Scorers compute from receipts' sums: a report whose receipts nobody can read helps nobody.
    await this.#options.files.receipts(report);
    const transaction = await usage.report.populateTransaction(report, signature);
    yield { doing: `posting the usage report of interval ${interval} of model ${model}`, transaction, deadline };
  }

  async *#fallBack(
    { suite, now }: Sight,
    { stream, model, interval, voids, deadline }: StreamInterval,
  ): AsyncGenerator<Call> {
    const [{ status, activeFrom }, { from }] = await Promise.all([
      suite.indexes.indexOf(stream),
      suite.usage.intervalAt(model, interval),
    ]);
    const served = status === ACTIVE && from >= activeFrom;
    if (served && voids < MAX_VOIDS && now < deadline) return;
    const transaction = await suite.attribution.fallBack.populateTransaction(stream, interval);
    yield { doing: `letting interval ${interval} of stream ${stream} fall back`, transaction };
  }

  async *#finalise({ suite, now }: Sight, interval: StreamInterval): AsyncGenerator<Call> {
    if (interval.openChallenges > 0) return;
    const proposed = await statementOfInterval(suite, interval);
    if (proposed?.state !== "live") return;
    const { statement } = proposed;
    if (now < Number(statement.proposedAt) + Number(await suite.attribution.WINDOW())) return;
    const transaction = await suite.attribution.finalise.populateTransaction(statement);
    yield { doing: `finalising interval ${interval.interval} of stream ${interval.stream}`, transaction };
  }

  async *#cut({ suite, now }: Sight): AsyncGenerator<Call> {
    const { usage, ledger, models } = suite;
    const [count, period] = await Promise.all([models.modelCount(), usage.CUTTING_PERIOD()]);
    for (let model = 1n; model <= count; model++) {
      const [{ to, cutAt }, { fees }, { streams }] = await Promise.all([
        usage.headOf(model),
        ledger.countersOf(model),
        models.modelOf(model),
      ]);
      const least = this.#options.cutFrom > 0n ? this.#options.cutFrom : 1n;
      if (streams === 0n || fees - to < least || now < Number(cutAt + period)) continue;
      yield { doing: `cutting an interval of model ${model}`, transaction: await usage.cut.populateTransaction(model) };
    }
  }

  async *#activate({ suite, now }: Sight): AsyncGenerator<Call> {
    const { indexes } = suite;
    const delay = Number(await indexes.INDEX_DELAY());
    for await (const { stream } of streamsOf(suite)) {
      const { status, committedAt, openDemands } = await indexes.indexOf(stream);
      if (status !== COMMITTED || openDemands > 0n || now < Number(committedAt) + delay) continue;
      const transaction = await indexes.activateIndex.populateTransaction(stream);
      yield { doing: `activating the index of stream ${stream}`, transaction };
    }
  }

  /** Children before parents, whose royalties they pay; a parent's number is below its children's. */
  async *#distribute({ suite }: Sight): AsyncGenerator<Call> {
    const { ledger, models } = suite;
    const due: bigint[] = [];
    for (let model = await models.modelCount(); model > 0n; model--) {
      const { gross, royalties, dividedGross, dividedRoyalties } = await ledger.incomeOf(model);
      const waiting = gross - dividedGross + royalties - dividedRoyalties;
      if (waiting > 0n && waiting >= this.#options.distributeFrom) due.push(model);
    }
    for (let i = 0; i < due.length; i += DISTRIBUTED_AT_ONCE) {
      const some = due.slice(i, i + DISTRIBUTED_AT_ONCE);
      const transaction = await ledger.distributeMany.populateTransaction(some);
      yield { doing: `distributing ${some.length} models' income`, transaction };
    }
  }
}
