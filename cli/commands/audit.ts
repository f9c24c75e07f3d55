import { checkStatementFile, modelOfStream, readStatement } from "../../client/index.ts";
import { decodeIndex } from "../../scorer/index.ts";
import { readCurrency, readStatementFile } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { readBytes, readJsonObject } from "../edges/files.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { decodeEvidence } from "../evidence.ts";
import { EXIT } from "../exit.ts";
import { interval as intervalReader, stream as streamReader, text } from "../readers.ts";
import { noteConcentration, noteSelfPayment } from "../selfPayment.ts";
import { requireSameInterval } from "../statements.ts";
import { count, fields, money, table } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";
import { verifyAgainst } from "../verification.ts";

/** Lines of a table that people are shown; `--json` gives all. */
const SHOWN_LINES = 20;

export const verifyStatement = command({
  name: "verify statement",
  role: "challenger or auditor",
  summary: "recompute a statement from the index and the report on the chain",
  details:
    "Exit 6 when the statement is wrong. With --file, the weights that its scorer published, or with what it posted or showed on the chain, the wrong line that costs the least gas becomes an evidence file " +
    "that refutes the statement in one transaction; without them only root and total can be compared.",
  arguments: {
    stream: argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader),
    interval: argument("INTERVAL", "the interval of the model's fees, from 0", intervalReader),
  },
  options: {
    index: requiredOption("FILE", "the published index", text),
    file: option("STATEMENT.json", "the weights that the scorer published", text),
    evidence: option("OUT.json", "where evidence is written (default: evidence-STREAM-INTERVAL.json)", text),
  },
  examples: [
    "verify statement 2/0 1 --index index.trix",
    "verify statement 2/0 1 --index index.trix --file statement-1.json --evidence evidence.json",
  ],
  run: async (
    context,
    { stream, interval, index, file: path, evidence: evidencePath = `evidence-${stream}-${interval}.json` },
  ) => {
    const published = path === undefined ? undefined : await readStatementFile(path);
    if (published !== undefined && path !== undefined) requireSameInterval(published, stream, interval, path);
    // A file of another kind is found before the chain is asked.
    decodeIndex(await readBytes(index, "the index"));
    const suite = await context.suite();
    const proposed = await readStatement(suite, stream, interval);
    const { statement, hash, state } = proposed;
    if (published !== undefined) await checkStatementFile(suite, proposed, published);
    const { right, wrongLines, evidence, expected } = await verifyAgainst(context, suite, proposed, {
      index,
      published,
      evidencePath,
    });
    await noteConcentration(context, suite, modelOfStream(stream), interval);
    if (published !== undefined) {
      await noteSelfPayment(context, suite, stream, interval, published.lines, await readCurrency(suite));
    }
    const statedRoot = String(statement.payout.root);
    if (!right) {
      context.note(
        state === "final"
          ? "The statement is final already: it can no longer be refuted."
          : evidence !== undefined
            ? `Refute it: tributary refute ${evidencePath} --broadcast`
            : `To refute it, fetch the published weights (${proposed.uri}) and give them with --file; if they are withheld, challenge the root: tributary challenge ${stream} ${interval}`,
      );
    }
    const data = {
      right,
      stream,
      interval,
      statementHash: hash,
      state,
      uri: proposed.uri,
      root: { stated: statedRoot, expected: expected.root },
      total: { stated: BigInt(statement.payout.total), expected: expected.total },
      lines: expected.size,
      wrongLines: wrongLines?.map((line) => ({ ...line })) ?? null,
      evidence: evidence ?? null,
    };
    return {
      data,
      render: (style) => {
        const title = right
          ? style.green(`The statement is right: ${count(data.lines, "line")} recomputed`)
          : style.red("The statement is WRONG");
        const pairs: [string, string | bigint][] = [
          ["statement", `${hash} (${state})`],
          ["root", statedRoot],
        ];
        if (!right)
          pairs.push(
            ["recomputed root", expected.root],
            ["total", data.total.stated],
            ["recomputed total", expected.total],
          );
        const found = wrongLines ?? [];
        const wrong = found.slice(0, SHOWN_LINES).map((line) => [line.index, line.stated, line.expected]);
        const shown = wrong.length === 0 ? [] : [table(["line", "stated weight", "recomputed"], wrong, [0, 1, 2])];
        const more = found.length > SHOWN_LINES ? [`… ${count(found.length, "wrong line")} in all`] : [];
        return [title, fields(style, pairs), ...shown, ...more].join("\n");
      },
      exitCode: right ? EXIT.ok : EXIT.mismatch,
      next:
        published === undefined
          ? "check the published file too: tributary proof check STATEMENT.json"
          : state === "final"
            ? `claim its lines: tributary claim ${path} --contributor ADDRESS`
            : "after the window anyone may make it final",
    };
  },
});

export const refute = command({
  name: "refute",
  role: "challenger or auditor",
  summary: "void a wrong statement with an evidence file",
  details:
    "Half of the scorer's bond goes to the sender, unless somebody challenged the line, or a node above it, before. Anyone may refute until the statement is final.",
  arguments: { evidence: argument("EVIDENCE.json", "made by verify statement", text) },
  options: SENDING,
  examples: ["refute evidence-512-1.json", "refute evidence-512-1.json --broadcast"],
  run: async (context, { evidence: path, ...sending }) => {
    const record = await readJsonObject(path, "the evidence");
    const suite = await context.suite();
    const { statement, statementHash, line } = decodeEvidence(record, suite, path);
    const chosen = await chooseWallet(context, sending);
    const transaction = await suite.challenges.refute.populateTransaction(statement, line);
    const { transactions, logs } = await transact(context, suite, chosen, [
      { doing: "the refutation", contract: "challenges", transaction },
    ]);
    const voided = logs
      .map((log) => suite.attribution.interface.parseLog(log))
      .find((event) => event?.name === "StatementVoided");
    const reward = voided?.args.getValue("reward") as bigint | undefined;
    const rewarded = voided?.args.getValue("rewarded") as string | undefined;
    const currency = await readCurrency(suite);
    return {
      data: {
        broadcast: sending.broadcast,
        statementHash,
        line: Number(line.index),
        reward: reward ?? null,
        rewarded: rewarded ?? null,
        transactions,
      },
      render: (style) => {
        const title =
          reward === undefined
            ? []
            : [
                style.green(
                  `The statement is void; ${money(reward, currency)} of its bond went to ${rewarded ?? "nobody"}, in the vault`,
                ),
              ];
        return [...title, renderTransactions(style, transactions)].join("\n");
      },
      next: sending.broadcast
        ? `the interval is open for another statement: tributary score ${statement.payout.stream} ${statement.payout.interval} --index FILE --out FILE`
        : "add --broadcast to send it",
    };
  },
});
