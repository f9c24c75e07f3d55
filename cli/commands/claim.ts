import { claimLines, claimProRata, linesOf, readMembers, readStatement, type Suite } from "../../client/index.ts";
import { readCurrency, utc } from "../chain.ts";
import { command, option, rest } from "../command.ts";
import type { Context } from "../context.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { EXIT, NothingToDo } from "../exit.ts";
import { checkOnChain, intervalOf, type Proofs, readProofs } from "../proofs.ts";
import { address as addressReader, text } from "../readers.ts";
import { count, fields, money } from "../style.ts";
import { type Plan, renderTransactions, SENDING, type Sending, transact } from "../transaction.ts";

export const claim = command({
  name: "claim",
  role: "contributor",
  summary: "claim a contributor's lines of final statements, and its pro-rata money",
  details:
    "Every file is checked against the chain first. Anyone may claim for anyone: the money goes to the contributor, or to the recipient that it has set. Exit 3 when nothing is claimable.",
  arguments: { files: rest("STATEMENT.json", "published statements, or claims made by proof export", text) },
  options: { contributor: option("ADDRESS", "for whom (default: the sending wallet)", addressReader), ...SENDING },
  examples: [
    "claim statement-0.json statement-1.json --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "claim statement-0.json --broadcast",
  ],
  run: async (context, { files: paths, contributor: named, ...sending }) => {
    const files: Proofs[] = [];
    for (const path of paths) files.push(await readProofs(path));
    const suite = await context.suite();
    const chosen = await chooseWallet(context, sending, named);
    const contributor = named ?? chosen.address;
    const claimable = await context.step("Looking for claimable money", () =>
      findClaimable(context, suite, files, contributor),
    );
    const { lines, proRata } = claimable;
    const currency = await readCurrency(suite);
    if (lines.length + proRata.length === 0)
      throw new NothingToDo(`nothing is claimable for ${contributor} in ${count(files.length, "file")}`);
    const sent = await transact(context, suite, chosen, await claimPlans(suite, claimable));
    const paid = sending.broadcast ? readPaid(suite, sent) : null;
    const sum = [...lines, ...proRata].reduce((total, { amount }) => total + amount, 0n);
    const data = {
      broadcast: sending.broadcast,
      contributor,
      claimable: sum,
      lines: lines.map(({ stream, interval, line, amount }) => ({ stream, interval, index: line.index, amount })),
      proRata: proRata.map(({ stream, index, amount }) => ({ stream, index, amount })),
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
        ];
        return [style.green(title), fields(style, parts), renderTransactions(style, sent.transactions)].join("\n");
      },
      exitCode: paid !== null && paid.paid === 0n ? EXIT.error : EXIT.ok,
      next: sending.broadcast
        ? "later intervals bring more: tributary proof check STATEMENT.json --contributor ADDRESS"
        : "add --broadcast to send it",
    };
  },
});

interface Claimable {
  readonly lines: readonly {
    readonly stream: bigint;
    readonly interval: number;
    readonly payout: Awaited<ReturnType<typeof readStatement>>["statement"]["payout"];
    readonly line: ReturnType<typeof linesOf>[number];
    readonly amount: bigint;
  }[];
  readonly proRata: readonly { readonly stream: bigint; readonly index: number; readonly amount: bigint }[];
}

/** What the chain says that a contributor can claim now, of statements and pro-rata in their streams. */
async function findClaimable(
  context: Context,
  suite: Suite,
  files: readonly Proofs[],
  contributor: string,
): Promise<Claimable> {
  const { payouts } = suite;
  const lines: Claimable["lines"][number][] = [];
  const seen = new Set<string>();
  for (const proofs of files) {
    const { stream, interval } = intervalOf(proofs);
    if (proofs.kind === "claim" && proofs.file.contributor !== contributor.toLowerCase()) continue;
    // The same lines twice, of whatever file, must be claimed once.
    if (seen.has(`${stream}/${interval}`)) continue;
    seen.add(`${stream}/${interval}`);
    const proposed = await readStatement(suite, stream, interval);
    await checkOnChain(suite, proposed, proofs);
    if (proposed.state !== "final") {
      const closesAt = BigInt(proposed.statement.proposedAt) + (await suite.attribution.WINDOW());
      context.note(
        `The statement of stream ${stream}, interval ${interval} isn't final: its window closes ${utc(closesAt)}.`,
      );
      continue;
    }
    const { payout } = proposed.statement;
    for (const line of ownLines(proofs, contributor)) {
      const { amount, claimed } = await payouts.previewClaim(payout, line);
      if (!claimed && amount > 0n) lines.push({ stream, interval, payout, line, amount });
    }
  }
  const proRata: Claimable["proRata"][number][] = [];
  for (const stream of new Set(files.map((proofs) => intervalOf(proofs).stream))) {
    const { contributors } = await readMembers(suite, stream);
    for (const [index, wallet] of contributors.entries()) {
      if (wallet !== contributor.toLowerCase()) continue;
      const { amount } = await payouts.previewProRata(stream, index);
      if (amount > 0n) proRata.push({ stream, index, amount });
    }
  }
  return { lines, proRata };
}

/** A contributor's lines in a statement, or in its own claim. */
function ownLines(proofs: Proofs, contributor: string): ReturnType<typeof linesOf> {
  if (proofs.kind === "statement") return linesOf(proofs.file, contributor);
  return proofs.file.lines.map(({ index, weight, proof }) => ({ index, weight, proof }));
}

async function claimPlans(suite: Suite, { lines, proRata }: Claimable): Promise<Plan[]> {
  const plans: Plan[] = [];
  if (lines.length > 0) {
    const transaction = await claimLines(
      suite,
      groupBy(
        lines,
        ({ stream, interval }) => `${stream}/${interval}`,
        (group) => ({
          payout: group[0].payout,
          lines: group.map(({ line }) => line),
        }),
      ),
    );
    plans.push({ doing: "the claim of lines", contract: "payouts", transaction });
  }
  if (proRata.length > 0) {
    const transaction = await claimProRata(
      suite,
      groupBy(
        proRata,
        ({ stream }) => String(stream),
        (group) => ({
          stream: group[0].stream,
          indexes: group.map(({ index }) => index),
        }),
      ),
    );
    plans.push({ doing: "the pro-rata claim", contract: "payouts", transaction });
  }
  return plans;
}

function groupBy<T, U>(items: readonly T[], keyOf: (item: T) => string, make: (group: readonly [T, ...T[]]) => U): U[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()].map(make);
}

/** What the logs of the claims say was paid, and what could not be transferred. */
function readPaid({ payouts }: Suite, { logs }: Sending): { paid: bigint; failed: bigint } {
  let paid = 0n;
  let failed = 0n;
  for (const log of logs) {
    const event = payouts.interface.parseLog(log);
    if (event === null) continue;
    if (event.name === "LineClaimed" || event.name === "ProRataClaimed")
      paid += event.args.getValue("amount") as bigint;
    if (event.name === "PaymentFailed") failed += event.args.getValue("amount") as bigint;
  }
  return { paid, failed };
}
