import { ClientError } from "../../../client/clientError.ts";
import type { IndexClient, Interval, Stream } from "../../../client/indexApi/index.ts";
import { checkReceipts, parseReceipts, type PublishedReceipt } from "../../../client/receipts.ts";
import type { Suite } from "../../../client/suite.ts";
import { readUsageReport } from "../../../client/usage.ts";
import type { Config } from "../../config/config.ts";
import { publishedFile } from "../../data/files.ts";

/** A receipt among those of its interval, all of which were checked against the report on the chain. */
export interface FoundReceipt {
  readonly interval: Interval;
  readonly published: PublishedReceipt;
  /** Receipts of the interval. */
  readonly among: number;
}

/** Who is asked for what an explanation needs. */
export interface Sources {
  readonly api: IndexClient;
  readonly config: Config;
  readonly suite: Suite;
}

/** What is known of a payment's answer: nothing before its interval was cut and reported. */
export type Reported =
  { readonly state: "uncut" | "unreported" } | { readonly state: "found"; readonly receipt: FoundReceipt };

/**
 * Finds the receipt of a payment by the model's fee counter right after it.
 *
 * @throws ClientError `file-missing` when the operator hasn't published the receipts, `mismatch` when they aren't those
 * of the report, `not-found` when the payment isn't among them
 */
export async function findReceipt(
  { api, config, suite }: Sources,
  model: number,
  feesAfter: bigint,
): Promise<Reported> {
  const { data: intervals } = await api.intervals(model);
  const interval = intervals.find(({ fromFees, toFees }) => fromFees < feesAfter && feesAfter <= toFees);
  if (interval === undefined) return { state: "uncut" };
  if (interval.receiptsRoot === null) return { state: "unreported" };
  const [file, report] = await Promise.all([
    publishedFile(api, config, `receipts/${interval.receiptsRoot}`, undefined),
    readUsageReport(suite, BigInt(model), interval.interval),
  ]);
  const all = parseReceipts(new TextDecoder().decode(file));
  checkReceipts(all, report);
  const published = all.find(({ receipt }) => receipt.feesAfter === feesAfter);
  if (published === undefined) {
    throw new ClientError(
      "not-found",
      `the report of interval ${interval.interval} has ${all.length} receipts, and none of this payment: it was left out, or has no answer`,
    );
  }
  return { state: "found", receipt: { interval, published, among: all.length } };
}

/** A stream with an index that the receipt's query can be multiplied with. */
export function explainable(streams: readonly Stream[]): readonly Stream[] {
  return streams.filter(({ index }) => index !== null && index.status !== "rejected");
}
