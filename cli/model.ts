import { join } from "node:path";
import { ClientError } from "../client/index.ts";
import {
  type MethodDescription,
  canonicalJson,
  DEFAULT_RIDGE_CONFIG,
  DEFAULT_TEXT_CONFIG,
  encodeHead,
  encodeWhitening,
  halfCreditedMethod,
  type Hex,
  headDigest,
  jsonDigest,
  type Matrix,
  type RidgeConfig,
  type RidgeModel,
  sha256,
  type TextConfig,
  textFeatures,
  trainRidge,
  whiteningDigest,
} from "../scorer/index.ts";
import { readBytes, readJsonObject, writeOut } from "./edges/files.ts";
import type { LabelledRow } from "./rows.ts";

/** Rows have the labels 0 and 1. */
export const CLASSES = 2;

/** How a model is trained and its contributions are credited. */
export interface Recipe {
  readonly text: TextConfig;
  readonly ridge: RidgeConfig;
  /** α of the attribution method; the scorer's default if it isn't given. */
  readonly alpha?: number;
}

export const DEFAULT_RECIPE: Recipe = { text: DEFAULT_TEXT_CONFIG, ridge: DEFAULT_RIDGE_CONFIG };

/** A model with what it was trained on. */
export interface Trained {
  readonly model: RidgeModel;
  readonly features: Matrix;
  readonly labels: readonly number[];
  readonly recipe: Recipe;
  readonly method: MethodDescription;
}

/** Trains on rows. Pure: same rows and recipe, same bytes. */
export function trainOn(rows: readonly LabelledRow[], recipe: Recipe): Trained {
  const features = textFeatures(rows, recipe.text);
  const labels = rows.map(({ label }) => label);
  const model = trainRidge(features, labels, CLASSES, recipe.ridge);
  return { model, features, labels, recipe, method: halfCreditedMethod(model, recipe.ridge.lambda, recipe.alpha) };
}

/** What a model registers and commits. */
export interface Digests {
  /** `artifactDigest` of the registration. */
  readonly head: Hex;
  /** `basisDigest` of the basis. */
  readonly whitening: Hex;
  /** `methodDigest` of the basis. */
  readonly method: Hex;
  readonly text: Hex;
  readonly ridge: Hex;
}

export function digestsOf({ model, method, recipe }: Trained): Digests {
  return {
    head: headDigest(model.head),
    whitening: whiteningDigest(model.whitening),
    method: jsonDigest(method),
    text: jsonDigest(recipe.text),
    ridge: jsonDigest(recipe.ridge),
  };
}

/** Writes a model's files; the sha-256 of each is its digest. */
export async function writeModel(folder: string, { model, method, recipe }: Trained): Promise<void> {
  const files: Readonly<Record<string, Uint8Array | string>> = {
    "head.bin": encodeHead(model.head),
    "whitening.bin": encodeWhitening(model.whitening),
    "text.json": canonicalJson(recipe.text),
    "ridge.json": canonicalJson(recipe.ridge),
    "method.json": canonicalJson(method),
  };
  for (const [name, content] of Object.entries(files))
    await writeOut(join(folder, name), content, `the model's ${name}`);
}

/**
 * Trains again by the recipe in a model's folder and compares with the files there: that the rows are those that the
 * model was trained on can't be seen in any other way.
 *
 * @throws ClientError `mismatch` when a file comes out otherwise
 */
export async function retrain(folder: string, rows: readonly LabelledRow[]): Promise<Trained> {
  const [text, ridge, method] = await Promise.all(
    ["text.json", "ridge.json", "method.json"].map((name) => readJsonObject(join(folder, name), `the model's ${name}`)),
  );
  const alpha = method?.alpha;
  if (typeof alpha !== "number")
    throw new ClientError("bad-input", `method.json in ${folder} has no number "alpha": train again`);
  const trained = trainOn(rows, { text: textConfig({ ...text }), ridge: ridgeConfig({ ...ridge }), alpha });
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

function textConfig(record: Record<string, unknown>): TextConfig {
  const { kind, version, features, order, marks, maskDigits, termFrequency } = record;
  if (
    kind !== "signed-hashed-ngrams" ||
    version !== 1 ||
    typeof features !== "number" ||
    (order !== 1 && order !== 2) ||
    typeof marks !== "string" ||
    typeof maskDigits !== "boolean" ||
    (termFrequency !== "sqrt" && termFrequency !== "binary")
  ) {
    throw new ClientError("bad-input", "text.json isn't a featurizer that this version knows: train again");
  }
  return { kind, version, features, order, marks, maskDigits, termFrequency };
}

function ridgeConfig({ kind, version, lambda }: Record<string, unknown>): RidgeConfig {
  if (kind !== "class-balanced-ridge" || version !== 1 || typeof lambda !== "number") {
    throw new ClientError("bad-input", "ridge.json isn't a head that this version knows: train again");
  }
  return { kind, version, lambda };
}
