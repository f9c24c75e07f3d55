import type { Journal } from "./attributionJournal.ts";
import type { VaultReferee } from "./attributionVault.ts";
import type { Lineage } from "./lineage.ts";
import type { StreamReferee } from "./streams.ts";

/** Addresses of the contracts that hold money or control bonds, and of the treasury. */
export interface Places {
  readonly vault: string;
  readonly ledger: string;
  readonly payouts: string;
  readonly indexes: string;
  readonly attribution: string;
  readonly treasury: string;
}

/** Times of a deployment in seconds, bonds in wei. */
export interface Rules {
  readonly window: number;
  readonly responseTime: number;
  readonly fallbackTime: number;
  readonly proposingPeriod: number;
  readonly indexDelay: number;
  readonly cuttingPeriod: number;
  readonly bondFloor: bigint;
  readonly challengeBond: bigint;
  readonly rowBond: bigint;
}

/** A stream of a model: who may reject for it, and its money. */
export interface Stream {
  readonly id: bigint;
  readonly model: number;
  readonly dataset: number;
  readonly version: bigint;
  /** Of now: a dataset can be sold. */
  datasetOwner: string;
  readonly money: StreamReferee;
}

/** What all the referees of a history share. */
export interface Ground {
  readonly journal: Journal;
  readonly places: Places;
  readonly rules: Rules;
  readonly lineage: Lineage;
  readonly vault: VaultReferee;
  readonly streams: ReadonlyMap<bigint, Stream>;
  readonly modelOwners: ReadonlyMap<number, string>;
}

export function streamOf(ground: Ground, id: bigint): Stream {
  const stream = ground.streams.get(id);
  if (stream === undefined) throw new Error(`the referee knows no stream ${id}`);
  return stream;
}

/** Lines of a stream's statements: contributions of its dataset version. */
export function linesOf(stream: Stream): number {
  return stream.money.terms.rows.length;
}
