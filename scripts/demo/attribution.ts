import {
  type ChainStatement,
  checkStatementFile,
  claimLines,
  claimProRata,
  lineEvidence,
  linesOf,
  modelOfStream,
  type ProposedStatement,
  readStatement,
  readStatements,
  readUsageReport,
  type Sender,
  type Suite,
} from "../../client/index.ts";
import {
  amounts,
  decodeStatement,
  encodeStatement,
  type Hex,
  type Statement,
  SumTree,
  verifyIndex,
} from "../../scorer/index.ts";
import { computeStatement, poolAfterFee } from "../../services/scorer.ts";
import { sendCalls } from "../../services/calls.ts";
import { recompute, statedIndex, watch as lookAt } from "../../services/watchtower.ts";
import { type Cast, depositBond } from "./cast.ts";
import type { Publisher } from "./publisher.ts";

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
  publisher: Publisher,
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

/** A challenger demands the line with the largest weight; the scorer proves it and earns the challenger's bond. */
export async function challengeAndDefend(
  suite: Suite,
  cast: Cast,
  published: PublishedStatement,
  indexFile: Uint8Array,
): Promise<number> {
  const { attribution, challenges } = suite;
  const { statement } = published.proposed;
  const { file } = published;
  const line = file.lines.reduce(
    (best, { payable, index }) => (payable > (file.lines[best]?.payable ?? 0n) ? index : best),
    0,
  );
  await depositBond(suite, cast.challenger, await attribution.CHALLENGE_BOND());
  await cast.challenger.send("challenging a line", challenges.challenge.populateTransaction(statement, 0, line));
  const report = await readUsageReport(suite, modelOfStream(file.stream), file.interval);
  const evidence = lineEvidence(file, verifyIndex(indexFile, file.indexRoot), report, line);
  await cast.scorer.send("defending the line", challenges.defend.populateTransaction(statement, evidence));
  return line;
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

/** Makes a statement final. */
export async function finalise(suite: Suite, by: Sender, statement: ChainStatement): Promise<void> {
  await by.send("finalising the statement", suite.attribution.finalise.populateTransaction(statement));
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
