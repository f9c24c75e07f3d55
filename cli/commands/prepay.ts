import { signPermit, type Suite } from "../../client/index.ts";
import { parseMoney, readCurrency } from "../chain.ts";
import { argument, command } from "../command.ts";
import { chooseWallet, type ChosenWallet } from "../edges/wallet.ts";
import { UsageError } from "../exit.ts";
import { amount, id } from "../readers.ts";
import { fields, money } from "../style.ts";
import { type Plan, renderTransactions, SENDING, transact } from "../transaction.ts";

/** How long a permit that is sent at once holds, in seconds. */
const PERMIT_TIME = 3_600;

export const prepay = command({
  name: "prepay",
  role: "caller",
  summary: "put money up for calls of a model, to be paid by vouchers",
  details:
    "The money stays the sender's, for this model only; it can be taken back after the deployment's delay. Where the market " +
    "is not approved yet, a wallet signs a permit for the amount; a preview without a key shows the approval first.",
  arguments: {
    model: argument("MODEL", "number of the model", id(48)),
    amount: argument("AMOUNT", "in whole units of the currency", amount),
  },
  options: { ...SENDING },
  examples: ["prepay 2 5", "prepay 2 5 --broadcast"],
  run: async (context, { model, amount: given, ...sending }) => {
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const value = parseMoney(given, currency);
    if (value === 0n) throw new UsageError("what is prepaid is above 0");
    const chosen = await chooseWallet(context, sending);
    const before = await suite.market.channelOf(chosen.address, model);
    const plans = await plansOf(suite, chosen, model, value);
    const { transactions } = await transact(context, suite, chosen, plans);
    const { balance } = await suite.market.channelOf(chosen.address, model);
    return {
      data: { broadcast: sending.broadcast, model, before: before.balance, balance, transactions },
      render: (style) =>
        [
          fields(style, [
            ["model", model],
            ["balance before", money(before.balance, currency)],
            ["balance", money(balance, currency)],
          ]),
          renderTransactions(style, transactions),
        ].join("\n"),
      next: sending.broadcast
        ? `tributary call ${model} --input FILE --max-price AMOUNT`
        : "add --broadcast to send it",
    };
  },
});

/** The deposit, with a permit if one is needed and can be signed; else the approval that has to come first. */
async function plansOf(suite: Suite, { address, wallet }: ChosenWallet, model: bigint, value: bigint): Promise<Plan[]> {
  const { market, currency, book } = suite;
  const doing = "the deposit";
  const deposit = await market.deposit.populateTransaction(address, model, value);
  if ((await currency.allowance(address, book.contracts.market)) >= value) {
    return [{ doing, contract: "market", transaction: deposit }];
  }
  if (wallet === undefined) {
    const transaction = await currency.approve.populateTransaction(book.contracts.market, value);
    return [
      { doing: "the approval, before the deposit", contract: "currency", transaction },
      { doing, contract: "market", transaction: deposit, dependent: true },
    ];
  }
  const deadline = BigInt(((await suite.provider.getBlock("latest"))?.timestamp ?? 0) + PERMIT_TIME);
  const permit = await signPermit(suite, wallet, value, deadline);
  const transaction = await market.depositWithPermit.populateTransaction(address, model, value, permit);
  return [{ doing, contract: "market", transaction }];
}
