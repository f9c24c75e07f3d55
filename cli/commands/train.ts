import { argument, command, requiredOption } from "../command.ts";
import { readText } from "../edges/files.ts";
import { CLASSES, DEFAULT_RECIPE, digestsOf, trainOn, writeModel } from "../model.ts";
import { text } from "../readers.ts";
import { countRows, parseRows } from "../rows.ts";
import { count, fields } from "../style.ts";
import { predict } from "../../scorer/index.ts";

export const train = command({
  name: "train",
  role: "model developer",
  summary: "train a text classifier on labelled rows",
  details:
    'Each line of ROWS.jsonl is {"contribution": place in the dataset version, from 0, "subject": text, "body": text, "label": 0 or 1}. ' +
    "Writes head.bin, whitening.bin, text.json, ridge.json and method.json; same rows, same bytes, on every machine.",
  arguments: { rows: argument("ROWS.jsonl", "training rows, one JSON object a line", text) },
  options: { out: requiredOption("DIR", "folder for the model's files", text) },
  examples: ["train rows.jsonl --out model"],
  run: async ({ step }, { rows: path, out }) => {
    const rows = parseRows(await readText(path, "the rows"), path);
    const trained = await step(`Training on ${count(rows.length, "row")}`, () => trainOn(rows, DEFAULT_RECIPE));
    const { model, features, labels } = trained;
    const d = model.head.features;
    const right = labels.filter(
      (label, i) => predict(model.head, features.data.subarray(i * d, (i + 1) * d)).label === label,
    ).length;
    await writeModel(out, trained);
    const contributions = countRows(rows).filter((number) => number > 0).length;
    const data = {
      folder: out,
      rows: rows.length,
      contributions,
      classes: CLASSES,
      features: d,
      trainingAccuracy: Number((right / rows.length).toFixed(4)),
      digests: { ...digestsOf(trained) },
    };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["rows", data.rows],
          ["contributions", contributions],
          ["classes", CLASSES],
          ["features", d],
          ["training accuracy", `${(100 * data.trainingAccuracy).toFixed(2)} %`],
          ["head.bin", data.digests.head],
          ["whitening.bin", data.digests.whitening],
          ["method.json", data.digests.method],
          ["text.json", data.digests.text],
          ["ridge.json", data.digests.ridge],
        ]),
      next: `tributary index build ${path} --model ${out} --out index.trix`,
    };
  },
});
