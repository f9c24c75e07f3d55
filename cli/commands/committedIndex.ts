import { basename, join } from "node:path";
import { ZeroAddress } from "ethers";
import { ClientError, modelOfStream, type Suite } from "../../client/index.ts";
import { type Hex, indexLaneBytes, indexRow, toHex, ZERO_WORD } from "../../scorer/index.ts";
import { checkIndex, INDEX_STATES, readCommittedIndex, readCurrency, utc } from "../chain.ts";
import { argument, command, option } from "../command.ts";
import { digestFile, readBytes } from "../edges/files.ts";
import { NothingToDo, UsageError } from "../exit.ts";
import { hashIndexFile } from "../indexFile.ts";
import { stream as streamReader, text, whole } from "../readers.ts";
import { money } from "../style.ts";
import { act, type Plan, SENDING } from "../transaction.ts";

const STREAM = argument("STREAM", "the stream: its number, or MODEL/PLACE", streamReader);
const ROW = argument("ROW", "the row: place of a contribution, from 0", whole(0, 2 ** 20 - 1));

export const indexCommit = command({
  name: "index commit",
  role: "model developer",
  summary: "commit the index of a stream, and the model's basis before it where there is none yet",
  details:
    "The basis is what queries are made comparable with: digests of whitening.bin and method.json in --model DIR, or of the files --basis and --method of another framework. Publish the index file: anyone may demand its rows until it is activated.",
  arguments: { stream: STREAM, file: argument("FILE", "the index file, made by index build", text) },
  options: {
    model: option("DIR", "the model's folder, made by train", text),
    basis: option("FILE", "what queries are whitened with, in place of --model", text),
    method: option("FILE", "description of the method, in place of --model", text),
    uri: option("URI", "where the index is published (default: its name)", text),
    methodUri: option("URI", "where basis and method are published (default: the method's name)", text),
    ...SENDING,
  },
  examples: ["index commit 2/0 index.trix --model model", "index commit 2/0 index.trix --model model --broadcast"],
  run: async (context, { stream, file, model: folder, basis, method, uri, methodUri, ...sending }) => {
    const { root, header } = await hashIndexFile(context, file);
    return act(context, sending, async (suite) => {
      const { indexes } = suite;
      const model = modelOfStream(stream);
      const [committed, basisPlans] = await Promise.all([
        readCommittedIndex(suite, stream),
        planBasis(suite, model, header.lanesPerRow, { folder, basis, method, uri: methodUri }),
      ]);
      if (committed.status === "active") throw new NothingToDo(`stream ${stream} has an active index, which is final`);
      if (committed.status === "committed" && committed.root === root) {
        throw new NothingToDo(`the index is committed already: tributary index activate ${stream}`);
      }
      const transaction = await indexes.commitIndex.populateTransaction(
        stream,
        root,
        header.exponentBound,
        uri ?? basename(file),
      );
      const dependent = basisPlans.length > 0;
      return {
        plans: [...basisPlans, { doing: "the commitment of the index", contract: "indexes", transaction, dependent }],
        data: { stream, model, root, exponentBound: header.exponentBound, lanes: header.lanesPerRow, basis: dependent },
        pairs: [
          ["root", root],
          ["exponent bound", header.exponentBound],
          ["basis", dependent ? "is committed with it" : "is committed already"],
        ],
        next: `publish ${file}; after the index delay: tributary index activate ${stream}`,
      };
    });
  },
});

interface BasisFiles {
  readonly folder: string | undefined;
  readonly basis: string | undefined;
  readonly method: string | undefined;
  readonly uri: string | undefined;
}

/** The commitment of a model's basis; none if there is one, which must be that of the files where they are named. */
async function planBasis(suite: Suite, model: bigint, lanes: number, files: BasisFiles): Promise<Plan[]> {
  const { folder, uri } = files;
  const basisFile = files.basis ?? (folder === undefined ? undefined : join(folder, "whitening.bin"));
  const methodFile = files.method ?? (folder === undefined ? undefined : join(folder, "method.json"));
  const before = await suite.indexes.basisOf(model);
  if (basisFile === undefined || methodFile === undefined) {
    if (before.lanes !== 0n) return [];
    throw new UsageError(`model ${model} has no basis yet: add --model DIR, or --basis FILE and --method FILE`);
  }
  const [basisDigest, methodDigest] = await Promise.all([
    digestFile(basisFile, "the basis"),
    digestFile(methodFile, "the method"),
  ]);
  if (before.lanes === 0n) {
    const transaction = await suite.indexes.commitBasis.populateTransaction(
      model,
      { lanes, basisDigest, methodDigest },
      uri ?? basename(methodFile),
    );
    return [{ doing: "the commitment of the basis", contract: "indexes", transaction }];
  }
  if (before.basisDigest === basisDigest && before.methodDigest === methodDigest) return [];
  throw new ClientError(
    "mismatch",
    `model ${model} is committed to another basis or method than ${basisFile} and ${methodFile}: name the files that it was committed with`,
  );
}

export const indexActivate = command({
  name: "index activate",
  role: "model developer",
  summary: "activate a committed index after its delay: it serves the fees that come in from then on",
  details: "Anyone may. Cut right before it, so that the interval that is divided by row count is short.",
  arguments: { stream: STREAM },
  options: { ...SENDING },
  examples: ["index activate 2/0", "index activate 2/0 --broadcast"],
  run: (context, { stream, ...sending }) =>
    act(context, sending, async (suite) => {
      const { root, status } = await readCommittedIndex(suite, stream);
      if (status === "active") throw new NothingToDo(`the index of stream ${stream} is active already`);
      const transaction = await suite.indexes.activateIndex.populateTransaction(stream);
      return {
        plans: [{ doing: "the activation", contract: "indexes", transaction }],
        data: { stream, root },
        pairs: [["root", root]],
        next: `tributary model show ${modelOfStream(stream)}`,
      };
    }),
});

export const indexReject = command({
  name: "index reject",
  role: "dataset owner",
  summary: "reject a committed index of one's own dataset's stream, before it is activated",
  arguments: { stream: STREAM },
  options: { reason: option("FILE", "a note that says why; publish it", text), ...SENDING },
  examples: ["index reject 2/0 --reason why.md --broadcast"],
  run: (context, { stream, reason, ...sending }) =>
    act(context, sending, async (suite) => {
      const { root } = await readCommittedIndex(suite, stream);
      const digest = reason === undefined ? ZERO_WORD : await digestFile(reason, "the reason");
      const transaction = await suite.indexes.rejectIndex.populateTransaction(stream, digest);
      return {
        plans: [{ doing: "the rejection", contract: "indexes", transaction }],
        data: { stream, root, reason: reason === undefined ? null : digest },
        pairs: [["rejected", root]],
        next: `tributary model show ${modelOfStream(stream)}`,
      };
    }),
});

export const indexDemand = command({
  name: "index demand",
  role: "challenger or auditor",
  summary: "demand that a row of a committed index is shown, against a bond",
  details: "Who shows it in time gets the bond; if nobody does, the index is rejected (index call-silence).",
  arguments: { stream: STREAM, row: ROW },
  options: { ...SENDING },
  examples: ["index demand 2/0 17 --broadcast"],
  run: (context, { stream, row, ...sending }) =>
    act(context, sending, async (suite) => {
      const [bond, currency] = await Promise.all([suite.indexes.ROW_BOND(), readCurrency(suite)]);
      const transaction = await suite.indexes.demandRow.populateTransaction(stream, row);
      return {
        plans: [{ doing: "the demand", contract: "indexes", transaction }],
        data: { stream, row, bond },
        pairs: [["bond", money(bond, currency)]],
        next: `tributary index call-silence ${stream} ${row}, once the response time is over`,
      };
    }),
});

export const indexShow = command({
  name: "index show",
  role: "model developer",
  summary: "show the state of a stream's index, or with --row a row of it that somebody demanded",
  details: "Showing a row is a transaction, and takes the index file; its sender gets the demand's bond.",
  arguments: { stream: STREAM },
  options: {
    row: option("ROW", "the row that is demanded", whole(0, 2 ** 20 - 1)),
    index: option("FILE", "the index file", text),
    ...SENDING,
  },
  examples: ["index show 2/0", "index show 2/0 --row 17 --index index.trix --broadcast"],
  run: async (context, { stream, row, index: path, ...sending }) => {
    if ((row === undefined) !== (path === undefined)) throw new UsageError("a row is shown of --index FILE: give both");
    if (row === undefined || path === undefined) {
      if (sending.broadcast) throw new UsageError("--broadcast is for a row: add --row ROW and --index FILE");
      const suite = await context.suite();
      return describe(suite, stream);
    }
    const file = await readBytes(path, "the index");
    return act(context, sending, async (suite) => {
      const { indexes } = suite;
      const { index, tree } = checkIndex(file, await readCommittedIndex(suite, stream));
      if (row >= index.size) throw new UsageError(`the index has ${index.size} rows, from 0`);
      const lanes = toHex(indexLaneBytes(indexRow(index, row)));
      const transaction = await indexes.showRow.populateTransaction(stream, row, index.exponents[row] ?? 0, lanes, [
        ...tree.proof(row),
      ]);
      return {
        plans: [{ doing: `the showing of row ${row}`, contract: "indexes", transaction }],
        data: { stream, row },
        next: "tributary bond show",
      };
    });
  },
});

async function describe(suite: Suite, stream: bigint) {
  const { indexes } = suite;
  const [found, delay] = await Promise.all([indexes.indexOf(stream), indexes.INDEX_DELAY()]);
  const status = INDEX_STATES[Number(found.status)] ?? "none";
  const activatableAt = status === "committed" ? found.committedAt + delay : null;
  const data = {
    stream,
    status,
    root: found.root as Hex,
    exponentBound: found.exponentBound,
    activatableAt,
    activeFrom: status === "active" ? found.activeFrom : null,
    openDemands: found.openDemands,
  };
  const next =
    status === "none" || status === "rejected"
      ? `tributary index commit ${stream} FILE --model DIR`
      : status === "committed"
        ? `tributary index activate ${stream}`
        : `tributary score ${stream} INTERVAL --index FILE --out statement.json`;
  return {
    data,
    render: (): string =>
      [
        `stream ${stream}: ${status}`,
        ...(status === "none" ? [] : [`root ${found.root}, exponent bound ${found.exponentBound}`]),
        ...(activatableAt === null ? [] : [`can be activated from ${utc(activatableAt)} on`]),
        ...(found.openDemands === 0n ? [] : [`rows that are demanded and not shown: ${found.openDemands}`]),
      ].join("\n"),
    next,
  };
}

export const indexSilence = command({
  name: "index call-silence",
  role: "challenger or auditor",
  summary: "reject an index of which a demanded row was not shown in time",
  arguments: { stream: STREAM, row: ROW },
  options: { ...SENDING },
  examples: ["index call-silence 2/0 17 --broadcast"],
  run: (context, { stream, row, ...sending }) =>
    act(context, sending, async (suite) => ({
      plans: [
        {
          doing: "the call of the silence",
          contract: "indexes",
          transaction: await suite.indexes.callSilence.populateTransaction(stream, row),
        },
      ],
      data: { stream, row },
      next: "tributary bond show",
    })),
});

export const indexRelease = command({
  name: "index release",
  role: "challenger or auditor",
  summary: "give the bonds of demanded rows back whose index was rejected before they were shown",
  details: "All that are left of a stream; the bonds go back to who demanded. Exit 3 when there is none.",
  arguments: { stream: STREAM },
  options: { ...SENDING },
  examples: ["index release 2/0 --broadcast"],
  run: (context, { stream, ...sending }) =>
    act(context, sending, async (suite) => {
      const [demands, bond, currency] = await Promise.all([
        releasableDemands(suite, stream),
        suite.indexes.ROW_BOND(),
        readCurrency(suite),
      ]);
      if (demands.length === 0) throw new NothingToDo(`no bond of a rejected index of stream ${stream} is left`);
      const plans = await Promise.all(
        demands.map(async ({ commitment, row }): Promise<Plan> => ({
          doing: `the release of row ${row}`,
          contract: "indexes",
          transaction: await suite.indexes.releaseDemand.populateTransaction(stream, commitment, row),
        })),
      );
      return {
        plans,
        data: { stream, bond, demands },
        pairs: demands.map(({ row, by }): [string, string] => [`row ${row}`, `${money(bond, currency)} to ${by}`]),
        next: "tributary bond show",
      };
    }),
});

/** Demands of a stream's rejected indexes that are neither shown nor released. */
async function releasableDemands({ indexes, book }: Suite, stream: bigint) {
  const [{ commitment: latest, status }, demanded] = await Promise.all([
    indexes.indexOf(stream),
    indexes.queryFilter(indexes.filters.RowDemanded(stream), book.fromBlock),
  ]);
  const rejected = demanded
    .map(({ args: { commitment, row } }) => ({ commitment, row }))
    .filter(({ commitment }) => commitment < latest || INDEX_STATES[Number(status)] === "rejected");
  const states = await Promise.all(
    rejected.map(async ({ commitment, row }) => {
      const { by, shown } = await indexes.demandOf(stream, commitment, row);
      return { commitment: Number(commitment), row: Number(row), by, open: by !== ZeroAddress && !shown };
    }),
  );
  // The same row may have been demanded, released and demanded again.
  const unique = new Map(states.map((state) => [`${state.commitment}/${state.row}`, state]));
  return [...unique.values()].filter(({ open }) => open).map(({ commitment, row, by }) => ({ commitment, row, by }));
}
