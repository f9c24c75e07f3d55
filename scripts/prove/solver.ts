import { spawnSync } from "node:child_process";

/** A solver of SMT-LIB queries. */
export interface Solver {
  readonly name: string;
  /** What it answers to a query: `unsat` for what can't be, `sat` with a model, `unknown`. */
  readonly solve: (query: string) => string;
}

/** z3, where it is installed. A query that takes longer than `seconds` of its time is answered with `unknown`. */
export function findSolver(seconds: number): Solver | undefined {
  const version = spawnSync("z3", ["--version"], { encoding: "utf8" });
  if (version.status !== 0) return undefined;
  const name = /Z3 version [\d.]+/.exec(version.stdout)?.[0] ?? "z3";
  const solve = (query: string): string =>
    spawnSync("z3", ["-smt2", "-in", `-T:${seconds}`], { input: query, encoding: "utf8", maxBuffer: 2 ** 28 }).stdout;
  return { name, solve };
}
