import { MAX_LANES, predict } from "../../scorer/index.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { UsageError } from "../exit.ts";
import { featureChoice, readNewData } from "../features.ts";
import { digestsOf, featuresFile, type HeadKind, HEADS, type RuleName, RULES, trainOn, writeModel } from "../model.ts";
import { decimal, oneOf, text } from "../readers.ts";
import { countRows } from "../rows.ts";
import { count, fields } from "../style.ts";

export const train = command({
  name: "train",
  role: "model developer",
  summary: "train a classifier on labelled rows of text, images or imported features",
  details:
    'Each line of ROWS.jsonl is {"contribution": place in the dataset version, from 0, "subject": text, "body": text, "label": 0 … C − 1}; ' +
    "subject and body are for features of text, and labels may be in a file of their own. Writes head.bin, whitening.bin, ridge.json, method.json " +
    "and text.json or features.json, which say how to do it again; same rows, same bytes, on every machine.",
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
    head: option(
      "KIND",
      `what is trained: ${Object.keys(HEADS).join(", ")} (default: ridge)`,
      oneOf(Object.keys(HEADS) as HeadKind[]),
    ),
    lambda: option("NUMBER", "regularisation, above 0 (default: 1)", decimal(Number.MIN_VALUE, Number.MAX_VALUE)),
    rule: option(
      "NAME",
      "how contributions are credited: half-credited (default), influence (alpha 1), or hat (alpha 0)",
      oneOf(Object.keys(RULES) as RuleName[]),
    ),
    alpha: option("NUMBER", "alpha of the half-credited rule, 0 to 1 (default: 0.5)", decimal(0, 1)),
  },
  examples: [
    "train rows.jsonl --out model",
    "train rows.jsonl --out model --features minilm --lambda 3",
    "train rows.jsonl --out model --features pixels --images train-images-idx3-ubyte --labels train-labels-idx1-ubyte",
    "train rows.jsonl --out model --features activations.npy --labels labels.npy",
  ],
  run: async (context, { rows: path, out, features: choice = "ngrams", images, labels, ...how }) => {
    const { head = "ridge", rule = "half-credited", lambda, alpha = RULES[rule] } = how;
    if (how.alpha !== undefined && rule !== "half-credited") {
      throw new UsageError(`--alpha is for --rule half-credited: ${rule} is alpha ${RULES[rule]}`);
    }
    const read = await readNewData(context, choice, { rows: path, images, labels });
    const trained = await context.step(`Training on ${count(read.rows.length, "row")}`, () =>
      trainOn(read, HEADS[head](lambda, alpha)),
    );
    const { model, method } = trained;
    const { classes, features: d } = model.head;
    const right = read.labels.filter(
      (label, i) => predict(model.head, read.features.data.subarray(i * d, (i + 1) * d)).label === label,
    ).length;
    await writeModel(out, trained);
    if (method.lanes > MAX_LANES) {
      context.note(
        `No index can be built of this model: ${d} features × ${classes} classes are ${method.lanes} lanes, and an index has at most ${MAX_LANES}.`,
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
      head,
      lambda: method.lambda,
      alpha: method.alpha,
      lanes: method.lanes,
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
          ["rule", `half-credited, alpha ${data.alpha}; lambda ${data.lambda}`],
          ["training accuracy", `${(100 * data.trainingAccuracy).toFixed(2)} %`],
          ["head.bin", digests.head],
          ["whitening.bin", digests.whitening],
          ["method.json", digests.method],
          [featuresFile(read.config), digests.text ?? digests.features ?? ""],
          ["ridge.json", digests.ridge],
        ]),
      next: `tributary index build ${path} --model ${out}${sources.join("")} --out index.trix`,
    };
  },
});
