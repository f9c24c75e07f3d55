import { Caller } from "../../client/index.ts";
import { CallerFile } from "../../client/callerFile.ts";
import { parseMoney, readCurrency } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { readBytes, writeOut } from "../edges/files.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { HOST, PORT } from "../gatewayDefaults.ts";
import { amount, id, text, webUrl } from "../readers.ts";
import { fields, money } from "../style.ts";
import { WALLET } from "../transaction.ts";

const GATEWAY = `http://${HOST}:${PORT}/`;
const DATA = "tributary-calls.sqlite";

export const call = command({
  name: "call",
  role: "caller",
  summary: "ask a model over HTTP, and pay by a voucher over a prepaid balance",
  details:
    `Without --broadcast it only asks for the price. --data keeps what was signed and the receipts (default: ${DATA}); ` +
    "never go on with an older copy of it. What the gateway counts above --max-price is refused.",
  arguments: { model: argument("MODEL", "number of the model", id(48)) },
  options: {
    input: requiredOption("FILE", "what the model is asked, sent as it is", text),
    maxPrice: requiredOption("AMOUNT", "the most to pay, in whole units of the currency", amount),
    gateway: option("URL", `where the model is asked (default: ${GATEWAY})`, webUrl),
    contentType: option("TYPE", "of the input (default: text/plain)", text),
    data: option("FILE", "what was signed so far, and the receipts", text),
    out: option("FILE", "where the answer is written; without it, it is shown as text", text),
    receipt: option("FILE", "where the receipt is written", text),
    ...WALLET,
  },
  examples: ["call 2 --input mail.txt --max-price 0.1", "call 2 --input mail.txt --max-price 0.1 --broadcast"],
  run: async (context, { model, input, maxPrice, gateway = GATEWAY, contentType = "text/plain", ...rest }) => {
    const { data: path = DATA, out, receipt: receiptPath, ...sending } = rest;
    const body = await readBytes(input, "the input");
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const most = parseMoney(maxPrice, currency);
    const request = { url: gateway, headers: { "content-type": contentType }, body };
    const { address, wallet } = await chooseWallet(context, sending);
    const { balance } = await suite.market.channelOf(address, model);
    const store = new CallerFile(path);
    try {
      if (wallet === undefined) {
        const quoting = new Caller({ suite, payer: { address, signTypedData: nothingToSign }, store });
        const price = await quoting.quote(model, request);
        return {
          data: { broadcast: false, model, payer: address, price, balance, receipt: null, answer: null },
          render: (style) =>
            fields(style, [
              ["model", model],
              ["price, at most", money(price, currency)],
              ["prepaid balance", money(balance, currency)],
            ]),
          next: "add --broadcast to pay",
        };
      }
      const caller = new Caller({ suite, payer: wallet, store });
      const answer = await context.step("Asking the model", () => caller.call(model, request, { maxPrice: most }));
      const { receipt } = answer;
      const price = BigInt(receipt.amount);
      const shown = new TextDecoder().decode(answer.body);
      if (out !== undefined) await writeOut(out, answer.body, "the answer");
      if (receiptPath !== undefined) await writeOut(receiptPath, JSON.stringify(receipt), "the receipt");
      return {
        data: {
          broadcast: true,
          model,
          payer: address,
          price,
          balance,
          receipt: { ...receipt },
          answer: out === undefined ? shown : null,
        },
        render: (style) =>
          [
            ...(out === undefined ? [shown] : []),
            fields(style, [
              ["paid", money(price, currency)],
              ["receipt", receipt.payment],
              ["answer", out ?? "above"],
            ]),
          ].join("\n"),
        next: `tributary receipt verify ${receiptPath ?? "RECEIPT.json"}`,
      };
    } finally {
      store.close();
    }
  },
});

/** A preview signs nothing. */
function nothingToSign(): Promise<string> {
  return Promise.reject(new Error("a preview has no key"));
}
