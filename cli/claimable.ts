import {
  claimLines,
  claimProRata,
  type LineClaim,
  linesOf,
  type OwnBalance,
  readMembers,
  readOwnBalance,
  readOwnStreams,
  readStatement,
  type Suite,
} from "../client/index.ts";
import { utc } from "./chain.ts";
import type { Context } from "./context.ts";
import { checkOnChain, intervalOf, type Proofs, readProofs } from "./proofs.ts";
import { type PublishedProofs, scanPublished } from "./published.ts";
import type { Plan, Sending } from "./transaction.ts";

/** Lines and contributions that one transaction claims: far below a block's gas. */
const AT_ONCE = 200;

/** A line of a final statement that can be claimed. */
export interface ClaimableLine {
  readonly stream: bigint;
  readonly interval: number;
  readonly payout: LineClaim["payout"];
  readonly line: LineClaim["lines"][number];
  readonly amount: bigint;
}

/** What a contributor can claim now. */
export interface Claimable {
  readonly lines: readonly ClaimableLine[];
  readonly proRata: readonly { readonly stream: bigint; readonly index: number; readonly amount: bigint }[];
  /** As developer and scorer; only where everything is claimed. */
  readonly balance: OwnBalance | undefined;
}

/** A contributor's lines in a statement, or in its own claim. */
export function ownLines(proofs: Proofs, contributor: string): LineClaim["lines"] {
  if (proofs.kind === "statement") return linesOf(proofs.file, contributor);
  return proofs.file.lines.map(({ index, weight, proof }) => ({ index, weight, proof }));
}

/** Published proofs that a contributor's lines can be read from, of some streams. */
export function proofsFor(
  published: readonly PublishedProofs[],
  contributor: string,
  streams: ReadonlySet<bigint>,
): PublishedProofs[] {
  return published.filter(
    (file) => streams.has(file.stream) && (file.contributor === null || file.contributor === contributor.toLowerCase()),
  );
}

/**
 * What the chain says that a contributor can claim now: of the statements given, and pro-rata in their streams.
 *
 * @throws ClientError `mismatch` when a file isn't of the statement that counts
 */
export async function findClaimable(
  context: Context,
  suite: Suite,
  files: readonly Proofs[],
  contributor: string,
): Promise<Claimable> {
  const lines: ClaimableLine[] = [];
  const seen = new Set<string>();
  for (const proofs of files) {
    const { stream, interval } = intervalOf(proofs);
    if (proofs.kind === "claim" && proofs.file.contributor !== contributor.toLowerCase()) continue;
    // The same lines twice, of whatever file, must be claimed once.
    if (seen.has(`${stream}/${interval}`)) continue;
    seen.add(`${stream}/${interval}`);
    lines.push(...(await linesToClaim(context, suite, proofs, contributor)));
  }
  const proRata: Claimable["proRata"][number][] = [];
  for (const stream of new Set(files.map((proofs) => intervalOf(proofs).stream))) {
    const { contributors } = await readMembers(suite, stream);
    const own = [...contributors.keys()].filter((index) => contributors[index] === contributor.toLowerCase());
    proRata.push(...(await proRataToClaim(suite, stream, own)));
  }
  return { lines, proRata, balance: undefined };
}

/**
 * Everything that an account can claim now, in all streams that pay it, and its balance as developer and scorer.
 *
 * @param given - statements and claims that must be right
 * @param folder - of published files; those of other statements are passed over
 */
export async function findAllClaimable(
  context: Context,
  suite: Suite,
  { given, folder }: { readonly given: readonly Proofs[]; readonly folder: string | undefined },
  account: string,
): Promise<Claimable> {
  const own = await readOwnStreams(suite, account);
  const { lines: givenLines } = await findClaimable(context, suite, given, account);
  const lines = [...givenLines];
  const seen = new Set(given.map((proofs) => keyOf(intervalOf(proofs))));
  if (folder !== undefined) {
    const { proofs } = await scanPublished(context, folder, false);
    for (const file of proofsFor(proofs, account, new Set(own.map(({ stream }) => stream)))) {
      if (seen.has(keyOf(file))) continue;
      const proposed = await readStatement(suite, file.stream, file.interval).catch(() => undefined);
      if (proposed === undefined || String(proposed.statement.payout.root) !== file.root) continue;
      seen.add(keyOf(file));
      lines.push(...(await linesToClaim(context, suite, await readProofs(file.path), account)));
    }
  }
  const proRata = await Promise.all(
    own.map(({ stream, contributions }) =>
      proRataToClaim(
        suite,
        stream,
        contributions.map(({ index }) => index),
      ),
    ),
  );
  return { lines, proRata: proRata.flat(), balance: await readOwnBalance(suite, account) };
}

function keyOf({ stream, interval }: { readonly stream: bigint; readonly interval: number }): string {
  return `${stream}/${interval}`;
}

async function linesToClaim(
  context: Context,
  suite: Suite,
  proofs: Proofs,
  contributor: string,
): Promise<ClaimableLine[]> {
  const { stream, interval } = intervalOf(proofs);
  const proposed = await readStatement(suite, stream, interval);
  await checkOnChain(suite, proposed, proofs);
  const { payout } = proposed.statement;
  if (proposed.state !== "final") {
    const closesAt = BigInt(proposed.statement.proposedAt) + (await suite.attribution.WINDOW());
    context.note(
      `The statement of stream ${stream}, interval ${interval} isn't final: its window closes ${utc(closesAt)}.`,
    );
    return [];
  }
  const lines: ClaimableLine[] = [];
  for (const line of ownLines(proofs, contributor)) {
    const { amount, claimed } = await suite.payouts.previewClaim(payout, line);
    if (!claimed && amount > 0n) lines.push({ stream, interval, payout, line, amount });
  }
  return lines;
}

async function proRataToClaim(
  { payouts }: Suite,
  stream: bigint,
  indexes: readonly number[],
): Promise<Claimable["proRata"][number][]> {
  const previews = await Promise.all(
    indexes.map(async (index) => ({ stream, index, amount: (await payouts.previewProRata(stream, index)).amount })),
  );
  return previews.filter(({ amount }) => amount > 0n);
}

/** What all of it comes to, in the currency's smallest unit; income that still has to be divided with it. */
export function sumOf({ lines, proRata, balance }: Claimable): bigint {
  const sum = [...lines, ...proRata, ...(balance?.undistributed ?? [])].reduce(
    (total, { amount }) => total + amount,
    0n,
  );
  return sum + (balance?.balance ?? 0n);
}

/** The transactions that claim it. */
export async function claimPlans(suite: Suite, claimable: Claimable, account: string): Promise<Plan[]> {
  const { lines, proRata, balance } = claimable;
  const plans: Plan[] = [];
  for (const some of chunks(lines)) {
    const transaction = await claimLines(
      suite,
      groupBy(some, keyOf, (group) => ({ payout: group[0].payout, lines: group.map(({ line }) => line) })),
    );
    plans.push({ doing: "the claim of lines", contract: "payouts", transaction });
  }
  for (const some of chunks(proRata)) {
    const transaction = await claimProRata(
      suite,
      groupBy(
        some,
        ({ stream }) => String(stream),
        (group) => ({ stream: group[0].stream, indexes: group.map(({ index }) => index) }),
      ),
    );
    plans.push({ doing: "the pro-rata claim", contract: "payouts", transaction });
  }
  if (balance === undefined) return plans;
  const { ledger } = suite;
  const models = balance.undistributed.map(({ model }) => model);
  if (models.length > 0) {
    const transaction = await ledger.distributeMany.populateTransaction(models);
    plans.push({ doing: "the distribution", contract: "ledger", transaction });
  }
  if (models.length > 0 || balance.balance > 0n) {
    const transaction = await ledger.withdrawMany.populateTransaction([account]);
    plans.push({ doing: "the withdrawal", contract: "ledger", transaction });
  }
  return plans;
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) =>
    items.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );
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
export function readPaid({ payouts, ledger }: Suite, { logs }: Sending): { paid: bigint; failed: bigint } {
  let paid = 0n;
  let failed = 0n;
  for (const log of logs) {
    const event = payouts.interface.parseLog(log) ?? ledger.interface.parseLog(log);
    if (event?.name === "LineClaimed" || event?.name === "ProRataClaimed" || event?.name === "Withdrawn")
      paid += event.args.getValue("amount") as bigint;
    if (event?.name === "PaymentFailed") failed += event.args.getValue("amount") as bigint;
  }
  return { paid, failed };
}
