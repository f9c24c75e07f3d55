import { ZeroAddress } from "ethers";
import { streamIdOf } from "../../client/index.ts";
import { readCommittedIndex, readCurrency, utc } from "../chain.ts";
import { argument, command } from "../command.ts";
import { id } from "../readers.ts";
import { fields, money, percent, table } from "../style.ts";

/** States and kinds of IModelRegistry, in its order. */
const KINDS = ["base", "finetune", "adapter", "merge", "quantized", "agent"] as const;

export const modelShow = command({
  name: "model show",
  role: "model developer",
  summary: "show a model: its shares, lineage, streams and income",
  arguments: { model: argument("ID", "number of the model", id(48)) },
  options: {},
  examples: ["model show 2"],
  run: async (context, { model }) => {
    const suite = await context.suite();
    const { models, ledger, market, usage, payouts } = suite;
    const registered = await models.modelOf(model);
    const [owner, split, income, counters, price, head, currency] = await Promise.all([
      models.ownerOf(model),
      models.splitOf(model),
      ledger.incomeOf(model),
      ledger.countersOf(model),
      market.priceOf(model),
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
      kind: KINDS[Number(registered.kind)] ?? "unknown",
      owner,
      operator: registered.operator === ZeroAddress ? null : registered.operator,
      artifactDigest: registered.artifactDigest,
      developerBps: registered.developerBps,
      parents: split.parents.map(({ model: parent, shareBps }) => ({ model: parent, shareBps })),
      streams,
      price: price === 0n ? null : price,
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
            [
              "parents",
              data.parents.map(({ model: parent, shareBps }) => `${parent} (${percent(shareBps)})`).join(", ") ||
                "none",
            ],
            ["price", data.price === null ? "not for sale" : money(data.price, currency)],
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

export const datasetShow = command({
  name: "dataset show",
  role: "dataset owner",
  summary: "show a dataset: its terms, contributions and versions",
  arguments: { dataset: argument("ID", "number of the dataset", id(32)) },
  options: {},
  examples: ["dataset show 1"],
  run: async (context, { dataset }) => {
    const { datasets, book } = await context.suite();
    const terms = await datasets.termsOf(dataset);
    const from = book.fromBlock;
    const [owner, description, submitted, accepted, rejected, retired, frozen] = await Promise.all([
      datasets.ownerOf(dataset),
      datasets.tokenURI(dataset),
      datasets.queryFilter(datasets.filters.ContributionSubmitted(dataset), from),
      datasets.queryFilter(datasets.filters.ContributionAccepted(dataset), from),
      datasets.queryFilter(datasets.filters.ContributionRejected(dataset), from),
      datasets.queryFilter(datasets.filters.ContributionRetired(dataset), from),
      datasets.queryFilter(datasets.filters.VersionFrozen(dataset), from),
    ]);
    const versions = await Promise.all(
      frozen.map(async ({ args: { version } }) => {
        const { contributions, rows, frozenAt } = await datasets.versionAt(dataset, version);
        return { version, contributions, rows, frozenAt };
      }),
    );
    const data = {
      dataset,
      owner,
      description,
      terms: { streamBps: terms.streamBps, proRataBps: terms.proRataBps, rowCap: terms.rowCap },
      contributions: {
        submitted: submitted.length,
        pending: submitted.length - accepted.length - rejected.length,
        accepted: accepted.length,
        rejected: rejected.length,
        retired: retired.length,
      },
      contributors: new Set(submitted.map(({ args }) => args.contributor)).size,
      versions,
    };
    const { contributions } = data;
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["dataset", dataset],
            ["owner", owner],
            ["description", description],
            ["asks of models", percent(data.terms.streamBps)],
            ["always pro-rata", percent(data.terms.proRataBps)],
            ["row cap", data.terms.rowCap],
            [
              "contributions",
              `${contributions.submitted} submitted: ${contributions.accepted} accepted, ${contributions.rejected} rejected, ${contributions.pending} pending; ${contributions.retired} retired`,
            ],
            ["contributors", data.contributors],
          ]),
          versions.length === 0
            ? "no version is frozen yet"
            : table(
                ["version", "contributions", "rows", "frozen"],
                versions.map(({ version, contributions: number, rows, frozenAt }) => [
                  version,
                  number,
                  rows,
                  utc(frozenAt),
                ]),
                [0, 1, 2],
              ),
        ].join("\n"),
      next: `tributary contribute ${dataset} rows.jsonl`,
    };
  },
});
