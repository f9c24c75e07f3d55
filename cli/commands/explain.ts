import { parseSignedReceipt, streamIdOf } from "../../client/index.ts";
import { answerScores, balanceOf, ratio, standingOf } from "../../scorer/index.ts";
import { readCurrency } from "../chain.ts";
import { argument, command, option, type Reader, requiredOption } from "../command.ts";
import { readBytes, readText } from "../edges/files.ts";
import { EXIT } from "../exit.ts";
import { explainAnswer, placeOf, readAnswers, rescore, type RowScore } from "../explanations.ts";
import { chooseSource, FEATURE_SOURCES } from "../indexInputs.ts";
import { address, interval as intervalReader, stream as streamReader, text, whole } from "../readers.ts";
import { findReceipt } from "../receipts.ts";
import { count, fields, money, table } from "../style.ts";

/** Lines of each table, and rows of each contribution, unless asked for more. */
const TOP = 5;
const TOP_ROWS = 3;

const SHOWN = option("N", `how many of each are shown (default: ${TOP})`, whole(1, 1_000));

/** A contribution: its place in the dataset version, or its contributor's address. */
const contributionReader: Reader<number | string> = (given) =>
  given.startsWith("0x") ? address(given) : whole(0, 2 ** 20 - 1)(given);

/** A receipt: its place in the receipts file, or the file that the gateway gave. */
const receiptReader: Reader<number | string> = (given) => (/^\d{1,9}$/.test(given) ? Number(given) : text(given));

export const explainContribution = command({
  name: "explain contribution",
  role: "contributor",
  summary: "say what a contribution earns in an interval, and why",
  details:
    "Everything is computed again from the index and the chain: weight, share, amount, rank, and how contributions of its size did. " +
    "With --receipts, which paid answers it supported and which it spoke against. Exit 6 when the statement on the chain says otherwise.",
  arguments: {
    stream: argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader),
    interval: argument("INTERVAL", "the interval of the model's fees, from 0", intervalReader),
    contribution: argument("CONTRIBUTION", "its place in the dataset version, or its contributor", contributionReader),
  },
  options: {
    index: requiredOption("FILE", "the published index", text),
    receipts: option("FILE", "the interval's receipts, as the operator published them", text),
    top: SHOWN,
  },
  examples: [
    "explain contribution 2/0 0 17 --index index.trix",
    "explain contribution 2/0 0 17 --index index.trix --receipts receipts-0.json",
  ],
  run: async (context, { stream, interval, contribution: which, index: path, receipts, top = TOP }) => {
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
        return parts.filter((part) => part !== "").join("\n");
      },
      next:
        answers === undefined
          ? `see which answers it supported: add --receipts receipts-${interval}.json`
          : "look into one answer: tributary explain receipt RECEIPT --receipts FILE --index FILE",
    };
  },
});

export const explainReceipt = command({
  name: "explain receipt",
  role: "caller",
  summary: "say which contributions an answer rests on",
  details:
    "RECEIPT is what the gateway gave for the payment, or a place in the receipts file. With ROWS.jsonl and --model, or with --factors, " +
    "also which rows within the contributions mattered most; the rows must be those that the index was built of, exit 6 if not.",
  arguments: {
    receipt: argument("RECEIPT", "the receipt's file, or its place among the receipts, from 0", receiptReader),
  },
  options: {
    index: requiredOption("FILE", "the published index", text),
    receipts: requiredOption("FILE", "the interval's receipts, as the operator published them", text),
    stream: option("STREAM", "which of the model's streams (default: that of its first dataset)", streamReader),
    rows: option("ROWS.jsonl", "the rows that the index was built of", text),
    ...FEATURE_SOURCES,
    top: SHOWN,
  },
  examples: [
    "explain receipt receipt.json --receipts receipts-0.json --index index.trix",
    "explain receipt 12 --receipts receipts-0.json --index index.trix --rows rows.jsonl --model model",
  ],
  run: async (context, { receipt: which, index: path, receipts, stream: asked, top = TOP, ...given }) => {
    const wanted = Object.values(given).some((value) => value !== undefined);
    const source = wanted ? chooseSource(given) : undefined;
    const indexFile = await readBytes(path, "the index");
    const json = await readText(receipts, "the receipts");
    const named = typeof which === "number" ? which : parseSignedReceipt(await readText(which, "the receipt"));
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const { receipt, index: place, published, report } = await findReceipt(suite, json, named);
    const stream = asked ?? streamIdOf(receipt.model, 0);
    const scored = await context.step("Scoring the interval again", () =>
      rescore(suite, stream, report.interval, indexFile),
    );
    const answer = await explainAnswer(context, suite, scored, published[place]!, source);
    const { scores, supporters, opponents, support, harm, rowsOf } = answer;
    const describe = (whole: number, foremost: (rows: RowScore[]) => RowScore[]) => (contribution: number) => {
      const { contributor, rows } = scored.statement.lines[contribution]!;
      const score = scores[contribution]!;
      const shown =
        rowsOf &&
        foremost(rowsOf(contribution))
          .slice(0, TOP_ROWS)
          .map((row) => ({ ...row }));
      return { contribution, contributor, rows, score, part: Math.abs(score) / whole, mostRows: shown ?? null };
    };
    const data = {
      model: receipt.model,
      stream,
      interval: report.interval,
      receipt: place,
      payer: receipt.payer,
      amount: receipt.amount,
      requestDigest: receipt.requestDigest,
      contributions: scores.length,
      supporting: supporters.length,
      opposing: opponents.length,
      support,
      harm,
      mostSupporting: supporters.slice(0, top).map(describe(support, (rows) => rows)),
      mostOpposing: opponents.slice(0, top).map(describe(harm, (rows) => rows.toReversed())),
    };
    return {
      data,
      render: (style) =>
        [
          style.bold(`Receipt ${place} of interval ${report.interval} of model ${receipt.model}`),
          fields(style, [
            ["payer", receipt.payer],
            ["paid", money(receipt.amount, currency)],
            ["request", receipt.requestDigest],
          ]),
          `${count(data.supporting, "contribution")} of ${data.contributions} spoke for the answer and ${data.opposing} against it: ${balanceText(support, harm)}.`,
          ...contributionTables("speaks for it", data.mostSupporting),
          ...contributionTables("speaks against it", data.mostOpposing),
        ].join("\n"),
      next: "see what a contribution earned: tributary explain contribution STREAM INTERVAL CONTRIBUTION --index FILE",
    };
  },
});

/** 0.0312 → 3.12 % */
function percentOf(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

function balanceText(support: number, harm: number): string {
  if (support + harm === 0) return "neither weighs anything";
  if (harm === 0) return "nothing weighs against it";
  return support >= harm
    ? `what speaks against is ${percentOf(harm / support)} of what speaks for`
    : `what speaks for is only ${percentOf(support / harm)} of what speaks against`;
}

interface ShownAnswer {
  readonly receipt: number;
  readonly payer: string;
  readonly amount: bigint;
  readonly requestDigest: string;
  readonly part: number;
}

function answerTables(
  {
    mostSupported,
    mostOpposed,
  }: { readonly mostSupported: readonly ShownAnswer[]; readonly mostOpposed: readonly ShownAnswer[] },
  paid: (amount: bigint) => string,
): string[] {
  const shown = (what: string, answers: readonly ShownAnswer[]): string[] =>
    answers.length === 0
      ? []
      : [
          table(
            ["receipt", "request", "paid", what],
            answers.map(({ receipt, requestDigest, amount, part }) => [
              receipt,
              `${requestDigest.slice(0, 18)}…`,
              paid(amount),
              percentOf(part),
            ]),
            [0, 2, 3],
          ),
        ];
  return [...shown("of its support", mostSupported), ...shown("of its harm", mostOpposed)];
}

interface ShownContribution {
  readonly contribution: number;
  readonly contributor: string;
  readonly rows: number;
  readonly part: number;
  readonly mostRows: readonly RowScore[] | null;
}

function contributionTables(what: string, contributions: readonly ShownContribution[]): string[] {
  if (contributions.length === 0) return [];
  const lines = contributions.map(({ contribution, contributor, rows, part }) => [
    contribution,
    contributor,
    rows,
    percentOf(part),
  ]);
  const rows = contributions.flatMap(({ contribution, mostRows }) =>
    (mostRows ?? []).map(({ row, label, part, excerpt }) => [
      contribution,
      row,
      label ?? "–",
      percentOf(part),
      excerpt ?? "–",
    ]),
  );
  return [
    table(["contribution", "contributor", "rows", what], lines, [0, 2, 3]),
    ...(rows.length === 0
      ? []
      : [table(["contribution", "row", "label", "of its score", "begins"], rows, [0, 1, 2, 3])]),
  ];
}
