import { readGame, readStatements, recompute, statedTree } from "../../client/index.ts";
import { defencesDue, isOpen, type NodePlace, openingsDue, settlementsDue } from "../../scorer/index.ts";
import { defenceCall, openingCall, settleCall } from "../../services/scorer.ts";
import { watch } from "../../services/watchtower.ts";
import { readCurrency, readStatedIndex, utc } from "../chain.ts";
import { command, option, requiredOption } from "../command.ts";
import {
  INTERVAL_OF,
  nodeText,
  planOf,
  readDispute,
  readScorersTree,
  readStatedReport,
  readWeights,
  rootOf,
  WEIGHTS,
} from "../disputes.ts";
import { NothingToDo, UsageError } from "../exit.ts";
import { nodePlace, text, whole } from "../readers.ts";
import { count, money } from "../style.ts";
import { act, type Plan, SENDING } from "../transaction.ts";

const INDEX = "the published index";

export const challenge = command({
  name: "challenge",
  role: "challenger or auditor",
  summary: "challenge a node of a live statement, against a bond, so that its scorer must show what is below",
  details:
    "By default the root. The bond must lie in the vault (bond deposit attribution). If the statement becomes final, those who answered share it; else it comes back.",
  arguments: INTERVAL_OF,
  options: {
    node: option("LEVEL/POSITION", "the node (default: the root); lines have level 0", nodePlace),
    ...SENDING,
  },
  examples: ["challenge 2/0 1", "challenge 2/0 1 --node 0/17 --broadcast"],
  run: (context, { stream, interval, node, ...sending }) =>
    act(context, sending, async (suite) => {
      const { proposed, game } = await readDispute(suite, stream, interval);
      const root = rootOf(proposed);
      const { level, position } = node ?? root;
      const [transaction, bond, currency] = await Promise.all([
        suite.challenges.challenge.populateTransaction(proposed.statement, level, position),
        suite.challenges.CHALLENGE_BOND(),
        readCurrency(suite),
      ]);
      return {
        plans: [{ doing: "the challenge", contract: "challenges", transaction }],
        data: { stream, interval, statementHash: proposed.hash, level, position, bond },
        pairs: [
          ["challenged", nodeText({ level, position }, root)],
          ["bond", money(bond, currency)],
          ["window closes", utc(game.windowEnds)],
        ],
        next: `once it is answered: tributary descend ${stream} ${interval} --index FILE; if it isn't in time: tributary call-silence ${stream} ${interval}`,
      };
    }),
});

export const descend = command({
  name: "descend",
  role: "challenger or auditor",
  summary: "challenge a node that an answer has shown, one walk further down to a wrong line",
  details:
    "With --index the statement is recomputed, and the walk goes where it differs. Exit 3 when something else is to be done, which is said.",
  arguments: INTERVAL_OF,
  options: {
    index: option("FILE", INDEX, text),
    file: WEIGHTS,
    node: option("LEVEL/POSITION", "the node that was opened", nodePlace),
    shown: option("POSITION", "which of the nodes that it shows", whole(0, 2 ** 20 - 1)),
    ...SENDING,
  },
  examples: ["descend 2/0 1 --index index.trix --broadcast", "descend 2/0 1 --node 8/0 --shown 17 --broadcast"],
  run: (context, { stream, interval, index, file, node, shown, ...sending }) => {
    if ((index === undefined) === (node === undefined || shown === undefined)) {
      throw new UsageError("give --index FILE, or --node LEVEL/POSITION and --shown POSITION");
    }
    return act(context, sending, async (suite, sender) => {
      const { proposed } = await readDispute(suite, stream, interval);
      const base = { stream, interval, statementHash: proposed.hash };
      const next = `tributary descend ${stream} ${interval} --index FILE, once it is answered`;
      if (index === undefined) {
        const { level, position } = node as NodePlace;
        const transaction = await suite.challenges.descend.populateTransaction(
          proposed.statement,
          level,
          position,
          shown as number,
        );
        const plan: Plan = { doing: "the descent", contract: "challenges", transaction };
        return { plans: [plan], data: { ...base, steps: ["descend"] }, next };
      }
      const recomputed = await recompute(suite, proposed, await readStatedIndex(proposed, index));
      const weights = await readWeights(suite, proposed, file);
      const { verdict, calls } = await watch(suite, proposed, recomputed, sender, { weights, protectReward: false });
      const steps = verdict.right ? [] : verdict.plan.steps;
      if (!steps.some(({ kind }) => kind === "descend")) {
        throw new NothingToDo(
          verdict.right
            ? "the statement is right: there is nowhere to descend to"
            : (DUE[steps[0]?.kind ?? "none"] ?? DUE.none).replace("STATEMENT", `${stream} ${interval}`),
        );
      }
      return {
        plans: calls.map((call) => planOf(call, "challenges")),
        data: { ...base, steps: steps.map(({ kind }) => kind) },
        next,
      };
    });
  },
});

/** What is to be done instead of a descent. */
const DUE = {
  none: "the walk waits for an answer: nothing can be done before",
  challenge: "nothing is challenged yet: tributary challenge STATEMENT",
  refute: "a wrong line is known: tributary verify statement STATEMENT --index FILE, then refute",
  callSilence: "a challenge was not answered in time: tributary call-silence STATEMENT",
  settle: "the statement is decided: tributary settle STATEMENT",
} as Readonly<Record<string, string>> & { readonly none: string };

export const open = command({
  name: "open",
  role: "scorer",
  summary: "answer the challenges of nodes above the lines, by showing what is below them",
  details:
    "Anybody who has the weights may. Exit 3 when no such challenge is open, 6 when the weights are of another statement.",
  arguments: INTERVAL_OF,
  options: { file: WEIGHTS, ...SENDING },
  examples: ["open 2/0 1 --file statement-1.json", "open 2/0 1 --file statement-1.json --broadcast"],
  run: (context, { stream, interval, file, ...sending }) =>
    act(context, sending, async (suite) => {
      const { proposed, game } = await readDispute(suite, stream, interval);
      const tree = await readScorersTree(suite, proposed, file);
      const answers = openingsDue(game, statedTree(proposed), tree);
      const [first] = answers;
      if (first === undefined) throw new NothingToDo("no node above the lines waits for an answer");
      const calls = await Promise.all(answers.map((answer) => openingCall(suite, proposed, answer)));
      return {
        plans: calls.map((call) => planOf(call, "challenges")),
        data: {
          stream,
          interval,
          statementHash: proposed.hash,
          answers: answers.map(({ level, position, deadline }) => ({ level, position, deadline })),
        },
        pairs: [
          ["answers", answers.map((answer) => nodeText(answer, rootOf(proposed))).join(", ")],
          ["due by", utc(first.deadline)],
        ],
        next: `whoever challenged may descend; its lines: tributary defend ${stream} ${interval} --index FILE`,
      };
    }),
});

export const defend = command({
  name: "defend",
  role: "scorer",
  summary: "answer the challenges of lines, by proving their weights from the index and the report",
  details: "Anybody who has the weights may. Exit 3 when no line is under challenge.",
  arguments: INTERVAL_OF,
  options: { index: requiredOption("FILE", INDEX, text), file: WEIGHTS, ...SENDING },
  examples: ["defend 2/0 1 --index index.trix --file statement-1.json --broadcast"],
  run: (context, { stream, interval, index, file, ...sending }) =>
    act(context, sending, async (suite) => {
      const { proposed, game } = await readDispute(suite, stream, interval);
      const [tree, committed, report] = await Promise.all([
        readScorersTree(suite, proposed, file),
        readStatedIndex(proposed, index),
        readStatedReport(suite, proposed),
      ]);
      const answers = defencesDue(game, statedTree(proposed), tree, committed);
      const [first] = answers;
      if (first === undefined) throw new NothingToDo("no line waits for an answer");
      const calls = await Promise.all(answers.map((answer) => defenceCall(suite, proposed, report, answer)));
      return {
        plans: calls.map((call) => planOf(call, "challenges")),
        data: {
          stream,
          interval,
          statementHash: proposed.hash,
          answers: answers.map(({ line, deadline }) => ({ line: line.index, deadline })),
        },
        pairs: [
          ["lines", answers.map(({ line }) => line.index).join(", ")],
          ["due by", utc(first.deadline)],
        ],
        next: `after the window anyone may make it final: tributary finalise ${stream} ${interval}`,
      };
    }),
});

export const callSilence = command({
  name: "call-silence",
  role: "challenger or auditor",
  summary: "void a statement of which a challenged node was not answered in time",
  details: "Half of the scorer's bond goes to who challenged the node. Exit 3 while nothing is overdue.",
  arguments: INTERVAL_OF,
  options: { ...SENDING },
  examples: ["call-silence 2/0 1 --broadcast"],
  run: (context, { stream, interval, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const { proposed, game } = await readDispute(suite, stream, interval);
      const overdue = game.nodes.filter((node) => isOpen(node) && game.now >= node.deadline);
      const silent = overdue.find(({ challenger }) => challenger === sender) ?? overdue[0];
      if (silent === undefined) throw new NothingToDo("no challenge is overdue");
      const { level, position, challenger } = silent;
      const transaction = await suite.challenges.callSilence.populateTransaction(proposed.statement, level, position);
      return {
        plans: [{ doing: "the call of the silence", contract: "challenges", transaction }],
        data: { stream, interval, statementHash: proposed.hash, level, position, challenger },
        pairs: [
          ["not answered", nodeText(silent, rootOf(proposed))],
          ["challenged by", challenger],
        ],
        next: `tributary settle ${stream} ${interval}`,
      };
    }),
});

export const settle = command({
  name: "settle",
  role: "challenger or auditor",
  summary: "get the bonds of challenges of decided statements: one's own back, or what answers earned",
  details: "Statements of the interval that were voided are settled, too. Exit 3 when no bond is the sender's.",
  arguments: INTERVAL_OF,
  options: { ...SENDING },
  examples: ["settle 2/0 1 --broadcast"],
  run: (context, { stream, interval, ...sending }) =>
    act(context, sending, async (suite, sender) => {
      const plans: Plan[] = [];
      const settled: { statementHash: string; level: number; position: number }[] = [];
      for (const proposed of await readStatements(suite, stream, interval)) {
        for (const place of settlementsDue(await readGame(suite, proposed), sender)) {
          plans.push(planOf(await settleCall(suite, proposed, place), "challenges"));
          settled.push({ statementHash: proposed.hash, ...place });
        }
      }
      if (plans.length === 0) throw new NothingToDo(`no bond of a decided challenge waits for ${sender}`);
      return {
        plans,
        data: { stream, interval, settled },
        pairs: [["settled", count(settled.length, "challenge")]],
        next: "tributary bond show",
      };
    }),
});
