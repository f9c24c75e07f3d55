import { ClientError, modelOfStream, type Suite } from "../../client/index.ts";
import {
  answerScores,
  balanceOf,
  type Matrix,
  quantile,
  ratio,
  type Standing,
  standingOf,
  type StatementLine,
} from "../../scorer/index.ts";
import { readCurrency } from "../chain.ts";
import { argument, command, option, type Reader, requiredOption } from "../command.ts";
import type { Context } from "../context.ts";
import { readBytes, readText } from "../edges/files.ts";
import { EXIT } from "../exit.ts";
import { committedModel, placeOf, readAnswers, rescore } from "../explanations.ts";
import { answerTables, balanceText, percentOf, removalText, repeatsText, SHOWN, TOP } from "../explanationText.ts";
import { chooseModel, MODEL_SOURCES, type ModelSource } from "../indexInputs.ts";
import type { Trained } from "../model.ts";
import { address, interval as intervalReader, stream as streamReader, text, whole } from "../readers.ts";
import { withoutContribution } from "../removal.ts";
import { repeatedPart, type Repeats, repeatsOf } from "../repeats.ts";
import { parseRows, type TrainingRow } from "../rows.ts";
import { count, fields, money } from "../style.ts";

/** A contribution: its place in the dataset version, or its contributor's address. */
const contributionReader: Reader<number | string> = (given) =>
  given.startsWith("0x") ? address(given) : whole(0, 2 ** 20 - 1)(given);

export const explainContribution = command({
  name: "explain contribution",
  role: "contributor",
  summary: "say what a contribution earns in an interval, and why",
  details:
    "Everything is computed again from the index and the chain: weight, share, amount, rank, and how contributions of its size did. " +
    "With --receipts, which paid answers it supported and which it spoke against. With --rows, how many of its rows repeat earlier ones. " +
    "With all of these and --model, what the paid answers would be after training without it: exactly for ridge heads, by training again for " +
    "softmax heads. Exit 6 when the statement on the chain says otherwise, or the rows aren't those of the model.",
  arguments: {
    stream: argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader),
    interval: argument("INTERVAL", "the interval of the model's fees, from 0", intervalReader),
    contribution: argument("CONTRIBUTION", "its place in the dataset version, or its contributor", contributionReader),
  },
  options: {
    index: requiredOption("FILE", "the published index", text),
    receipts: option("FILE", "the interval's receipts, as the operator published them", text),
    rows: option("ROWS.jsonl", "the rows of all contributions", text),
    ...MODEL_SOURCES,
    top: SHOWN,
  },
  examples: [
    "explain contribution 2/0 0 17 --index index.trix",
    "explain contribution 2/0 0 17 --index index.trix --receipts receipts-0.json",
    "explain contribution 2/0 0 17 --index index.trix --receipts receipts-0.json --rows rows.jsonl --model model",
  ],
  run: async (context, { stream, interval, contribution: which, index: path, receipts, top = TOP, ...given }) => {
    const { rows: rowsPath, ...sources } = given;
    const named = Object.values(sources).some((value) => value !== undefined);
    const source = named ? chooseModel(given) : undefined;
    const indexFile = await readBytes(path, "the index");
    const receiptsFile = receipts === undefined ? undefined : await readText(receipts, "the receipts");
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const scored = await context.step("Scoring the interval again", () => rescore(suite, stream, interval, indexFile));
    const { statement, report, index, state, matches } = scored;
    const contribution = placeOf(statement, which);
    const line = statement.lines[contribution]!;
    const standing = standingOf(
      statement.lines.map(({ payable }) => payable),
      statement.lines.map(({ rows }) => rows),
      contribution,
    );
    const { medianWeight } = standing.peers;
    const timesMedian = medianWeight === undefined || medianWeight === 0n ? null : ratio(line.payable, medianWeight);
    const answers = receiptsFile === undefined ? undefined : readAnswers(receiptsFile, report);
    const scores =
      answers &&
      answerScores(
        index,
        contribution,
        line.rows,
        answers.map(({ receipt: { amount }, query }) => ({ amount, query })),
        report.exponent,
      );
    const balance = scores && balanceOf(scores);
    const answerAt = (whole: number) => (place: number) => {
      const { payer, amount, requestDigest } = answers![place]!.receipt;
      const score = scores![place]!;
      return { receipt: place, payer, amount, requestDigest, score, part: Math.abs(score) / whole };
    };
    const known = await readRowsOf(context, suite, modelOfStream(stream), source, rowsPath);
    const without =
      known?.trained && answers ? await withoutContribution(context, known.trained, answers, contribution) : null;
    const repeats = known && comparedRows(known, contribution, standing, statement.lines);
    const data = {
      stream,
      interval,
      state,
      matches: matches ?? null,
      contribution,
      contributor: line.contributor,
      rows: line.rows,
      weight: line.payable,
      total: statement.total,
      share: standing.share,
      amount: line.amount,
      pool: statement.pool,
      rank: standing.rank,
      lines: statement.lines.length,
      paidLines: standing.paidLines,
      peers: { ...standing.peers, medianWeight: medianWeight ?? null, timesMedian },
      answers:
        balance === undefined
          ? null
          : {
              count: answers!.length,
              supported: balance.supporters.length,
              opposed: balance.opponents.length,
              support: balance.support,
              harm: balance.harm,
              mostSupported: balance.supporters.slice(0, top).map(answerAt(balance.support)),
              mostOpposed: balance.opponents.slice(0, top).map(answerAt(balance.harm)),
            },
      without,
      repeats: repeats ?? null,
    };
    if (matches === false) {
      context.note("The statement on the chain says otherwise: tributary verify statement shows where it is wrong.");
    }
    return {
      data,
      exitCode: matches === false ? EXIT.mismatch : EXIT.ok,
      render: (style) => {
        const { peers } = data;
        const title = `Contribution ${contribution} of stream ${stream} in interval ${interval}`;
        const verb = state === "final" ? "earned" : "would earn";
        const earns =
          line.payable === 0n
            ? `It ${verb} nothing by influence${line.rows === 0 ? ": it was retired" : ""}.`
            : `It ${verb} ${money(line.amount, currency)}, ${percentOf(standing.share)} of what influence divides: rank ${standing.rank} of ${data.lines}, ${data.paidLines} of which are paid.`;
        const others = `${count(peers.count, "other contribution")} of ${peers.leastRows} to ${peers.mostRows} rows`;
        const compared =
          peers.count === 0
            ? "No other contribution is of its size."
            : timesMedian === null
              ? `Of ${others}, at least half weigh nothing.`
              : `It weighs ${timesMedian.toFixed(2)} times the median of ${others}.`;
        const parts = [
          style.bold(title),
          earns,
          line.payable === 0n ? "" : compared,
          fields(style, [
            ["contributor", line.contributor],
            ["rows", line.rows],
            ["weight", `${line.payable} of ${statement.total}`],
            ["state", state],
          ]),
        ];
        const { answers: said } = data;
        if (said !== null) {
          parts.push(
            `It supported ${said.supported} of ${count(said.count, "paid answer")} and spoke against ${said.opposed}: ${balanceText(said.support, said.harm)}.`,
            ...answerTables(said, (amount) => money(amount, currency)),
          );
        }
        if (data.without !== null) parts.push(removalText(data.without));
        if (data.repeats !== null) parts.push(repeatsText(data.repeats));
        return parts.filter((part) => part !== "").join("\n");
      },
      next:
        answers === undefined
          ? `see which answers it supported: add --receipts receipts-${interval}.json`
          : without === null
            ? "see what the answers would be without it: add --rows ROWS.jsonl --model DIR"
            : "look into one answer: tributary explain receipt RECEIPT --receipts FILE --index FILE",
    };
  },
});

/** The rows of all contributions, and the model if it was trained again. */
interface KnownRows {
  readonly rows: readonly TrainingRow[];
  readonly features: Matrix | undefined;
  readonly trained: Trained | undefined;
}

async function readRowsOf(
  context: Context,
  suite: Suite,
  model: bigint,
  source: ModelSource | undefined,
  path: string | undefined,
): Promise<KnownRows | undefined> {
  if (source !== undefined) {
    const trained = await committedModel(context, suite, model, source);
    return { rows: trained.data.rows, features: trained.data.features, trained };
  }
  if (path === undefined) return undefined;
  const rows = parseRows(await readText(path, "the rows"), path, { text: false, label: false });
  return { rows, features: undefined, trained: undefined };
}

/** How many rows repeat others, and how that is with contributions of the same size. */
function comparedRows(
  { rows, features }: KnownRows,
  contribution: number,
  { peers }: Standing,
  lines: readonly StatementLine[],
): (Repeats & { readonly part: number; readonly peersPart: number | null }) | undefined {
  const beyond = rows.find((row) => row.contribution >= lines.length);
  if (beyond !== undefined) {
    throw new ClientError(
      "bad-input",
      `there are rows of contribution ${beyond.contribution}, and the stream has ${lines.length}: give the rows of its dataset version`,
    );
  }
  const all = repeatsOf(rows, features, lines.length);
  if (all === undefined) return undefined;
  const parts = lines
    .filter(
      ({ index, rows: counted }) => index !== contribution && counted >= peers.leastRows && counted <= peers.mostRows,
    )
    .map(({ index }) => repeatedPart(all[index]!));
  const own = all[contribution]!;
  return { ...own, part: repeatedPart(own), peersPart: parts.length === 0 ? null : quantile(parts, 0.5) };
}
