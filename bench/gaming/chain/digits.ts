import {
  attributeContributions,
  buildIndex,
  DEFAULT_ALPHA,
  DEFAULT_RIDGE_CONFIG,
  halfCreditedMethod,
  indexTree,
  matrix,
  type Matrix,
  type MethodDescription,
  type PixelConfig,
  pixelConfig,
  pixelFeatures,
  predict,
  type QuantisedVector,
  quantiseQuery,
  queryVector,
  type Random,
  type RidgeModel,
  trainRidge,
  type VerifiedIndex,
} from "../../../scorer/index.ts";
import type { GreyImage } from "../../../metadata/index.ts";
import { ridgeCredits } from "../../../scorer/methods/halfCredited.ts";
import { vectorScores } from "../../../scorer/methods/halfWhitened.ts";
import { MNIST_CLASSES, mnistBytes, type MnistPart } from "../../attribution/mnist.ts";

const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** Pixels are added up over squares of this side: 49 features and a constant, ten classes, 512 lanes. */
const POOLING = 4;

/** A handwritten digit as a row of a dataset. */
export interface Digit {
  /** uint8 [784] */
  readonly pixels: Uint8Array;
  /** 0 to 9; what its contributor says it is */
  readonly label: number;
}

/** The bytes of a row: its pixels, then its label. */
export function rowBytes({ pixels, label }: Digit): Uint8Array {
  return Uint8Array.of(...pixels, label);
}

/** A digit as curators compare it. */
export function imageOf({ pixels }: Digit): GreyImage {
  return { width: SIDE, height: SIDE, pixels };
}

/** Draws digits of a part of MNIST without replacement. */
export function drawDigits(part: MnistPart, count: number, random: Random): Digit[] {
  const { images, labels } = mnistBytes(part);
  return Array.from(random.sample(labels.length, count), (i) => ({
    pixels: images.subarray(i * PIXELS, (i + 1) * PIXELS),
    label: labels[i]!,
  }));
}

/** A label that is wrong, each as likely as the others. */
export function otherLabel(label: number, random: Random): number {
  return (label + 1 + random.below(MNIST_CLASSES - 1)) % MNIST_CLASSES;
}

/** Any label, each as likely as the others. */
export function anyLabel(random: Random): number {
  return random.below(MNIST_CLASSES);
}

/** A model that answers which digit an image is, with the influence index of its dataset version. */
export interface Trained {
  readonly model: RidgeModel;
  readonly pixels: PixelConfig;
  readonly method: MethodDescription;
  readonly committed: VerifiedIndex;
}

/** Trains on the rows of all contributions, and computes the half-credited influence features of each. */
export function train(contributions: readonly (readonly Digit[])[]): Trained {
  const rows = contributions.flatMap((digits, contribution) => digits.map((digit) => ({ digit, contribution })));
  const images = pooled(rows.map(({ digit }) => digit));
  const pixels = pixelConfig(images);
  const features = pixelFeatures(images, pixels);
  const labels = rows.map(({ digit }) => digit.label);
  const model = trainRidge(features, labels, MNIST_CLASSES);
  const contributionOf = rows.map(({ contribution }) => contribution);
  const phi = attributeContributions(model, { features, labels, contributionOf, contributions: contributions.length });
  const index = buildIndex(
    phi,
    contributions.map(({ length }) => length),
  );
  const method = halfCreditedMethod(model, DEFAULT_RIDGE_CONFIG.lambda);
  return { model, pixels, method, committed: { index, tree: indexTree(index) } };
}

/** What a model says a digit is, and the query vector of that answer. */
export function answer(
  { model, pixels }: Trained,
  digit: Digit,
): { readonly label: number; readonly query: QuantisedVector } {
  const x = pixelFeatures(pooled([digit]), pixels).data;
  const { label } = predict(model.head, x);
  return { label, query: quantiseQuery(queryVector(model.whitening, MNIST_CLASSES, x, label)) };
}

/** What each row would have earned of some questions, whether or not the model was trained on it: float64 [rows] */
export function pastScores(trained: Trained, rows: readonly Digit[], asked: readonly Digit[]): Float64Array {
  const { model, pixels } = trained;
  const features = pixelFeatures(pooled(rows), pixels);
  const gradients = ridgeCredits(model, { features, labels: rows.map(({ label }) => label) }, DEFAULT_ALPHA);
  const psi = asked
    .map((digit) => {
      const x = pixelFeatures(pooled([digit]), pixels).data;
      return queryVector(model.whitening, MNIST_CLASSES, x, predict(model.head, x).label);
    })
    .reduce((sum, one) => sum.map((value, j) => value + one[j]!));
  return vectorScores({ activations: features, gradients, factor: model.whitening.factor }, psi);
}

/** Sums over squares of pixels: integers, row-major [n × 49]. */
function pooled(digits: readonly Digit[]): Matrix {
  const side = SIDE / POOLING;
  const data = new Float64Array(digits.length * side * side);
  digits.forEach(({ pixels }, i) => {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const square = Math.floor(Math.floor(pixel / SIDE) / POOLING) * side + Math.floor((pixel % SIDE) / POOLING);
      data[i * side * side + square]! += pixels[pixel]!;
    }
  });
  return matrix(digits.length, side * side, data);
}
