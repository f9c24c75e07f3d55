import { parseSignedReceipt, streamIdOf } from "../../client/index.ts";
import { readCurrency } from "../chain.ts";
import { argument, command, option, type Reader, requiredOption } from "../command.ts";
import { readBytes, readText } from "../edges/files.ts";
import { explainAnswer, rescore, type RowScore } from "../explanations.ts";
import { balanceText, contributionTables, SHOWN, TOP } from "../explanationText.ts";
import { chooseSource, FEATURE_SOURCES } from "../indexInputs.ts";
import { stream as streamReader, text } from "../readers.ts";
import { findReceipt } from "../receipts.ts";
import { count, fields, money } from "../style.ts";
import { answerTexts, textEvidence } from "../textEvidence.ts";

/** Rows of each contribution that are shown. */
const TOP_ROWS = 3;

/** A receipt: its place in the receipts file, or the file that the gateway gave. */
const receiptReader: Reader<number | string> = (given) => (/^\d{1,9}$/.test(given) ? Number(given) : text(given));

export const explainReceipt = command({
  name: "explain receipt",
  role: "caller",
  summary: "say which contributions an answer rests on",
  details:
    "RECEIPT is what the gateway gave for the payment, or a place in the receipts file. With ROWS.jsonl and --model, or with --factors, " +
    "also which rows within the contributions mattered most; the rows must be those that the index was built of, exit 6 if not. " +
    "With ROWS.jsonl and --answer, which rows hold parts of a text that was answered, word for word, and which are like it; for this no model is needed.",
  arguments: {
    receipt: argument("RECEIPT", "the receipt's file, or its place among the receipts, from 0", receiptReader),
  },
  options: {
    index: requiredOption("FILE", "the published index", text),
    receipts: requiredOption("FILE", "the interval's receipts, as the operator published them", text),
    stream: option("STREAM", "which of the model's streams (default: that of its first dataset)", streamReader),
    rows: option("ROWS.jsonl", "the rows that the index was built of", text),
    ...FEATURE_SOURCES,
    answer: option("FILE", "the text that was answered, in UTF-8", text),
    prompt: option("FILE", "the text that was asked: what it has too is no evidence", text),
    top: SHOWN,
  },
  examples: [
    "explain receipt receipt.json --receipts receipts-0.json --index index.trix",
    "explain receipt 12 --receipts receipts-0.json --index index.trix --rows rows.jsonl --model model",
    "explain receipt 12 --receipts receipts-0.json --index index.trix --rows rows.jsonl --answer answer.txt --prompt prompt.txt",
  ],
  run: async (
    context,
    { receipt: which, index: path, receipts, stream: asked, top = TOP, answer: answerPath, prompt, ...given },
  ) => {
    const { rows: rowsPath, ...sources } = given;
    const traced = answerTexts(rowsPath, answerPath, prompt);
    const named = Object.values(sources).some((value) => value !== undefined);
    // Rows alone are enough to look for words in.
    const source = named || (rowsPath !== undefined && answerPath === undefined) ? chooseSource(given) : undefined;
    const indexFile = await readBytes(path, "the index");
    const json = await readText(receipts, "the receipts");
    const wanted = typeof which === "number" ? which : parseSignedReceipt(await readText(which, "the receipt"));
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const { receipt, index: place, published, report } = await findReceipt(suite, json, wanted);
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
    const evidence = traced && (await textEvidence(context, traced, scored.statement.lines, receipt.responseDigest));
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
      evidence: evidence?.data ?? null,
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
          ...(evidence === undefined ? [] : [`Its words in the contributions:\n${evidence.described}`]),
        ].join("\n"),
      next: "see what a contribution earned: tributary explain contribution STREAM INTERVAL CONTRIBUTION --index FILE",
    };
  },
});
