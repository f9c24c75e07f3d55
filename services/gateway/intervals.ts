import type { Wallet } from "ethers";
import {
  type PublishedReceipt,
  receiptsFile,
  reportOf,
  type Sender,
  signUsageReport,
  type Suite,
} from "../../client/index.ts";
import type { UsageReport } from "../../scorer/index.ts";
import type { PublishedFiles } from "../files/published.ts";
import type { CallStore } from "./store.ts";

/** What an operator reports of an interval. */
export interface CollectedInterval {
  readonly report: UsageReport;
  /** In the order of payment */
  readonly receipts: readonly PublishedReceipt[];
}

/**
 * The receipts of an interval that was cut, and the usage report over them. Vouchers count where they were redeemed.
 *
 * @returns undefined for an interval without receipts: it is divided pro-rata
 */
export async function collectInterval(
  { usage }: Suite,
  model: bigint,
  interval: number,
  store: CallStore,
): Promise<CollectedInterval | undefined> {
  const { from, to } = await usage.intervalAt(model, interval);
  const receipts: PublishedReceipt[] = [];
  for await (const { feesAfter, payer, amount, requestDigest, responseDigest, queryDigest, query } of store.calls()) {
    if (feesAfter === undefined || feesAfter <= from || feesAfter > to) continue;
    receipts.push({
      receipt: { model, feesAfter, payer, amount, requestDigest, responseDigest, queryDigest },
      query,
    });
  }
  if (receipts.length === 0) return undefined;
  // Of those that were credited together, first who called first: sorting keeps the log's order.
  receipts.sort(({ receipt: a }, { receipt: b }) =>
    a.feesAfter < b.feesAfter ? -1 : a.feesAfter > b.feesAfter ? 1 : 0,
  );
  const report = reportOf(model, interval, { from, to }, receipts);
  return { report, receipts };
}

/** Who reports intervals, and where their receipts go. */
export interface Reporting {
  readonly suite: Suite;
  readonly model: bigint;
  readonly store: CallStore;
  /** The model's operator */
  readonly operator: Wallet;
  /** Who pays the gas */
  readonly sender: Pick<Sender, "send">;
  /** Publishes a receipts file; a report is posted when its file is out */
  readonly publish: (name: string, json: string) => Promise<void>;
  /** Where receipts and signed reports go for a keeper, who posts them; by default `sender` posts reports */
  readonly files?: Pick<PublishedFiles, "publishReceipts" | "publishReport">;
}

/**
 * Reports all intervals of a model that were cut and have none yet: safe to be stopped anywhere and to run again. What
 * the payment methods know of the chain must be up to date (`look`).
 *
 * @param upTo - number of intervals that what is known of the chain is enough for; by default all that were cut
 * @returns the reports that were posted, or published for a keeper
 * @throws ClientError as `Sender.send`
 */
export async function reportIntervals(reporting: Reporting, upTo?: number): Promise<UsageReport[]> {
  const { suite, model, store, operator, sender, publish, files } = reporting;
  const { usage } = suite;
  const intervals = upTo ?? (await usage.headOf(model)).intervals;
  const posted: UsageReport[] = [];
  for (let interval = Number(intervals) - 1; interval >= 0; interval--) {
    if (BigInt(await usage.reportHashOf(model, interval)) !== 0n) continue;
    const collected = await collectInterval(suite, model, interval, store);
    if (collected === undefined) continue;
    const { report, receipts } = collected;
    await publish(`receipts-${interval}.json`, JSON.stringify(receiptsFile(receipts)));
    const signature = await signUsageReport(suite, operator, report);
    posted.push(report);
    if (files !== undefined) {
      await files.publishReceipts(report.receiptsRoot, receipts);
      await files.publishReport({ report, signature });
      continue;
    }
    await sender.send("posting the usage report", usage.report.populateTransaction(report, signature));
  }
  return posted;
}
