import { basename } from "node:path";
import { ClientError } from "../../client/index.ts";
import type { Scoring } from "../../scorer/index.ts";
import { poolAfterFee } from "../../services/scorer.ts";
import { type CommittedIndex, readCurrency, readStatementFile, scoreIndexFile, statementFile } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { writeOut } from "../edges/files.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { feeBps as feeReader, interval as intervalReader, stream as streamReader, text } from "../readers.ts";
import { noteSelfPayment } from "../selfPayment.ts";
import { feeOfPool, requireSameInterval, scoreInterval } from "../statements.ts";
import { fields, money } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";

const STREAM = argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader);
const INTERVAL = argument("INTERVAL", "the interval of the model's fees, from 0", intervalReader);

export const score = command({
  name: "score",
  role: "scorer",
  summary: "compute the statement of an interval from the chain and the index",
  details:
    "Reads report, contributors and pool from the chain, checks the index against it, and writes the statement file that is to be published.",
  arguments: { stream: STREAM, interval: INTERVAL },
  options: {
    index: requiredOption("FILE", "the published index", text),
    out: requiredOption("FILE", "the statement file to write", text),
    feeBps: option("N", "the scorer's fee in basis points of the pool, at most 1000 (default: 0)", feeReader),
  },
  examples: ["score 2/0 0 --index index.trix --out statement-0.json --fee-bps 200"],
  run: async (context, { stream, interval, index, out, feeBps = 0 }) => {
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const { statement, gross, state } = await context.step("Scoring", (show) => {
      const score = (...what: [CommittedIndex, Omit<Scoring, "exponentBound">]) => scoreIndexFile(index, ...what, show);
      return scoreInterval(suite, stream, interval, score, feeBps);
    });
    await writeOut(out, statementFile(statement), "the statement");
    if (state !== "open") context.note(`The interval is ${state}: a statement of it can't be proposed now.`);
    await noteSelfPayment(context, suite, stream, interval, statement.lines, currency);
    const paid = statement.lines.filter(({ amount }) => amount > 0n).length;
    const data = {
      file: out,
      stream,
      interval,
      state,
      root: statement.sumTreeRoot,
      total: statement.total,
      lines: statement.lines.length,
      paidLines: paid,
      grossPool: gross,
      feeBps,
      fee: gross - statement.pool,
      pool: statement.pool,
    };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["stream, interval", `${stream}, ${interval} (${state})`],
          ["root", data.root],
          ["total weight", data.total],
          ["lines", `${data.lines}, of which ${paid} are paid`],
          ["pool", money(data.pool, currency)],
          ["scorer's fee", `${money(data.fee, currency)} (${feeBps} basis points)`],
          ["file", out],
        ]),
      ...(state === "open" ? { next: `tributary propose ${stream} ${interval} --file ${out}` } : {}),
    };
  },
});

export const propose = command({
  name: "propose",
  role: "scorer",
  summary: "propose a statement on the chain, against a bond",
  details: "The bond must lie in the vault. The fee is read off the file's pool; --fee-bps only makes sure of it.",
  arguments: { stream: STREAM, interval: INTERVAL },
  options: {
    file: requiredOption("STATEMENT.json", "the statement, made by score", text),
    feeBps: option("N", "the fee that the file must have been made with", feeReader),
    uri: option("URI", "where the file is published (default: its name)", text),
    ...SENDING,
  },
  examples: ["propose 2/0 0 --file statement-0.json", "propose 2/0 0 --file statement-0.json --broadcast"],
  run: async (context, { stream, interval, file: path, feeBps, uri, ...sending }) => {
    const file = await readStatementFile(path);
    requireSameInterval(file, stream, interval, path);
    const suite = await context.suite();
    const { attribution } = suite;
    const [gross, cap, currency] = await Promise.all([
      attribution.poolOf(stream, interval),
      attribution.SCORER_FEE_CAP_BPS(),
      readCurrency(suite),
    ]);
    const fee = feeBps ?? feeOfPool(gross, file.pool, Number(cap));
    if (fee === undefined || poolAfterFee(gross, fee) !== file.pool) {
      throw new ClientError(
        "mismatch",
        `${path} divides ${money(file.pool, currency)}; the interval holds ${money(gross, currency)}, which no ${fee === undefined ? `fee up to ${cap}` : `fee of ${fee}`} basis points turns into that: score again`,
      );
    }
    const chosen = await chooseWallet(context, sending);
    const transaction = await attribution.propose.populateTransaction(
      stream,
      interval,
      file.sumTreeRoot,
      file.total,
      fee,
      uri ?? basename(path),
    );
    const { transactions } = await transact(context, suite, chosen, [
      { doing: "the proposal", contract: "attribution", transaction },
    ]);
    const data = {
      broadcast: sending.broadcast,
      stream,
      interval,
      root: file.sumTreeRoot,
      total: file.total,
      pool: file.pool,
      feeBps: fee,
      transactions,
    };
    return {
      data,
      render: (style) => renderTransactions(style, transactions),
      next: sending.broadcast
        ? `publish ${path} where others find it; after the window anyone makes it final. Check it: tributary proof check ${path}`
        : `add --broadcast to send it`,
    };
  },
});
