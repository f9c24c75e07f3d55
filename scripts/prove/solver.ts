import { spawnSync } from "node:child_process";

/** A solver of SMT-LIB queries. */
export interface Solver {
  readonly name: string;
  /** What it answers to a query: `unsat` for what can't be, `sat` with a model, `unknown`. */
  readonly solve: (query: string) => string;
}

/** What z3 may spend on a query, in its own unit: the same on a slow machine as on a fast one. */
const RESOURCES = 20_000_000;
const MAX_BYTES = 2 ** 28;

/** z3, where it is installed. */
export function findSolver(): Solver | undefined {
  const version = spawnSync("z3", ["--version"], { encoding: "utf8" });
  if (version.status !== 0) return undefined;
  const name = /Z3 version [\d.]+/.exec(version.stdout)?.[0] ?? "z3";
  const solve = (query: string): string => {
    const options = ["-smt2", "-in", `rlimit=${RESOURCES}`];
    const { stdout } = spawnSync("z3", options, { input: query, encoding: "utf8", maxBuffer: MAX_BYTES });
    return /^(sat|unsat|unknown)/.test(stdout) ? stdout : "unknown\n";
  };
  return { name, solve };
}
