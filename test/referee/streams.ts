import { type IndexRow, lineAmounts, payableOf } from "../support/formats.ts";
import { type Lineage, shareOf } from "./lineage.ts";

/** A stream, with the contributions that it pays. */
export interface StreamTerms {
  readonly model: number;
  readonly bps: bigint;
  readonly proRataBps: bigint;
  readonly contributors: readonly string[];
  /** Rows that each contribution counts; 0 for a retired one. */
  readonly rows: readonly number[];
  readonly index: readonly IndexRow[];
  readonly exponentBound: number;
}

/** A final statement's money. */
interface FinalPool {
  readonly amounts: readonly bigint[];
  readonly claimed: Set<number>;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

/** The referee of one stream: pools of intervals, lines of statements, and money by row count. */
export class StreamReferee {
  readonly terms: StreamTerms;
  readonly #lineage: Lineage;
  readonly #finals = new Map<number, FinalPool>();
  readonly #claimed: bigint[];
  #fallbacks = 0n;
  /** Parts of final statements' pools that no line can prove. */
  #stranded = 0n;
  /** Fee counter up to which intervals were ended, by a statement or pro-rata. */
  #ended = 0n;

  constructor(lineage: Lineage, terms: StreamTerms) {
    this.#lineage = lineage;
    this.terms = terms;
    this.#claimed = terms.rows.map(() => 0n);
  }

  /** What influence divides of the fees in (from, to]. */
  pool(from: bigint, to: bigint): bigint {
    const influence = (fees: bigint): bigint => {
      const stream = shareOf(fees, this.terms.bps);
      return stream - shareOf(stream, this.terms.proRataBps);
    };
    return influence(to) - influence(from);
  }

  weights(q: readonly number[]): bigint[] {
    const { index, rows, exponentBound } = this.terms;
    return index.map((row, i) => payableOf(row, q, rows[i] ?? 0, exponentBound));
  }

  /**
   * Ends an interval by a statement.
   *
   * @returns the scorer's fee
   */
  finalise(interval: number, pool: bigint, weights: readonly bigint[], feeBps: bigint): bigint {
    const fee = shareOf(pool, feeBps);
    this.end(interval, pool, fee, lineAmounts(pool - fee, weights));
    return fee;
  }

  /** Ends an interval by a statement whose lines are worth `amounts`; what can be proved of a wrong one may be less. */
  end(interval: number, pool: bigint, fee: bigint, amounts: readonly bigint[]): void {
    this.#finals.set(interval, { amounts, claimed: new Set() });
    this.#ended += pool;
    this.#stranded += pool - fee - sum(amounts);
  }

  fallBack(pool: bigint): void {
    this.#fallbacks += pool;
    this.#ended += pool;
  }

  /** Pays a line, once. */
  claim(interval: number, line: number): bigint {
    const final = this.#finals.get(interval);
    if (final === undefined || final.claimed.has(line)) return 0n;
    final.claimed.add(line);
    return final.amounts[line] ?? 0n;
  }

  isClaimed(interval: number, line: number): boolean {
    return this.#finals.get(interval)?.claimed.has(line) === true;
  }

  /** All that the stream has had to divide by row count. */
  get proRata(): bigint {
    const { model, bps, proRataBps } = this.terms;
    const fixed = shareOf(shareOf(this.#lineage.fees(model), bps), proRataBps);
    return fixed + shareOf(this.#lineage.royalties(model), bps) + this.#fallbacks;
  }

  /** Pays what a contribution is owed by rows. */
  claimProRata(contribution: number): bigint {
    const owed = this.owedProRata(contribution);
    this.#claimed[contribution] = (this.#claimed[contribution] ?? 0n) + owed;
    return owed;
  }

  /** What a contribution is owed by rows and has not claimed. */
  owedProRata(contribution: number): bigint {
    const rows = this.terms.rows.reduce((all, count) => all + count, 0);
    const owed = (this.proRata * BigInt(this.terms.rows[contribution] ?? 0)) / BigInt(rows);
    return owed - (this.#claimed[contribution] ?? 0n);
  }

  /** What nobody has claimed of final statements' pools. */
  get unclaimed(): bigint {
    const lines = [...this.#finals.values()].map(({ amounts, claimed }) =>
      sum(amounts.filter((_, i) => !claimed.has(i))),
    );
    return this.#stranded + sum(lines);
  }

  /** What waits in the ledger for the end of its interval. */
  get waiting(): bigint {
    return this.pool(0n, this.#lineage.fees(this.terms.model)) - this.#ended;
  }

  /** What was claimed by row count. */
  get paidProRata(): bigint {
    return sum(this.#claimed);
  }
}
