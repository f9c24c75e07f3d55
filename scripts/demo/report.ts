import Table from "cli-table3";
import { type Books, readMembers, type Suite } from "../../client/index.ts";
import type { PublishedStatement } from "./attribution.ts";
import type { Member } from "./lineage.ts";

/** 1234567 → 1.234567 */
export function dollars(units: bigint): string {
  return `${units / 1_000_000n}.${String(units % 1_000_000n).padStart(6, "0")}`;
}

/** For each contributor: rows, part of the influence, what it was paid, and what row count alone would have paid. */
export async function contributorTable(
  suite: Suite,
  members: readonly Member[],
  finals: readonly PublishedStatement[],
): Promise<string> {
  const [first] = finals;
  if (first === undefined) return "";
  const { totalRows, rowCounts } = await readMembers(suite, first.file.stream);
  const paid = await paidByContributor(suite, first.file.stream);
  const total = [...paid.values()].reduce((sum, amount) => sum + amount, 0n);
  const pools = finals.reduce((sum, { file }) => sum + file.pool, 0n);
  const table = new Table({
    head: ["contributor", "rows", "spam", "influence", "paid", "by row count", "difference"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const lines = members.map(({ contributor, sender }, i) => {
    const influence = finals.reduce((sum, { file }) => sum + (file.lines[i]?.amount ?? 0n), 0n);
    const byRows = (total * BigInt(rowCounts[i] ?? 0)) / totalRows;
    return { contributor, rows: rowCounts[i] ?? 0, influence, byRows, paid: paid.get(sender.address) ?? 0n };
  });
  for (const { contributor, rows, influence, byRows, paid: amount } of lines.sort((a, b) =>
    b.paid > a.paid ? 1 : -1,
  )) {
    const spam = contributor.rows.filter(({ label }) => label === 1).length;
    const difference = byRows === 0n ? 0 : (100 * Number(amount - byRows)) / Number(byRows);
    table.push([
      contributor.name,
      rows,
      spam,
      `${((100 * Number(influence)) / Number(pools)).toFixed(2)} %`,
      dollars(amount),
      dollars(byRows),
      `${difference >= 0 ? "+" : ""}${difference.toFixed(0)} %`,
    ]);
  }
  table.push(["all", String(totalRows), "", "100.00 %", dollars(total), dollars(total), ""]);
  return table.toString();
}

/** The books of the deployment: where every wei is. */
export function booksTable(books: Books): string {
  const table = new Table({ colAligns: ["left", "right"], style: { head: [], border: [], compact: true } });
  table.push(
    ["paid in", dollars(books.paidIn)],
    ["claimed by contributors", dollars(books.claimed)],
    ["withdrawn from balances", dollars(books.withdrawn)],
    ["claimable", dollars(books.claimable)],
    ["balances of developers and scorers", dollars(books.balances)],
    ["protocol fees", dollars(books.protocolFees)],
    ["not yet divided", dollars(books.pending)],
    ["dust", dollars(books.dust)],
    ["accounted", dollars(books.accounted)],
  );
  return table.toString();
}

async function paidByContributor(suite: Suite, stream: bigint): Promise<Map<string, bigint>> {
  const { payouts, book } = suite;
  const [opened, lines, proRata] = await Promise.all([
    payouts.queryFilter(payouts.filters.PayoutOpened(stream), book.fromBlock),
    payouts.queryFilter(payouts.filters.LineClaimed(), book.fromBlock),
    payouts.queryFilter(payouts.filters.ProRataClaimed(stream), book.fromBlock),
  ]);
  const hashes = new Set(opened.map(({ args }) => args.payoutHash));
  const ofStream = lines.filter(({ args }) => hashes.has(args.payoutHash));
  const paid = new Map<string, bigint>();
  for (const { args } of [...ofStream, ...proRata])
    paid.set(args.contributor, (paid.get(args.contributor) ?? 0n) + args.amount);
  return paid;
}
