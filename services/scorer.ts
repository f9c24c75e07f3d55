import { modelOfStream, readMembers, readUsageReport, reportQuery, type Suite } from "../client/index.ts";
import {
  buildStatement,
  type Hex,
  type InfluenceIndex,
  type Statement,
  unpackQ,
  usageReportHash,
} from "../scorer/index.ts";

/**
 * What a statement of an interval must say: from the published index, and from the report and the registries on the
 * chain alone. A scorer proposes it, a watchtower compares it with what was proposed.
 *
 * @param index - the index, already checked against `indexRoot`
 * @param pool - what is divided, net of the scorer's fee, in the currency's smallest unit
 */
export async function computeStatement(
  suite: Suite,
  stream: bigint,
  interval: number,
  index: InfluenceIndex,
  indexRoot: Hex,
  pool: bigint,
): Promise<Statement> {
  const [report, members] = await Promise.all([
    readUsageReport(suite, modelOfStream(stream), interval),
    readMembers(suite, stream),
  ]);
  return buildStatement({
    stream,
    interval,
    index,
    indexRoot,
    reportHash: usageReportHash(report),
    q: unpackQ(reportQuery(report)),
    contributors: members.contributors,
    rowCounts: members.rowCounts,
    pool,
  });
}
