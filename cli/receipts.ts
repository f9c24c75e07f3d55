import {
  checkReceipts,
  ClientError,
  isReceiptOf,
  parseReceipts,
  type PublishedReceipt,
  readUsageReport,
  type SignedReceipt,
  type Suite,
} from "../client/index.ts";
import type { MerkleTree, Receipt, UsageReport } from "../scorer/index.ts";
import { count } from "./style.ts";

/** A receipt among those of its interval, all of which were checked against the report on the chain. */
export interface FoundReceipt {
  readonly receipt: Receipt;
  /** Its place in the file */
  readonly index: number;
  readonly published: readonly PublishedReceipt[];
  readonly report: UsageReport;
  readonly tree: MerkleTree;
}

/**
 * Finds a receipt in the published receipts of its interval; the whole file is checked.
 *
 * @param json - the receipts file
 * @param which - what the caller got, or the receipt's place in the file
 * @throws ClientError `mismatch` when it isn't there, or the file isn't the report's; `bad-input` for a place beyond it
 */
export async function findReceipt(suite: Suite, json: string, which: SignedReceipt | number): Promise<FoundReceipt> {
  const published = parseReceipts(json);
  const index = typeof which === "number" ? which : published.findIndex(({ receipt }) => isReceiptOf(receipt, which));
  const found = published[index];
  if (found === undefined) {
    throw typeof which === "number"
      ? new ClientError(
          "bad-input",
          `the receipts file has ${count(published.length, "receipt")}: there is no ${which}`,
        )
      : new ClientError("mismatch", "the receipts file doesn't have this receipt");
  }
  const { receipt } = found;
  const interval = await intervalOf(suite, receipt.model, receipt.feesAfter);
  const report = await readUsageReport(suite, receipt.model, interval);
  return { receipt, index, published, report, tree: checkReceipts(published, report) };
}

/** The interval that a fee counter lies in. */
async function intervalOf({ usage }: Suite, model: bigint, feesAfter: bigint): Promise<number> {
  let low = 0;
  let high = Number((await usage.headOf(model)).intervals);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await usage.intervalAt(model, middle)).to < feesAfter) low = middle + 1;
    else high = middle;
  }
  return low;
}
