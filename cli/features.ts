import { join } from "node:path";
import { ClientError } from "../client/index.ts";
import {
  canonicalJson,
  decodeSafetensors,
  DEFAULT_TEXT_CONFIG,
  embeddedText,
  type EmbeddingConfig,
  embeddingFeatures,
  encodeSafetensors,
  type Hex,
  type Matrix,
  type PixelConfig,
  pixelConfig,
  pixelFeatures,
  sha256,
  tensorIntegers,
  tensorMatrix,
  type TextConfig,
  textFeatures,
  unitFeatures,
} from "../scorer/index.ts";
import type { Reader } from "./command.ts";
import type { Context } from "./context.ts";
import { embedTexts, installedEncoder } from "./edges/embedding.ts";
import { digestFile, readBytesIfThere, readText } from "./edges/files.ts";
import { readTensor } from "./edges/tensors.ts";
import { UsageError } from "./exit.ts";
import { progress } from "./progress.ts";
import { parseRows, type TrainingRow } from "./rows.ts";
import { count } from "./style.ts";

/** Features that another program computed, L2-normalised, with the constant 1 as the last one. */
export interface ImportedConfig {
  readonly kind: "imported";
  readonly version: 1;
  /** d: the file's columns, then the constant */
  readonly features: number;
  /** SHA-256 of the file that the model was trained on */
  readonly source: Hex;
}

/** Where a model's features come from. */
export type FeatureConfig = TextConfig | EmbeddingConfig | PixelConfig | ImportedConfig;

/** What can be named in place of a file of features. */
const NAMED = ["ngrams", "minilm", "pixels"] as const;

/** Features that are asked for: a kind by its name, or a file. */
export type FeatureChoice = (typeof NAMED)[number] | { readonly file: string };

/** `ngrams`, `minilm`, `pixels`, or the path of a file. */
export const featureChoice: Reader<FeatureChoice> = (given) => {
  const named = NAMED.find((name) => name === given);
  if (named !== undefined) return named;
  if (/\.(npy|safetensors)$/i.test(given)) return { file: given };
  throw new UsageError(`expected ${NAMED.join(", ")}, or a file that ends in .npy or .safetensors`);
};

/** The files that a model is trained on. */
export interface RowFiles {
  /** JSON Lines, one row each: whose it is, and what else isn't in another file */
  readonly rows: string;
  readonly features?: string | undefined;
  readonly images?: string | undefined;
  readonly labels?: string | undefined;
}

/** Rows to train on, as numbers. */
export interface TrainingData {
  readonly rows: readonly TrainingRow[];
  /** x, float64, row-major [n × d] */
  readonly features: Matrix;
  readonly config: FeatureConfig;
  /** [n] */
  readonly labels: readonly number[];
  /** What to keep beside the model, so that the encoder needn't run again */
  readonly embeddings?: Uint8Array;
}

/** Where embeddings are kept in a model's folder. */
export const EMBEDDINGS_FILE = "embeddings.safetensors";

/** Reads rows for a new model. */
export async function readNewData(context: Context, choice: FeatureChoice, files: RowFiles): Promise<TrainingData> {
  if (choice === "ngrams") return readData(context, files, DEFAULT_TEXT_CONFIG);
  if (choice === "minilm") return readData(context, files, await installedEncoder());
  if (choice === "pixels") return readData(context, files, pixelConfig(await readImages(files)));
  const source = await digestFile(choice.file, "the features");
  const { columns } = await readImported(choice.file);
  const config: ImportedConfig = { kind: "imported", version: 1, features: columns + 1, source };
  return readData(context, { ...files, features: choice.file }, config);
}

/**
 * Reads rows for a model whose features are known.
 *
 * @param kept - a folder whose embeddings may be taken instead of embedding the same texts again
 */
export async function readData(
  context: Context,
  files: RowFiles,
  config: FeatureConfig,
  kept?: string,
): Promise<TrainingData> {
  requireFiles(files, config);
  const text = config.kind === "signed-hashed-ngrams" || config.kind === "sentence-embedding";
  const rows = parseRows(await readText(files.rows, "the rows"), files.rows, {
    text,
    label: files.labels === undefined,
  });
  const labels = await readLabels(files, rows);
  const made = await makeFeatures(context, files, config, rows, kept);
  if (made.features.rows !== rows.length) {
    throw new ClientError(
      "bad-input",
      `${files.rows} has ${count(rows.length, "row")}, and there are features of ${made.features.rows}: give one line for each`,
    );
  }
  return { rows, config, labels, ...made };
}

async function makeFeatures(
  context: Context,
  files: RowFiles,
  config: FeatureConfig,
  rows: readonly TrainingRow[],
  kept: string | undefined,
): Promise<Pick<TrainingData, "features" | "embeddings">> {
  switch (config.kind) {
    case "signed-hashed-ngrams":
      return { features: textFeatures(rows, config) };
    case "sentence-embedding": {
      const { embeddings, file } = await embeddingsOf(context, config, rows.map(embeddedText), kept);
      return { features: embeddingFeatures(embeddings, config), embeddings: file };
    }
    case "centred-pixels":
      return { features: pixelFeatures(await readImages(files), config) };
    case "imported": {
      const path = files.features ?? "";
      const source = await digestFile(path, "the features");
      if (source !== config.source) {
        throw new ClientError(
          "mismatch",
          `${path} hashes to ${source}, the model was trained on features that hash to ${config.source}: use that file`,
        );
      }
      return { features: unitFeatures(await readImported(path)) };
    }
  }
}

/** Says what is missing for features, or has no use with them. */
function requireFiles({ features, images }: RowFiles, { kind }: FeatureConfig): void {
  if ((kind === "centred-pixels") !== (images !== undefined)) {
    throw new UsageError(
      images === undefined ? "features of pixels need --images FILE" : "--images is for features of pixels",
    );
  }
  if ((kind === "imported") !== (features !== undefined)) {
    throw new UsageError(
      features === undefined
        ? "the model's features come from a file: name it with --features FILE"
        : "--features FILE is for models that were trained on a file of features",
    );
  }
}

async function readImages({ images }: RowFiles): Promise<Matrix> {
  if (images === undefined) throw new UsageError("features of pixels need --images FILE");
  return tensorMatrix(await readTensor(images, "images", "the images"), `the images in ${images}`);
}

async function readImported(path: string): Promise<Matrix> {
  return tensorMatrix(await readTensor(path, "features", "the features"), `the features in ${path}`);
}

/** The class of each row, by the file of labels if there is one. */
async function readLabels({ labels: path, rows: rowsPath }: RowFiles, rows: readonly TrainingRow[]): Promise<number[]> {
  if (path === undefined) return rows.map(({ label = -1 }) => label);
  const labels = tensorIntegers(
    await readTensor(path, "labels", "the labels"),
    0,
    2 ** 16 - 1,
    `the labels in ${path}`,
  );
  if (labels.length !== rows.length) {
    throw new ClientError(
      "bad-input",
      `${rowsPath} has ${count(rows.length, "row")}, and ${path} ${count(labels.length, "label")}: give one for each`,
    );
  }
  const differing = rows.findIndex(({ label }, i) => label !== undefined && label !== labels[i]);
  if (differing >= 0) {
    throw new ClientError(
      "bad-input",
      `line ${differing + 1} of ${rowsPath} has another label than place ${differing} of ${path}: which is right?`,
    );
  }
  return [...labels];
}

/** Embeddings of texts, and the file that keeps them for these texts and this encoder. */
async function embeddingsOf(
  context: Context,
  config: EmbeddingConfig,
  texts: readonly string[],
  kept: string | undefined,
): Promise<{ embeddings: Matrix; file: Uint8Array }> {
  const metadata = { encoder: config.weights, texts: sha256(new TextEncoder().encode(canonicalJson(texts))) };
  const file = kept && (await readBytesIfThere(join(kept, EMBEDDINGS_FILE), "the embeddings"));
  if (file !== undefined && file !== "") {
    const { tensors, metadata: of } = decodeSafetensors(file);
    const tensor = tensors.get("embeddings");
    if (tensor !== undefined && of.encoder === metadata.encoder && of.texts === metadata.texts) {
      return { embeddings: tensorMatrix(tensor, "the embeddings"), file };
    }
  }
  const encoder = await installedEncoder();
  if (canonicalJson(encoder) !== canonicalJson(config)) {
    throw new ClientError(
      "mismatch",
      `the model's encoder is ${config.encoder} with weights that hash to ${config.weights}, installed is ${encoder.encoder} with ${encoder.weights}: install the version that the model was trained with`,
    );
  }
  const embeddings = await context.step(`Embedding ${count(texts.length, "text")}`, (show) =>
    embedTexts(texts, progress(texts.length, "texts", show)),
  );
  const { rows, columns, data } = embeddings;
  const tensor = { shape: [rows, columns], data: Float32Array.from(data) };
  return { embeddings, file: encodeSafetensors({ embeddings: tensor }, metadata) };
}

/** Reads the configuration of features from what stands in a model's folder. */
export function featureConfig(record: Record<string, unknown>, name: string): FeatureConfig {
  const { kind, version, features, ...others } = record;
  const known = version === 1 && typeof features === "number";
  if (known && kind === "signed-hashed-ngrams") {
    const { order, marks, maskDigits, termFrequency } = others;
    if (
      (order === 1 || order === 2) &&
      typeof marks === "string" &&
      typeof maskDigits === "boolean" &&
      (termFrequency === "sqrt" || termFrequency === "binary")
    ) {
      return { kind, version, features, order, marks, maskDigits, termFrequency };
    }
  }
  if (known && kind === "sentence-embedding") {
    const { encoder, weights, tokenizer, maxTokens } = others;
    if (typeof encoder === "string" && isDigest(weights) && isDigest(tokenizer) && typeof maxTokens === "number") {
      return { kind, version, encoder, weights, tokenizer, maxTokens, features };
    }
  }
  if (known && kind === "centred-pixels" && typeof others.mean === "number") {
    return { kind, version, features, mean: others.mean };
  }
  if (known && kind === "imported" && isDigest(others.source))
    return { kind, version, features, source: others.source };
  throw new ClientError("bad-input", `${name} isn't a featurizer that this version knows: train again`);
}

function isDigest(value: unknown): value is Hex {
  return typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value);
}
