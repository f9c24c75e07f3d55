import {
  checkStatementFile,
  claimLines,
  claimProRata,
  linesOf,
  modelOfStream,
  type ProposedStatement,
  readStatement,
  readStatements,
  readUsageReport,
  recompute,
  type Sender,
  statedIndex,
  type Suite,
} from "../../client/index.ts";
import {
  amounts,
  ceilLog2,
  decodeStatement,
  encodeStatement,
  type Hex,
  levelsShown,
  type Statement,
  SumTree,
  verifyIndex,
} from "../../scorer/index.ts";
import { answerChallenges, computeStatement, poolAfterFee } from "../../services/scorer.ts";
import { sendCalls } from "../../services/calls.ts";
import { watch as lookAt } from "../../services/watchtower.ts";
import { type Cast, depositBond } from "./cast.ts";
import type { Publishing } from "./publisher.ts";

/** The scorer's fee, in basis points of the pool. */
const SCORER_FEE_BPS = 200;

/** A statement on the chain with the weights that its scorer published. */
export interface PublishedStatement {
  readonly proposed: ProposedStatement;
  readonly file: Statement;
}

/** What an honest scorer says of an interval. */
export async function score(
  suite: Suite,
  stream: bigint,
  interval: number,
  indexFile: Uint8Array,
  indexRoot: Hex,
): Promise<Statement> {
  const gross = await suite.attribution.poolOf(stream, interval);
  const pool = poolAfterFee(gross, SCORER_FEE_BPS);
  return computeStatement(suite, stream, interval, verifyIndex(indexFile, indexRoot), pool);
}

/** A crooked statement: one wallet's weight is twenty times what it should be, everything else adds up. */
export function favour(honest: Statement, line: number): Statement {
  const weights = honest.lines.map(({ payable }, i) => (i === line ? payable * 20n : payable));
  const tree = new SumTree(weights);
  const paid = amounts(weights, honest.pool);
  return {
    ...honest,
    sumTreeRoot: tree.root,
    total: tree.total,
    lines: honest.lines.map((entry, i) => ({
      ...entry,
      payable: weights[i] ?? 0n,
      amount: paid[i] ?? 0n,
      proof: tree.proof(i),
    })),
  };
}

/** Publishes the weights, deposits the bond and proposes the statement; then checks every published line against the chain. */
export async function propose(
  suite: Suite,
  scorer: Sender,
  statement: Statement,
  name: string,
  publisher: Publishing,
): Promise<PublishedStatement> {
  const { attribution } = suite;
  const text = encodeStatement(statement);
  const { uri } = await publisher.file(name, text);
  await depositBond(suite, scorer, await attribution.bondFor(statement.stream, statement.interval));
  const { stream, interval, sumTreeRoot, total } = statement;
  const call = attribution.propose.populateTransaction(stream, interval, sumTreeRoot, total, SCORER_FEE_BPS, uri);
  await scorer.send("proposing the statement", call);
  const proposed = await readStatement(suite, stream, interval);
  const file = decodeStatement(text);
  await checkStatementFile(suite, proposed, file);
  return { proposed, file };
}

/**
 * A challenger that has no part of the scorer's tree walks down to the line with the largest weight, and the scorer
 * answers at every turn.
 *
 * @returns the line
 */
export async function challengeAndDefend(
  suite: Suite,
  cast: Cast,
  published: PublishedStatement,
  indexFile: Uint8Array,
): Promise<number> {
  const { attribution, challenges } = suite;
  const { statement } = published.proposed;
  const { lines } = published.file;
  const line = lines.reduce((best, { payable, index }) => (payable > (lines[best]?.payable ?? 0n) ? index : best), 0);
  await depositBond(suite, cast.challenger, await attribution.CHALLENGE_BOND());
  let level = ceilLog2(lines.length);
  await cast.challenger.send("challenging the root", challenges.challenge.populateTransaction(statement, level, 0));
  await answer(suite, cast, published, indexFile);
  while (level > 0) {
    const below = level - levelsShown(level);
    const [opened, shown] = [level, below].map((at) => Math.floor(line / 2 ** at)) as [number, number];
    const descend = challenges.descend.populateTransaction(statement, level, opened, shown);
    await cast.challenger.send("descending", descend);
    await answer(suite, cast, published, indexFile);
    level = below;
  }
  return line;
}

/** The scorer does whatever is due after its statement: opens, defends, finalises, settles. */
export async function answer(
  suite: Suite,
  cast: Cast,
  { proposed, file }: PublishedStatement,
  indexFile: Uint8Array,
): Promise<void> {
  const files = {
    tree: new SumTree(file.lines.map(({ payable }) => payable)),
    committed: verifyIndex(indexFile, file.indexRoot),
    report: await readUsageReport(suite, modelOfStream(file.stream), file.interval),
  };
  await sendCalls(cast.scorer, await answerChallenges(suite, proposed, files, cast.scorer.address));
}

/** What the watchtower did about a statement. */
export interface Caught {
  /** Lines that were wrong. */
  readonly wrongLines: number;
  /** The dishonest scorer's loss, as the vault has it. */
  readonly slashed: bigint;
  /** Whether the chain has voided the statement and paid the watchtower half of its bond. */
  readonly voided: boolean;
}

/** The watchtower recomputes the statement and refutes it in one transaction: nobody can copy it on this chain. */
export async function watch(
  suite: Suite,
  cast: Cast,
  published: PublishedStatement,
  indexFile: Uint8Array,
): Promise<Caught> {
  const { vault, book } = suite;
  const { statement, hash, scorer } = published.proposed;
  const bond = BigInt(statement.bond);
  const bondOf = (account: string) => vault.bondOf(book.contracts.attribution, account);
  const [before, unrewarded] = await Promise.all([bondOf(scorer), bondOf(cast.watchtower.address)]);
  const recomputed = await recompute(suite, published.proposed, statedIndex(published.proposed, indexFile));
  const weights = published.file.lines.map(({ payable }) => payable);
  const look = await lookAt(suite, published.proposed, recomputed, cast.watchtower.address, {
    weights,
    protectReward: false,
  });
  if (look.verdict.right) return { wrongLines: 0, slashed: 0n, voided: false };
  await sendCalls(cast.watchtower, look);
  const [after, rewarded, statements] = await Promise.all([
    bondOf(scorer),
    bondOf(cast.watchtower.address),
    readStatements(suite, published.file.stream, published.file.interval),
  ]);
  const voided =
    statements.some((entry) => entry.hash === hash && entry.state === "void") &&
    rewarded.free - unrewarded.free === bond / 2n;
  return { wrongLines: look.verdict.wrongLines.length, slashed: before.locked - after.locked, voided };
}

/** A contributor takes its lines of all final statements in one call, and its pro-rata money in another. */
export async function claimAll(
  suite: Suite,
  contributor: Sender,
  index: number,
  finals: readonly PublishedStatement[],
): Promise<void> {
  const claims = finals
    .map(({ proposed, file }) => ({ payout: proposed.statement.payout, lines: linesOf(file, contributor.address) }))
    .filter(({ lines }) => lines.length > 0);
  if (claims.length > 0) await contributor.send("claiming lines", claimLines(suite, claims));
  const [first] = finals;
  if (first === undefined) return;
  const proRata = [{ stream: first.file.stream, indexes: [index] }];
  await contributor.send("claiming pro-rata money", claimProRata(suite, proRata));
}
