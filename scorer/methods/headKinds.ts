import { ScorerError } from "../core/errors.ts";
import { canonicalJson } from "../core/canonicalJson.ts";
import { hasMagic } from "../core/fileHeader.ts";
import { decodeHead, decodeWhitening, DEFAULT_RIDGE_CONFIG, type RidgeConfig, trainRidge } from "../heads/ridge.ts";
import { decodeSoftmaxHead, DEFAULT_SOFTMAX_CONFIG, type SoftmaxConfig, trainSoftmax } from "../heads/softmax.ts";
import { DEFAULT_ALPHA } from "./halfCredited.ts";
import { SOFTMAX_ALPHA, softmaxWhitening } from "./halfCreditedSoftmax.ts";
import { decodeKroneckerWhitening } from "./kroneckerFile.ts";
import type { EmbeddingMethod, LabelledRows } from "./method.ts";
import type { HeadName } from "./rules.ts";
import {
  type AnsweringModel,
  answeringRidge,
  answeringSoftmax,
  embed,
  type TrainedModel,
  trainedRidge,
  trainedSoftmax,
} from "./trainedModel.ts";

/** A kind of head that can be trained on rows. */
export interface HeadKind {
  /** α of the half-credited rule, unless another is asked for */
  readonly alpha: number;
  /** How one is trained; λ is 1 by default. Plain JSON. */
  readonly config: (lambda?: number) => RidgeConfig | SoftmaxConfig;
  /** @throws ScorerError as `trainRidge` and `trainSoftmax` */
  readonly train: (rows: LabelledRows, classes: number, lambda: number) => TrainedModel;
  /** Letters that the head's file begins with */
  readonly magic: string;
  /** @throws ScorerError of a damaged file */
  readonly read: (head: Uint8Array, whitening: Uint8Array) => AnsweringModel;
}

/** All kinds of heads. */
export const HEAD_KINDS: Readonly<Record<HeadName, HeadKind>> = {
  ridge: {
    alpha: DEFAULT_ALPHA,
    config: (lambda = DEFAULT_RIDGE_CONFIG.lambda) => ({ ...DEFAULT_RIDGE_CONFIG, lambda }),
    train: ({ features, labels }, classes, lambda) =>
      trainedRidge(trainRidge(features, labels, classes, { ...DEFAULT_RIDGE_CONFIG, lambda })),
    magic: "TRHD",
    read: (head, whitening) => answeringRidge({ head: decodeHead(head), whitening: decodeWhitening(whitening) }),
  },
  softmax: {
    alpha: SOFTMAX_ALPHA,
    config: (lambda = DEFAULT_SOFTMAX_CONFIG.lambda) => ({ ...DEFAULT_SOFTMAX_CONFIG, lambda }),
    train: (rows, classes, lambda) => {
      const model = trainSoftmax(rows.features, rows.labels, classes, { ...DEFAULT_SOFTMAX_CONFIG, lambda });
      return trainedSoftmax(model, softmaxWhitening(model, rows, lambda), lambda);
    },
    magic: "TRSM",
    read: (head, whitening) => answeringSoftmax(decodeSoftmaxHead(head), decodeKroneckerWhitening(whitening)),
  },
};

/**
 * λ of a head's configuration, as a file has it.
 *
 * @throws ScorerError `bad-version` for a configuration of another kind, version or shape
 */
export function configuredLambda(kind: HeadKind, config: Readonly<Record<string, unknown>>): number {
  const { lambda } = config;
  if (typeof lambda !== "number" || canonicalJson(kind.config(lambda)) !== canonicalJson(config)) {
    throw new ScorerError(
      "bad-version",
      `the configuration ${canonicalJson(config)} is not of a head that this scorer knows: train again`,
    );
  }
  return lambda;
}

/**
 * Reads a model that answers from its two files.
 *
 * @throws ScorerError `bad-magic` for a head of no kind, `bad-length` when the whitening is another model's, and as the
 * readers of heads and whitenings
 */
export function readAnsweringModel(head: Uint8Array, whitening: Uint8Array): AnsweringModel {
  const kind = Object.values(HEAD_KINDS).find(({ magic }) => hasMagic(head, magic));
  if (kind === undefined) {
    throw new ScorerError("bad-magic", 'no "TRHD" or "TRSM" at offset 0: this is no head');
  }
  const model = kind.read(head, whitening);
  // Targets of the other side throw by themselves.
  model.targets([0]);
  if (model.factor.length !== model.features * model.features) {
    throw new ScorerError(
      "bad-length",
      `the whitening is not of a head of ${model.features} features: use that model's own`,
    );
  }
  return model;
}

/** Row and query vectors of a head of some kind that is trained on the task. */
export function headEmbedding(name: HeadName, lambda: number, alpha: number = HEAD_KINDS[name].alpha): EmbeddingMethod {
  return ({ train, queries, classes }) => embed(HEAD_KINDS[name].train(train, classes, lambda), train, queries, alpha);
}
