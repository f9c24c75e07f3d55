import {
  ClientError,
  modelOfStream,
  type ProposedStatement,
  readGame,
  readPostedWeights,
  readStatement,
  readUsageReport,
  statedTree,
  type Suite,
} from "../client/index.ts";
import { ceilLog2, type Game, type NodePlace, SumTree, type UsageReport } from "../scorer/index.ts";
import type { Call } from "../services/calls.ts";
import { readStatementFile } from "./chain.ts";
import { argument, option } from "./command.ts";
import { interval as intervalReader, stream as streamReader, text } from "./readers.ts";
import { requireSameInterval } from "./statements.ts";
import type { Plan } from "./transaction.ts";

/** Which statement a command is about. */
export const INTERVAL_OF = {
  stream: argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader),
  interval: argument("INTERVAL", "the interval of the model's fees, from 0", intervalReader),
};

/** The weights of a statement. */
export const WEIGHTS = option(
  "STATEMENT.json",
  "the weights that the scorer published; without it those that it posted on the chain",
  text,
);

/** What a service's call is as a plan. */
export function planOf({ doing, transaction }: Call, contract: Plan["contract"]): Plan {
  return { doing, contract, transaction };
}

/** The statement that counts, and all challenges of it. */
export async function readDispute(
  suite: Suite,
  stream: bigint,
  interval: number,
): Promise<{ readonly proposed: ProposedStatement; readonly game: Game }> {
  const proposed = await readStatement(suite, stream, interval);
  return { proposed, game: await readGame(suite, proposed) };
}

/**
 * The weights of a statement that a scorer published or posted.
 *
 * @param path - of the statement's file
 * @returns undefined when they are withheld
 * @throws ClientError `mismatch` when the file is of another interval
 */
export async function readWeights(
  suite: Suite,
  proposed: ProposedStatement,
  path: string | undefined,
): Promise<readonly bigint[] | undefined> {
  if (path === undefined) return readPostedWeights(suite, proposed);
  const file = await readStatementFile(path);
  const { stream, interval } = proposed.statement.payout;
  requireSameInterval(file, BigInt(stream), Number(interval), path);
  return file.lines.map(({ payable }) => payable);
}

/**
 * The tree that challenges are answered from.
 *
 * @throws ClientError `bad-input` when the weights aren't at hand
 */
export async function readScorersTree(
  suite: Suite,
  proposed: ProposedStatement,
  path: string | undefined,
): Promise<SumTree> {
  const weights = await readWeights(suite, proposed, path);
  if (weights === undefined) {
    throw new ClientError("bad-input", "the scorer posted no weights: name its statement with --file STATEMENT.json");
  }
  return new SumTree(weights);
}

/** The report that a statement follows from. */
export async function readStatedReport(
  suite: Suite,
  { statement: { payout } }: ProposedStatement,
): Promise<UsageReport> {
  return readUsageReport(suite, modelOfStream(BigInt(payout.stream)), Number(payout.interval));
}

/** The node that stands for a whole statement. */
export function rootOf(proposed: ProposedStatement): NodePlace {
  return { level: ceilLog2(statedTree(proposed).lines), position: 0 };
}

/** A node, for people: `the root`, `line 3`. */
export function nodeText({ level, position }: NodePlace, root: NodePlace): string {
  if (level === root.level) return "the root";
  return level === 0 ? `line ${position}` : `node ${position} of level ${level}`;
}
