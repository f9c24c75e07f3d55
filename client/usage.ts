import { type Wallet, ZeroHash } from "ethers";
import { type Hex, USAGE_REPORT_TYPES, type UsageReport, usageReportHash } from "../scorer/index.ts";
import { completely } from "./chainProvider.ts";
import { ClientError } from "./clientError.ts";
import type { Suite } from "./suite.ts";

/** Signs a usage report as the model's operator (EIP-712). */
export async function signUsageReport(suite: Suite, operator: Wallet, report: UsageReport): Promise<string> {
  const domain = {
    name: "Tributary",
    version: "1",
    chainId: suite.book.chainId,
    verifyingContract: suite.book.contracts.usage,
  };
  return operator.signTypedData(domain, { UsageReport: [...USAGE_REPORT_TYPES.UsageReport] }, report);
}

/**
 * Reads an interval's usage report from its event and checks it against the hash that the chain keeps.
 *
 * @throws ClientError `bad-input` when there is none yet, `mismatch` when the node gave another one
 */
export async function readUsageReport(suite: Suite, model: bigint, interval: number): Promise<UsageReport> {
  const { usage, book, provider } = suite;
  const read = async () => {
    const [found] = await usage.queryFilter(usage.filters.UsageReported(model, interval), book.fromBlock);
    return found;
  };
  const event = await completely(
    provider,
    read,
    async (found) => (found?.args.reportHash ?? ZeroHash) === (await usage.reportHashOf(model, interval)),
  );
  if (event === undefined) {
    throw new ClientError(
      "bad-input",
      `model ${model} has no usage report for interval ${interval} yet: its operator posts it`,
    );
  }
  const { from, to } = await usage.intervalAt(model, interval);
  const { receiptsRoot, exponent, q } = event.args;
  const report: UsageReport = {
    model,
    interval,
    from,
    to,
    receiptsRoot: receiptsRoot as Hex,
    exponent: Number(exponent),
    q: q as Hex,
  };
  const expected = await usage.reportHashOf(model, interval);
  if (usageReportHash(report) !== expected) {
    throw new ClientError(
      "mismatch",
      `the node's usage report of model ${model}, interval ${interval} doesn't hash to ${expected}: ask another node`,
    );
  }
  return report;
}
