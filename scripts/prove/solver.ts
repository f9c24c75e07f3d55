import { spawnSync } from "node:child_process";

/** A solver of SMT-LIB queries. */
export interface Solver {
  readonly name: string;
  /** What it answers to a query: `unsat` for what can't be, `sat` with a model, `unknown`. */
  readonly solve: (query: string) => string;
}

/**
 * The ways in which z3 is asked, until one gives an answer: its older arithmetic, which is quick at linear steps and
 * casts, then its newer one, which is better at products. What each may spend on a query is in z3's own unit, which is
 * the same on a slow machine as on a fast one.
 */
const WAYS = [
  ["smt.arith.solver=2", "rlimit=20000000"],
  ["smt.arith.solver=6", "rlimit=5000000"],
] as const;
const MAX_BYTES = 2 ** 28;

/** z3, where it is installed. */
export function findSolver(): Solver | undefined {
  const version = spawnSync("z3", ["--version"], { encoding: "utf8" });
  if (version.status !== 0) return undefined;
  const name = /Z3 version [\d.]+/.exec(version.stdout)?.[0] ?? "z3";
  const solve = (query: string): string => {
    for (const way of WAYS) {
      const { stdout } = spawnSync("z3", ["-smt2", "-in", ...way], {
        input: query,
        encoding: "utf8",
        maxBuffer: MAX_BYTES,
      });
      if (/^(sat|unsat)\b/.test(stdout)) return stdout;
    }
    return "unknown\n";
  };
  return { name, solve };
}
