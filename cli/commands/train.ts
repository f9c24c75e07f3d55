import { parse } from "node:path";
import { HEAD_KINDS, largestOutputs, MAX_LANES } from "../../scorer/index.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { featureChoice, readNewData } from "../features.ts";
import { digestsOf, filesOf, HEADS, recipeOf, RULES, trainOn, writeModel } from "../model.ts";
import { decimal, oneOf, text } from "../readers.ts";
import { countRows } from "../rows.ts";
import { count, fields } from "../style.ts";

export const train = command({
  name: "train",
  role: "model developer",
  summary: "train a classifier on labelled rows of text, images or imported features",
  details:
    'Each line of ROWS.jsonl is {"contribution": place in the dataset version, from 0, "subject": text, "body": text, "label": 0 … C − 1}; ' +
    "subject and body are for features of text, and labels may be in a file of their own. Writes head.bin, whitening.bin, method.json, " +
    "ridge.json or softmax.json, and text.json or features.json, which say how to do it again; same rows, same bytes, on every machine.",
  arguments: { rows: argument("ROWS.jsonl", "training rows, one JSON object a line", text) },
  options: {
    out: requiredOption("DIR", "folder for the model's files", text),
    features: option(
      "KIND",
      "ngrams (default), minilm, pixels, or a FILE.npy or FILE.safetensors with a row for each line",
      featureChoice,
    ),
    images: option("FILE", "for pixels: the images, as IDX, .npy or .safetensors, one for each line", text),
    labels: option("FILE", "the label of each line, as IDX, .npy or .safetensors", text),
    head: option("KIND", `what is trained: ${HEADS.join(", ")} (default: ridge)`, oneOf(HEADS)),
    lambda: option("NUMBER", "regularisation, above 0 (default: 1)", decimal(Number.MIN_VALUE, Number.MAX_VALUE)),
    rule: option(
      "NAME",
      "how contributions are paid: half-credited (default), influence (alpha 1), hat (alpha 0), or pro-rata (by row count, without an index)",
      oneOf(RULES),
    ),
    alpha: option(
      "NUMBER",
      `alpha of the half-credited rule, 0 to 1 (default: ${HEADS.map((head) => `${HEAD_KINDS[head].alpha} for ${head}`).join(", ")})`,
      decimal(0, 1),
    ),
  },
  examples: [
    "train rows.jsonl --out model",
    "train rows.jsonl --out model --features minilm --lambda 3",
    "train rows.jsonl --out model --head softmax",
    "train rows.jsonl --out model --features pixels --images train-images-idx3-ubyte --labels train-labels-idx1-ubyte",
    "train rows.jsonl --out model --features activations.npy --labels labels.npy",
  ],
  run: async (context, { rows: path, out, features: choice = "ngrams", images, labels, ...how }) => {
    const recipe = recipeOf(how);
    const read = await readNewData(context, choice, { rows: path, images, labels });
    const trained = await context.step(`Training on ${count(read.rows.length, "row")}`, () => trainOn(read, recipe));
    const { model, method } = trained;
    const { classes, features: d } = model;
    const answers = largestOutputs(model.outputs(read.features));
    const right = read.labels.filter((label, i) => answers[i] === label).length;
    await writeModel(out, trained);
    const lanes = method.rule === "pro-rata" ? 0 : method.lanes;
    if (method.rule === "pro-rata") {
      context.note("By this rule everything is divided by row count: no index is built, and none is committed.");
    }
    if (lanes > MAX_LANES) {
      context.note(
        `No index can be built of this model: ${d} features × ${classes} classes are ${lanes} lanes, and an index has at most ${MAX_LANES}.`,
      );
    }
    const contributions = countRows(read.rows).filter((number) => number > 0).length;
    const digests = digestsOf(trained);
    const data = {
      folder: out,
      rows: read.rows.length,
      contributions,
      classes,
      features: d,
      featureKind: read.config.kind,
      head: recipe.head,
      rule: recipe.rule,
      lambda: recipe.lambda,
      alpha: recipe.alpha ?? null,
      lanes,
      trainingAccuracy: Number((right / read.rows.length).toFixed(4)),
      digests: { ...digests },
    };
    const sources = Object.entries({ features: typeof choice === "object" ? choice.file : undefined, images, labels })
      .filter(([, file]) => file !== undefined)
      .map(([name, file]) => ` --${name} ${file}`);
    return {
      data,
      render: (style) =>
        fields(style, [
          ["rows", data.rows],
          ["contributions", contributions],
          ["classes", classes],
          ["features", `${d} (${data.featureKind})`],
          ["rule", `${data.rule}${data.alpha === null ? "" : `, alpha ${data.alpha}`}`],
          ["head", `${data.head}, lambda ${data.lambda}`],
          ["training accuracy", `${(100 * data.trainingAccuracy).toFixed(2)} %`],
          ...Object.keys(filesOf(trained)).map((name): [string, string] => [name, digests[parse(name).name] ?? ""]),
        ]),
      next:
        recipe.rule === "pro-rata"
          ? "register the model; its datasets' contributors are paid by row count"
          : `tributary index build ${path} --model ${out}${sources.join("")} --out index.trix`,
    };
  },
});
