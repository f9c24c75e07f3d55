import type { Suite } from "./suite.ts";
import type { StatementLine } from "../scorer/index.ts";
import { type ChainStatement, payoutHash } from "./statements.ts";
import { streamIdOf } from "./streams.ts";

const BPS = 10_000n;

/** A final statement with its published lines: what can still be claimed of it is asked of the chain, line by line. */
export interface FinalStatement {
  readonly statement: ChainStatement;
  readonly lines: readonly StatementLine[];
}

/** Every wei of a deployment, by where it is now. In the currency's smallest unit; all read from the chain. */
export interface Books {
  /** All that models were paid. */
  readonly paidIn: bigint;
  /** Taken by contributors. */
  readonly claimed: bigint;
  /** Taken from balances by developers, scorers and the treasury. */
  readonly withdrawn: bigint;
  /** Contributors can claim it now. */
  readonly claimable: bigint;
  /** Balances of developers and scorers. */
  readonly balances: bigint;
  /** The treasury's balance. */
  readonly protocolFees: bigint;
  /** Not yet divided: income that was not distributed, and intervals that neither have a final statement nor fell back. */
  readonly pending: bigint;
  /** Rounded down in divisions; stays where it is. */
  readonly dust: bigint;
  /** claimed + withdrawn + claimable + balances + protocolFees + pending + dust */
  readonly accounted: bigint;
  /** What the ledger and the payouts contract hold in tokens. */
  readonly held: bigint;
}

/**
 * Adds up where all money is. Every part is computed by itself from the chain's counters, previews and events; only a
 * lossless suite makes them equal what was paid in.
 *
 * @param finals - final statements whose published lines are at hand: what is left of them is asked line by line
 */
export async function readBooks(suite: Suite, finals: readonly FinalStatement[]): Promise<Books> {
  const { currency, ledger, models, payouts } = suite;
  const modelIds = Array.from({ length: Number(await models.modelCount()) }, (_, i) => BigInt(i + 1));
  let paidIn = 0n;
  let pending = 0n;
  let dust = 0n;
  let claimable = 0n;
  for (const model of modelIds) {
    const [{ gross }, undivided] = await Promise.all([ledger.incomeOf(model), readModel(suite, model, finals)]);
    paidIn += gross;
    pending += undivided.pending;
    dust += undivided.dust;
    claimable += undivided.claimable;
  }
  const taken = await readTaken(suite);
  const treasury = await ledger.TREASURY();
  let balances = 0n;
  let protocolFees = 0n;
  for (const account of taken.accounts) {
    const balance = await ledger.balanceOf(account);
    if (account === treasury) protocolFees += balance;
    else balances += balance;
  }
  const held = (await currency.balanceOf(ledger)) + (await currency.balanceOf(payouts));
  const { claimed, withdrawn } = taken;
  const accounted = claimed + withdrawn + claimable + balances + protocolFees + pending + dust;
  return { paidIn, claimed, withdrawn, claimable, balances, protocolFees, pending, dust, accounted, held };
}

/** One model: what of its income is not in anyone's balance. */
async function readModel(
  suite: Suite,
  model: bigint,
  finals: readonly FinalStatement[],
): Promise<{ pending: bigint; dust: bigint; claimable: bigint }> {
  const { ledger, models } = suite;
  const feeBps = await ledger.PROTOCOL_FEE_BPS();
  const [{ fees, royalties }, income, { streams }, split] = await Promise.all([
    ledger.countersOf(model),
    ledger.incomeOf(model),
    models.modelOf(model),
    models.splitOf(model),
  ]);
  const net = (gross: bigint): bigint => gross - (gross * feeBps) / BPS;
  const shares = [split.developerBps, ...split.parents.map(({ shareBps }) => shareBps)];
  const divided = (feeCounter: bigint, royaltyCounter: bigint): bigint =>
    shares.reduce((sum: bigint, bps) => sum + (feeCounter * bps) / BPS + (royaltyCounter * bps) / BPS, 0n);

  const undistributedProtocolFee = income.gross - fees - (income.dividedGross - net(income.dividedGross));
  let pending =
    undistributedProtocolFee + divided(fees, royalties) - divided(net(income.dividedGross), income.dividedRoyalties);
  let dust = fees + royalties - divided(fees, royalties);
  let claimable = 0n;
  for (let slot = 0; slot < Number(streams); slot++) {
    const stream = await readStream(suite, model, slot, fees, royalties, finals);
    dust += stream.dust - stream.share;
    pending += stream.pending;
    claimable += stream.claimable;
  }
  return { pending, dust, claimable };
}

/** One stream: its share of the model's income, and what of it waits, can be claimed, or is dust. */
async function readStream(
  suite: Suite,
  model: bigint,
  slot: number,
  fees: bigint,
  royalties: bigint,
  finals: readonly FinalStatement[],
): Promise<{ share: bigint; pending: bigint; dust: bigint; claimable: bigint }> {
  const { attribution, payouts, usage } = suite;
  const stream = streamIdOf(model, slot);
  const account = await payouts.accountOf(stream);
  const feeShare = (fees * account.shareBps) / BPS;
  const royaltyShare = (royalties * account.shareBps) / BPS;
  const fixed = (feeShare * account.proRataBps) / BPS;

  const { intervals } = await usage.headOf(model);
  let inIntervals = 0n;
  let waiting = 0n;
  for (let interval = 0; interval < Number(intervals); interval++) {
    const pool = await attribution.poolOf(stream, interval);
    const { status } = await attribution.settlementOf(stream, interval);
    inIntervals += pool;
    if (status < 2n) waiting += pool;
  }
  const uncut = feeShare - fixed - inIntervals;

  const proRata = fixed + royaltyShare + account.fallbackPools;
  let owed = 0n;
  let claimable = 0n;
  for (let index = 0; index < Number(account.contributions); index++) {
    const [{ amount }, claimed] = await Promise.all([
      payouts.previewProRata(stream, index),
      payouts.proRataClaimed(stream, index),
    ]);
    claimable += amount;
    owed += amount + claimed;
  }
  const opened = await payouts.queryFilter(payouts.filters.PayoutOpened(stream), suite.book.fromBlock);
  for (const { args } of opened) {
    const published = finals.find(({ statement }) => payoutHash(statement.payout) === args.payoutHash);
    claimable += await (published === undefined ? unclaimedPool(suite, args.payout) : unclaimedLines(suite, published));
  }
  return { share: feeShare + royaltyShare, pending: waiting + uncut, dust: proRata - owed, claimable };
}

/** What the chain says of every published line of a final statement. */
async function unclaimedLines(suite: Suite, { statement, lines }: FinalStatement): Promise<bigint> {
  let unclaimed = 0n;
  for (const { index, payable, proof } of lines) {
    const line = await suite.payouts.previewClaim(statement.payout, { index, weight: payable, proof });
    if (!line.claimed) unclaimed += line.amount;
  }
  return unclaimed;
}

/** The pool of a final statement less its claims, for one whose weights aren't at hand. */
async function unclaimedPool(
  suite: Suite,
  { stream, interval, pool }: { stream: bigint; interval: bigint; pool: bigint },
): Promise<bigint> {
  const { payouts, book } = suite;
  const claims = await payouts.queryFilter(payouts.filters.LineClaimed(stream), book.fromBlock);
  return claims.filter(({ args }) => args.interval === interval).reduce((left, { args }) => left - args.amount, pool);
}

/** What left the contracts, and the accounts that ever had a balance, from events. */
async function readTaken(suite: Suite): Promise<{ claimed: bigint; withdrawn: bigint; accounts: Set<string> }> {
  const { ledger, payouts, book } = suite;
  const [lines, proRata, withdrawals, developers, scorers] = await Promise.all([
    payouts.queryFilter(payouts.filters.LineClaimed(), book.fromBlock),
    payouts.queryFilter(payouts.filters.ProRataClaimed(), book.fromBlock),
    ledger.queryFilter(ledger.filters.Withdrawn(), book.fromBlock),
    ledger.queryFilter(ledger.filters.DeveloperPaid(), book.fromBlock),
    ledger.queryFilter(ledger.filters.ScorerPaid(), book.fromBlock),
  ]);
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
  return {
    claimed: sum([...lines, ...proRata].map(({ args }) => args.amount)),
    withdrawn: sum(withdrawals.map(({ args }) => args.amount)),
    accounts: new Set([
      await ledger.TREASURY(),
      ...developers.map(({ args }) => args.payee),
      ...scorers.map(({ args }) => args.scorer),
    ]),
  };
}
