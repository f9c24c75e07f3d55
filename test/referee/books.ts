import { expect } from "chai";
import type { Lineage } from "./lineage.ts";
import type { StreamReferee } from "./streams.ts";

function total(amounts: Iterable<bigint>): bigint {
  return [...amounts].reduce((all, amount) => all + amount, 0n);
}

/**
 * What ledger and payouts hold is what they owe, and the dust that docs/protocol.md allows.
 *
 * @param held Wei that the ledger holds
 * @param open Wei that the payouts hold
 */
export function checkBooks(lineage: Lineage, streams: readonly StreamReferee[], held: bigint, open: bigint): void {
  expect(open, "the payouts hold the unclaimed lines").to.equal(total(streams.map(({ unclaimed }) => unclaimed)));
  const owed = total(lineage.balances.values()) + total(streams.map(({ waiting }) => waiting));
  let dust = held - owed;
  expect(dust >= 0n, "the ledger never owes more than it holds").to.equal(true);
  // What was not divided yet is owed in full, and no part of it is dust.
  for (let model = 1; model <= lineage.count; model++) dust -= lineage.undivided(model);
  for (const stream of streams) dust -= stream.proRata - stream.paidProRata;
  // By shares: less than a wei for each party of a counter but one, and so at most 32 for each counter.
  let bound = 0n;
  for (let model = 1; model <= lineage.count; model++) bound += 2n * (lineage.parties(model) - 1n);
  expect(dust >= 0n && dust <= bound, `dust of the counters: ${dust} of at most ${bound}`).to.equal(true);
}

/** After all claims by rows, less than a wei for each contribution stays in a stream. */
export function checkRowDust(streams: readonly StreamReferee[]): void {
  for (const { proRata, paidProRata, terms } of streams) {
    const left = proRata - paidProRata;
    expect(left >= 0n && left < BigInt(terms.rows.length), "dust of a stream").to.equal(true);
  }
}
