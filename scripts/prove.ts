import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError, oneOf, options, run } from "./commandLine.ts";
import { step } from "./progress.ts";
import { claimsOf, type Claim, vacuousIn } from "./prove/claims.ts";
import { findSolver, type Solver } from "./prove/solver.ts";
import { PAGE, tableOf, withTable } from "./prove/page.ts";

const FOLDER = "test/proofs";
/** What a contract of claims is called; what else stands in the folder is called by them. */
const CLAIMS = /^(\w+Proofs)\.sol$/;
/** Exit code of a run that proved nothing because no solver is installed. */
const SKIPPED = 3;

/**
 * Has solc's model checker and z3 prove every assertion of the contracts in test/proofs, and that nothing in them and
 * in the libraries that they call overflows or divides by zero.
 */
async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    only: { type: "string" },
  });
  const known = (await readdir(FOLDER)).flatMap((name) => CLAIMS.exec(name)?.[1] ?? []).sort();
  const names = values.only === undefined ? known : [oneOf(values.only, "only", known)];
  if (values.update && values.only !== undefined) throw new UsageError("--update writes the whole table: no --only");
  const solver = findSolver();
  if (solver === undefined) {
    process.stderr.write("skipped: z3 isn't installed. On Debian: apt-get install z3\n");
    return SKIPPED;
  }
  const claims: Claim[] = [];
  const vacuous: string[] = [];
  for (const name of names) {
    const file = join(FOLDER, `${name}.sol`);
    const found = await step(
      `Proving ${name} with ${solver.name}`,
      (show) => Promise.resolve(claimsOf(file, name, counted(solver, show))),
      (every) => `${every.filter((claim) => claim.proved).length} of ${every.length} claims`,
    );
    claims.push(...found);
    const empty = await step(
      `Looking for premises of ${name} that can't be met`,
      (show) => Promise.resolve(vacuousIn(file, name, counted(solver, show))),
      (functions) => (functions.length === 0 ? "none" : functions.join(", ")),
    );
    vacuous.push(...empty.map((of) => `${name}.${of}`));
  }
  const open = claims.filter(({ proved }) => !proved);
  if (values.update) await writeFile(PAGE, withTable(await readFile(PAGE, "utf8"), tableOf(claims)));
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ claims: claims.length, proved: claims.length - open.length, open, vacuous })}\n`,
    );
  else
    process.stdout.write(`${tableOf(claims)}\n${claims.length - open.length} of ${claims.length} claims are proved\n`);
  for (const { file, line, kind, text } of open) process.stderr.write(`not proved: ${file}:${line} ${kind}: ${text}\n`);
  for (const of of vacuous) process.stderr.write(`proves nothing: no arguments meet what ${of} presupposes\n`);
  return open.length === 0 && vacuous.length === 0 && claims.length > 0 ? 0 : 1;
}

/** The solver, saying after each query how many there were: one for every use of a claim. */
function counted(solver: Solver, show: (detail: string) => void): Solver["solve"] {
  let [asked, proved] = [0, 0];
  return (query) => {
    const answer = solver.solve(query);
    if (answer.startsWith("unsat")) ++proved;
    show(`${proved} of ${++asked} queries proved so far`);
    return answer;
  };
}

await run(main);
