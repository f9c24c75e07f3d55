import { type SelfPayment, streamIdOf, type Suite } from "../../client/index.ts";
import { parseMoney, readCurrency } from "../chain.ts";
import { argument, command, type JsonObject, type Outcome } from "../command.ts";
import type { Context } from "../context.ts";
import { chooseWallet, type WalletChoice } from "../edges/wallet.ts";
import { UsageError } from "../exit.ts";
import { amount, id } from "../readers.ts";
import { readSelfPayment, selfPaymentData, selfPaymentText } from "../selfPayment.ts";
import { fields, money } from "../style.ts";
import { type Plan, renderTransactions, SENDING, transact } from "../transaction.ts";

const MODEL = argument("MODEL", "number of the model", id(48));

export const priceList = command({
  name: "price list",
  role: "operator",
  summary: "put a model up for sale, or change its price",
  details: "The price is the least that one inference costs; what a gateway asks for may be more.",
  arguments: { model: MODEL, price: argument("AMOUNT", "in whole units of the currency", amount) },
  options: { ...SENDING },
  examples: ["price list 2 0.1", "price list 2 0.1 --broadcast"],
  run: async (context, { model, price: given, ...sending }) => {
    const suite = await context.suite();
    const price = parseMoney(given, await readCurrency(suite));
    if (price === 0n) throw new UsageError("a price is above 0: to take the model off the market use price delist");
    const transaction = await suite.market.list.populateTransaction(model, price);
    return change(context, suite, model, price, sending, { doing: "the listing", contract: "market", transaction });
  },
});

export const priceDelist = command({
  name: "price delist",
  role: "operator",
  summary: "take a model off the market",
  details: "What was prepaid stays: vouchers can still be redeemed.",
  arguments: { model: MODEL },
  options: { ...SENDING },
  examples: ["price delist 2 --broadcast"],
  run: async (context, { model, ...sending }) => {
    const suite = await context.suite();
    const transaction = await suite.market.delist.populateTransaction(model);
    return change(context, suite, model, 0n, sending, { doing: "the delisting", contract: "market", transaction });
  },
});

/** How contributors that pay for their own queries stand in each stream of a model. */
async function readStreams(
  suite: Suite,
  model: bigint,
): Promise<{ readonly dataset: bigint; readonly washing: SelfPayment }[]> {
  const { streams } = await suite.models.modelOf(model);
  return Promise.all(
    Array.from({ length: Number(streams) }, async (_, place) => {
      const { dataset, shareBps, proRataBps } = await suite.payouts.accountOf(streamIdOf(model, place));
      return { dataset, washing: await readSelfPayment(suite, shareBps, proRataBps) };
    }),
  );
}

/** Sends a change of a model's price; 0 is none. */
async function change(
  context: Context,
  suite: Suite,
  model: bigint,
  price: bigint,
  sending: WalletChoice,
  plan: Plan,
): Promise<Outcome> {
  const currency = await readCurrency(suite);
  const before = await suite.market.priceOf(model);
  const chosen = await chooseWallet(context, sending);
  const { transactions } = await transact(context, suite, chosen, [plan]);
  const streams = price === 0n ? [] : await readStreams(suite, model);
  const data: JsonObject = {
    broadcast: sending.broadcast,
    model,
    before,
    price,
    streams: streams.map(({ dataset, washing }) => ({ dataset, selfPayment: selfPaymentData(washing) })),
    transactions,
  };
  const priceText = (value: bigint): string => (value === 0n ? "not for sale" : money(value, currency));
  return {
    data,
    render: (style) =>
      [
        fields(style, [
          ["model", model],
          ["before", priceText(before)],
          ["price", priceText(price)],
          ...streams.map(
            ({ dataset, washing }) =>
              [`own payments, dataset ${dataset}`, selfPaymentText(washing)] as [string, string],
          ),
        ]),
        renderTransactions(style, transactions),
      ].join("\n"),
    next: sending.broadcast ? `tributary model show ${model}` : "add --broadcast to send it",
  };
}
