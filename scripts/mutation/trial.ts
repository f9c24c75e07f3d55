import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Bytecode, ChangedSource } from "../solc.ts";
import type { Compiler } from "./compiler.ts";
import type { Result } from "./results.ts";
import type { Stage, Target } from "./targets.ts";

const ARTIFACTS = "artifacts";
/** Processor time of a stage, several times what it takes without a mutation: a loop without an end must not hold up a run. */
const SECONDS = { solidity: 60, mocha: 600 };
/** Milliseconds after which a stage or one of its tests that waits for ever ends: far more than a busy machine takes. */
const CLOCK = { stage: 3_600_000, test: 900_000 };

/** What the tests of a stage came to. */
type Outcome = { readonly ended: "passed" | "timeout" } | { readonly ended: "failed"; readonly by: string };

/** A copy of the artifacts in which contracts are exchanged for mutated ones, and the tests that run on it. */
export class Bench {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the artifacts to a folder; what was there is removed. */
  static async create(folder: string): Promise<Bench> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(ARTIFACTS, { recursive: true })) {
      if (!name.endsWith(".json") || name.startsWith("build-info")) continue;
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), await readFile(join(ARTIFACTS, name)));
    }
    await symlink(resolve(ARTIFACTS, "build-info"), join(folder, "build-info"));
    return new Bench(folder);
  }

  /** Puts contracts in place of those that were built. */
  async exchange(contracts: Readonly<Record<string, Bytecode>>): Promise<void> {
    for (const [contract, bytecode] of Object.entries(contracts)) await this.#write(contract, bytecode);
  }

  /** Puts contracts back as they were built. */
  async restore(contracts: Iterable<string>): Promise<void> {
    for (const contract of contracts) await this.#write(contract, {});
  }

  async #write(contract: string, bytecode: Partial<Bytecode>): Promise<void> {
    const [file = "", name = ""] = contract.split(":");
    const path = join(file, `${name}.json`);
    const artifact = JSON.parse(await readFile(join(ARTIFACTS, path), "utf8")) as Record<string, unknown>;
    await writeFile(join(this.#folder, path), JSON.stringify({ ...artifact, ...bytecode }));
  }

  /** Runs the tests of a stage until one fails. */
  async test({ runner, tests }: Stage): Promise<Outcome> {
    const bail = runner === "mocha" ? ["--bail"] : [];
    // The shell limits processor time and not the clock: how busy the machine is must change no result.
    const limited = ["-c", `ulimit -S -t ${SECONDS[runner]} && exec "$0" "$@"`, "hardhat"];
    const began = performance.now();
    const child = spawn("sh", [...limited, "test", runner, "--no-compile", ...bail, ...tests], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: CLOCK.stage,
      killSignal: "SIGKILL",
      env: {
        ...process.env,
        TRIBUTARY_ARTIFACTS: this.#folder,
        TRIBUTARY_TEST_TIMEOUT: `${CLOCK.test}`,
        FORCE_COLOR: "0",
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise<number | string>((settle, reject) =>
      child.on("error", reject).on("close", (status, signal) => settle(status ?? signal ?? "nothing")),
    );
    if (code === "SIGXCPU" || performance.now() - began >= CLOCK.stage) return { ended: "timeout" };
    if (code === 0) return { ended: "passed" };
    // Only a failed test kills; a process that can't start or is killed from outside must not.
    const by = failedTest(output);
    if (by === undefined) throw new Error(`the tests of a mutant didn't run: ${output.slice(-2_000)}`);
    return { ended: "failed", by };
  }
}

/** What the tests of a target run on without a mutation, compiled when it is first needed: stage by stage, as mutants are. */
export class Unchanged {
  readonly #target: Target;
  readonly #compiler: Compiler;
  readonly #stages = new Map<Stage, Promise<Map<string, Bytecode>>>();

  constructor(target: Target, compiler: Compiler) {
    this.#target = target;
    this.#compiler = compiler;
  }

  /** All contracts of a stage and of those before it. */
  of(stage: Stage): Promise<Map<string, Bytecode>> {
    const known = this.#stages.get(stage) ?? this.#compile(stage);
    this.#stages.set(stage, known);
    return known;
  }

  async #compile(stage: Stage): Promise<Map<string, Bytecode>> {
    const before = this.#target.stages[this.#target.stages.indexOf(stage) - 1];
    const known = before === undefined ? new Map<string, Bytecode>() : await this.of(before);
    const given = await compileMissing(stage, known, this.#compiler);
    if (typeof given === "string") throw new Error(`${this.#target.name} doesn't compile: ${given}`);
    return given;
  }
}

/** The contracts of a stage beside those that are known; or what the compiler says. */
async function compileMissing(
  { contracts }: Stage,
  known: ReadonlyMap<string, Bytecode>,
  compiler: Compiler,
  changed?: ChangedSource,
): Promise<Map<string, Bytecode> | string> {
  const missing = contracts.filter((contract) => !known.has(contract));
  if (missing.length === 0) return new Map(known);
  const given = await compiler.compile(missing, changed);
  return "error" in given ? given.error : new Map([...known, ...Object.entries(given.contracts)]);
}

/** Compiles a mutant and runs one stage after the other until a test fails. */
export async function tryMutant(
  target: Target,
  mutated: string,
  unchanged: Unchanged,
  compiler: Compiler,
  bench: Bench,
): Promise<Result> {
  const began = performance.now();
  const result = (status: Result["status"], by = ""): Result => ({
    status,
    by,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  });
  const touched = new Set<string>();
  let compiled = new Map<string, Bytecode>();
  let differs = false;
  try {
    for (const stage of target.stages) {
      const given = await compileMissing(stage, compiled, compiler, { file: target.file, text: mutated });
      if (typeof given === "string") return result("invalid", given.split("\n")[0]);
      compiled = given;
      const original = await unchanged.of(stage);
      const changed = stage.contracts.filter(
        (contract) => compiled.get(contract)?.bytecode !== original.get(contract)?.bytecode,
      );
      if (changed.length === 0) continue;
      differs = true;
      for (const contract of changed) touched.add(contract);
      await bench.exchange(Object.fromEntries(changed.map((contract) => [contract, compiled.get(contract)!])));
      const outcome = await bench.test(stage);
      if (outcome.ended === "failed") return result("killed", outcome.by);
      if (outcome.ended === "timeout") return result("timeout", stage.tests.join(", "));
    }
    return result(differs ? "survived" : "equivalent");
  } finally {
    await bench.restore(touched);
  }
}

/**
 * The title of the test that failed first, from the summary of a run; or from where the test ran, if what it left
 * behind ended the process before the summary; none if no test failed.
 */
export function failedTest(output: string): string | undefined {
  const summary = output.search(/^\s*\d+ failing/m);
  const failing = summary < 0 ? output : output.slice(summary);
  const first = /^\s*(?:1\)|✘|Failure \(1\)[^:]*:?)\s*([\s\S]*?)(?:\n\s*\n|:\n)/m.exec(failing)?.[1];
  const title = first ?? (summary < 0 ? undefined : failing.slice(0, 300));
  return title?.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
