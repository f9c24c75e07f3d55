import { type BondState, CONTROLLERS, CONTROLLER_USES, readBonds } from "../bonds.ts";
import { parseMoney, readCurrency, utc } from "../chain.ts";
import { argument, command, option, optionalArgument } from "../command.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { NothingToDo, UsageError } from "../exit.ts";
import { address, amount, oneOf } from "../readers.ts";
import { money, table } from "../style.ts";
import { act, type Plan, SENDING } from "../transaction.ts";

const CONTROLLER = argument(
  "CONTROLLER",
  `what it is for: ${CONTROLLERS.map((name) => `${name} (${CONTROLLER_USES[name]})`).join(", ")}`,
  oneOf(CONTROLLERS),
);

export const bondShow = command({
  name: "bond show",
  role: "scorer",
  summary: "show what an account has in the vault: free, locked and leaving",
  arguments: { account: optionalArgument("ADDRESS", "whose (default: the wallet's)", address) },
  options: { keystore: SENDING.keystore },
  examples: ["bond show", "bond show 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
  run: async (context, { account: named, keystore }) => {
    const account = named ?? (await chooseWallet(context, { broadcast: false, keystore, from: undefined })).address;
    const suite = await context.suite();
    const [bonds, currency] = await Promise.all([readBonds(suite, account), readCurrency(suite)]);
    const ready = bonds.find((bond) => bond.ready);
    return {
      data: { account, bonds: bonds.map((bond) => ({ ...bond })) },
      render: () =>
        table(
          ["for", "free", "locked", "leaving", "can be taken"],
          bonds.map(({ controller, free, locked, leaving, leavesAt }) => [
            `${controller}: ${CONTROLLER_USES[controller]}`,
            money(free, currency),
            money(locked, currency),
            money(leaving, currency),
            leavesAt === null ? "" : `from ${utc(leavesAt)} on`,
          ]),
          [1, 2, 3],
        ),
      next:
        ready === undefined
          ? "tributary bond deposit attribution AMOUNT"
          : `tributary bond withdraw ${ready.controller}`,
    };
  },
});

export const bondDeposit = command({
  name: "bond deposit",
  role: "scorer",
  summary: "put money into the vault, for bonds that a contract of the suite may lock",
  details: "Only that contract reaches it. Where the vault is not approved yet, the approval comes first.",
  arguments: { controller: CONTROLLER, amount: argument("AMOUNT", "in whole units of the currency", amount) },
  options: { account: option("ADDRESS", "whose bond it is (default: the sender's)", address), ...SENDING },
  examples: ["bond deposit attribution 40", "bond deposit datasets 5 --broadcast"],
  run: (context, { controller, amount: given, account: named, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { vault, currency: token, book } = suite;
      const currency = await readCurrency(suite);
      const value = parseMoney(given, currency);
      if (value === 0n) throw new UsageError("a deposit is above 0");
      const account = named ?? sender;
      const plans: Plan[] = [];
      if ((await token.allowance(sender, book.contracts.vault)) < value) {
        const transaction = await token.approve.populateTransaction(book.contracts.vault, value);
        plans.push({ doing: "the approval, before the deposit", contract: "currency", transaction });
      }
      const dependent = plans.length > 0;
      const transaction = await vault.deposit.populateTransaction(book.contracts[controller], account, value);
      plans.push({ doing: "the deposit", contract: "vault", transaction, dependent });
      return {
        plans,
        data: { controller, account, amount: value },
        pairs: [
          ["for", CONTROLLER_USES[controller]],
          ["amount", money(value, currency)],
        ],
        next: `tributary bond show ${account}`,
      };
    }),
});

export const bondWithdraw = command({
  name: "bond withdraw",
  role: "scorer",
  summary: "take free money out of the vault: ask for it, and after the delay get it",
  details:
    "Asks for all that is free, or for --amount; once the deployment's delay is over, the same command pays it out. Exit 3 while the delay runs and nothing else is free, or when there is nothing.",
  arguments: { controller: CONTROLLER },
  options: {
    amount: option("AMOUNT", "how much to ask for, in whole units of the currency (default: all)", amount),
    to: option("ADDRESS", "who gets it (default: the sender)", address),
    ...SENDING,
  },
  examples: ["bond withdraw attribution --broadcast", "bond withdraw datasets --amount 2.5 --broadcast"],
  run: (context, { controller, amount: given, to, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { vault, book } = suite;
      const [bonds, currency] = await Promise.all([readBonds(suite, sender), readCurrency(suite)]);
      const bond = bonds.find((one) => one.controller === controller) as BondState;
      const target = book.contracts[controller];
      const again = `tributary bond withdraw ${controller}`;
      if (bond.ready && given === undefined) {
        const transaction = await vault.withdraw.populateTransaction(target, to ?? sender);
        return {
          plans: [{ doing: "the withdrawal", contract: "vault", transaction }],
          data: { controller, step: "paid out", amount: bond.leaving },
          pairs: [["paid out", money(bond.leaving, currency)]],
          next: "tributary bond show",
        };
      }
      const value = given === undefined ? bond.free : parseMoney(given, currency);
      if (value === 0n) {
        throw new NothingToDo(
          bond.leavesAt === null
            ? `${sender} has nothing free for ${CONTROLLER_USES[controller]}`
            : `${money(bond.leaving, currency)} leave at ${utc(bond.leavesAt)}; run it again then`,
        );
      }
      const transaction = await vault.requestWithdrawal.populateTransaction(target, value);
      return {
        plans: [{ doing: "the request", contract: "vault", transaction }],
        data: { controller, step: "asked for", amount: value },
        pairs: [["asked for", money(value, currency)]],
        next: `${again}, once the delay is over`,
      };
    }),
});
