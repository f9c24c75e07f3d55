import { ZeroAddress } from "ethers";
import { argument, command, option } from "../command.ts";
import { NothingToDo, UsageError } from "../exit.ts";
import { address, addressOrNone, bps, id, kinds } from "../readers.ts";
import { act, SENDING } from "../transaction.ts";
import { kindsOfMask, maskOfKinds } from "../words.ts";
import { childrenText } from "./model.ts";

const MODEL = argument("MODEL", "number of the model", id(48));

export const setPayout = command({
  name: "set-payout",
  role: "model developer",
  summary: "say which wallet gets a model's developer share",
  details: "Holds for what is divided from then on; the owner's right to change it goes with the model's token.",
  arguments: { model: MODEL, payout: argument("ADDRESS", "who gets it, or none for the owner", addressOrNone) },
  options: { ...SENDING },
  examples: ["set-payout 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast", "set-payout 2 none --broadcast"],
  run: (context, { model, payout, ...sending }) =>
    act(context, sending, async (suite) => {
      const { models } = suite;
      const before = await models.payoutOf(model);
      if (before === payout) throw new NothingToDo("it is so already");
      const transaction = await models.setPayout.populateTransaction(model, payout);
      const own = (set: string): string | null => (set === ZeroAddress ? null : set);
      return {
        plans: [{ doing: "the change of the payout", contract: "models", transaction }],
        data: { model, before: own(before), payout: own(payout) },
        pairs: [
          ["before", own(before) ?? "the owner"],
          ["from now on", own(payout) ?? "the owner"],
        ],
        next: `tributary model show ${model}`,
      };
    }),
});

export const modelSetOperator = command({
  name: "model set-operator",
  role: "model developer",
  summary: "say which wallet serves a model and signs its usage reports",
  details: "A report is checked against the operator that the model has when it is posted.",
  arguments: { model: MODEL, operator: argument("ADDRESS", "the operator, or none", addressOrNone) },
  options: { ...SENDING },
  examples: ["model set-operator 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast"],
  run: (context, { model, operator, ...sending }) =>
    act(context, sending, async (suite) => {
      const { models } = suite;
      const before = await models.operatorOf(model);
      if (before === operator) throw new NothingToDo("it is so already");
      const transaction = await models.setOperator.populateTransaction(model, operator);
      return {
        plans: [{ doing: "the change of the operator", contract: "models", transaction }],
        data: { model, before, operator },
        pairs: [
          ["before", before === ZeroAddress ? "none" : before],
          ["from now on", operator === ZeroAddress ? "none" : operator],
        ],
        next: `tributary model show ${model}`,
      };
    }),
});

export const modelSetTerms = command({
  name: "model set-terms",
  role: "model developer",
  summary: "change what a model asks of those that name it as parent",
  details: "Children that are registered keep their shares.",
  arguments: { model: MODEL },
  options: {
    childKinds: option("KINDS", "kinds of children that are allowed, with commas, all, or none", kinds),
    childBps: option("N", "least share of a child's income, in basis points", bps),
    ...SENDING,
  },
  examples: ["model set-terms 2 --child-kinds finetune,adapter --child-bps 1000 --broadcast"],
  run: (context, { model, childKinds, childBps, ...sending }) => {
    if (childKinds === undefined && childBps === undefined) {
      throw new UsageError("nothing to change: add --child-kinds KINDS or --child-bps N");
    }
    return act(context, sending, async (suite) => {
      const { models } = suite;
      const { children: before } = await models.modelOf(model);
      const children = {
        kinds: childKinds ?? kindsOfMask(before.kinds),
        leastBps: childBps ?? Number(before.leastBps),
      };
      const transaction = await models.setChildTerms.populateTransaction(model, {
        kinds: maskOfKinds(children.kinds),
        leastBps: children.leastBps,
      });
      return {
        plans: [{ doing: "the change of the terms", contract: "models", transaction }],
        data: { model, children },
        pairs: [
          ["before", childrenText({ kinds: kindsOfMask(before.kinds), leastBps: before.leastBps })],
          ["from now on", childrenText(children)],
        ],
        next: `tributary model show ${model}`,
      };
    });
  },
});

export const modelTransfer = command({
  name: "model transfer",
  role: "model developer",
  summary: "give a model to another wallet, with the right to its developer share",
  details: "Payout and operator stay as they are until the new owner changes them.",
  arguments: { model: MODEL, to: argument("ADDRESS", "the new owner", address) },
  options: { ...SENDING },
  examples: ["model transfer 2 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast"],
  run: (context, { model, to, ...sending }) =>
    act(context, sending, async (suite) => {
      const { models } = suite;
      const owner = await models.ownerOf(model);
      const transaction = await models["safeTransferFrom(address,address,uint256)"].populateTransaction(
        owner,
        to,
        model,
      );
      return {
        plans: [{ doing: "the transfer", contract: "models", transaction }],
        data: { model, from: owner, to },
        pairs: [
          ["from", owner],
          ["to", to],
        ],
        next: `tributary model show ${model}`,
      };
    }),
});
