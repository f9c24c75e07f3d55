import { ClientError } from "../../../client/clientError.ts";
import type { IndexClient, Line, Statement } from "../../../client/indexApi/index.ts";
import { evidenceOf, readStatements } from "../../../client/statements.ts";
import { modelOfStream } from "../../../client/streams.ts";
import type { Suite } from "../../../client/suite.ts";
import { readUsageReport } from "../../../client/usage.ts";
import { lineProof } from "../../../scorer/audit/lineProof.ts";
import { fromHex } from "../../../scorer/core/bytes.ts";
import { type InfluenceIndex, indexRow, verifyIndex } from "../../../scorer/core/influenceIndex.ts";
import { unpackQ } from "../../../scorer/core/query.ts";
import { isScored, paidUntil, rowWeights } from "../../../scorer/core/scoring.ts";
import { verifySumProof } from "../../../scorer/core/sumTree.ts";
import { usageReportHash } from "../../../scorer/core/usageReport.ts";
import { Weights } from "../../../scorer/core/weights.ts";
import type { LineEvidenceStruct } from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import type { Config } from "../../config/config.ts";
import { indexFileOf } from "../../data/statedFiles.ts";

/** One thing that was recomputed in this browser. */
export interface Finding {
  readonly name: string;
  readonly right: boolean;
  readonly detail: string;
}

/** Who is asked for what a check needs. */
export interface Sources {
  readonly suite: Suite;
  readonly api: IndexClient;
  readonly config: Config;
  /** The influence index, if the reader has chosen a file. */
  readonly chosen: Uint8Array | undefined;
}

/**
 * Recomputes one line of a statement: its proof, its amount, and its weight from the published index and the report on
 * the chain. What the index's API says is compared with what comes out.
 *
 * @param found - told of each finding
 * @returns what refutes the line if its weight is wrong
 * @throws ClientError when something that the check needs can't be had
 */
export async function recheckLine(
  { suite, api, config, chosen }: Sources,
  statement: Statement,
  line: Line,
  found: (finding: Finding) => void,
): Promise<LineEvidenceStruct | undefined> {
  const say = (name: string, right: boolean, detail: string): void => found({ name, right, detail });
  const { stream, interval, dataset, version, lines, exponentBound, indexRoot } = statement;

  const onChain = (await readStatements(suite, BigInt(stream), interval)).find(({ hash }) => hash === statement.hash);
  if (onChain === undefined) {
    throw new ClientError(
      "mismatch",
      `the node has no statement ${statement.hash}: the index and the node are of different chains`,
    );
  }
  const { payout } = onChain.statement;
  const [root, total, pool] = [String(payout.root), BigInt(payout.total), BigInt(payout.pool)];
  const keeps = {
    live: "as the live one",
    final: "as a final one",
    void: "only in its event: it was voided or rejected",
  };
  say(
    "The statement",
    root === statement.root && total === statement.total && pool === statement.pool,
    `The chain holds its hash ${keeps[onChain.state]}; root, total and pool are taken from there.`,
  );

  const proven = attempt(() => verifySumProof(root as `0x${string}`, total, lines, line.line, line.weight, line.proof));
  say(
    "The line’s proof",
    proven !== undefined,
    proven === undefined
      ? "The proof leads to another root: the published file isn’t this statement’s."
      : "Its siblings hash and add up to the root and the total on the chain.",
  );
  if (proven !== undefined) {
    const amount = paidUntil(proven.prefix + line.weight, total, pool) - paidUntil(proven.prefix, total, pool);
    say("The amount", amount === line.amount, `The weight’s part of the pool is ${amount} of the smallest unit.`);
  }

  const entitled = await suite.datasets.entitledAt(dataset, line.line, version);
  say(
    "The wallet",
    entitled.contributor.toLowerCase() === line.contributor.toLowerCase(),
    `The registry pays ${entitled.contributor} for this place, with ${entitled.rows} counted rows.`,
  );

  const report = await readUsageReport(suite, modelOfStream(BigInt(stream)), interval);
  const q = unpackQ(fromHex(report.q, "q"));
  say(
    "The report",
    usageReportHash(report) === statement.reportHash,
    `The operator’s signed report has a query vector of ${q.length} lanes; its hash is the one that the chain keeps.`,
  );

  const file = chosen ?? (await indexFileOf({ api, config, chosen: [] }, statement, q.length));
  const committed = attempt(() => verifyIndex(file, indexRoot));
  const index = committed?.index;
  say(
    "The influence index",
    index !== undefined,
    index === undefined
      ? "The file hashes to another root than the one that was committed."
      : `${index.size} rows hash to the root that was committed before the interval began.`,
  );
  if (committed === undefined || index === undefined) return undefined;

  const weight = weightOf(index, line.line, Number(entitled.rows), exponentBound, q);
  say(
    "The weight",
    weight === line.weight,
    weight === line.weight
      ? `max(0, ⟨row ${line.line}, q⟩) · 2^${index.exponents[line.line] ?? 0} = ${weight}, as stated.`
      : `Row and report give ${weight}; the statement says ${line.weight}. Anybody can refute it.`,
  );
  if (weight === line.weight || proven === undefined) return undefined;
  return evidenceOf(lineProof(committed, line.line, line.weight, line.proof), report);
}

function weightOf(index: InfluenceIndex, line: number, rows: number, exponentBound: number, q: Int16Array): bigint {
  const exponent = index.exponents[line] ?? 0;
  const lanes = indexRow(index, line);
  // The chain scores nothing whose number of lanes isn't q's, or that is beyond its bound.
  if (lanes.length !== q.length || !isScored(exponent, rows, exponentBound)) return 0n;
  const row = { exponents: Uint8Array.of(exponent), lanes };
  return [...new Weights(rowWeights(row, [rows], exponentBound, q))][0] ?? 0n;
}

function attempt<T>(check: () => T): T | undefined {
  try {
    return check();
  } catch {
    return undefined;
  }
}
