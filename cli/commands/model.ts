import { ZeroAddress } from "ethers";
import { ClientError, streamIdOf, type Suite } from "../../client/index.ts";
import { exportModelCard, importModelCard, type JsonObject, type ModelCard } from "../../metadata/index.ts";
import { ZERO_WORD } from "../../scorer/index.ts";
import { readWalletList } from "../admission.ts";
import { eventMember, parseMoney, readCommittedIndex, readCurrency } from "../chain.ts";
import { argument, command, option, optionalArgument, repeatedOption, requiredOption } from "../command.ts";
import { digestFile, readBytes, writeOut } from "../edges/files.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { UsageError } from "../exit.ts";
import { type Edge, nameEdges, requireCovered } from "../lineageNames.ts";
import { address, amount, bps, id, kinds, oneOf, parentShare, sourceShare, text, trainersOf } from "../readers.ts";
import { readSelfPayment, selfPaymentData, selfPaymentText } from "../selfPayment.ts";
import { fields, money, percent, table } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";
import { kindsOfMask, maskOfKinds, MODEL_KINDS, type ModelKind, wordOf } from "../words.ts";

export const modelShow = command({
  name: "model show",
  role: "model developer",
  summary: "show a model: its shares, lineage, streams and income",
  arguments: { model: argument("ID", "number of the model", id(48)) },
  options: {},
  examples: ["model show 2"],
  run: async (context, { model }) => {
    const suite = await context.suite();
    const { models, ledger, market, receivers, usage, payouts } = suite;
    const registered = await models.modelOf(model);
    const [owner, payout, supersededBy, split, income, counters, price, receiver, head, currency] = await Promise.all([
      models.ownerOf(model),
      models.payoutOf(model),
      models.supersededBy(model),
      models.splitOf(model),
      ledger.incomeOf(model),
      ledger.countersOf(model),
      market.priceOf(model),
      receivers.receiverOf(model),
      usage.headOf(model),
      readCurrency(suite),
    ]);
    const streams = await Promise.all(
      Array.from({ length: Number(registered.streams) }, async (_, slot) => {
        const stream = streamIdOf(model, slot);
        const [account, index] = await Promise.all([payouts.accountOf(stream), readCommittedIndex(suite, stream)]);
        return {
          stream,
          dataset: account.dataset,
          version: account.version,
          contributions: account.contributions,
          rows: account.rows,
          shareBps: account.shareBps,
          proRataBps: account.proRataBps,
          index: index.status === "none" ? null : { ...index },
        };
      }),
    );
    const data = {
      model,
      kind: wordOf(MODEL_KINDS, registered.kind),
      owner,
      payout: payout === ZeroAddress ? null : payout,
      operator: registered.operator === ZeroAddress ? null : registered.operator,
      artifactDigest: registered.artifactDigest,
      developerBps: registered.developerBps,
      parents: split.parents.map(({ model: parent, shareBps }) => ({ model: parent, shareBps })),
      children: { kinds: kindsOfMask(registered.children.kinds), leastBps: registered.children.leastBps },
      supersededBy: supersededBy === 0n ? null : supersededBy,
      streams,
      price: price === 0n ? null : price,
      receiver,
      income: { gross: income.gross, fees: counters.fees, royalties: counters.royalties },
      intervals: head.intervals,
    };
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["model", `${model} (${data.kind})`],
            ["owner", data.owner],
            ["operator", data.operator ?? "none"],
            ["artifact", data.artifactDigest],
            ["developer's share", percent(data.developerBps)],
            ["share goes to", data.payout ?? "the owner"],
            [
              "parents",
              data.parents.map(({ model: parent, shareBps }) => `${parent} (${percent(shareBps)})`).join(", ") ||
                "none",
            ],
            ["children", childrenText(data.children)],
            ...(data.supersededBy === null ? [] : [["superseded by", data.supersededBy] as const]),
            ["price", data.price === null ? "not for sale" : money(data.price, currency)],
            ["receives at", data.receiver],
            ["paid in", money(data.income.gross, currency)],
            ["net fees", money(data.income.fees, currency)],
            ["royalties", money(data.income.royalties, currency)],
            ["intervals", data.intervals],
          ]),
          ...(streams.length === 0
            ? []
            : [
                table(
                  ["stream", "dataset", "version", "contributions", "rows", "share", "always pro-rata", "index"],
                  streams.map(({ stream, dataset, version, contributions, rows, shareBps, proRataBps, index }) => [
                    stream,
                    dataset,
                    version,
                    contributions,
                    rows,
                    percent(shareBps),
                    percent(proRataBps),
                    index?.status ?? "none",
                  ]),
                  [0, 1, 2, 3, 4, 5, 6],
                ),
              ]),
        ].join("\n"),
      ...(streams[0] === undefined ? {} : { next: `tributary dataset show ${streams[0].dataset}` }),
    };
  },
});

/** What a model asks of those that name it as parent. */
export function childrenText({
  kinds,
  leastBps,
}: {
  readonly kinds: readonly string[];
  readonly leastBps: bigint | number;
}): string {
  return kinds.length === 0 ? "closed" : `${kinds.join(", ")}, for ${percent(leastBps)} or more`;
}

const WHOLE = 10_000;

export const modelRegister = command({
  name: "model register",
  role: "model developer",
  summary: "register a model with its parents and the datasets that it was trained on",
  details:
    "Kind and lineage are set for the life of the model. The shares are what you are willing to give: where a parent or a dataset asks for more by then, the registration reverts. " +
    "With CARD.md, a Hugging Face model card, the kind is the card's, and parents and datasets that the card names as tributary:model/ID or tributary:dataset/ID@VERSION need a share each.",
  arguments: { card: optionalArgument("CARD.md", "the model card; without it --kind is needed", text) },
  options: {
    kind: option("KIND", "base, finetune, adapter, merge, quantized or agent", oneOf(MODEL_KINDS)),
    artifact: requiredOption("FILE", "the weights, their signed manifest, or an agent's configuration", text),
    recipe: option("FILE", "how it was made: the training configuration", text),
    parent: repeatedOption("ID:BPS", "a parent and its share in basis points", parentShare),
    source: repeatedOption("DATASET/VERSION:BPS", "a dataset's version and its contributors' share", sourceShare),
    trainers: repeatedOption(
      "DATASET:FILE",
      "for a dataset whose list of trainers you are on: its wallets, one a line",
      trainersOf,
    ),
    childKinds: option("KINDS", "kinds of children that are allowed, with commas, all, or none (default: none)", kinds),
    childBps: option("N", "least share of a child's income, in basis points (default: 0)", bps),
    operator: option("ADDRESS", "wallet that serves the model and signs its usage reports", address),
    supersedes: option("ID", "model of yours that this one is a new version of", id(48)),
    priceHint: option("AMOUNT", "what an inference will cost, in whole units of the currency", amount),
    uri: option("URI", "where the card is published", text),
    ...SENDING,
  },
  examples: [
    "model register --kind base --artifact weights.safetensors --child-kinds all --child-bps 1000",
    "model register README.md --artifact weights.safetensors --recipe train.yaml --parent 1:1000 --source 1/1:6000 --broadcast",
  ],
  run: async (context, given) => {
    const { card: path, artifact, recipe, childKinds = [], childBps = 0, operator = ZeroAddress } = given;
    const { supersedes = 0n, priceHint = "0", uri = "", broadcast, keystore, from, output } = given;
    const parents = ascending(given.parent, ({ model }) => model, "--parent names model");
    const sources = ascending(given.source, ({ dataset }) => dataset, "--source names dataset");
    const shared = [...parents, ...sources].reduce((sum, { shareBps }) => sum + shareBps, 0);
    if (shared > WHOLE) {
      throw new UsageError(`parents and datasets get ${shared} basis points together: at most ${WHOLE} can be given`);
    }
    if (childKinds.length === 0 && childBps > 0) {
      throw new UsageError("--child-bps is for models that allow children: add --child-kinds KINDS");
    }
    const card = path === undefined ? undefined : importModelCard(await readBytes(path, "the model card"));
    const kind = kindOf(card, given.kind);
    if (kind === "base" && parents.length > 0) {
      throw new UsageError("a base model has no parents: say with --kind how it came from them");
    }
    if (card !== undefined) {
      if (card.kindSource === "inferred" && given.kind === undefined) context.note(inferredText(kind));
      for (const unnamed of [
        requireCovered("parent", card.parents, parents.map(modelEdge)),
        requireCovered("dataset", card.datasets, sources.map(datasetEdge)),
      ]) {
        if (unnamed !== undefined) context.note(unnamed);
      }
    }
    const artifactDigest = await digestFile(artifact, "the artifact");
    const recipeDigest = recipe === undefined ? ZERO_WORD : await digestFile(recipe, "the recipe");
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const chosen = await chooseWallet(context, { broadcast, keystore, from, output });
    const { models } = suite;
    const permissions = new Map<bigint, string[]>();
    for (const { dataset, path: list } of given.trainers) {
      if (!sources.some((source) => source.dataset === dataset)) {
        throw new UsageError(`--trainers names dataset ${dataset}, and no --source does`);
      }
      permissions.set(dataset, (await readWalletList(list)).proofOf(chosen.address));
    }
    const washing = await Promise.all(
      sources.map(async ({ dataset, shareBps }) => {
        const { proRataBps } = await suite.datasets.termsOf(dataset);
        return readSelfPayment(suite, shareBps, proRataBps);
      }),
    );
    const registration = {
      kind: MODEL_KINDS.indexOf(kind),
      artifactDigest,
      recipeDigest,
      operator,
      children: { kinds: maskOfKinds(childKinds), leastBps: childBps },
      supersedes,
      priceHint: parseMoney(priceHint, currency),
      parents,
      sources: sources.map((source) => ({ ...source, permission: permissions.get(source.dataset) ?? [] })),
      uri,
    };
    const transaction = await models.register.populateTransaction(registration);
    const { transactions, logs } = await transact(context, suite, chosen, [
      { doing: "the registration", contract: "models", transaction },
    ]);
    const model = eventMember(models.interface, logs, "ModelRegistered", "model");
    const data = {
      broadcast,
      model,
      owner: chosen.address,
      kind,
      artifactDigest,
      recipeDigest: recipe === undefined ? null : recipeDigest,
      developerBps: WHOLE - shared,
      parents: parents.map((parent) => ({ ...parent })),
      sources: sources.map((source, i) => ({ ...source, selfPayment: selfPaymentData(washing[i]!) })),
      children: { kinds: childKinds, leastBps: childBps },
      transactions,
    };
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["model", model ?? "not registered yet"],
            ["kind", kind],
            ["artifact", artifactDigest],
            ["recipe", data.recipeDigest ?? "none"],
            ["developer's share", percent(data.developerBps)],
            ["parents", parents.map((parent) => `${parent.model} (${percent(parent.shareBps)})`).join(", ") || "none"],
            [
              "datasets",
              sources
                .map(({ dataset, version, shareBps }) => `${dataset} version ${version} (${percent(shareBps)})`)
                .join(", ") || "none",
            ],
            ...sources.map(
              ({ dataset }, i) =>
                [`own payments, dataset ${dataset}`, selfPaymentText(washing[i]!)] as [string, string],
            ),
            ["children", childrenText(data.children)],
          ]),
          renderTransactions(style, transactions),
        ].join("\n"),
      next: model === null ? "add --broadcast to send it" : `tributary model show ${model}`,
    };
  },
});

/** In the order that the registry wants; nothing twice. */
function ascending<T>(items: readonly T[], numberOf: (item: T) => bigint, what: string): T[] {
  const sorted = [...items].sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1));
  sorted.forEach((item, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && numberOf(before) === numberOf(item)) {
      throw new UsageError(`${what} ${numberOf(item)} twice: give it one share`);
    }
  });
  return sorted;
}

function kindOf(card: ModelCard | undefined, named: ModelKind | undefined): ModelKind {
  if (card === undefined) {
    if (named === undefined) throw new UsageError(`no kind: name a CARD.md, or add --kind ${MODEL_KINDS.join("|")}`);
    return named;
  }
  if (named !== undefined && named !== card.kind && card.kindSource !== "inferred") {
    throw new ClientError(
      "mismatch",
      `the card says that the model is of kind ${card.kind}, and --kind ${named}: leave --kind out, or mend the card`,
    );
  }
  return named ?? card.kind;
}

function inferredText(kind: ModelKind): string {
  return `The card doesn't say the kind: ${kind} is inferred, as Hugging Face does. Write base_model_relation into the card if it is another.`;
}

function modelEdge({ model }: { readonly model: bigint }): Edge {
  return { name: `tributary:model/${model}`, id: String(model) };
}

function datasetEdge(source: { readonly dataset: bigint; readonly version: bigint | number }): Edge {
  const { dataset, version } = source;
  return { name: `tributary:dataset/${dataset}@${version}`, id: `${dataset}@${version}` };
}

const KIND_SOURCES: Readonly<Record<ModelCard["kindSource"], string>> = {
  relation: "base_model_relation says it",
  tributary: "tributary.kind says it",
  "no-parents": "the card names no base_model",
  inferred: "INFERRED: the card doesn't say it",
};

export const modelImportCard = command({
  name: "model import-card",
  role: "model developer",
  summary: "show what a Hugging Face model card says of a model's lineage",
  details:
    "Parents and datasets are the names that the card has: which numbers they have on the chain, you say at the registration.",
  arguments: { file: argument("FILE", "the card: YAML between two lines ---, then Markdown", text) },
  options: {},
  examples: ["model import-card README.md"],
  run: async (context, { file }) => {
    const card = importModelCard(await readBytes(file, "the model card"));
    const { kind, kindSource, parents, datasets, licences, licenceName, licenceLink, spdx, tributary } = card;
    if (kindSource === "inferred") context.note(inferredText(kind));
    const otherKeys = Object.keys(card.unknown);
    const data = {
      file,
      kind,
      kindSource,
      parents,
      datasets,
      licences,
      licenceName: licenceName ?? null,
      licenceLink: licenceLink ?? null,
      spdx,
      tributary: tributary ?? null,
      otherKeys,
    };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["kind", `${kind} (${KIND_SOURCES[kindSource]})`],
          ["parents", parents.join(", ") || "none"],
          ["datasets", datasets.join(", ") || "none"],
          ["licence", licences.join(", ") || "none"],
          ...(licenceName === undefined ? [] : [["licence's name", licenceName] as const]),
          ...(licenceLink === undefined ? [] : [["licence's text", licenceLink] as const]),
          ["SPDX", spdx.join(", ") || "none"],
          ...Object.entries(tributary ?? {}).map(
            ([name, value]) =>
              [`tributary.${name}`, typeof value === "string" ? value : JSON.stringify(value)] as const,
          ),
          ["other keys", otherKeys.join(", ") || "none"],
        ]),
      next: `tributary model register ${file} --artifact FILE${parents.map(() => " --parent ID:BPS").join("")}${datasets
        .map(() => " --source DATASET/VERSION:BPS")
        .join("")}`,
    };
  },
});

export const modelExportCard = command({
  name: "model export-card",
  role: "model developer",
  summary: "write a Hugging Face model card of what the chain says of a model",
  details:
    "Parents and datasets are written as tributary:model/ID and tributary:dataset/ID@VERSION, unless the card that is given with --card names them. " +
    "Of that card only the lines that the chain contradicts change: comments, other keys and the text stay. Exit 6 when it names lineage that the chain doesn't have.",
  arguments: { model: argument("ID", "number of the model", id(48)) },
  options: {
    out: requiredOption("FILE", "where the card is written", text),
    card: option("FILE", "the card to change; without it a new one is written", text),
  },
  examples: ["model export-card 2 --out README.md", "model export-card 2 --card README.md --out README.md"],
  run: async (context, { model, out, card: path }) => {
    const card = path === undefined ? undefined : importModelCard(await readBytes(path, "the model card"));
    const suite = await context.suite();
    const { registration, facts } = await readRegistration(suite, model);
    const parents = nameEdges("parent", card?.parents ?? [], registration.parents.map(modelEdge));
    const datasets = nameEdges("dataset", card?.datasets ?? [], registration.sources.map(datasetEdge));
    const { kind } = registration;
    const content = exportModelCard(
      { kind, parents, datasets, tributary: facts },
      card === undefined ? { body: `\n# Model ${model}\n` } : { card },
    );
    await writeOut(out, content, "the model card");
    return {
      data: { model, file: out, kind, parents, datasets, tributary: facts, changed: content !== card?.source },
      render: (style) =>
        fields(style, [
          ["model", model],
          ["kind", kind],
          ["parents", parents.join(", ") || "none"],
          ["datasets", datasets.join(", ") || "none"],
          ["card", content === card?.source ? `${out}, unchanged` : out],
        ]),
      next: `tributary model import-card ${out}`,
    };
  },
});

interface Registered {
  readonly kind: ModelKind;
  readonly parents: readonly { readonly model: bigint; readonly shareBps: bigint }[];
  readonly sources: readonly { readonly dataset: bigint; readonly version: bigint; readonly shareBps: bigint }[];
}

/** What a model was registered with, and what of it only the chain knows, for the card's `tributary`. */
async function readRegistration(
  { models, book }: Suite,
  model: bigint,
): Promise<{ readonly registration: Registered; readonly facts: JsonObject }> {
  const [{ kind, developerBps, artifactDigest }, { parents }, streams, [event]] = await Promise.all([
    models.modelOf(model),
    models.splitOf(model),
    models.streamsOf(model),
    models.queryFilter(models.filters.ModelRegistered(model), book.fromBlock),
  ]);
  const word = MODEL_KINDS[Number(kind)];
  if (word === undefined || event === undefined) {
    throw new ClientError("mismatch", `the node has no registration of model ${model}: ask another node`);
  }
  const { recipeDigest } = event.args.registration;
  return {
    registration: {
      kind: word,
      parents: parents.map(({ model: parent, shareBps }) => ({ model: parent, shareBps })),
      sources: streams.map(({ dataset, version, shareBps }) => ({ dataset, version, shareBps })),
    },
    facts: {
      chainId: book.chainId,
      registry: book.contracts.models,
      model: Number(model),
      artifactDigest,
      ...(recipeDigest === ZERO_WORD ? {} : { recipeDigest }),
      developerBps: Number(developerBps),
      parents: parents.map((parent) => ({ model: Number(parent.model), shareBps: Number(parent.shareBps) })),
      sources: streams.map(({ dataset, version, shareBps }) => ({
        dataset: Number(dataset),
        version: Number(version),
        shareBps: Number(shareBps),
      })),
    },
  };
}
