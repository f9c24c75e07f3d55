import { ClientError, type Suite } from "../../client/index.ts";
import type { UsageReport } from "../../scorer/index.ts";
import type { ExactMethod } from "./exact.ts";
import { type Reporting, reportIntervals } from "./intervals.ts";
import type { VoucherMethod } from "./vouchers.ts";

/** What an interval is closed with. */
export interface Closing extends Reporting {
  readonly vouchers: VoucherMethod;
  readonly exact: ExactMethod;
  /** Blocks after which no reorg is expected, as `vouchers` has it: intervals are reported then. None by default. */
  readonly confirmations?: number;
}

/** What closing an interval did; amounts in the currency's smallest unit, before the protocol fee. */
export interface Closed {
  readonly redeemed: bigint;
  readonly swept: bigint;
  /** The interval that was cut; undefined when nothing came in, or the cutting period still runs */
  readonly cut: number | undefined;
  readonly reports: readonly UsageReport[];
}

/**
 * Brings in what callers have paid, cuts the interval, and reports it and any that has no report yet. Safe to be stopped
 * anywhere and to run again.
 *
 * @throws ClientError as `Sender.send`
 */
export async function closeInterval(closing: Closing): Promise<Closed> {
  const { vouchers, exact, sender, suite, model } = closing;
  const redeemed = await vouchers.redeemLatest(sender);
  const sweeps = await exact.sweepReceiver();
  const cut = await cutIfDue(closing);
  // What is looked at must reach as far as the intervals that are reported: others cut and redeem too.
  const upTo = await confirmedIntervals(closing);
  for (const method of [vouchers, exact]) {
    // A look that ran already began too early.
    await method.look();
    await method.look();
  }
  const reports = await reportIntervals(closing, upTo);
  const swept = sweeps.reduce((sum, { amount }) => sum + amount, 0n);
  return { redeemed, swept, cut: cut ? await lastInterval(suite, model) : undefined, reports };
}

/** Whether an interval was cut. */
async function cutIfDue({ suite, model, sender }: Closing): Promise<boolean> {
  try {
    await sender.send("cutting the interval", suite.usage.cut.populateTransaction(model));
    return true;
  } catch (error) {
    const refused = error instanceof ClientError ? error.revert?.name : undefined;
    if (refused === "NothingToCut" || refused === "CuttingPeriodRunning") return false;
    throw error;
  }
}

/** Intervals that no reorg is expected to take back. */
async function confirmedIntervals({ suite, model, confirmations = 0 }: Closing): Promise<number> {
  const blockTag = (await suite.provider.getBlockNumber()) - confirmations;
  if (blockTag < suite.book.fromBlock) return 0;
  return Number((await suite.usage.headOf(model, { blockTag })).intervals);
}

async function lastInterval({ usage }: Suite, model: bigint): Promise<number> {
  return Number((await usage.headOf(model)).intervals) - 1;
}
