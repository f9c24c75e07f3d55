import type { TransactionReceipt } from "ethers";
import type { Sender, Suite } from "../../client/index.ts";
import { readUsageReport, receiptsFile, reportOf, signUsageReport } from "../../client/index.ts";
import {
  type Hex,
  predict,
  type QuantisedVector,
  quantiseQuery,
  queryDigest,
  queryVector,
  type Receipt,
  sha256,
  textFeatures,
  type UsageReport,
} from "../../scorer/index.ts";
import type { Cast } from "./cast.ts";
import type { CorpusMail } from "./corpus.ts";
import { type Lineage, PRICES, type Trained } from "./lineage.ts";
import type { Publishing } from "./publisher.ts";

/** One paid verdict of the fine-tune. */
export interface Verdict {
  readonly receipt: Receipt;
  readonly query: QuantisedVector;
  readonly correct: boolean;
}

/** More than a payment ever takes: saves an estimate each. */
const PAYMENT_GAS = 200_000n;

/**
 * A caller pays the agent for a verdict on a mail; the agent pays the fine-tune, which classifies the mail; the
 * fine-tune's operator keeps the receipt.
 */
export async function buyVerdict(
  suite: Suite,
  cast: Cast,
  caller: Sender,
  lineage: Lineage,
  trained: Trained,
  mail: CorpusMail,
): Promise<Verdict> {
  const { market } = suite;
  const requestDigest = sha256(mail.bytes);
  await caller.send(
    "paying the agent",
    market.pay.populateTransaction(lineage.agent, PRICES.agent, requestDigest),
    PAYMENT_GAS,
  );
  const payment = await cast.agentMaker.send(
    "paying the fine-tune",
    market.pay.populateTransaction(lineage.finetune, PRICES.finetune, requestDigest),
    PAYMENT_GAS,
  );
  const feesAfter = feesAfterPaying(suite, payment);
  const x = textFeatures([mail]).data;
  const { label } = predict(trained.model.head, x);
  const response = new TextEncoder().encode(JSON.stringify({ verdict: label === 1 ? "spam" : "ham" }));
  const query = quantiseQuery(queryVector(trained.model.whitening, 2, x, label));
  return {
    receipt: {
      model: lineage.finetune,
      feesAfter,
      payer: cast.agentMaker.address.toLowerCase() as Hex,
      amount: PRICES.finetune,
      requestDigest,
      responseDigest: sha256(response),
      queryDigest: queryDigest(query),
    },
    query,
    correct: label === mail.label,
  };
}

/** The model's fee counter right after a payment. */
export function feesAfterPaying({ market }: Suite, payment: TransactionReceipt): bigint {
  const feesAfter = payment.logs.flatMap((log) => {
    const event = market.interface.parseLog(log);
    return event?.name === "InferencePaid" ? [event.args.getValue("feesAfter") as bigint] : [];
  })[0];
  if (feesAfter === undefined) throw new Error(`transaction ${payment.hash} has no InferencePaid`);
  return feesAfter;
}

/** Cuts an interval of the fine-tune's fees, and its operator signs and posts what was asked in it. */
export async function closeInterval(
  suite: Suite,
  cast: Pick<Cast, "tuner">,
  model: bigint,
  verdicts: readonly Verdict[],
  publisher: Publishing,
): Promise<UsageReport> {
  const { usage } = suite;
  const { intervals: interval } = await usage.headOf(model);
  await cast.tuner.send("cutting the interval", usage.cut.populateTransaction(model));
  const { from, to } = await usage.intervalAt(model, interval);
  const report = reportOf(model, Number(interval), { from, to }, verdicts);
  await publisher.json(`receipts-${interval}.json`, receiptsFile(verdicts));
  const signature = await signUsageReport(suite, cast.tuner.signer, report);
  await cast.tuner.send("posting the usage report", usage.report.populateTransaction(report, signature));
  return readUsageReport(suite, model, report.interval);
}
