import { ZeroAddress } from "ethers";
import { chainTime, readCurrency, utc } from "../chain.ts";
import { argument, command, flag, option } from "../command.ts";
import { NothingToDo } from "../exit.ts";
import { address, addressOrNone, id } from "../readers.ts";
import { money } from "../style.ts";
import { act, SENDING } from "../transaction.ts";

const TO = option("ADDRESS", "who gets it (default: the sender)", address);

export const withdraw = command({
  name: "withdraw",
  role: "contributor",
  summary: "take the balance that one has in the ledger: developers' shares and scorers' fees",
  details:
    "Contributors' money is claimed (claim), bonds are in the vault (bond withdraw). Exit 3 when the balance is 0; income may wait to be divided (distribute).",
  arguments: {},
  options: { to: TO, ...SENDING },
  examples: ["withdraw", "withdraw --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast"],
  run: (context, { to, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { ledger } = suite;
      const [balance, currency] = await Promise.all([ledger.balanceOf(sender), readCurrency(suite)]);
      if (balance === 0n) throw new NothingToDo(`${sender} has no balance in the ledger`);
      const transaction = await ledger.withdraw.populateTransaction(to ?? sender);
      return {
        plans: [{ doing: "the withdrawal", contract: "ledger", transaction }],
        data: { account: sender, to: to ?? sender, amount: balance },
        pairs: [["amount", money(balance, currency)]],
        next: `tributary earnings ${sender}`,
      };
    }),
});

export const withdrawPrepaid = command({
  name: "withdraw prepaid",
  role: "caller",
  summary: "take prepaid money back: ask for it, and after the delay get it",
  details:
    "Until then the operator can redeem vouchers that were signed. The same command asks and, once the delay is over, pays out. Exit 3 while the delay runs, or when nothing is prepaid.",
  arguments: { model: argument("MODEL", "number of the model", id(48)) },
  options: { to: TO, cancel: flag("leave the money where it is, after having asked for it"), ...SENDING },
  examples: ["withdraw prepaid 2 --broadcast", "withdraw prepaid 2 --cancel --broadcast"],
  run: (context, { model, to, cancel, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { market } = suite;
      const [{ balance, leavesAt }, now, currency] = await Promise.all([
        market.channelOf(sender, model),
        chainTime(suite),
        readCurrency(suite),
      ]);
      const base = { model, account: sender, amount: balance };
      const pairs: [string, string][] = [["prepaid", money(balance, currency)]];
      const asked = leavesAt !== 0n;
      if (cancel) {
        if (!asked) throw new NothingToDo(`${sender} hasn't asked for its money of model ${model}`);
        const transaction = await market.cancelWithdrawal.populateTransaction(model);
        const plan = { doing: "the cancellation", contract: "market", transaction } as const;
        return { plans: [plan], data: { ...base, step: "cancelled" }, pairs, next: `tributary call ${model}` };
      }
      if (balance === 0n) throw new NothingToDo(`${sender} has nothing prepaid for model ${model}`);
      if (!asked) {
        const transaction = await market.requestWithdrawal.populateTransaction(model);
        const plan = { doing: "the request", contract: "market", transaction } as const;
        const next = `tributary withdraw prepaid ${model}, once the delay is over`;
        return { plans: [plan], data: { ...base, step: "asked for" }, pairs, next };
      }
      if (now < leavesAt) {
        throw new NothingToDo(`${money(balance, currency)} leave at ${utc(leavesAt)}; run it again then`);
      }
      const transaction = await market.withdraw.populateTransaction(model, to ?? sender);
      const plan = { doing: "the withdrawal", contract: "market", transaction } as const;
      return { plans: [plan], data: { ...base, step: "paid out" }, pairs, next: `tributary model show ${model}` };
    }),
});

export const setRecipient = command({
  name: "set-recipient",
  role: "contributor",
  summary: "say which wallet gets the money that is claimed for one's contributions",
  arguments: { recipient: argument("ADDRESS", "who gets it from now on, or none for oneself", addressOrNone) },
  options: { ...SENDING },
  examples: ["set-recipient 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast", "set-recipient none --broadcast"],
  run: (context, { recipient, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { payouts } = suite;
      const before = await payouts.recipientOf(sender);
      if (before === recipient) throw new NothingToDo("it is so already");
      const transaction = await payouts.setRecipient.populateTransaction(recipient);
      const own = (set: string): string | null => (set === ZeroAddress ? null : set);
      return {
        plans: [{ doing: "the change of the recipient", contract: "payouts", transaction }],
        data: { contributor: sender, before: own(before), recipient: own(recipient) },
        pairs: [
          ["before", own(before) ?? "the contributor"],
          ["from now on", own(recipient) ?? "the contributor"],
        ],
        next: "tributary claim --all",
      };
    }),
});
