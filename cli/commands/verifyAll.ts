import { join } from "node:path";
import {
  checkStatementFile,
  type KnownStatement,
  readAllStatements,
  readStatement,
  type Suite,
} from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";
import { readStatementFile } from "../chain.ts";
import { command, option, requiredOption } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, failureOf, NothingToDo } from "../exit.ts";
import { type PublishedFiles, scanPublished } from "../published.ts";
import { text } from "../readers.ts";
import { count, table } from "../style.ts";
import { verifyAgainst } from "../verification.ts";

/** How a statement stands after its verification. */
type Result = {
  readonly stream: bigint;
  readonly interval: number;
  readonly statementHash: string;
  readonly state: string;
  readonly verdict: "right" | "wrong" | "unchecked";
  readonly lines: number | null;
  readonly wrongLines: number | null;
  readonly evidence: string | null;
  /** Why it could not be checked, or what is wrong. */
  readonly note: string | null;
};

export const verifyAll = command({
  name: "verify all",
  role: "challenger or auditor",
  summary: "recompute all live and final statements of a deployment from published files",
  details:
    "Indexes and statements are found in the folder by their roots, whatever they are called. Exit 6 when a statement is wrong, with evidence files for those that can be refuted; 1 when some could not be checked.",
  arguments: {},
  options: {
    files: requiredOption("DIR", "folder of published indexes and statements", text),
    evidence: option("DIR", "where evidence is written (default: here)", text),
  },
  examples: ["verify all --files published", "verify all --files published --evidence evidence"],
  run: async (context, { files, evidence = "." }) => {
    const suite = await context.suite();
    const [all, published] = [
      (await readAllStatements(suite)).filter(({ state }) => state !== "void"),
      await scanPublished(context, files, true),
    ];
    if (all.length === 0) throw new NothingToDo("no statement is live or final");
    const results: Result[] = [];
    for (const known of all) results.push(await verifyOne(context, suite, known, published, evidence));
    const wrong = results.filter(({ verdict }) => verdict === "wrong");
    const unchecked = results.filter(({ verdict }) => verdict === "unchecked");
    for (const { stream, interval, note } of unchecked) {
      context.note(`Stream ${stream}, interval ${interval} could not be checked: ${note}`);
    }
    const refutable = wrong.find(({ evidence: path }) => path !== null);
    return {
      data: { statements: results, wrong: wrong.length, unchecked: unchecked.length },
      render: (style) =>
        [
          table(
            ["stream", "interval", "state", "lines", "verdict", "wrong lines", "evidence"],
            results.map((one) => [
              one.stream,
              one.interval,
              one.state,
              one.lines ?? "",
              one.verdict,
              one.wrongLines ?? "",
              one.evidence ?? "",
            ]),
            [0, 1, 3, 5],
          ),
          wrong.length > 0
            ? style.red(`${count(wrong.length, "statement")} WRONG`)
            : unchecked.length > 0
              ? `${count(unchecked.length, "statement")} not checked, the others are right`
              : style.green(`all right: ${count(results.length, "statement")}`),
        ].join("\n"),
      exitCode: wrong.length > 0 ? EXIT.mismatch : unchecked.length > 0 ? EXIT.error : EXIT.ok,
      next: refutable === undefined ? "tributary export --csv DIR" : `tributary refute ${refutable.evidence}`,
    };
  },
});

async function verifyOne(
  context: Context,
  suite: Suite,
  known: KnownStatement,
  { proofs, indexes }: PublishedFiles,
  folder: string,
): Promise<Result> {
  const { stream, interval, hash, state } = known;
  const base = { stream, interval, statementHash: hash, state, wrongLines: null, evidence: null };
  const proposed = await readStatement(suite, stream, interval);
  const { payout, indexRoot } = proposed.statement;
  const unchecked = (note: string): Result => ({ ...base, verdict: "unchecked", lines: null, note });
  const index = indexes.get(String(indexRoot) as Hex);
  if (index === undefined) return unchecked(`no index in the folder has the root ${String(indexRoot)}`);
  const file = proofs.find((one) => one.kind === "statement" && one.root === payout.root && one.stream === stream);
  try {
    const published = file === undefined ? undefined : await readStatementFile(file.path);
    if (published !== undefined) await checkStatementFile(suite, proposed, published);
    const evidencePath = join(folder, `evidence-${stream}-${interval}.json`);
    const { right, wrongLines, evidence, expected } = await verifyAgainst(context, suite, proposed, {
      index,
      published,
      evidencePath,
    });
    return {
      ...base,
      verdict: right ? "right" : "wrong",
      lines: expected.size,
      wrongLines: wrongLines?.length ?? null,
      evidence: evidence ?? null,
      note: right || wrongLines !== undefined ? null : "its weights aren't published: challenge the root",
    };
  } catch (error) {
    // One file that can't be used must not keep the other statements from being looked at.
    const { code, message } = failureOf(error);
    if (code === "unexpected" || code === "network") throw error;
    return unchecked(message);
  }
}
