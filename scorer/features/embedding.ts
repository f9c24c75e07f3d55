import type { Hex } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import type { Matrix } from "../numeric/linalg.ts";
import type { Text } from "./text.ts";
import { unitFeatures } from "./unitRows.ts";

/** Which encoder made embeddings, and how they become features. Plain JSON, committed by `jsonDigest`. */
export interface EmbeddingConfig {
  readonly kind: "sentence-embedding";
  readonly version: 1;
  /** The encoder's name: `minilm-l6-v2` */
  readonly encoder: string;
  /** SHA-256 of the encoder's weights, and of its tokenizer */
  readonly weights: Hex;
  readonly tokenizer: Hex;
  /** Tokens of a text that the encoder reads, from its beginning */
  readonly maxTokens: number;
  /** d: the embedding's dimensions, then the constant 1 */
  readonly features: number;
}

/** What an encoder is given of a text: subject and body as lines; an empty part leaves no line. */
export function embeddedText({ subject, body }: Text): string {
  return subject === "" || body === "" ? subject + body : `${subject}\n${body}`;
}

/**
 * Embeddings as features: L2-normalised, and the constant 1 as the last one.
 *
 * @param embeddings - one a row, float64, row-major [n × (d − 1)]
 * @returns float64, row-major [n × d]
 * @throws ScorerError `bad-version` for a configuration of another kind or version, `bad-length` for another encoder's
 * dimensions
 */
export function embeddingFeatures(embeddings: Matrix, config: EmbeddingConfig): Matrix {
  // A configuration may come from a file.
  const { kind, version }: { kind: string; version: number } = config;
  if (kind !== "sentence-embedding" || version !== 1) {
    throw new ScorerError("bad-version", `this scorer has no features "${kind}" of version ${version}`);
  }
  if (embeddings.columns + 1 !== config.features) {
    throw new ScorerError(
      "bad-length",
      `embeddings of ${embeddings.columns} dimensions for a model of ${config.features - 1}: use the model's own encoder`,
    );
  }
  return unitFeatures(embeddings);
}
