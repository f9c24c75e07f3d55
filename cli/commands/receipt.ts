import {
  checkReceipts,
  ClientError,
  isReceiptOf,
  parseReceipts,
  parseSignedReceipt,
  readUsageReport,
  receiptSigner,
  type SignedReceipt,
  type Suite,
  verifyReceipt,
} from "../../client/index.ts";
import { readCurrency, utc } from "../chain.ts";
import { argument, command, option } from "../command.ts";
import { readText } from "../edges/files.ts";
import { text } from "../readers.ts";
import { fields, money } from "../style.ts";

export const receiptVerify = command({
  name: "receipt verify",
  role: "caller",
  summary: "check a receipt: the operator's signature, and its place in the report on the chain",
  details:
    "Without --receipts only the signature is checked, which the operator's present key must have made. With the receipts " +
    "file of the interval the whole file is recomputed against the report. Exit 6 when anything differs.",
  arguments: { receipt: argument("RECEIPT.json", "as the gateway gave it", text) },
  options: { receipts: option("FILE", "the interval's receipts, as the operator published them", text) },
  examples: ["receipt verify receipt.json", "receipt verify receipt.json --receipts receipts-0.json"],
  run: async (context, { receipt: path, receipts }) => {
    const signed = parseSignedReceipt(await readText(path, "the receipt"));
    const suite = await context.suite();
    const model = BigInt(signed.model);
    const [operator, currency] = await Promise.all([suite.models.operatorOf(model), readCurrency(suite)]);
    const signer = receiptSigner(suite, signed);
    if (signer !== operator) {
      throw new ClientError(
        "mismatch",
        `the receipt is signed by ${signer}, the operator of model ${model} is ${operator}`,
      );
    }
    const place =
      receipts === undefined ? undefined : await placeOf(suite, signed, await readText(receipts, "the receipts"));
    return {
      data: {
        model,
        payer: signed.payer,
        amount: BigInt(signed.amount),
        payment: signed.payment,
        time: signed.time,
        operator,
        interval: place?.interval ?? null,
        index: place?.index ?? null,
        receiptsRoot: place?.root ?? null,
        proof: place?.proof ?? null,
      },
      render: (style) =>
        [
          style.green(place === undefined ? "signed by the operator" : "signed by the operator, and in its report"),
          fields(style, [
            ["model", model],
            ["payer", signed.payer],
            ["amount", money(BigInt(signed.amount), currency)],
            ["time", utc(signed.time)],
            ["interval", place?.interval ?? "not checked"],
            ["place", place?.index ?? "not checked"],
          ]),
        ].join("\n"),
      ...(place === undefined ? { next: `tributary receipt verify ${path} --receipts receipts-INTERVAL.json` } : {}),
    };
  },
});

/** Where a receipt stands in the report of its interval; the whole file is checked. */
async function placeOf(suite: Suite, signed: SignedReceipt, json: string) {
  const published = parseReceipts(json);
  const index = published.findIndex(({ receipt }) => isReceiptOf(receipt, signed));
  const found = published[index];
  if (found === undefined) throw new ClientError("mismatch", "the receipts file doesn't have this receipt");
  const { receipt } = found;
  const interval = await intervalOf(suite, receipt.model, receipt.feesAfter);
  const report = await readUsageReport(suite, receipt.model, interval);
  const tree = checkReceipts(published, report);
  const proof = tree.proof(index);
  verifyReceipt({ receipt, index, size: published.length, proof }, report, signed);
  return { interval, index, root: tree.root, proof };
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
