import type { Hex } from "../scorer/index.ts";
import type { Suite } from "./suite.ts";

/** Number of a stream: the model in bits 8 and up, the place of the dataset in its list in bits 0–7. */
export function streamIdOf(model: bigint, slot: number): bigint {
  return (model << 8n) | BigInt(slot);
}

/** The model of a stream. */
export function modelOfStream(stream: bigint): bigint {
  return stream >> 8n;
}

/** Who stands behind the lines of a stream. */
export interface StreamMembers {
  readonly dataset: bigint;
  readonly version: number;
  /** Rows of the version that count. */
  readonly totalRows: bigint;
  /** Wallet of each contribution, lower case. */
  readonly contributors: readonly Hex[];
  /** Counted rows of each contribution; 0 for one that was retired before the version. */
  readonly rowCounts: readonly number[];
}

/** Reads the contributions of a stream's dataset version from the registry. */
export async function readMembers(suite: Suite, stream: bigint): Promise<StreamMembers> {
  const account = await suite.payouts.accountOf(stream);
  const credits = await Promise.all(
    Array.from({ length: Number(account.contributions) }, (_, i) =>
      suite.datasets.entitledAt(account.dataset, i, account.version),
    ),
  );
  return {
    dataset: account.dataset,
    version: Number(account.version),
    totalRows: account.rows,
    contributors: credits.map(({ contributor }) => contributor.toLowerCase() as Hex),
    rowCounts: credits.map(({ rows }) => Number(rows)),
  };
}
