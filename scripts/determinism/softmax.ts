import {
  encodeSoftmaxHead,
  flatten,
  gradientDot,
  halfCreditedQueries,
  halfCreditedRows,
  type Hex,
  kroneckerFactors,
  type LabelledRows,
  lograEmbedding,
  matrix,
  Random,
  sha256,
  softmaxFactors,
  softmaxInfluence,
  softmaxWhitening,
  symmetricEigen,
  trainSoftmax,
  trak,
} from "../../scorer/index.ts";
import { digest } from "./kernels.ts";
import { pixelTask } from "./pixels.ts";

const LAMBDA = 10;

/** A softmax head on handwritten digits, and what attributes its answers. */
export function softmaxDigests(): Record<string, Hex> {
  const { features, labels, classes, queries } = pixelTask();
  const train: LabelledRows = { features, labels };
  const asked: LabelledRows = {
    features: matrix(queries.length, features.columns, Float64Array.from(queries.flatMap((row) => [...row]))),
    labels: queries.map((_, i) => i % classes),
  };
  const model = trainSoftmax(features, labels, classes, {
    kind: "class-balanced-softmax",
    version: 1,
    lambda: LAMBDA,
  });
  const whitening = softmaxWhitening(model, train, LAMBDA);
  const credited = halfCreditedRows(model, whitening, train);
  const factors = softmaxFactors(model.head, train);
  const { activations, sides } = kroneckerFactors(factors);
  const eigen = symmetricEigen(activations, sides[0]);
  const logra = lograEmbedding(factors, softmaxFactors(model.head, asked), [16, 9], 0.01);
  return {
    head: sha256(encodeSoftmaxHead(model.head)),
    halfCredited: digest(flatten(credited).data),
    halfCreditedScores: digest(gradientDot(credited, halfCreditedQueries(classes, whitening, asked)).data),
    exactInfluence: digest(softmaxInfluence(model.head, train, asked, LAMBDA / features.rows).data),
    eigenvalues: digest(eigen.values),
    eigenvectors: digest(eigen.vectors),
    logra: digest(logra.rows.data),
    trak: digest(trak([model.head], { train, queries: asked, classes }, 32, new Random(1)).data),
  };
}
