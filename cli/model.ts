import { join, parse } from "node:path";
import { ClientError } from "../client/index.ts";
import {
  canonicalJson,
  configuredLambda,
  CREDITING_RULES,
  type CreditingDescription,
  describeCrediting,
  HEAD_KINDS,
  type HeadName,
  type Hex,
  type MethodDescription,
  RULE_ALPHAS,
  sha256,
  type TrainedModel,
} from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { readBytes, readBytesIfThere, readJsonObject, writeOut } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import {
  EMBEDDINGS_FILE,
  type FeatureConfig,
  featureConfig,
  readData,
  type RowFiles,
  type TrainingData,
} from "./features.ts";

/** Rules by which contributions can be paid. */
export const RULES = [...CREDITING_RULES, "pro-rata"] as const;

export const HEADS = Object.keys(HEAD_KINDS) as HeadName[];

/** How a model is trained and its contributions are paid. */
export interface Recipe {
  readonly head: HeadName;
  readonly lambda: number;
  readonly rule: MethodDescription["rule"];
  /** α, of a rule that has one */
  readonly alpha: number | undefined;
}

/**
 * What is meant by options, most of them left out.
 *
 * @throws UsageError for an α that the rule doesn't leave open
 */
export function recipeOf(given: { readonly [K in keyof Recipe]?: Recipe[K] | undefined }): Recipe {
  const { head = "ridge", rule = "half-credited", alpha } = given;
  const kind = HEAD_KINDS[head];
  const { lambda } = kind.config(given.lambda);
  if (rule === "half-credited") return { head, lambda, rule, alpha: alpha ?? kind.alpha };
  const own = rule === "pro-rata" ? undefined : RULE_ALPHAS[rule];
  if (alpha !== undefined && alpha !== own) {
    throw new UsageError(
      `--alpha is for --rule half-credited: ${rule} is ${own === undefined ? "by row count alone" : `alpha ${own}`}`,
    );
  }
  return { head, lambda, rule, alpha: own };
}

/** A model with what it was trained on. */
export interface Trained {
  readonly model: TrainedModel;
  readonly data: TrainingData;
  readonly recipe: Recipe;
  readonly method: MethodDescription;
}

/** Trains on rows. Pure: same rows and recipe, same bytes. */
export function trainOn(data: TrainingData, recipe: Recipe): Trained {
  const classes = Math.max(1, ...new Set(data.labels)) + 1;
  const model = HEAD_KINDS[recipe.head].train(data, classes, recipe.lambda);
  return { model, data, recipe, method: describeMethod(model, recipe) };
}

function describeMethod(model: TrainedModel, { rule, alpha, head, lambda }: Recipe): MethodDescription {
  if (rule !== "pro-rata" && alpha !== undefined) return describeCrediting(rule, alpha, head, lambda, model);
  const { classes, features } = model;
  return { rule: "pro-rata", version: 1, head, lambda, classes, features };
}

/**
 * The rule by which a model's rows are credited.
 *
 * @throws ClientError `bad-input` where nothing is credited
 */
export function creditingOf({ method }: Trained): CreditingDescription {
  if (method.rule !== "pro-rata") return method;
  throw new ClientError(
    "bad-input",
    "the model's rule is pro-rata: everything is divided by row count, and there is no index; train it with another --rule",
  );
}

/** The files that say where features come from, by what they are called in a model's folder. */
const FEATURE_FILES = ["text.json", "features.json"] as const;

/** N-grams have a file of their own name: models that were trained before there were other features have it. */
export function featuresFile({ kind }: FeatureConfig): (typeof FEATURE_FILES)[number] {
  return kind === "signed-hashed-ngrams" ? "text.json" : "features.json";
}

/** The file of how a head was trained. */
function headFile(head: HeadName): string {
  return `${head}.json`;
}

/** The files of a model that its digests are of, by name. */
export function filesOf({ model, method, recipe, data }: Trained): Readonly<Record<string, Uint8Array>> {
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));
  return {
    "head.bin": model.files.head,
    "whitening.bin": model.files.whitening,
    "method.json": json(method),
    [featuresFile(data.config)]: json(data.config),
    [headFile(recipe.head)]: json(HEAD_KINDS[recipe.head].config(recipe.lambda)),
  };
}

/**
 * SHA-256 of each of a model's files, by its name without ending: `head` is the registration's `artifactDigest`,
 * `whitening` the basis's `basisDigest`, `method` its `methodDigest`.
 */
export function digestsOf(trained: Trained): Readonly<Record<string, Hex>> {
  return Object.fromEntries(
    Object.entries(filesOf(trained)).map(([name, content]) => [parse(name).name, sha256(content)]),
  );
}

/**
 * Writes a model's files; the sha-256 of each is its digest.
 *
 * @throws ClientError `bad-input` when the folder holds a model with features or a head of another kind
 */
export async function writeModel(folder: string, trained: Trained): Promise<void> {
  const files = filesOf(trained);
  for (const other of [...FEATURE_FILES, ...HEADS.map(headFile)].filter((name) => !(name in files))) {
    if ((await readBytesIfThere(join(folder, other), `the model's ${other}`)) === undefined) continue;
    throw new ClientError(
      "bad-input",
      `${folder} has ${other}, of a model with other features or another head: write to another folder, or remove that one`,
    );
  }
  for (const [name, content] of Object.entries(files))
    await writeOut(join(folder, name), content, `the model's ${name}`);
  const { embeddings } = trained.data;
  if (embeddings !== undefined) await writeOut(join(folder, EMBEDDINGS_FILE), embeddings, "the embeddings");
}

/**
 * Trains again by the recipe in a model's folder and compares with the files there: that the rows are those that the
 * model was trained on can't be seen in any other way.
 *
 * @param keptEmbeddings - whether the folder's own embeddings may stand for running the encoder
 * @throws ClientError `mismatch` when a file comes out otherwise
 */
export async function retrain(
  context: Context,
  folder: string,
  files: RowFiles,
  keptEmbeddings = false,
): Promise<Trained> {
  const read = (name: string): Promise<Record<string, unknown>> =>
    readJsonObject(join(folder, name), `the model's ${name}`);
  const featuresName = (await readBytesIfThere(join(folder, "features.json"), "the model's features.json"))
    ? "features.json"
    : "text.json";
  const method = await read("method.json");
  const { head, rule, alpha } = readMethod(method, folder);
  const [features, config] = await Promise.all([read(featuresName), read(headFile(head))]);
  const recipe: Recipe = { head, lambda: configuredLambda(HEAD_KINDS[head], config), rule, alpha };
  const data = await readData(
    context,
    files,
    featureConfig(features, featuresName),
    keptEmbeddings ? folder : undefined,
  );
  const trained = await context.step("Training again, to compare with the model", () => trainOn(data, recipe));
  if (canonicalJson(trained.method) !== canonicalJson(method)) {
    throw new ClientError("mismatch", `method.json in ${folder} isn't the method of this model: train again`);
  }
  const digests = digestsOf(trained);
  for (const name of ["head.bin", "whitening.bin"]) {
    const expected = digests[parse(name).name];
    const found = sha256(await readBytes(join(folder, name), `the model's ${name}`));
    if (found !== expected) {
      throw new ClientError(
        "mismatch",
        `training on these rows gives another ${name} (${expected}) than the one in ${folder} (${found}): use the rows that the model was trained on, or train again`,
      );
    }
  }
  return trained;
}

/** What a method says of how a model was trained. */
function readMethod(method: Record<string, unknown>, folder: string): Omit<Recipe, "lambda"> {
  const head = HEADS.find((known) => known === method.head);
  const rule = RULES.find((known) => known === method.rule);
  const { alpha } = method;
  if (head === undefined || rule === undefined || (typeof alpha !== "number" && rule !== "pro-rata")) {
    throw new ClientError(
      "bad-input",
      `method.json in ${folder} has no rule, head and alpha that this version knows: train again`,
    );
  }
  return { head, rule, alpha: typeof alpha === "number" ? alpha : undefined };
}
