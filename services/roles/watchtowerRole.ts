import { type ProposedStatement, readStatements, recompute, type Recomputed } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";
import type { Call } from "../calls.ts";
import type { PublishedFiles } from "../files/published.ts";
import type { Role, Sight } from "../runtime/service.ts";
import { Settled } from "../runtime/settled.ts";
import { watch } from "../watchtower.ts";
import { intervalsOf, STATUS } from "./intervals.ts";
import { Kept } from "./kept.ts";

/** What a watchtower is told. */
export interface WatchtowerOptions {
  /** Streams that it watches; all by default */
  readonly streams?: readonly bigint[] | undefined;
  readonly files: PublishedFiles;
  /** As `WatchOptions.protectReward` */
  readonly protectReward?: boolean | undefined;
  /** Blocks after which what is decided isn't looked at again */
  readonly confirmations?: number | undefined;
}

/**
 * A watchtower: recomputes every live statement from published files and the chain, challenges, descends and refutes
 * what is wrong, calls silence, and gets its bonds back.
 */
export class WatchtowerRole implements Role {
  readonly name = "watchtower";
  readonly #options: WatchtowerOptions;
  readonly #settled: Settled;
  readonly #recomputed = new Kept<Recomputed>();

  constructor(options: WatchtowerOptions) {
    this.#options = options;
    this.#settled = new Settled(options.confirmations);
  }

  async *look(sight: Sight): AsyncGenerator<Call> {
    const { suite, block } = sight;
    for (const { stream, interval, status, key } of await intervalsOf(sight, this.#settled, this.#options.streams)) {
      let calls = 0;
      try {
        for (const proposed of await readStatements(suite, stream, interval)) {
          for await (const call of this.#watch(sight, proposed)) {
            calls++;
            yield call;
          }
        }
        this.#settled.note(key, calls === 0 && status !== STATUS.open && status !== STATUS.proposed, block);
      } catch (error) {
        sight.problem(`watching interval ${interval} of stream ${stream}`, error);
      }
    }
  }

  async *#watch({ suite, account, log }: Sight, proposed: ProposedStatement): AsyncGenerator<Call> {
    const { files, protectReward } = this.#options;
    const { indexRoot, exponentBound, reportHash, payout } = proposed.statement;
    const recomputed = await this.#recomputed.of(
      `${String(payout.stream)}/${String(payout.interval)}/${String(indexRoot)}/${String(exponentBound)}/${String(reportHash)}`,
      async () => recompute(suite, proposed, await files.index(String(indexRoot) as Hex, Number(exponentBound))),
    );
    const rightRoot = recomputed.right.root === String(payout.root).toLowerCase();
    const weights = rightRoot ? undefined : await this.#weights(suite, proposed);
    const { calls, verdict } = await watch(suite, proposed, recomputed, account, {
      weights,
      ...(protectReward === undefined ? {} : { protectReward }),
    });
    if (!verdict.right && calls.length > 0) {
      log.warn({ statement: proposed.hash, scorer: proposed.scorer, steps: calls.length }, "a statement is wrong");
    }
    yield* calls;
  }

  /** What the scorer published, if it can be used; without it the tree is walked down on the chain. */
  async #weights(suite: Sight["suite"], proposed: ProposedStatement): Promise<readonly bigint[] | undefined> {
    try {
      const { lines } = await this.#options.files.statement(suite, proposed);
      return lines.map(({ payable }) => payable);
    } catch {
      return undefined;
    }
  }
}
