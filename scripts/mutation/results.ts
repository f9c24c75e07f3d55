import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutants.ts";
import { nameOf } from "./sample.ts";

/** What became of a mutant. */
export type Status =
  /** A test failed. */
  | "killed"
  /** The tests ran for longer than they are given, or for ever. */
  | "timeout"
  /** All tests passed. */
  | "survived"
  /** The compiler makes the same bytecode of it. */
  | "equivalent"
  /** It doesn't compile. */
  | "invalid";

/** A line of the file of results. */
export interface Result {
  readonly status: Status;
  /** The failed test, or what the compiler said. */
  readonly by: string;
  readonly seconds: number;
}

/** Results by mutant, kept in a file of JSON lines so that a run goes on where the last one stopped. */
export class Results {
  readonly #path: string;
  readonly #found = new Map<string, Result>();

  /** @param path - the file; it is made when the first result is kept */
  constructor(path: string) {
    this.#path = path;
    let lines: string;
    try {
      lines = readFileSync(path, "utf8");
    } catch {
      return;
    }
    for (const line of lines.split("\n")) {
      const parsed = lineOf(line);
      if (parsed !== undefined) this.#found.set(parsed.mutant, parsed);
    }
  }

  of(mutant: Mutant): Result | undefined {
    return this.#found.get(nameOf(mutant));
  }

  keep(mutant: Mutant, result: Result): void {
    const name = nameOf(mutant);
    this.#found.set(name, result);
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify({ mutant: name, ...result })}\n`);
  }
}

/** A line of the file; none where a run was killed while it wrote. */
function lineOf(line: string): (Result & { readonly mutant: string }) | undefined {
  try {
    return JSON.parse(line) as Result & { mutant: string };
  } catch {
    return undefined;
  }
}

/** Where the results of a source are kept: they count for its text and the compiler's settings. */
export function resultsPath(folder: string, name: string, source: string, settings: unknown): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([settings, source]))
    .digest("hex");
  return join(folder, `${name}-${digest.slice(0, 16)}.jsonl`);
}
