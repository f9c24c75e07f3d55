import { readStatement } from "../../client/index.ts";
import { ZERO_WORD } from "../../scorer/index.ts";
import { readCurrency, utc } from "../chain.ts";
import { argument, command, option, rest } from "../command.ts";
import { INTERVAL_OF, readDispute } from "../disputes.ts";
import { digestFile } from "../edges/files.ts";
import { NothingToDo } from "../exit.ts";
import { id, text } from "../readers.ts";
import { SETTLEMENT_STATES } from "../statements.ts";
import { money } from "../style.ts";
import { act, SENDING } from "../transaction.ts";

export const cut = command({
  name: "cut",
  role: "everybody",
  summary: "end the running interval of a model's fees",
  details:
    "At most once in each cutting period, and only when fees came in. The operator then reports it: usage close.",
  arguments: { model: argument("MODEL", "number of the model", id(48)) },
  options: { ...SENDING },
  examples: ["cut 2", "cut 2 --broadcast"],
  run: (context, { model, ...sending }) =>
    act(context, sending, async (suite) => {
      const [{ to, intervals }, { fees }, currency] = await Promise.all([
        suite.usage.headOf(model),
        suite.ledger.countersOf(model),
        readCurrency(suite),
      ]);
      if (fees === to) throw new NothingToDo(`no fees of model ${model} came in since its last cut`);
      return {
        plans: [{ doing: "the cut", contract: "usage", transaction: await suite.usage.cut.populateTransaction(model) }],
        data: { model, interval: intervals, fees: fees - to },
        pairs: [
          ["interval", intervals],
          ["net fees", money(fees - to, currency)],
        ],
        next: `tributary usage close --model ${model} --data DIR`,
      };
    }),
});

export const distribute = command({
  name: "distribute",
  role: "everybody",
  summary: "divide the income of models among developers and parents",
  details:
    "What their datasets' contributors get needs no distribution. A parent is divided after its children have been.",
  arguments: { models: rest("MODEL", "numbers of models, children first", id(48)) },
  options: { ...SENDING },
  examples: ["distribute 3 2 1", "distribute 3 2 1 --broadcast"],
  run: (context, { models, ...sending }) =>
    act(context, sending, async (suite) => {
      const [first, ...more] = models;
      const { ledger } = suite;
      const transaction =
        first !== undefined && more.length === 0
          ? await ledger.distribute.populateTransaction(first)
          : await ledger.distributeMany.populateTransaction([...models]);
      return {
        plans: [{ doing: "the distribution", contract: "ledger", transaction }],
        data: { models },
        next: "tributary earnings",
      };
    }),
});

export const sweep = command({
  name: "sweep",
  role: "everybody",
  summary: "credit a model with the money that was sent to its own address",
  details: "What callers paid by plain transfers, as with x402's exact scheme, waits there. Exit 3 when nothing does.",
  arguments: { model: argument("MODEL", "number of the model", id(48)) },
  options: { ...SENDING },
  examples: ["sweep 2", "sweep 2 --broadcast"],
  run: (context, { model, ...sending }) =>
    act(context, sending, async (suite) => {
      const receiver = await suite.receivers.receiverOf(model);
      const [amount, currency] = await Promise.all([suite.currency.balanceOf(receiver), readCurrency(suite)]);
      if (amount === 0n) throw new NothingToDo(`nothing waits at ${receiver}, the address of model ${model}`);
      const transaction = await suite.receivers.sweep.populateTransaction(model);
      return {
        plans: [{ doing: "the sweep", contract: "receivers", transaction }],
        data: { model, receiver, amount },
        pairs: [
          ["waits at", receiver],
          ["amount", money(amount, currency)],
        ],
        next: `tributary distribute ${model}`,
      };
    }),
});

export const finalise = command({
  name: "finalise",
  role: "everybody",
  summary: "make a statement final whose window is over and of which nothing is under challenge",
  details: "From then on its lines can be claimed. Exit 3 while it is too early.",
  arguments: INTERVAL_OF,
  options: { ...SENDING },
  examples: ["finalise 2/0 0", "finalise 2/0 0 --broadcast"],
  run: (context, { stream, interval, ...sending }) =>
    act(context, sending, async (suite) => {
      const { proposed, game } = await readDispute(suite, stream, interval);
      const { statement, hash, state } = proposed;
      if (state === "final") throw new NothingToDo(`the statement ${hash} is final already`);
      const finalFrom = Math.max(game.windowEnds, ...game.nodes.map(({ answer }) => answer?.shownUntil ?? 0));
      if (game.now < finalFrom) throw new NothingToDo(`the statement can be made final from ${utc(finalFrom)} on`);
      const currency = await readCurrency(suite);
      const transaction = await suite.attribution.finalise.populateTransaction(statement);
      const pool = BigInt(statement.payout.pool);
      return {
        plans: [{ doing: "the end of the statement", contract: "attribution", transaction }],
        data: { stream, interval, statementHash: hash, pool },
        pairs: [
          ["statement", hash],
          ["divided", money(pool, currency)],
        ],
        next: "tributary claim --all --files DIR",
      };
    }),
});

export const fallback = command({
  name: "fallback",
  role: "everybody",
  summary: "divide an interval by row count that nobody stated in time, or that no index serves",
  arguments: INTERVAL_OF,
  options: { ...SENDING },
  examples: ["fallback 2/0 0", "fallback 2/0 0 --broadcast"],
  run: (context, { stream, interval, ...sending }) =>
    act(context, sending, async (suite) => {
      const { attribution } = suite;
      const [settlement, pool, currency] = await Promise.all([
        attribution.settlementOf(stream, interval),
        attribution.poolOf(stream, interval),
        readCurrency(suite),
      ]);
      const state = SETTLEMENT_STATES[Number(settlement.status)] ?? "open";
      if (state === "final" || state === "pro-rata") throw new NothingToDo(`the interval is ${state} already`);
      const transaction = await attribution.fallBack.populateTransaction(stream, interval);
      return {
        plans: [{ doing: "the fallback", contract: "attribution", transaction }],
        data: { stream, interval, pool },
        pairs: [["divided by row count", money(pool, currency)]],
        next: "tributary claim --all",
      };
    }),
});

export const intervalReject = command({
  name: "interval reject",
  role: "dataset owner",
  summary: "end an interval by row count in one's own dataset's stream, whatever was stated",
  details:
    "The answer to a report that contradicts the receipts. Possible until a statement is final; all bonds go back. The chain keeps the reason's digest.",
  arguments: INTERVAL_OF,
  options: { reason: option("FILE", "a note that says why; publish it", text), ...SENDING },
  examples: ["interval reject 2/0 0 --reason why.md --broadcast"],
  run: (context, { stream, interval, reason, ...sending }) =>
    act(context, sending, async (suite) => {
      const { attribution } = suite;
      const digest = reason === undefined ? ZERO_WORD : await digestFile(reason, "the reason");
      const { status } = await attribution.settlementOf(stream, interval);
      const live = SETTLEMENT_STATES[Number(status)] === "proposed";
      const transaction = live
        ? await attribution.rejectStatement.populateTransaction(
            (await readStatement(suite, stream, interval)).statement,
            digest,
          )
        : await attribution.rejectInterval.populateTransaction(stream, interval, digest);
      return {
        plans: [{ doing: "the rejection", contract: "attribution", transaction }],
        data: { stream, interval, statement: live, reason: reason === undefined ? null : digest },
        next: "tributary claim --all",
      };
    }),
});
