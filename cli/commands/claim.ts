import { readCurrency } from "../chain.ts";
import { claimPlans, findAllClaimable, findClaimable, readPaid, sumOf } from "../claimable.ts";
import { command, flag, option, optionalRest } from "../command.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { EXIT, NothingToDo, UsageError } from "../exit.ts";
import { type Proofs, readProofs } from "../proofs.ts";
import { address as addressReader, text } from "../readers.ts";
import { count, fields, money } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";

export const claim = command({
  name: "claim",
  role: "contributor",
  summary: "claim a contributor's lines of final statements, and its pro-rata money",
  details:
    "Every file is checked against the chain first. Anyone may claim for anyone: the money goes to the contributor, or to the recipient that it has set. " +
    "With --all, what every stream owes it by row count, the lines of all published files in --files DIR, and what it has as developer or scorer, which goes to itself. Exit 3 when nothing is claimable.",
  arguments: {
    statements: optionalRest("STATEMENT.json", "published statements, or claims made by proof export", text),
  },
  options: {
    all: flag("everything that the account can claim, in all streams"),
    files: option("DIR", "folder of published files, for --all", text),
    contributor: option("ADDRESS", "for whom (default: the sending wallet)", addressReader),
    ...SENDING,
  },
  examples: [
    "claim statement-0.json statement-1.json --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "claim statement-0.json --broadcast",
    "claim --all --files published --broadcast",
  ],
  run: async (context, { statements: paths, all, files: folder, contributor: named, ...sending }) => {
    if (!all && folder !== undefined) throw new UsageError("--files is for --all");
    if (!all && paths.length === 0) throw new UsageError("name STATEMENT.json, or add --all");
    const files: Proofs[] = [];
    for (const path of paths) files.push(await readProofs(path));
    const suite = await context.suite();
    const chosen = await chooseWallet(context, sending, named);
    const contributor = named ?? chosen.address;
    const claimable = await context.step("Looking for claimable money", () =>
      all
        ? findAllClaimable(context, suite, { given: files, folder }, contributor)
        : findClaimable(context, suite, files, contributor),
    );
    const { lines, proRata, balance } = claimable;
    const currency = await readCurrency(suite);
    const plans = await claimPlans(suite, claimable, contributor);
    if (plans.length === 0) {
      throw new NothingToDo(
        `nothing is claimable for ${contributor}${all ? "" : ` in ${count(files.length, "file")}`}`,
      );
    }
    const sent = await transact(context, suite, chosen, plans);
    const paid = sending.broadcast ? readPaid(suite, sent) : null;
    const sum = sumOf(claimable);
    const undistributed = balance?.undistributed ?? [];
    const data = {
      broadcast: sending.broadcast,
      contributor,
      claimable: sum,
      lines: lines.map(({ stream, interval, line, amount }) => ({ stream, interval, index: line.index, amount })),
      proRata: proRata.map(({ stream, index, amount }) => ({ stream, index, amount })),
      balance: balance?.balance ?? null,
      undistributed: balance === undefined ? null : undistributed.map((one) => ({ ...one })),
      paid: paid?.paid ?? null,
      failed: paid?.failed ?? null,
      transactions: sent.transactions,
    };
    if (paid !== null && paid.failed > 0n)
      context.note(
        `${money(paid.failed, currency)} could not be transferred and stay claimable: the recipient refuses the currency.`,
      );
    return {
      data,
      render: (style) => {
        const title =
          paid === null
            ? `${money(sum, currency)} are claimable for ${contributor}`
            : `${money(paid.paid, currency)} were paid to ${contributor}`;
        const parts: [string, string][] = [
          ...lines.map(({ stream, interval, line, amount }): [string, string] => [
            `stream ${stream}, interval ${interval}, line ${line.index}`,
            money(amount, currency),
          ]),
          ...proRata.map(({ stream, index, amount }): [string, string] => [
            `stream ${stream}, contribution ${index}, pro-rata`,
            money(amount, currency),
          ]),
          ...undistributed.map(({ model, amount }): [string, string] => [
            `model ${model}, to be divided`,
            money(amount, currency),
          ]),
          ...(balance === undefined || balance.balance === 0n
            ? []
            : [["balance in the ledger", money(balance.balance, currency)] as [string, string]]),
        ];
        return [style.green(title), fields(style, parts), renderTransactions(style, sent.transactions)].join("\n");
      },
      exitCode: paid !== null && paid.paid === 0n ? EXIT.error : EXIT.ok,
      next: sending.broadcast
        ? `later intervals bring more: tributary earnings ${contributor}`
        : "add --broadcast to send it",
    };
  },
});
