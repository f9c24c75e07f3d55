import { join } from "node:path";
import { ClientError } from "../client/index.ts";
import {
  type MethodDescription,
  canonicalJson,
  DEFAULT_ALPHA,
  DEFAULT_RIDGE_CONFIG,
  encodeHead,
  encodeWhitening,
  halfCreditedMethod,
  type Hex,
  headDigest,
  jsonDigest,
  type RidgeConfig,
  type RidgeModel,
  sha256,
  trainRidge,
  whiteningDigest,
} from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { readBytes, readBytesIfThere, readJsonObject, writeOut } from "./edges/files.ts";
import {
  EMBEDDINGS_FILE,
  type FeatureConfig,
  featureConfig,
  readData,
  type RowFiles,
  type TrainingData,
} from "./features.ts";

/** Rules by the α that they stand for; a half-credited one may be given another. */
export const RULES = { "half-credited": DEFAULT_ALPHA, influence: 1, hat: 0 } as const;

export type RuleName = keyof typeof RULES;

/** How a model is trained and its contributions are credited. */
export interface Recipe {
  readonly ridge: RidgeConfig;
  /** α of the attribution method. */
  readonly alpha: number;
}

/** The recipe of each head that can be trained, by what options say of it. */
export const HEADS = {
  ridge: (lambda: number = DEFAULT_RIDGE_CONFIG.lambda, alpha: number): Recipe => ({
    ridge: { ...DEFAULT_RIDGE_CONFIG, lambda },
    alpha,
  }),
};

export type HeadKind = keyof typeof HEADS;

/** A model with what it was trained on. */
export interface Trained {
  readonly model: RidgeModel;
  readonly data: TrainingData;
  readonly recipe: Recipe;
  readonly method: MethodDescription;
}

/** Trains on rows. Pure: same rows and recipe, same bytes. */
export function trainOn(data: TrainingData, recipe: Recipe): Trained {
  const { features, labels } = data;
  const classes = Math.max(1, ...new Set(labels)) + 1;
  const model = trainRidge(features, labels, classes, recipe.ridge);
  return { model, data, recipe, method: halfCreditedMethod(model, recipe.ridge.lambda, recipe.alpha) };
}

/** The files that say where features come from, by what they are called in a model's folder. */
const FEATURE_FILES = ["text.json", "features.json"] as const;

/** N-grams have a file of their own name: models that were trained before there were other features have it. */
export function featuresFile({ kind }: FeatureConfig): (typeof FEATURE_FILES)[number] {
  return kind === "signed-hashed-ngrams" ? "text.json" : "features.json";
}

/** The files of a model that its digests are of, by name. */
export function filesOf({ model, method, recipe, data }: Trained): Readonly<Record<string, Uint8Array | string>> {
  return {
    "head.bin": encodeHead(model.head),
    "whitening.bin": encodeWhitening(model.whitening),
    "method.json": canonicalJson(method),
    [featuresFile(data.config)]: canonicalJson(data.config),
    "ridge.json": canonicalJson(recipe.ridge),
  };
}

/** SHA-256 of each of a model's files, by its name without ending. */
export interface Digests {
  /** `artifactDigest` of the registration. */
  readonly head: Hex;
  /** `basisDigest` of the basis. */
  readonly whitening: Hex;
  /** `methodDigest` of the basis. */
  readonly method: Hex;
  readonly ridge: Hex;
  /** Of the one file that says where features come from. */
  readonly text?: Hex;
  readonly features?: Hex;
}

export function digestsOf({ model, method, recipe, data }: Trained): Digests {
  const features = jsonDigest(data.config);
  return {
    head: headDigest(model.head),
    whitening: whiteningDigest(model.whitening),
    method: jsonDigest(method),
    ridge: jsonDigest(recipe.ridge),
    ...(featuresFile(data.config) === "text.json" ? { text: features } : { features }),
  };
}

/**
 * Writes a model's files; the sha-256 of each is its digest.
 *
 * @throws ClientError `bad-input` when the folder holds a model with features of another kind
 */
export async function writeModel(folder: string, trained: Trained): Promise<void> {
  const other = FEATURE_FILES.find((name) => name !== featuresFile(trained.data.config)) ?? "";
  if ((await readBytesIfThere(join(folder, other), `the model's ${other}`)) !== undefined) {
    throw new ClientError(
      "bad-input",
      `${folder} has ${other}, of a model with other features: write to another folder, or remove that one`,
    );
  }
  for (const [name, content] of Object.entries(filesOf(trained)))
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
  const [features, ridge, method] = await Promise.all([read(featuresName), read("ridge.json"), read("method.json")]);
  const { alpha } = method;
  if (typeof alpha !== "number")
    throw new ClientError("bad-input", `method.json in ${folder} has no number "alpha": train again`);
  const config = featureConfig(features, featuresName);
  const data = await readData(context, files, config, keptEmbeddings ? folder : undefined);
  const trained = await context.step("Training again, to compare with the model", () =>
    trainOn(data, { ridge: ridgeConfig(ridge), alpha }),
  );
  if (canonicalJson(trained.method) !== canonicalJson(method)) {
    throw new ClientError("mismatch", `method.json in ${folder} isn't the method of this model: train again`);
  }
  const digests = digestsOf(trained);
  for (const [name, expected] of [
    ["head.bin", digests.head],
    ["whitening.bin", digests.whitening],
  ] as const) {
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

function ridgeConfig({ kind, version, lambda }: Record<string, unknown>): RidgeConfig {
  if (kind !== "class-balanced-ridge" || version !== 1 || typeof lambda !== "number") {
    throw new ClientError("bad-input", "ridge.json isn't a head that this version knows: train again");
  }
  return { kind, version, lambda };
}
