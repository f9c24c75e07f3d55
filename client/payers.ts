import { modelOfStream } from "./streams.ts";
import type { Suite } from "./suite.ts";

/** What one wallet paid for a model within an interval. */
export interface Payer {
  readonly payer: string;
  /** Before the protocol fee, in the currency's smallest unit. */
  readonly paid: bigint;
  /** Part of all of the interval's fees, from 0 to 1. */
  readonly share: number;
}

const BPS = 10_000n;

/**
 * Who paid for a model within an interval, most first: from the market's events. What came in by the model's receiver or
 * by another contract has no payer there, and is in the fees that shares are of.
 */
export async function readPayers(suite: Suite, model: bigint, interval: number): Promise<Payer[]> {
  const { market, usage, ledger, book } = suite;
  const [{ from, to }, protocolFee, paid, redeemed, credited] = await Promise.all([
    usage.intervalAt(model, interval),
    ledger.PROTOCOL_FEE_BPS(),
    market.queryFilter(market.filters.InferencePaid(model), book.fromBlock),
    market.queryFilter(market.filters.VoucherRedeemed(model), book.fromBlock),
    market.queryFilter(market.filters.VouchersCredited(model), book.fromBlock),
  ]);
  const isIn = (feesAfter: bigint): boolean => feesAfter > from && feesAfter <= to;
  const amounts = new Map<string, bigint>();
  const add = (payer: string, amount: bigint): void => {
    amounts.set(payer, (amounts.get(payer) ?? 0n) + amount);
  };
  for (const { args } of paid) if (isIn(args.feesAfter)) add(args.payer, args.amount);
  // Vouchers are credited all at once, after the events of each: one after the other where a transaction has several.
  for (const { transactionHash, index, args } of redeemed) {
    const after = credited.find((event) => event.transactionHash === transactionHash && event.index > index);
    if (after !== undefined && isIn(after.args.feesAfter)) add(args.payer, args.amount);
  }
  return [...amounts]
    .map(([payer, amount]) => ({
      payer,
      paid: amount,
      share: Number(amount * (BPS - protocolFee)) / Number((to - from) * BPS),
    }))
    .sort((a, b) => (a.paid < b.paid ? 1 : a.paid > b.paid ? -1 : 0));
}

/** Whether a wallet has an accepted contribution in the dataset version of a stream. */
export async function isContributor(
  { datasets, payouts, book }: Suite,
  stream: bigint,
  wallet: string,
): Promise<boolean> {
  const { dataset, contributions } = await payouts.accountOf(stream);
  const filter = datasets.filters.ContributionAccepted(dataset, undefined, wallet);
  const accepted = await datasets.queryFilter(filter, book.fromBlock);
  return accepted.some(({ args }) => args.position < contributions);
}

/** The payers of a stream's interval that are its contributors, too. */
export async function readPayingContributors(suite: Suite, stream: bigint, interval: number): Promise<Payer[]> {
  const payers = await readPayers(suite, modelOfStream(stream), interval);
  const contribute = await Promise.all(payers.map(({ payer }) => isContributor(suite, stream, payer)));
  return payers.filter((_, i) => contribute[i]);
}
