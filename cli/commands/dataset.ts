import { basename, join } from "node:path";
import { ClientError } from "../../client/index.ts";
import { readFolder } from "../../metadata/folder.ts";
import {
  type Creator,
  CROISSANT_FILE,
  describeCroissant,
  initDataset,
  isErroneous,
  type Modality,
  parseCroissant,
  ROWS_FILE,
  validateCroissant,
} from "../../metadata/index.ts";
import { sha256 } from "../../scorer/index.ts";
import { eventMember, parseMoney, readCurrency, readLicence, utc } from "../chain.ts";
import { argument, command, option, repeatedOption, requiredOption } from "../command.ts";
import { isFolder, listFiles, readBytes, readBytesIfThere, readText, writeOut } from "../edges/files.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { EXIT, UsageError } from "../exit.ts";
import { amount, bps, date, id, licence as licenceReader, oneOf, text, webUrl, whole } from "../readers.ts";
import { readSelfPayment, selfPaymentData, selfPaymentText } from "../selfPayment.ts";
import { count, type Currency, fields, money, percent, table } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";
import { CURATIONS, MODALITIES, TRAININGS, wordOf } from "../words.ts";

/** Paths that people are shown; `--json` gives all. */
const SHOWN_PATHS = 10;

export const datasetInit = command({
  name: "dataset init",
  role: "dataset owner",
  summary: "make a dataset of a folder: its rows and its Croissant 1.1 file",
  details:
    "Writes croissant.json and rows.json into DIR. Rows are the records of .csv, the lines of .jsonl, and whole files of text, images and audio; what no row can be cut from is an error. " +
    "Same files and options, same bytes.",
  arguments: { folder: argument("DIR", "folder with the data", text) },
  options: {
    name: requiredOption("NAME", "what the dataset is called", text),
    description: requiredOption("TEXT", "what is in it", text),
    licence: requiredOption("SPDX", "id of its licence, or the address of one that has none", licenceReader),
    creator: repeatedOption("NAME", "a person who made it", text),
    organisation: repeatedOption("NAME", "an organisation that made it", text),
    url: requiredOption("URL", "page of the dataset", webUrl),
    date: requiredOption("YYYY-MM-DD", "day of its publication", date),
    keyword: repeatedOption("WORD", "what it is found by", text),
    modality: option(
      "MODALITY",
      "text, image, audio or tabular (default: what follows from the files)",
      oneOf(MODALITIES),
    ),
    baseUrl: option("URL", "where the folder will be published (default: files are named relative to it)", webUrl),
  },
  examples: [
    'dataset init folder --name Mails --description "Mails with labels" --licence CC-BY-4.0 --creator "Ada Lovelace" --url https://example.org/mails --date 2026-01-31',
  ],
  run: async (context, given) => {
    const { folder, name, description, licence, url, date: datePublished, keyword, modality, baseUrl } = given;
    const creators: Creator[] = [
      ...given.creator.map((one) => ({ type: "Person" as const, name: one })),
      ...given.organisation.map((one) => ({ type: "Organization" as const, name: one })),
    ];
    if (creators.length === 0) throw new UsageError("nobody made it: add --creator NAME or --organisation NAME");
    if (!(await isFolder(folder, "the data"))) {
      throw new ClientError("bad-input", `${folder} is a file: put it into a folder of its own, and name that`);
    }
    await requireOwn(join(folder, CROISSANT_FILE));
    const made = await context.step(`Reading ${folder}`, async () =>
      initDataset(await readFolder(folder), {
        name,
        description,
        licences: [licence],
        creators,
        url,
        datePublished,
        ...(keyword.length === 0 ? {} : { keywords: keyword }),
        ...(modality === undefined ? {} : { modality }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
      }),
    );
    const { files, rows, duplicates } = made.rows;
    const holding = new Set([...files.map(({ path }) => path), CROISSANT_FILE, ROWS_FILE]);
    const passedOver = (await listFiles(folder)).filter((path) => !holding.has(path));
    await writeOut(join(folder, ROWS_FILE), made.rowsFile, "the list of rows");
    await writeOut(join(folder, CROISSANT_FILE), made.croissantText, "the Croissant file");
    const data = {
      folder,
      files: files.map((file) => ({ path: file.path, kind: file.kind, rows: file.rows, sha256: file.sha256 })),
      rows: rows.length,
      duplicates: duplicates.map(({ digest, indices }) => ({ digest, indices })),
      passedOver,
      modality: made.modality,
      metadataDigest: made.metadataDigest,
    };
    return {
      data,
      render: (style) =>
        [
          table(
            ["file", "kind", "rows"],
            data.files.slice(0, SHOWN_PATHS).map(({ path, kind, rows: number }) => [path, kind, number]),
            [2],
          ),
          fields(style, [
            ["files", files.length],
            ["rows", rows.length],
            ["duplicates", duplicatesText(duplicates)],
            ["passed over", passedOverText(passedOver)],
            ["modality", made.modality],
            ["metadata digest", made.metadataDigest],
          ]),
        ].join("\n"),
      next: `tributary dataset create ${join(folder, CROISSANT_FILE)} --stream-bps 5000 --pro-rata-bps 1000 --row-cap 500 --curation curated --training anyone`,
    };
  },
});

/** A Croissant file that this command didn't write may say what can't be made again: it isn't written over. */
async function requireOwn(path: string): Promise<void> {
  const bytes = await readBytesIfThere(path, "the Croissant file");
  if (bytes === undefined || new TextDecoder().decode(bytes).includes('"tributary:rowDigests"')) return;
  throw new ClientError(
    "bad-input",
    `${path} is there and wasn't written by this command: move it away, or use it with "dataset create"`,
  );
}

function duplicatesText(duplicates: readonly { readonly indices: readonly number[] }[]): string {
  const more = duplicates.reduce((sum, { indices }) => sum + indices.length - 1, 0);
  if (more === 0) return "none";
  const shown = duplicates.slice(0, 3).map(({ indices }) => indices.slice(0, 5).join(" = "));
  return `${count(more, "row")} repeat others: rows ${shown.join(", ")}${duplicates.length > 3 ? ", …" : ""}`;
}

function passedOverText(paths: readonly string[]): string {
  if (paths.length === 0) return "none";
  const more = paths.length - SHOWN_PATHS;
  return paths.slice(0, SHOWN_PATHS).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export const datasetValidate = command({
  name: "dataset validate",
  role: "dataset owner",
  summary: "check a Croissant file against the published shape",
  details:
    "Every finding, each with its place, the rule and what to do. Exit 6 when the file breaks the specification; what it only recommends is a warning.",
  arguments: { file: argument("FILE", "the Croissant file, of version 1.0 or 1.1", text) },
  options: {},
  examples: ["dataset validate folder/croissant.json"],
  run: async (_context, { file }) => {
    const source = await readText(file, "the Croissant file");
    let document: unknown;
    try {
      document = JSON.parse(source.replace(/^\uFEFF/, ""));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ClientError("bad-input", `${file} isn't JSON: ${reason}; mend it and try again`, { cause });
    }
    const issues = validateCroissant(document);
    const errors = issues.filter(isErroneous).length;
    const warnings = issues.length - errors;
    return {
      data: { file, valid: errors === 0, errors, warnings, issues: issues.map((issue) => ({ ...issue })) },
      render: (style) =>
        [
          ...(issues.length === 0
            ? []
            : [
                table(
                  ["severity", "where", "rule", "what"],
                  issues.map(({ severity, path, rule, message }) => [severity, path, rule, message]),
                ),
              ]),
          errors === 0
            ? style.green(`${file} is valid${warnings === 0 ? "" : `, with ${count(warnings, "warning")}`}`)
            : style.red(`${file} is NOT valid: ${count(errors, "error")}, ${count(warnings, "warning")}`),
        ].join("\n"),
      exitCode: errors === 0 ? EXIT.ok : EXIT.mismatch,
    };
  },
});

export const datasetCreate = command({
  name: "dataset create",
  role: "dataset owner",
  summary: "create a dataset on the chain from its Croissant file",
  details:
    "Licence and modality are the file's; the chain keeps the sha-256 of the file, so publish exactly these bytes. " +
    "The terms can be edited until the first version is frozen, afterwards only in the contributors' favour.",
  arguments: { file: argument("CROISSANT.json", 'what "dataset init" wrote, or another Croissant file', text) },
  options: {
    streamBps: requiredOption("N", "least share of a model's income for the contributors, in basis points", bps),
    proRataBps: requiredOption("N", "part of it that is divided by row count in any case, in basis points", bps),
    rowCap: requiredOption("N", "rows that one contribution counts at the most", whole(1, 2 ** 32 - 1)),
    curation: requiredOption("WHO", "who may contribute: open, curated or allow-list", oneOf(CURATIONS)),
    training: requiredOption("WHO", "who may train on it: anyone, list or approval", oneOf(TRAININGS)),
    deposit: option(
      "AMOUNT",
      "what a contributor locks, in whole units of the currency: for a contribution, in an open dataset for each row (default: 0)",
      amount,
    ),
    modality: option("MODALITY", "for a file that doesn't say it: text, image, audio or tabular", oneOf(MODALITIES)),
    uri: option("URI", "where the file is published", text),
    ...SENDING,
  },
  examples: [
    "dataset create folder/croissant.json --stream-bps 5000 --pro-rata-bps 1000 --row-cap 500 --curation curated --training anyone",
  ],
  run: async (context, given) => {
    const { file, streamBps, proRataBps, rowCap, curation, training, deposit: asked = "0", uri = "", ...rest } = given;
    const { modality: named, ...sending } = rest;
    const bytes = await readBytes(file, "the Croissant file");
    const described = describeCroissant(parseCroissant(new TextDecoder().decode(bytes)));
    const metadataDigest = sha256(bytes);
    const modality = modalityOf(described.modality, named, file);
    const licence = onlyLicence(described.licences, file);
    if (/^[a-z][a-z0-9+.-]*:/i.test(licence)) {
      context.note(`The licence has no SPDX id: the chain gets its address, ${licence}`);
    }
    const suite = await context.suite();
    const currency = await readCurrency(suite);
    const deposit = parseMoney(asked, currency);
    const washing = await readSelfPayment(suite, streamBps, proRataBps);
    const chosen = await chooseWallet(context, sending);
    const { datasets } = suite;
    const transaction = await datasets.createDataset.populateTransaction(
      {
        modality: MODALITIES.indexOf(modality),
        curation: CURATIONS.indexOf(curation),
        training: TRAININGS.indexOf(training),
        streamBps,
        proRataBps,
        rowCap,
        deposit,
      },
      licence,
      metadataDigest,
      uri,
    );
    const { transactions, logs } = await transact(context, suite, chosen, [
      { doing: "the dataset", contract: "datasets", transaction },
    ]);
    const dataset = eventMember(datasets.interface, logs, "DatasetCreated", "dataset");
    const data = {
      broadcast: sending.broadcast,
      dataset,
      owner: chosen.address,
      name: described.name,
      metadataDigest,
      terms: { licence, modality, curation, training, streamBps, proRataBps, rowCap, deposit },
      selfPayment: selfPaymentData(washing),
      transactions,
    };
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["dataset", dataset ?? "not created yet"],
            ["name", described.name],
            ["metadata digest", metadataDigest],
            ["licence", licence],
            ["modality", modality],
            ["curation", curation],
            ["training", training],
            ["asks of models", percent(streamBps)],
            ["always pro-rata", percent(proRataBps)],
            ["own payments", selfPaymentText(washing)],
            ["row cap", rowCap],
            ["deposit", depositText(deposit, curation, currency)],
          ]),
          renderTransactions(style, transactions),
        ].join("\n"),
      next: dataset === null ? "add --broadcast to send it" : `tributary dataset show ${dataset}`,
    };
  },
});

function modalityOf(stated: Modality | undefined, named: Modality | undefined, file: string): Modality {
  const modality = stated ?? named;
  if (modality === undefined) {
    throw new ClientError(
      "bad-input",
      `${basename(file)} doesn't say what the rows are: add --modality ${MODALITIES.join("|")}`,
    );
  }
  if (named !== undefined && named !== modality) {
    throw new ClientError(
      "mismatch",
      `${basename(file)} says that the rows are ${modality}, and --modality ${named}: leave --modality out, or mend the file`,
    );
  }
  return modality;
}

function onlyLicence(licences: readonly string[], file: string): string {
  const [licence, ...more] = licences;
  if (licence === undefined || more.length > 0) {
    throw new ClientError(
      "bad-input",
      `${basename(file)} names ${count(licences.length, "licence")}, and the chain takes one: leave the one under which models are trained`,
    );
  }
  return licence;
}

function depositText(deposit: bigint, curation: string, currency: Currency): string {
  if (deposit === 0n) return "none";
  return `${money(deposit, currency)} for each ${curation === "open" ? "row" : "contribution"}`;
}

export const datasetShow = command({
  name: "dataset show",
  role: "dataset owner",
  summary: "show a dataset: its terms, contributions and versions",
  arguments: { dataset: argument("ID", "number of the dataset", id(32)) },
  options: {},
  examples: ["dataset show 1"],
  run: async (context, { dataset }) => {
    const suite = await context.suite();
    const { datasets, book } = suite;
    const terms = await datasets.termsOf(dataset);
    const from = book.fromBlock;
    const [owner, description, licence, currency, submitted, accepted, rejected, withdrawn, retired, frozen] =
      await Promise.all([
        datasets.ownerOf(dataset),
        datasets.tokenURI(dataset),
        readLicence(suite, dataset),
        readCurrency(suite),
        datasets.queryFilter(datasets.filters.ContributionSubmitted(dataset), from),
        datasets.queryFilter(datasets.filters.ContributionAccepted(dataset), from),
        datasets.queryFilter(datasets.filters.ContributionRejected(dataset), from),
        datasets.queryFilter(datasets.filters.ContributionWithdrawn(dataset), from),
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
      terms: {
        licence: licence ?? null,
        modality: wordOf(MODALITIES, terms.modality),
        curation: wordOf(CURATIONS, terms.curation),
        training: wordOf(TRAININGS, terms.training),
        streamBps: terms.streamBps,
        proRataBps: terms.proRataBps,
        rowCap: terms.rowCap,
        deposit: terms.deposit,
      },
      contributions: {
        submitted: submitted.length,
        pending: submitted.length - accepted.length - rejected.length - withdrawn.length,
        accepted: accepted.length,
        rejected: rejected.length,
        withdrawn: withdrawn.length,
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
            ["licence", data.terms.licence ?? "none"],
            ["modality", data.terms.modality],
            ["curation", data.terms.curation],
            ["training", data.terms.training],
            ["asks of models", percent(data.terms.streamBps)],
            ["always pro-rata", percent(data.terms.proRataBps)],
            ["row cap", data.terms.rowCap],
            ["deposit", depositText(data.terms.deposit, data.terms.curation, currency)],
            [
              "contributions",
              `${contributions.submitted} submitted: ${contributions.accepted} accepted, ${contributions.rejected} rejected, ${contributions.pending} pending, ${contributions.withdrawn} withdrawn; ${contributions.retired} retired`,
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
