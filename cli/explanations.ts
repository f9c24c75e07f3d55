import {
  checkReceipts,
  ClientError,
  modelOfStream,
  parseReceipts,
  type PublishedReceipt,
  readStatements,
  readUsageReport,
  statedIndex,
  type StatementState,
  type Suite,
} from "../client/index.ts";
import {
  type Balance,
  balanceOf,
  contributionScores,
  factorScores,
  type InfluenceIndex,
  rowScores,
  type Statement,
  sha256,
  type UsageReport,
} from "../scorer/index.ts";
import { computeStatement } from "../services/scorer.ts";
import { checkIndex, readCommittedIndex } from "./chain.ts";
import type { Context } from "./context.ts";
import {
  type ChosenSource,
  type ModelSource,
  readContributions,
  readProjections,
  visitProjected,
} from "./indexInputs.ts";
import { creditingOf, retrain, type Trained } from "./model.ts";
import { SETTLEMENT_STATES } from "./statements.ts";

/** An interval as anybody can recompute it. */
export interface ScoredInterval {
  readonly report: UsageReport;
  readonly index: InfluenceIndex;
  /** Recomputed from index, report and registries */
  readonly statement: Statement;
  /** Of the statement on the chain, or of the interval where none is live or final */
  readonly state: StatementState | (typeof SETTLEMENT_STATES)[number];
  /** Whether the statement on the chain says the same; undefined where there is none */
  readonly matches: boolean | undefined;
}

/**
 * Scores an interval again, with the index and the pool of its statement where there is one.
 *
 * @throws ScorerError `root-mismatch` or ClientError `mismatch` when the file isn't the index
 */
export async function rescore(
  suite: Suite,
  stream: bigint,
  interval: number,
  indexFile: Uint8Array,
): Promise<ScoredInterval> {
  const statements = await readStatements(suite, stream, interval);
  const proposed = statements.findLast(({ state }) => state !== "void");
  const [committed, pool, settlement, report] = await Promise.all([
    proposed === undefined
      ? readCommittedIndex(suite, stream).then((found) => checkIndex(indexFile, found))
      : statedIndex(proposed, indexFile),
    proposed === undefined ? suite.attribution.poolOf(stream, interval) : BigInt(proposed.statement.payout.pool),
    suite.attribution.settlementOf(stream, interval),
    readUsageReport(suite, modelOfStream(stream), interval),
  ]);
  const statement = await computeStatement(suite, stream, interval, committed, pool);
  const payout = proposed?.statement.payout;
  return {
    report,
    index: committed.index,
    statement,
    state: proposed?.state ?? SETTLEMENT_STATES[Number(settlement.status)] ?? "open",
    matches: payout && String(payout.root) === statement.sumTreeRoot && BigInt(payout.total) === statement.total,
  };
}

/** The answers of an interval, of its receipts file. */
export function readAnswers(json: string, report: UsageReport): readonly PublishedReceipt[] {
  const published = parseReceipts(json);
  checkReceipts(published, report);
  return published;
}

/** The place of a contribution by its number, or by its contributor's address. */
export function placeOf({ lines }: Statement, which: number | string): number {
  if (typeof which === "number") {
    if (which < lines.length) return which;
    throw new ClientError("bad-input", `the stream has ${lines.length} contributions: there is no ${which}`);
  }
  const own = lines.filter(({ contributor }) => contributor === which.toLowerCase());
  const [only] = own;
  if (only !== undefined && own.length === 1) return only.index;
  throw new ClientError(
    "bad-input",
    own.length === 0
      ? `${which} didn't contribute to this dataset version`
      : `${which} has several contributions: name one of ${own.map(({ index }) => index).join(", ")}`,
  );
}

/** What one row did for an answer. */
export interface RowScore {
  /** Its place among the rows, from 0 */
  readonly row: number;
  /** In the unit of its contribution's score */
  readonly score: number;
  /** Of its contribution's score: the parts of all rows of a contribution add up to 1 */
  readonly part: number;
  readonly label: number | null;
  /** The beginning of its text */
  readonly excerpt: string | null;
}

/** What contributions did for one answer. */
export interface AnswerExplanation extends Balance {
  /** float64, one for each contribution */
  readonly scores: Float64Array;
  /** The rows of a contribution, the highest score first */
  readonly rowsOf?: (contribution: number) => RowScore[];
}

/**
 * Explains an answer by its query vector.
 *
 * @param source - the rows, where those within the contributions are wanted
 * @throws ClientError `mismatch` when model or rows aren't those that the index was built of
 */
export async function explainAnswer(
  context: Context,
  suite: Suite,
  { index, statement }: ScoredInterval,
  { query }: PublishedReceipt,
  source: ChosenSource | undefined,
): Promise<AnswerExplanation> {
  const scores = contributionScores(
    index,
    statement.lines.map(({ rows }) => rows),
    query,
  );
  const balance = { scores, ...balanceOf(scores) };
  if (source === undefined) return balance;
  const psi = Float64Array.from(query.lanes);
  const rows =
    source.kind === "model"
      ? await modelRows(context, suite, modelOfStream(statement.stream), source, psi)
      : await factorRows(context, source, psi);
  const unit = scaleOf(index.unitExponent);
  const rowsOf = (contribution: number): RowScore[] => {
    const own = rows.filter((row) => row.contribution === contribution);
    const sum = own.reduce((total, { score }) => total + score, 0);
    const scored = unit * (scores[contribution] ?? 0);
    // Rounding to lanes moves each by half a unit of its own at most.
    const slack =
      0.5 * unit * scaleOf(index.exponents[contribution] ?? 0) * query.lanes.reduce((a, b) => a + Math.abs(b), 0);
    if (Math.abs(sum - scored) > slack * (1 + 1e-6)) {
      throw new ClientError(
        "mismatch",
        `the rows of contribution ${contribution} don't add up to its score in the index: give the rows that the index was built of`,
      );
    }
    return own
      .map(({ row, score, label, excerpt }) => ({ row, score: score / unit, part: score / sum, label, excerpt }))
      .sort((a, b) => b.score - a.score || a.row - b.row);
  };
  return { ...balance, rowsOf };
}

/**
 * Trains a model's folder again, and compares it with what the model committed.
 *
 * @throws ClientError `mismatch` when it is another model's, or rows are others
 */
export async function committedModel(
  context: Context,
  suite: Suite,
  model: bigint,
  source: ModelSource,
): Promise<Trained> {
  const trained = await retrain(context, source.model, { ...source.given, rows: source.rows }, true);
  const { basisDigest } = await suite.indexes.basisOf(model);
  const found = sha256(trained.model.files.whitening);
  if (found !== basisDigest) {
    throw new ClientError(
      "mismatch",
      `whitening.bin in ${source.model} hashes to ${found}, model ${model} committed ${basisDigest}: use that model's folder`,
    );
  }
  return trained;
}

type ContributedRow = Omit<RowScore, "part"> & { readonly contribution: number };

async function modelRows(
  context: Context,
  suite: Suite,
  model: bigint,
  source: ModelSource,
  psi: Float64Array,
): Promise<ContributedRow[]> {
  const trained = await committedModel(context, suite, model, source);
  const { data } = trained;
  const scores = rowScores(trained.model, data, creditingOf(trained).alpha, psi);
  return data.rows.map(({ contribution, subject, body }, row) => ({
    contribution,
    row,
    score: scores[row] ?? 0,
    label: data.labels[row] ?? null,
    excerpt: excerptOf(subject === "" ? body : subject),
  }));
}

async function factorRows(
  context: Context,
  { factors: path, rows: rowsPath, projection }: ChosenSource & { kind: "factors" },
  psi: Float64Array,
): Promise<ContributedRow[]> {
  const [contributionOf, projections] = await Promise.all([readContributions(rowsPath), readProjections(projection)]);
  const rows: ContributedRow[] = [];
  await context.step(`Scoring the rows in ${path}`, () =>
    visitProjected(path, contributionOf, projections, (factors) => {
      const first = rows.length;
      factorScores(factors, psi).forEach((score, i) => {
        rows.push({ contribution: factors.contributionOf[i] ?? -1, row: first + i, score, label: null, excerpt: null });
      });
    }),
  );
  return rows;
}

/** 2^n; what is shown here need not be the same to the last bit on every engine. */
function scaleOf(exponent: number): number {
  return 2 ** exponent;
}

const EXCERPT = 60;

function excerptOf(text: string): string | null {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return null;
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 1)}…`;
}
