import { ClientError, parseSignedReceipt, receiptSigner, verifyReceipt } from "../../client/index.ts";
import { readCurrency, utc } from "../chain.ts";
import { argument, command, option } from "../command.ts";
import { readText } from "../edges/files.ts";
import { text } from "../readers.ts";
import { findReceipt } from "../receipts.ts";
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
    const found =
      receipts === undefined ? undefined : await findReceipt(suite, await readText(receipts, "the receipts"), signed);
    const proof = found?.tree.proof(found.index);
    if (found !== undefined && proof !== undefined) {
      const { receipt, index, published, report } = found;
      verifyReceipt({ receipt, index, size: published.length, proof }, report, signed);
    }
    return {
      data: {
        model,
        payer: signed.payer,
        amount: BigInt(signed.amount),
        payment: signed.payment,
        time: signed.time,
        operator,
        interval: found?.report.interval ?? null,
        index: found?.index ?? null,
        receiptsRoot: found?.tree.root ?? null,
        proof: proof ?? null,
      },
      render: (style) =>
        [
          style.green(found === undefined ? "signed by the operator" : "signed by the operator, and in its report"),
          fields(style, [
            ["model", model],
            ["payer", signed.payer],
            ["amount", money(BigInt(signed.amount), currency)],
            ["time", utc(signed.time)],
            ["interval", found?.report.interval ?? "not checked"],
            ["place", found?.index ?? "not checked"],
          ]),
        ].join("\n"),
      ...(found === undefined ? { next: `tributary receipt verify ${path} --receipts receipts-INTERVAL.json` } : {}),
    };
  },
});
