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

/** Intervals of which the chain is asked at once. */
const AT_ONCE = 32;

/**
 * Intervals that were cut, but for those that were settled long ago: first those with open challenges, whose deadlines
 * are the nearest, then what is undecided, then the rest; the oldest first among equals.
 */
export async function intervalsOf(
  { suite, block }: Sight,
  settled: Settled,
  named?: readonly bigint[],
): Promise<StreamInterval[]> {
  const found: StreamInterval[] = [];
  for await (const { stream, model } of streamsOf(suite, named)) {
    const { intervals } = await suite.usage.headOf(model);
    const unsettled = Array.from({ length: Number(intervals) }, (_, interval) => interval).filter(
      (interval) => !settled.has(keyOf(stream, interval), block),
    );
    for (let i = 0; i < unsettled.length; i += AT_ONCE) {
      const some = unsettled.slice(i, i + AT_ONCE).map((interval) => readInterval(suite, stream, model, interval));
      found.push(...(await Promise.all(some)));
    }
  }
  return found.sort((a, b) => urgencyOf(a) - urgencyOf(b));
}

async function readInterval(
  { attribution }: Suite,
  stream: bigint,
  model: bigint,
  interval: number,
): Promise<StreamInterval> {
  const { status, voids, deadline, openChallenges } = await attribution.settlementOf(stream, interval);
  return {
    stream,
    model,
    interval,
    status,
    voids: Number(voids),
    deadline: Number(deadline),
    openChallenges: Number(openChallenges),
    key: keyOf(stream, interval),
  };
}

function keyOf(stream: bigint, interval: number): string {
  return `${stream}/${interval}`;
}

function urgencyOf({ status, openChallenges }: StreamInterval): number {
  if (openChallenges > 0) return 0;
  return status === STATUS.open || status === STATUS.proposed ? 1 : 2;
}

/** The live or final statement of an interval. */
export async function statementOfInterval(
  suite: Suite,
  { stream, interval }: StreamInterval,
): Promise<ProposedStatement | undefined> {
  return (await readStatements(suite, stream, interval)).filter(({ state }) => state !== "void").at(-1);
}
