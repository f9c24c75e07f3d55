import { lowerGram, type Matrix, matrix, Random, rowProducts, symmetricEigen } from "../../scorer/index.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import type { GreyImage } from "../../metadata/index.ts";
import { mnistBytes, type MnistBytes } from "../attribution/mnist.ts";
import { type Row, stacked } from "./market.ts";

const SIDE = 28;
/** Pixels are averaged over squares of this side. */
const POOLING = 2;
const POOLED = (SIDE / POOLING) ** 2;
/** With a constant 51 features, of 10 classes 510 lanes. */
const COMPONENTS = 50;
/** The last rows of the training file are the encoder's own: nobody contributes them. */
const ENCODER_ROWS = 5000;

/**
 * Rows of MNIST behind a frozen encoder, the largest principal components of other digits' pixels. Rows that are
 * contributed come from the training file, queries from the test file, each drawn once.
 */
export class DigitSource {
  readonly #encoder = encoder();
  readonly #train: Supply;
  readonly #test: Supply;

  /** @param random - draws the order in which rows come */
  constructor(random: Random) {
    this.#train = new Supply(trainFile(), trainFile().labels.length - ENCODER_ROWS, random);
    this.#test = new Supply(testFile(), testFile().labels.length, random);
  }

  /** The next rows that have one of some labels; any by default. */
  rows(count: number, labels?: readonly number[]): Row[] {
    return this.encode(Array.from({ length: count }, () => this.#train.next(labels)));
  }

  /** The next rows of the test file: their labels are the true ones. */
  queries(count: number): Row[] {
    return this.encode(Array.from({ length: count }, () => this.#test.next()));
  }

  encode(images: readonly { readonly image: GreyImage; readonly label: number }[]): Row[] {
    if (images.length === 0) return [];
    const features = this.#encoder(images.map(({ image }) => image));
    return images.map(({ image, label }, i) => ({
      features: rowView(features, i).slice(),
      label,
      content: { kind: "image", image },
    }));
  }
}

/** Rows of a file in random order, by their label. */
class Supply {
  readonly #file: MnistBytes;
  readonly #order: Int32Array;
  readonly #taken = new Set<number>();
  #from = 0;

  constructor(file: MnistBytes, rows: number, random: Random) {
    this.#file = file;
    this.#order = random.sample(rows, rows);
  }

  next(labels?: readonly number[]): { image: GreyImage; label: number } {
    for (let at = this.#from; at < this.#order.length; at++) {
      const row = this.#order[at]!;
      if (this.#taken.has(row)) {
        if (at === this.#from) this.#from++;
        continue;
      }
      const label = this.#file.labels[row]!;
      if (labels !== undefined && !labels.includes(label)) continue;
      this.#taken.add(row);
      return { image: imageOf(this.#file, row), label };
    }
    throw new Error("the digits are used up: draw fewer");
  }
}

function imageOf({ images }: MnistBytes, row: number): GreyImage {
  return { width: SIDE, height: SIDE, pixels: images.subarray(row * SIDE * SIDE, (row + 1) * SIDE * SIDE) };
}

const [trainFile, testFile] = [once(() => mnistBytes("train")), once(() => mnistBytes("t10k"))];

const encoder = once(() => {
  const file = trainFile();
  const first = file.labels.length - ENCODER_ROWS;
  const pixels = pooled(Array.from({ length: ENCODER_ROWS }, (_, i) => imageOf(file, first + i)));
  const mean = new Float64Array(POOLED);
  for (let i = 0; i < ENCODER_ROWS; i++) rowView(pixels, i).forEach((value, j) => (mean[j]! += value / ENCODER_ROWS));
  const centre = (images: Matrix): Matrix => ({
    ...images,
    data: images.data.map((value, at) => value - mean[at % POOLED]!),
  });
  const { vectors } = symmetricEigen(lowerGram(centre(pixels), new Float64Array(ENCODER_ROWS).fill(1)), POOLED);
  // Eigenvalues ascend: the last rows are the largest components.
  const components = matrix(COMPONENTS, POOLED, vectors.slice((POOLED - COMPONENTS) * POOLED));
  return (images: readonly GreyImage[]): Matrix => rowProducts(centre(pooled(images)), components);
});

/** Mean brightness, 0 … 1, of squares of pixels: [images × POOLED]. */
function pooled(images: readonly GreyImage[]): Matrix {
  return stacked(
    images.map(({ pixels }) => {
      const small = new Float64Array(POOLED);
      pixels.forEach((value, at) => {
        const [y, x] = [Math.floor(at / SIDE), at % SIDE];
        small[Math.floor(y / POOLING) * (SIDE / POOLING) + Math.floor(x / POOLING)]! += value / (255 * POOLING ** 2);
      });
      return small;
    }),
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
