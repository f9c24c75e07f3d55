import { ClientError } from "../../client/index.ts";
import { attributeContributions, buildIndex, encodeIndex, indexTree, MAX_CONTRIBUTIONS } from "../../scorer/index.ts";
import { readCommittedIndex } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { readText, writeOut } from "../edges/files.ts";
import { EXIT, UsageError } from "../exit.ts";
import { hashIndexFile } from "../indexFile.ts";
import { retrain } from "../model.ts";
import { root as rootReader, stream as streamReader, text, whole } from "../readers.ts";
import { countRows, parseRows } from "../rows.ts";
import { count, fields } from "../style.ts";

export const indexBuild = command({
  name: "index build",
  role: "model developer",
  summary: "build the influence index of a trained model",
  details:
    "Trains again to make sure that the rows are those of the model (exit 6 if not), then sums the features of each contribution. " +
    "A contribution without rows gets a row of zeros, as a retired one must have.",
  arguments: { rows: argument("ROWS.jsonl", "the rows that the model was trained on", text) },
  options: {
    model: requiredOption("DIR", "the model's folder, made by train", text),
    out: requiredOption("FILE", "the index file to write", text),
    rowCap: option("N", "rows that one contribution counts at the most, by the dataset's terms", whole(1, 2 ** 32 - 1)),
    contributions: option(
      "N",
      "contributions of the dataset version, if the last ones have no rows here",
      whole(1, MAX_CONTRIBUTIONS),
    ),
  },
  examples: [
    "index build rows.jsonl --model model --out index.trix",
    "index build rows.jsonl --model model --out index.trix --row-cap 500",
  ],
  run: async ({ step }, { rows: path, model: folder, out, rowCap, contributions }) => {
    const rows = parseRows(await readText(path, "the rows"), path);
    const counts = countRows(rows);
    if (contributions !== undefined && contributions < counts.length) {
      throw new ClientError(
        "bad-input",
        `${path} has rows of contribution ${counts.length - 1}, so there are more than ${contributions} contributions`,
      );
    }
    while (counts.length < (contributions ?? 0)) counts.push(0);
    const trained = await step("Training again, to compare with the model", () => retrain(folder, rows));
    const index = await step("Computing the influence of each contribution", () => {
      const { model, features, labels, method } = trained;
      const contributionOf = rows.map(({ contribution }) => contribution);
      const phi = attributeContributions(
        model,
        { features, labels, contributionOf, contributions: counts.length },
        method.alpha,
      );
      return buildIndex(
        phi,
        counts.map((number) => Math.min(number, rowCap ?? number)),
      );
    });
    await writeOut(out, encodeIndex(index), "the index");
    const data = {
      file: out,
      root: indexTree(index).root,
      exponentBound: index.exponentBound,
      lanes: index.lanesPerRow,
      contributions: index.size,
      rows: rows.length,
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
        ]),
      next: `tributary index verify ${out} --root ${data.root}`,
    };
  },
});

export const indexVerify = command({
  name: "index verify",
  role: "challenger or auditor",
  summary: "check an index file against a root, or against the chain",
  details:
    "Exit 6 when the file isn't the committed one. With --stream the exponent bound is checked too; the root doesn't cover it.",
  arguments: { file: argument("FILE", "the index file", text) },
  options: {
    root: option("ROOT", "the root that it must have", rootReader),
    stream: option("STREAM", "the stream whose index it must be, by the chain", streamReader),
  },
  examples: ["index verify index.trix --stream 2/0", "index verify index.trix --root 0x4f…"],
  run: async (context, { file, root, stream }) => {
    if ((root === undefined) === (stream === undefined))
      throw new UsageError("give one of --root ROOT and --stream STREAM");
    const { root: itsRoot, header } = await hashIndexFile(context, file);
    const found = { root: itsRoot, exponentBound: header.exponentBound };
    const committed = stream === undefined ? undefined : await readCommittedIndex(await context.suite(), stream);
    if (committed?.status === "none")
      throw new ClientError("bad-input", `stream ${stream} has no index yet: its model's owner commits one`);
    const expected = {
      root: committed?.root ?? root ?? found.root,
      exponentBound: committed?.exponentBound ?? found.exponentBound,
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
              `${file} is the index ${stream === undefined ? "with this root" : `of stream ${stream} (${data.status})`}`,
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
