import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bar, step } from "../progress.ts";
import type { Compiler } from "./compiler.ts";
import { type Mutant, Source } from "./mutants.ts";
import type { Result, Results } from "./results.ts";
import { quotas, shuffled } from "./sample.ts";
import type { Stage, Target } from "./targets.ts";
import { Bench, tryMutant, Unchanged } from "./trial.ts";

/** What a campaign is made with. */
export interface CampaignOptions {
  /** Where copies of the artifacts go. */
  readonly folder: string;
  readonly targets: readonly Target[];
  /** All mutants of each target, by its name. */
  readonly mutants: ReadonlyMap<string, readonly Mutant[]>;
  /** Where results are kept, by the target's name. */
  readonly results: ReadonlyMap<string, Results>;
  readonly compiler: Compiler;
  readonly seed: string;
  /** How many mutants that compile to other bytecode are tried, of all targets together. */
  readonly sample: number;
  /** Mutants that are tried at a time. */
  readonly jobs: number;
  /** Whether only what was tried before counts, and nothing is tried. */
  readonly kept: boolean;
  /** Whether what survived is tried again. */
  readonly again: boolean;
  /** Whether the tests are known to pass without a mutation. */
  readonly trusted: boolean;
}

/** A mutant with what became of it. */
export interface Tried {
  readonly mutant: Mutant;
  readonly result: Result;
}

/** What came of a target. */
export interface Tally {
  readonly target: string;
  /** Mutants that could be made. */
  readonly total: number;
  /** Mutants that were tried: they compile, to other bytecode. */
  readonly mutants: number;
  /** Mutants that a test killed, or that ran for too long. */
  readonly killed: number;
  /** How many of those ran for too long. */
  readonly timeouts: number;
  /** Mutants passed over because they compile to the same bytecode, or not at all. */
  readonly passedOver: number;
  readonly survivors: readonly Mutant[];
}

/** A target with its mutants in the order of the sample. */
interface Stratum {
  readonly target: Target;
  readonly text: string;
  readonly unchanged: Unchanged;
  readonly queue: Mutant[];
  readonly total: number;
  readonly quota: number;
  readonly tried: Tried[];
  running: number;
}

/** Mutants of all targets, tried until each target's part of the sample is full. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #strata: readonly Stratum[];

  private constructor(given: CampaignOptions, strata: readonly Stratum[]) {
    this.#options = given;
    this.#strata = strata;
  }

  /** Compiles what the targets' tests run on, and tests it as it is: a test that fails anyway kills nothing. */
  static async create(given: CampaignOptions): Promise<Campaign> {
    const { targets, mutants, seed, sample, compiler } = given;
    const all = targets.map(({ name }) => mutants.get(name) ?? []);
    const parts = quotas(
      all.map(({ length }) => length),
      sample,
    );
    const strata: Stratum[] = [];
    for (const [i, target] of targets.entries()) {
      strata.push({
        target,
        text: await readFile(target.file, "utf8"),
        unchanged: new Unchanged(target, compiler),
        queue: shuffled(all[i]!, seed).filter(
          (mutant) => !given.kept || given.results.get(target.name)?.of(mutant) !== undefined,
        ),
        total: all[i]!.length,
        quota: parts[i]!,
        tried: [],
        running: 0,
      });
    }
    if (!given.trusted && !given.kept) await testUnchanged(given.folder, strata);
    return new Campaign(given, strata);
  }

  async run(): Promise<Tally[]> {
    const { folder, jobs } = this.#options;
    await step("Mutants", async (show) => {
      const lanes = Array.from({ length: jobs }, async (_, lane) => {
        const bench = await Bench.create(join(folder, `artifacts-${lane}`));
        for (let stratum = this.#next(); stratum !== undefined; stratum = this.#next()) {
          await this.#try(stratum, bench);
          show(this.#progress());
        }
      });
      await Promise.all(lanes);
    });
    return this.#strata.map((stratum) => tallyOf(stratum));
  }

  /** The target that is furthest behind and has mutants left. */
  #next(): Stratum | undefined {
    const share = ({ tried, running, quota }: Stratum): number => (valid(tried).length + running) / quota;
    const open = this.#strata.filter((stratum) => share(stratum) < 1 && stratum.queue.length > 0);
    return open.length === 0 ? undefined : open.reduce((least, each) => (share(each) < share(least) ? each : least));
  }

  async #try(stratum: Stratum, bench: Bench): Promise<void> {
    const { results, compiler, again } = this.#options;
    const mutant = stratum.queue.shift()!;
    const kept = results.get(stratum.target.name)!;
    const known = kept.of(mutant);
    if (known !== undefined && !(again && known.status === "survived")) {
      stratum.tried.push({ mutant, result: known });
      return;
    }
    stratum.running++;
    try {
      const mutated = new Source(stratum.text).with(mutant);
      const result = await tryMutant(stratum.target, mutated, stratum.unchanged, compiler, bench);
      kept.keep(mutant, result);
      stratum.tried.push({ mutant, result });
      if (result.status === "survived") {
        process.stderr.write(`survived: ${mutant.file}:${mutant.line}\n  - ${mutant.before}\n  + ${mutant.after}\n`);
      }
    } finally {
      stratum.running--;
    }
  }

  #progress(): string {
    const tried = this.#strata.flatMap((stratum) => valid(stratum.tried));
    const quota = this.#strata.reduce((sum, stratum) => sum + stratum.quota, 0);
    const survived = tried.filter(({ result }) => result.status === "survived").length;
    return `${bar(tried.length, quota)}, ${survived} survived`;
  }
}

async function testUnchanged(folder: string, strata: readonly Stratum[]): Promise<void> {
  const bench = await Bench.create(join(folder, "artifacts-unchanged"));
  const stages = new Map<string, Stage>();
  for (const { target, unchanged } of strata) {
    for (const stage of target.stages) {
      await bench.exchange(Object.fromEntries(await unchanged.of(stage)));
      for (const test of stage.tests) stages.set(test, { ...stage, tests: [test] });
    }
  }
  await step("The tests without a mutation", async (show) => {
    for (const [test, stage] of stages) {
      show(test);
      const outcome = await bench.test(stage);
      if (outcome.ended !== "passed") throw new Error(`${test} fails without a mutation: it would kill anything`);
    }
  });
}

function valid(tried: readonly Tried[]): Tried[] {
  return tried.filter(({ result }) => result.status !== "equivalent" && result.status !== "invalid");
}

function tallyOf({ target, total, tried }: Stratum): Tally {
  const counted = valid(tried);
  const survivors = counted.filter(({ result }) => result.status === "survived").map(({ mutant }) => mutant);
  return {
    target: target.name,
    total,
    mutants: counted.length,
    killed: counted.length - survivors.length,
    timeouts: counted.filter(({ result }) => result.status === "timeout").length,
    passedOver: tried.length - counted.length,
    survivors,
  };
}
