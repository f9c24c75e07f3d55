import { readStatements, type ProposedStatement, streamIdOf, type Suite } from "../../client/index.ts";
import type { Sight } from "../runtime/service.ts";
import type { Settled } from "../runtime/settled.ts";

/** States of an interval of a stream, in the order of the contract's enum. */
export const STATUS = { open: 0n, proposed: 1n, final: 2n, proRata: 3n } as const;

/** An interval of a stream as the chain has it. */
export interface StreamInterval {
  readonly stream: bigint;
  readonly model: bigint;
  readonly interval: number;
  /** One of `STATUS` */
  readonly status: bigint;
  readonly voids: number;
  /** From when an open interval can fall back, in seconds */
  readonly deadline: number;
  readonly openChallenges: number;
  /** Names it in a `Settled` */
  readonly key: string;
}

/** All streams of a deployment, or those that are named. */
export async function* streamsOf(
  { models }: Suite,
  named?: readonly bigint[],
): AsyncGenerator<{ readonly stream: bigint; readonly model: bigint }> {
  if (named !== undefined) {
    for (const stream of named) yield { stream, model: stream >> 8n };
    return;
  }
  const count = Number(await models.modelCount());
  for (let model = 1n; model <= count; model++) {
    const { streams } = await models.modelOf(model);
    for (let slot = 0; slot < Number(streams); slot++) yield { stream: streamIdOf(model, slot), model };
  }
}

/** Intervals that were cut, oldest first, but for those that were settled long ago. */
export async function* intervalsOf(
  { suite, block }: Sight,
  settled: Settled,
  named?: readonly bigint[],
): AsyncGenerator<StreamInterval> {
  const { usage, attribution } = suite;
  for await (const { stream, model } of streamsOf(suite, named)) {
    const { intervals } = await usage.headOf(model);
    for (let interval = 0; interval < Number(intervals); interval++) {
      const key = `${stream}/${interval}`;
      if (settled.has(key, block)) continue;
      const { status, voids, deadline, openChallenges } = await attribution.settlementOf(stream, interval);
      yield {
        stream,
        model,
        interval,
        status,
        voids: Number(voids),
        deadline: Number(deadline),
        openChallenges: Number(openChallenges),
        key,
      };
    }
  }
}

/** The live or final statement of an interval. */
export async function statementOfInterval(
  suite: Suite,
  { stream, interval }: StreamInterval,
): Promise<ProposedStatement | undefined> {
  return (await readStatements(suite, stream, interval)).filter(({ state }) => state !== "void").at(-1);
}
