import { expect } from "chai";
import {
  claimLines,
  claimProRata,
  linesOf,
  readStatement,
  readUsageReport,
  reportQuery,
  type Sender,
} from "../../client/index.ts";
import { sha256, unpackQ } from "../../scorer/index.ts";
import { PRICES } from "../../scripts/demo/lineage.ts";
import type { StackWorld } from "../../scripts/stack/world.ts";
import type { PublishedFiles } from "../../services/index.ts";
import { Lineage } from "../referee/lineage.ts";
import { StreamReferee } from "../referee/streams.ts";
import type { IndexRow } from "../support/formats.ts";
import type { LoadedCall } from "./load.ts";

/** Shares of the demo's lineage, in basis points. */
const SHARES = { protocol: 100n, baseOfFinetune: 1_000n, data: 6_000n, proRata: 1_000n, finetuneOfAgent: 2_000n };
const SCORER_FEE = 200n;
const FINAL = 2n;

/** What came of a chain's intervals. */
export interface Ended {
  readonly final: number;
  readonly proRata: number;
}

/** Every answered call is a receipt of exactly one posted report, and nothing else is. */
export async function checkReceipts(
  { suite, lineage }: StackWorld,
  files: PublishedFiles,
  calls: readonly LoadedCall[],
): Promise<void> {
  const { intervals } = await suite.usage.headOf(lineage.finetune);
  const attributed = new Map<string, number>();
  let sum = 0n;
  for (let interval = 0; interval < Number(intervals); interval++) {
    const report = await readUsageReport(suite, lineage.finetune, interval);
    for (const { receipt } of await files.receipts(report)) {
      const key = `${receipt.payer} ${receipt.requestDigest}`;
      expect(attributed.get(key), `${key} is in intervals ${attributed.get(key)} and ${interval}`).to.equal(undefined);
      attributed.set(key, interval);
      sum += receipt.amount;
    }
  }
  const paid = calls.map(({ payer, body }) => `${payer} ${sha256(new TextEncoder().encode(body))}`);
  expect([...attributed.keys()].sort()).to.deep.equal(paid.sort());
  const { gross } = await suite.ledger.incomeOf(lineage.finetune);
  expect(sum, "receipts come to what was paid").to.equal(gross);
  expect(gross).to.equal(PRICES.finetune * BigInt(calls.length));
}

/** Everybody claims everything, and has what the referee says, to the wei. */
export async function checkClaims(world: StackWorld, files: PublishedFiles, anyone: Sender): Promise<Ended> {
  const { suite, lineage, cast, members, trained } = world;
  const { ledger, currency, usage, attribution } = suite;
  const treasury = cast.treasury.address;
  const books = new Lineage(treasury, SHARES.protocol);
  books.register(cast.baseLab.address, { parents: [], streams: [] });
  books.register(cast.tuner.address, {
    parents: [{ model: 1, bps: SHARES.baseOfFinetune }],
    streams: [{ bps: SHARES.data }],
  });
  const { index } = trained;
  const rowAt = (row: number): IndexRow => ({
    exponent: index.exponents[row]!,
    lanes: [...index.lanes.subarray(row * index.lanesPerRow, (row + 1) * index.lanesPerRow)],
  });
  const referee = new StreamReferee(books, {
    model: 2,
    bps: SHARES.data,
    proRataBps: SHARES.proRata,
    contributors: members.map(({ sender }) => sender.address),
    rows: members.map(({ contributor }) => contributor.rows.length),
    index: members.map((_, row) => rowAt(row)),
    exponentBound: index.exponentBound,
  });
  books.pay(2, (await ledger.incomeOf(lineage.finetune)).gross);
  const { intervals } = await usage.headOf(lineage.finetune);
  const owed = members.map(() => 0n);
  const finals: number[] = [];
  for (let interval = 0; interval < Number(intervals); interval++) {
    const { from, to } = await usage.intervalAt(lineage.finetune, interval);
    const { status } = await attribution.settlementOf(lineage.stream, interval);
    const pool = referee.pool(from, to);
    if (status !== FINAL) {
      referee.fallBack(pool);
      continue;
    }
    finals.push(interval);
    const report = await readUsageReport(suite, lineage.finetune, interval);
    const fee = referee.finalise(interval, pool, referee.weights([...unpackQ(reportQuery(report))]), SCORER_FEE);
    const proposed = await readStatement(suite, lineage.stream, interval);
    books.credit(proposed.scorer, fee);
    const file = await files.statement(suite, proposed);
    const { payout } = proposed.statement;
    const claimed = members.flatMap(({ sender }) => linesOf(file, sender.address));
    if (claimed.length > 0) await anyone.send("claiming", claimLines(suite, [{ payout, lines: claimed }]));
    owed.forEach((_, line) => (owed[line]! += referee.claim(interval, line)));
  }
  const indexes = members.map((_, i) => i);
  await anyone.send("claiming pro-rata", claimProRata(suite, [{ stream: lineage.stream, indexes }]));
  owed.forEach((_, i) => (owed[i]! += referee.claimProRata(i)));
  for (const [i, { sender }] of members.entries()) {
    expect(await currency.balanceOf(sender.address), `contributor ${i}`).to.equal(owed[i]);
  }
  for (const [model, id] of [
    [2, lineage.finetune],
    [1, lineage.base],
  ] as const) {
    await anyone.send("distributing", ledger.distribute.populateTransaction(id));
    books.distribute(model);
  }
  for (const [account, balance] of books.balances) {
    expect(await ledger.balanceOf(account), `the balance of ${account}`).to.equal(balance);
  }
  return { final: finals.length, proRata: Number(intervals) - finals.length };
}
