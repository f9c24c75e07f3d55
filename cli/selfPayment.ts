import {
  readPayers,
  readPayingContributors,
  type SelfPayment,
  selfPayment,
  streamIdOf,
  type Suite,
} from "../client/index.ts";
import type { JsonObject } from "./command.ts";
import type { Context } from "./context.ts";
import { type Currency, money } from "./style.ts";

/** Part of an interval's fees from which on one payer's queries are most of what weights follow from. */
const CONCENTRATED = 0.5;
/** Part of its own payments that comes back to a contributor, from which on it is named. */
const NEAR_BREAK_EVEN = 0.8;

/** The self-payment of a stream's terms, for `--json`. */
export function selfPaymentData({ returned, breakEven }: SelfPayment): JsonObject {
  return { returned, breakEven: Number.isFinite(breakEven) ? breakEven : null };
}

/** The same for people. */
export function selfPaymentText({ returned, breakEven }: SelfPayment): string {
  const comes = `at most ${percentOf(returned)} of it comes back`;
  return Number.isFinite(breakEven)
    ? `${comes}; pays only with queries that weigh ${breakEven.toFixed(2)} times as much as others', or more`
    : comes;
}

/**
 * How a contributor that pays for its own queries stands in a stream.
 *
 * @param shareBps, proRataBps - the stream's, in basis points
 * @param ownBps - what else of the income is the payer's own
 */
export async function readSelfPayment(
  { ledger }: Suite,
  shareBps: bigint | number,
  proRataBps: bigint | number,
  ownBps: bigint | number = 0,
): Promise<SelfPayment> {
  return selfPayment({
    protocolFeeBps: Number(await ledger.PROTOCOL_FEE_BPS()),
    shareBps: Number(shareBps),
    proRataBps: Number(proRataBps),
    ownBps: Number(ownBps),
  });
}

/** A line of an interval's statement: what a contribution is paid. */
export interface PaidLine {
  readonly contributor: string;
  /** In the currency's smallest unit. */
  readonly amount: bigint;
}

/**
 * Says which contributors of a stream paid for queries of the interval themselves and get nearly as much back, and whether
 * one payer paid for most of it. Neither is proof: a contributor may use the model, and a model may have one customer.
 */
export async function noteSelfPayment(
  context: Context,
  suite: Suite,
  stream: bigint,
  interval: number,
  lines: readonly PaidLine[],
  currency: Currency,
): Promise<void> {
  for (const { payer, paid, share } of await readPayingContributors(suite, stream, interval)) {
    const back = lines
      .filter(({ contributor }) => contributor.toLowerCase() === payer.toLowerCase())
      .reduce((sum, { amount }) => sum + amount, 0n);
    if (Number(back) < NEAR_BREAK_EVEN * Number(paid)) continue;
    context.note(
      `${payer} contributed and paid for ${percentOf(share)} of the interval: it paid ${money(paid, currency)}, and influence gives it ${money(back, currency)}.`,
    );
  }
}

/** Says whether one payer paid for most of an interval, and whether it is a contributor of the model's datasets. */
export async function noteConcentration(
  context: Context,
  suite: Suite,
  model: bigint,
  interval: number,
): Promise<void> {
  const [largest] = await readPayers(suite, model, interval);
  if (largest === undefined || largest.share < CONCENTRATED) return;
  const { streams } = await suite.models.modelOf(model);
  const named: bigint[] = [];
  for (let place = 0; place < Number(streams); place++) {
    const stream = streamIdOf(model, place);
    const paying = await readPayingContributors(suite, stream, interval);
    if (paying.some(({ payer }) => payer === largest.payer))
      named.push((await suite.payouts.accountOf(stream)).dataset);
  }
  const also = named.length === 0 ? "" : `, and contributed to dataset ${named.join(", ")}`;
  context.note(
    `${largest.payer} paid for ${percentOf(largest.share)} of interval ${interval}${also}: the weights follow from its queries.`,
  );
}

function percentOf(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
