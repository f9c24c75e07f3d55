import { ClientError } from "../../client/index.ts";
import {
  encodeIndex,
  encodeProjections,
  factorVectors,
  indexTree,
  packQ,
  quantiseQuery,
  queryDigest,
  toHex,
} from "../../scorer/index.ts";
import { readCommittedIndex } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { writeOut } from "../edges/files.ts";
import { EXIT, UsageError } from "../exit.ts";
import { hashIndexFile } from "../indexFile.ts";
import {
  buildFrom,
  chooseSource,
  FEATURE_SOURCES,
  INDEX_SHAPE,
  LANES,
  readProjections,
  ROWS,
  visitProjected,
} from "../indexInputs.ts";
import { root as rootReader, stream as streamReader, text } from "../readers.ts";
import { count, fields } from "../style.ts";

export const indexBuild = command({
  name: "index build",
  role: "model developer",
  summary: "build the influence index of a trained model, or of features from another framework",
  details:
    "With --model it trains again to make sure that the rows are those of the model (exit 6 if not), then sums the features of each contribution. " +
    "With --factors it sums the features that files give for each row: phi, or factors a and g of outer products; docs/features.md has their names. " +
    "--lanes projects factors first, on their principal axes, for an index of fewer lanes; --projection-out keeps what queries must be projected with. " +
    "A contribution without rows gets a row of zeros, as a retired one must have.",
  arguments: { rows: ROWS },
  options: {
    ...FEATURE_SOURCES,
    out: requiredOption("FILE", "the index file to write", text),
    lanes: LANES,
    projectionOut: option("FILE", "with --lanes: the projection file to write", text),
    ...INDEX_SHAPE,
  },
  examples: [
    "index build rows.jsonl --model model --out index.trix",
    "index build rows.jsonl --model model --out index.trix --row-cap 500",
    "index build --factors factors.safetensors --out index.trix",
    "index build rows.jsonl --factors phi.npy --out index.trix",
    "index build --factors factors --lanes 64x32 --projection-out projection.trkp --out index.trix",
  ],
  run: async (context, { out, rowCap, contributions, lanes, projectionOut, ...given }) => {
    const source = chooseSource(given);
    if ((lanes === undefined) !== (projectionOut === undefined)) {
      throw new UsageError("--lanes and --projection-out go together: queries need the same projection");
    }
    const { index, rows, projections } = await buildFrom(context, source, { rowCap, contributions, lanes });
    await writeOut(out, encodeIndex(index), "the index");
    if (projections !== undefined && projectionOut !== undefined) {
      await writeOut(projectionOut, encodeProjections(projections), "the projection");
    }
    const data = {
      file: out,
      root: indexTree(index).root,
      exponentBound: index.exponentBound,
      lanes: index.lanesPerRow,
      contributions: index.size,
      rows,
      projection: projectionOut ?? null,
    };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["root", data.root],
          ["exponent bound", data.exponentBound],
          ["lanes", data.lanes],
          ["contributions", data.contributions],
          ["rows", data.rows],
          ["file", out],
          ...(projectionOut === undefined ? [] : [["projection", projectionOut] as [string, string]]),
        ]),
      next: `tributary index verify ${out} --root ${data.root}`,
    };
  },
});

export const indexQueries = command({
  name: "index queries",
  role: "model developer",
  summary: "make query vectors of the features of answers, for an index of another framework's model",
  details:
    "Writes a line of JSON for each answer: exponent and lanes as receipts hold them, and the digest that a receipt signs. " +
    "PATH is as for index build, without contributions; a gradient must be that of the loss of the class, or text, that was answered.",
  arguments: {},
  options: {
    factors: requiredOption("PATH", "features or factors of the answers: a file, or a folder of them", text),
    projection: option("FILE", "the projection that the index was built with", text),
    out: requiredOption("FILE", "the file of query vectors to write, JSON Lines", text),
  },
  examples: ["index queries --factors asked.safetensors --projection projection.trkp --out queries.jsonl"],
  run: async (context, { factors, projection, out }) => {
    const projections = await readProjections(projection);
    const lines: string[] = [];
    let lanes = 0;
    await context.step(`Reading the features in ${factors}`, () =>
      visitProjected(factors, "none", projections, (found) => {
        const vectors = factorVectors(found);
        lanes = vectors.columns;
        for (let i = 0; i < vectors.rows; i++) {
          const query = quantiseQuery(vectors.data.subarray(i * lanes, (i + 1) * lanes));
          const shown = { exponent: query.exponent, lanes: toHex(packQ(query.lanes)), digest: queryDigest(query) };
          lines.push(JSON.stringify(shown));
        }
      }),
    );
    await writeOut(out, `${lines.join("\n")}\n`, "the query vectors");
    const data = { file: out, queries: lines.length, lanes };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["queries", data.queries],
          ["lanes", lanes],
          ["file", out],
        ]),
    };
  },
});

export const indexVerify = command({
  name: "index verify",
  role: "challenger or auditor",
  summary: "check an index file against a root, the chain, or the features that it was built of",
  details:
    "Exit 6 when the file isn't the expected one. With --stream, --model and --factors the exponent bound is checked too; the root doesn't cover it. " +
    "With ROWS.jsonl and --model, or with --factors, the index is computed again, as index build does.",
  arguments: { file: argument("FILE", "the index file", text), rows: ROWS },
  options: {
    root: option("ROOT", "the root that it must have", rootReader),
    stream: option("STREAM", "the stream whose index it must be, by the chain", streamReader),
    ...FEATURE_SOURCES,
    lanes: LANES,
    ...INDEX_SHAPE,
  },
  examples: [
    "index verify index.trix --stream 2/0",
    "index verify index.trix --root 0x4f…",
    "index verify index.trix rows.jsonl --model model",
    "index verify index.trix --factors factors.safetensors",
  ],
  run: async (context, { file, root, stream, rowCap, contributions, lanes, ...given }) => {
    const again = Object.values(given).some((value) => value !== undefined);
    if ([root, stream, again || undefined].filter((expected) => expected !== undefined).length !== 1)
      throw new UsageError("give one of --root ROOT, --stream STREAM, --model DIR with ROWS.jsonl, and --factors PATH");
    if (lanes !== undefined && !again) throw new UsageError("--lanes is for --factors PATH");
    const { root: itsRoot, header } = await hashIndexFile(context, file);
    const recomputed = again
      ? (await buildFrom(context, chooseSource(given), { rowCap, contributions, lanes })).index
      : undefined;
    const found = { root: itsRoot, exponentBound: header.exponentBound };
    const committed = stream === undefined ? undefined : await readCommittedIndex(await context.suite(), stream);
    if (committed?.status === "none")
      throw new ClientError("bad-input", `stream ${stream} has no index yet: its model's owner commits one`);
    const expected = {
      root: committed?.root ?? root ?? (recomputed && indexTree(recomputed).root) ?? found.root,
      exponentBound: (committed ?? recomputed ?? found).exponentBound,
    };
    const matches = expected.root === found.root && expected.exponentBound === found.exponentBound;
    const data = {
      matches,
      file,
      found,
      expected,
      status: committed?.status ?? null,
      lanes: header.lanesPerRow,
      contributions: header.size,
    };
    return {
      data,
      render: (style) => {
        const verdict = matches
          ? style.green(
              `${file} is the index ${stream === undefined ? (again ? "of these features" : "with this root") : `of stream ${stream} (${data.status})`}`,
            )
          : style.red(`${file} is NOT the expected index: fetch it from another source`);
        const pairs: [string, string | number][] = [["root", found.root]];
        if (found.root !== expected.root) pairs.push(["expected root", expected.root]);
        pairs.push(["exponent bound", found.exponentBound]);
        if (found.exponentBound !== expected.exponentBound)
          pairs.push(["expected exponent bound", expected.exponentBound]);
        pairs.push(["lanes", header.lanesPerRow], ["contributions", header.size]);
        return `${verdict}\n${fields(style, pairs)}`;
      },
      exitCode: matches ? EXIT.ok : EXIT.mismatch,
      next: `${count(header.size, "contribution")} can be scored: tributary score ${stream ?? "STREAM"} INTERVAL --index ${file} --out statement.json`,
    };
  },
});
