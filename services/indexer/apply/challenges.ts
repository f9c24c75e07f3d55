import type {
  ChallengeSettledEvent,
  LineDefendedEvent,
  LineRefutedEvent,
  NodeChallengedEvent,
  NodeOpenedEvent,
  SilenceCalledEvent,
} from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import type { NodeRow } from "../rows.ts";
import { NODES, SETTLEMENTS, STATEMENTS, STREAMS } from "../tables.ts";
import { count, type Handler, type Happening, on } from "./handler.ts";

/** Changes how many challenges of a statement wait for an answer. */
function wait({ changes }: Happening, statementHash: string, by: number): void {
  const { stream, interval } = changes.get(STATEMENTS, statementHash);
  changes.update(SETTLEMENTS, [stream, interval], ({ openChallenges }) => ({ openChallenges: openChallenges + by }));
}

function answer(
  happening: Happening,
  statementHash: string,
  level: bigint,
  position: bigint,
  change: Pick<NodeRow, "state" | "answeredBy" | "shownUntil">,
): void {
  happening.changes.update(NODES, [statementHash, Number(level), Number(position)], () => ({
    ...change,
    answerEvent: happening.event.id,
  }));
  wait(happening, statementHash, -1);
}

/** What events of the challenge registry do to the index. */
export const challengeHandlers: Readonly<Record<string, Handler>> = {
  NodeChallenged: on((happening, given: NodeChallengedEvent.OutputObject) => {
    const { changes, event, time } = happening;
    const { statementHash, challenger } = given;
    count(happening, "challenges");
    const [level, position, parentLevel] = [Number(given.level), Number(given.position), Number(given.parentLevel)];
    let [begunAt, turns] = [time, 1];
    if (parentLevel > level) {
      // The bond came down with it: the walk goes on here, and has left the node above.
      const above = [statementHash, parentLevel, Math.floor(position / 2 ** (parentLevel - level))];
      const from = changes.get(NODES, ...above);
      [begunAt, turns] = [from.begunAt, from.turns + 1];
      changes.update(NODES, above, () => ({ turns: 0 }));
    }
    changes.put(NODES, {
      statementHash,
      level,
      position,
      id: event.id,
      model: changes.get(STREAMS, changes.get(STATEMENTS, statementHash).stream).model,
      challenger,
      deadline: Number(given.deadline),
      begunAt,
      parentLevel,
      turns,
      state: "open",
      answeredBy: null,
      shownUntil: 0,
      answerEvent: null,
      stands: null,
    });
    wait(happening, statementHash, 1);
  }),
  NodeOpened: on((happening, { statementHash, level, position, by }: NodeOpenedEvent.OutputObject) => {
    const shownUntil = happening.time + happening.deployment.responseTime;
    answer(happening, statementHash, level, position, { state: "opened", answeredBy: by, shownUntil });
    happening.changes.update(STATEMENTS, [statementHash], () => ({ shownUntil }));
  }),
  LineDefended: on((happening, { statementHash, index, by }: LineDefendedEvent.OutputObject) =>
    answer(happening, statementHash, 0n, index, { state: "defended", answeredBy: by, shownUntil: 0 }),
  ),
  LineRefuted: on(({ changes }, { statementHash, index }: LineRefutedEvent.OutputObject) => {
    const key = [statementHash, 0, Number(index)];
    const node = changes.find(NODES, ...key);
    if (node?.state === "open") changes.update(NODES, key, () => ({ state: "refuted" }));
  }),
  SilenceCalled: on(({ changes }, { statementHash, level, position }: SilenceCalledEvent.OutputObject) =>
    changes.update(NODES, [statementHash, Number(level), Number(position)], () => ({ state: "silent" })),
  ),
  ChallengeSettled: on(({ changes }, { statementHash, level, position, stands }: ChallengeSettledEvent.OutputObject) =>
    changes.update(NODES, [statementHash, Number(level), Number(position)], () => ({
      turns: 0,
      stands: Number(stands),
    })),
  ),
};
