import {
  claimLines,
  claimProRata,
  linesOf,
  type ProposedStatement,
  type PublishedReceipt,
  readStatement,
  reportOf,
  type Sender,
  signUsageReport,
} from "../../../client/index.ts";
import {
  packQ,
  type QuantisedVector,
  type Statement,
  SumTree,
  toHex,
  type UsageReport,
} from "../../../scorer/index.ts";
import { depositBond } from "../../../scripts/demo/cast.ts";
import { sendCalls } from "../../../services/calls.ts";
import { answerChallenges, computeStatement, poolAfterFee } from "../../../services/scorer.ts";
import type { Stage } from "./stage.ts";
import { type Stream, URI } from "./world.ts";

/** What the scorer takes of a pool. */
export const SCORER_FEE_BPS = 200;

/** What a wallet got of an interval, in the currency's smallest unit. */
export interface Earnings {
  /** By lines of a statement */
  readonly influence: bigint;
  /** By row count */
  readonly proRata: bigint;
}

/** What an interval paid, by wallet. */
export type Paid = ReadonlyMap<string, Earnings>;

/** Both together. */
export function totalOf({ influence, proRata }: Earnings): bigint {
  return influence + proRata;
}

/** All that some wallets got. */
export function earned(paid: Paid, ...wallets: readonly Sender[]): Earnings {
  const all = wallets.map(({ address }) => paid.get(address) ?? { influence: 0n, proRata: 0n });
  return {
    influence: all.reduce((sum, { influence }) => sum + influence, 0n),
    proRata: all.reduce((sum, { proRata }) => sum + proRata, 0n),
  };
}

/**
 * Cuts the next interval, and posts the report that the operator signs.
 *
 * @param crooked - what the operator states instead of the q of the receipts
 */
export async function closeInterval(
  stage: Stage,
  { model, operator }: Pick<Stream, "model" | "operator">,
  receipts: readonly PublishedReceipt[],
  crooked?: QuantisedVector,
): Promise<UsageReport> {
  const { usage } = stage.suite;
  const { intervals } = await usage.headOf(model);
  if (intervals > 0n) await stage.wait(await usage.CUTTING_PERIOD());
  await operator.send("cutting the interval", usage.cut.populateTransaction(model));
  const interval = Number(intervals);
  const honest = reportOf(model, interval, await usage.intervalAt(model, interval), receipts);
  const report =
    crooked === undefined ? honest : { ...honest, exponent: crooked.exponent, q: toHex(packQ(crooked.lanes)) };
  const signature = await signUsageReport(stage.suite, operator.signer, report);
  await operator.send("posting the usage report", usage.report.populateTransaction(report, signature));
  return report;
}

/** What an honest scorer states of an interval. */
export async function scoreInterval(
  { suite }: Stage,
  { stream, trained }: Stream,
  interval: number,
): Promise<Statement> {
  const pool = poolAfterFee(await suite.attribution.poolOf(stream, interval), SCORER_FEE_BPS);
  return computeStatement(suite, stream, interval, trained.committed, pool);
}

/** Deposits the bond and proposes a statement. */
export async function propose(
  { suite }: Stage,
  scorer: Sender,
  { stream, interval, sumTreeRoot, total }: Pick<Statement, "stream" | "interval" | "sumTreeRoot" | "total">,
): Promise<ProposedStatement> {
  const { attribution } = suite;
  await depositBond(suite, scorer, await attribution.bondFor(stream, interval));
  const call = attribution.propose.populateTransaction(stream, interval, sumTreeRoot, total, SCORER_FEE_BPS, URI);
  await scorer.send("proposing a statement", call);
  return readStatement(suite, stream, interval);
}

/** Waits until a statement that nobody challenged can be made final, and does so. */
export async function finalise(
  stage: Stage,
  { trained }: Stream,
  proposed: ProposedStatement,
  { lines }: Statement,
  report: UsageReport,
): Promise<void> {
  const { suite, roles } = stage;
  await stage.wait(await suite.attribution.WINDOW());
  const files = { tree: new SumTree(lines.map(({ payable }) => payable)), committed: trained.committed, report };
  await sendCalls(roles.scorer, await answerChallenges(suite, proposed, files, roles.scorer.address));
}

/**
 * Claims for all contributors what an interval left them, and reads from their token balances what came.
 *
 * @param final - the statement by which the interval ended; without one it ended pro-rata
 */
export async function claimAll(
  stage: Stage,
  { stream, contributions }: Pick<Stream, "stream" | "contributions">,
  final?: { readonly proposed: ProposedStatement; readonly statement: Statement },
): Promise<Paid> {
  const { suite, roles } = stage;
  const wallets = contributions.map(({ wallet }) => wallet);
  const balances = (): Promise<bigint[]> => Promise.all(wallets.map((wallet) => stage.balance(wallet)));
  const before = await balances();
  if (final !== undefined) {
    const lines = wallets.flatMap(({ address }) => linesOf(final.statement, address));
    const claims = [{ payout: final.proposed.statement.payout, lines }];
    await roles.scorer.send("claiming lines", claimLines(suite, claims));
  }
  const between = await balances();
  const indexes = wallets.map((_, i) => i);
  await roles.scorer.send("claiming pro-rata money", claimProRata(suite, [{ stream, indexes }]));
  const after = await balances();
  return new Map(
    wallets.map(({ address }, i) => [
      address,
      { influence: between[i]! - before[i]!, proRata: after[i]! - between[i]! },
    ]),
  );
}

/** An honest operator reports, an honest scorer states, nobody objects, all claim. */
export async function settleHonestly(
  stage: Stage,
  stream: Stream,
  receipts: readonly PublishedReceipt[],
): Promise<Paid> {
  const report = await closeInterval(stage, stream, receipts);
  const statement = await scoreInterval(stage, stream, report.interval);
  const proposed = await propose(stage, stage.roles.scorer, statement);
  await finalise(stage, stream, proposed, statement, report);
  return claimAll(stage, stream, { proposed, statement });
}
