import { ScorerError } from "../core/errors.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";
import { unitFeatures } from "./unitRows.ts";

/** How images become features. Plain JSON, committed by `jsonDigest`. */
export interface PixelConfig {
  readonly kind: "centred-pixels";
  readonly version: 1;
  /** d: a feature for each pixel, then the constant 1 */
  readonly features: number;
  /** Taken from each pixel. A common scale isn't: it would cancel in the norm of the row */
  readonly mean: number;
}

/**
 * The configuration for the images that a model is trained on: their mean is that of all of their pixels.
 *
 * @param images - pixels of one image a row, integers, row-major [n × (d − 1)]
 */
export function pixelConfig(images: Matrix): PixelConfig {
  // A sum of integers below 2^53 is exact, whatever the order.
  let sum = 0;
  for (const pixel of images.data) sum += pixel;
  return { kind: "centred-pixels", version: 1, features: images.columns + 1, mean: sum / images.data.length };
}

/**
 * Images as features: pixels less the mean, L2-normalised, and the constant 1 as the last one.
 *
 * @param images - pixels of one image a row, row-major [n × (d − 1)]
 * @returns float64, row-major [n × d]
 * @throws ScorerError `bad-version` for a configuration of another kind or version, `bad-length` for images of another size
 */
export function pixelFeatures(images: Matrix, config: PixelConfig): Matrix {
  // A configuration may come from a file.
  const { kind, version }: { kind: string; version: number } = config;
  if (kind !== "centred-pixels" || version !== 1) {
    throw new ScorerError("bad-version", `this scorer has no features "${kind}" of version ${version}`);
  }
  if (images.columns + 1 !== config.features) {
    throw new ScorerError(
      "bad-length",
      `images of ${images.columns} pixels for a model of ${config.features - 1}: give images of the size it was trained on`,
    );
  }
  return unitFeatures(
    matrix(
      images.rows,
      images.columns,
      images.data.map((pixel) => pixel - config.mean),
    ),
  );
}
