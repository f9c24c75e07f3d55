import { parseMoney, readCurrency, readLicence } from "../chain.ts";
import { argument, command, option, repeatedOption } from "../command.ts";
import { readBytes } from "../edges/files.ts";
import { NothingToDo, UsageError } from "../exit.ts";
import { describeCroissant, parseCroissant } from "../../metadata/index.ts";
import { sha256 } from "../../scorer/index.ts";
import {
  address,
  amount,
  bps,
  id,
  licence as licenceReader,
  oneOf,
  root as rootReader,
  text,
  whole,
} from "../readers.ts";
import { money, percent } from "../style.ts";
import { act, type Plan, SENDING } from "../transaction.ts";
import { CURATIONS, TRAININGS, wordOf } from "../words.ts";

const DATASET = argument("DATASET", "number of the dataset", id(32));

export const datasetCurators = command({
  name: "dataset curators",
  role: "dataset owner",
  summary: "list a dataset's curators, appoint others or dismiss them",
  details: "Appointments hold while the dataset's token is this owner's.",
  arguments: { dataset: DATASET },
  options: {
    appoint: repeatedOption("ADDRESS", "a wallet that may decide on contributions", address),
    dismiss: repeatedOption("ADDRESS", "a curator that no longer may", address),
    ...SENDING,
  },
  examples: [
    "dataset curators 1",
    "dataset curators 1 --appoint 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast",
  ],
  run: async (context, { dataset, appoint, dismiss, ...sending }) => {
    const both = appoint.find((wallet) => dismiss.includes(wallet));
    if (both !== undefined) throw new UsageError(`${both} can't be appointed and dismissed at once`);
    const suite = await context.suite();
    const { datasets, book } = suite;
    const owner = await datasets.ownerOf(dataset);
    const set = await datasets.queryFilter(datasets.filters.CuratorSet(dataset), book.fromBlock);
    const named = [...new Set(set.map(({ args }) => args.curator))];
    const holds = await Promise.all(named.map((curator) => datasets.isCurator(dataset, curator)));
    const curators = named.filter((curator, i) => holds[i] === true && curator !== owner);
    if (appoint.length + dismiss.length === 0) {
      if (sending.broadcast) throw new UsageError("nothing to send: add --appoint ADDRESS or --dismiss ADDRESS");
      return {
        data: { dataset, owner, curators },
        render: () => [`owner ${owner}`, ...curators.map((curator) => `curator ${curator}`)].join("\n"),
        next: `tributary dataset curators ${dataset} --appoint ADDRESS`,
      };
    }
    return act(context, sending, async () => {
      const change = async (curator: string, appointed: boolean): Promise<Plan> => ({
        doing: `the ${appointed ? "appointment" : "dismissal"} of ${curator}`,
        contract: "datasets",
        transaction: await datasets.setCurator.populateTransaction(dataset, curator, appointed),
      });
      const plans = [
        ...appoint.filter((wallet) => !curators.includes(wallet)).map((wallet) => change(wallet, true)),
        ...dismiss.filter((wallet) => curators.includes(wallet)).map((wallet) => change(wallet, false)),
      ];
      if (plans.length === 0) throw new NothingToDo("it is so already");
      return {
        plans: await Promise.all(plans),
        data: { dataset, owner, appointed: appoint, dismissed: dismiss },
        next: `tributary dataset curators ${dataset}`,
      };
    });
  },
});

export const datasetTerms = command({
  name: "dataset terms",
  role: "dataset owner",
  summary: "change a dataset's terms; once a version is frozen only in the contributors' favour",
  details: "What isn't named stays as it is. A deposit never rises, and modality never changes here.",
  arguments: { dataset: DATASET },
  options: {
    streamBps: option("N", "least share of a model's income, in basis points", bps),
    proRataBps: option("N", "part of it that is always divided by row count, in basis points", bps),
    rowCap: option("N", "rows that one contribution counts at the most", whole(1, 2 ** 32 - 1)),
    curation: option("CURATION", CURATIONS.join(", "), oneOf(CURATIONS)),
    training: option("TRAINING", TRAININGS.join(", "), oneOf(TRAININGS)),
    deposit: option("AMOUNT", "what a contributor locks, in whole units of the currency", amount),
    licence: option("LICENCE", "SPDX id; only before the first frozen version", licenceReader),
    ...SENDING,
  },
  examples: ["dataset terms 1 --stream-bps 6000 --broadcast", "dataset terms 1 --deposit 0 --broadcast"],
  run: (context, { dataset, ...given }) => {
    const { streamBps, proRataBps, rowCap, curation, training, deposit, licence, ...sending } = given;
    if ([streamBps, proRataBps, rowCap, curation, training, deposit, licence].every((named) => named === undefined)) {
      throw new UsageError("nothing to change: name what is to be another, as --stream-bps N");
    }
    return act(context, sending, async (suite) => {
      const { datasets } = suite;
      const [before, currency, licenceBefore, versions] = await Promise.all([
        datasets.termsOf(dataset),
        readCurrency(suite),
        readLicence(suite, dataset),
        datasets.queryFilter(datasets.filters.VersionFrozen(dataset), suite.book.fromBlock),
      ]);
      const terms = {
        modality: before.modality,
        curation: curation === undefined ? before.curation : BigInt(CURATIONS.indexOf(curation)),
        training: training === undefined ? before.training : BigInt(TRAININGS.indexOf(training)),
        streamBps: streamBps === undefined ? before.streamBps : BigInt(streamBps),
        proRataBps: proRataBps === undefined ? before.proRataBps : BigInt(proRataBps),
        rowCap: rowCap === undefined ? before.rowCap : BigInt(rowCap),
        deposit: deposit === undefined ? before.deposit : parseMoney(deposit, currency),
      };
      // Frozen terms are edited without naming the licence again.
      const named = licence ?? (versions.length === 0 ? (licenceBefore ?? "") : "");
      const transaction = await datasets.setTerms.populateTransaction(dataset, terms, named);
      return {
        plans: [{ doing: "the change of the terms", contract: "datasets", transaction }],
        data: {
          dataset,
          terms: {
            ...terms,
            modality: before.modality,
            curation: wordOf(CURATIONS, terms.curation),
            training: wordOf(TRAININGS, terms.training),
            licence: licence ?? licenceBefore ?? null,
          },
        },
        pairs: [
          ["asks of models", percent(terms.streamBps)],
          ["always pro-rata", percent(terms.proRataBps)],
          ["row cap", terms.rowCap],
          ["curation", wordOf(CURATIONS, terms.curation)],
          ["training", wordOf(TRAININGS, terms.training)],
          ["deposit", money(terms.deposit, currency)],
        ],
        next: `tributary dataset show ${dataset}`,
      };
    });
  },
});

export const datasetDescribe = command({
  name: "dataset describe",
  role: "dataset owner",
  summary: "replace a dataset's description by another Croissant file",
  arguments: { dataset: DATASET, file: argument("CROISSANT.json", "the file, made by dataset init", text) },
  options: { uri: option("URI", "where the file is published", text), ...SENDING },
  examples: ["dataset describe 1 folder/croissant.json --broadcast"],
  run: async (context, { dataset, file, uri = "", ...sending }) => {
    const bytes = await readBytes(file, "the Croissant file");
    const { name } = describeCroissant(parseCroissant(new TextDecoder().decode(bytes)));
    return act(context, sending, async (suite) => {
      const metadataDigest = sha256(bytes);
      const transaction = await suite.datasets.setMetadata.populateTransaction(dataset, metadataDigest, uri);
      return {
        plans: [{ doing: "the change of the description", contract: "datasets", transaction }],
        data: { dataset, name, metadataDigest, uri },
        pairs: [
          ["name", name],
          ["metadata digest", metadataDigest],
        ],
        next: `tributary dataset show ${dataset}`,
      };
    });
  },
});

export const datasetTransfer = command({
  name: "dataset transfer",
  role: "dataset owner",
  summary: "give a dataset to another wallet",
  details: "Curators whom this owner appointed lose their appointment; lists and approvals stay.",
  arguments: { dataset: DATASET, to: argument("ADDRESS", "the new owner", address) },
  options: { ...SENDING },
  examples: ["dataset transfer 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast"],
  run: (context, { dataset, to, ...sending }) =>
    act(context, sending, async (suite) => {
      const { datasets } = suite;
      const owner = await datasets.ownerOf(dataset);
      const transfer = datasets["safeTransferFrom(address,address,uint256)"];
      return {
        plans: [
          {
            doing: "the transfer",
            contract: "datasets",
            transaction: await transfer.populateTransaction(owner, to, dataset),
          },
        ],
        data: { dataset, from: owner, to },
        pairs: [
          ["from", owner],
          ["to", to],
        ],
        next: `tributary dataset show ${dataset}`,
      };
    }),
});

export const contributionWithdraw = command({
  name: "contribution withdraw",
  role: "contributor",
  summary: "take back a contribution that nobody decided on within the review time, with its deposit",
  arguments: { dataset: DATASET, root: argument("ROOT", "the contribution's root", rootReader) },
  options: { ...SENDING },
  examples: [`contribution withdraw 1 0x${"ab".repeat(32)} --broadcast`],
  run: (context, { dataset, root, ...sending }) =>
    act(context, sending, async (suite, sender) => ({
      plans: [
        {
          doing: "the withdrawal of the contribution",
          contract: "datasets",
          transaction: await suite.datasets.withdrawContribution.populateTransaction(dataset, root),
        },
      ],
      data: { dataset, contributor: sender, root },
      next: "tributary bond withdraw datasets",
    })),
});

export const contributionRetire = command({
  name: "contribution retire",
  role: "contributor",
  summary: "take an accepted contribution out of all versions of a dataset to come",
  details: "Models that were trained on earlier versions go on paying for it. It can't be taken back.",
  arguments: { dataset: DATASET, place: argument("PLACE", "its place in the dataset, from 0", whole(0, 2 ** 20 - 1)) },
  options: { ...SENDING },
  examples: ["contribution retire 1 17 --broadcast"],
  run: (context, { dataset, place, ...sending }) =>
    act(context, sending, async (suite) => {
      const { contributor, rows } = await suite.datasets.contributionAt(dataset, place);
      return {
        plans: [
          {
            doing: "the retirement",
            contract: "datasets",
            transaction: await suite.datasets.retire.populateTransaction(dataset, place),
          },
        ],
        data: { dataset, place, contributor, rows },
        pairs: [
          ["contributor", contributor],
          ["rows", rows],
        ],
        next: `tributary dataset show ${dataset}`,
      };
    }),
});
