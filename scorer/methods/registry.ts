import { Random } from "../numeric/random.ts";
import { randomScores, rowCount } from "./baselines.ts";
import { knnShapley } from "./knnShapley.ts";
import type { AttributionMethod } from "./method.ts";
import { leaveOneOut } from "./ridgeRemoval.ts";
import { halfCredited } from "./ridgeScores.ts";
import {
  dataInfInfluence,
  ekfac,
  exactInfluence,
  gradientCosineScores,
  gradientDotScores,
  halfCreditedSoftmax,
  kfac,
  logra,
  trakEnsemble,
} from "./softmaxMethods.ts";
import { DEFAULT_ALPHA } from "./halfCredited.ts";

/** Every method by name, as it is without further settings: a task in, scores [queries × rows] out. */
export const ATTRIBUTION_METHODS: Readonly<Record<string, AttributionMethod>> = {
  "half-credited": halfCredited(DEFAULT_ALPHA),
  "half-credited-softmax": halfCreditedSoftmax(),
  hat: halfCredited(0),
  influence: halfCredited(1),
  "leave-one-out": leaveOneOut(),
  "exact-influence": exactInfluence(),
  kfac: kfac(),
  ekfac: ekfac(),
  logra: logra([128, 64]),
  "knn-shapley": knnShapley(),
  datainf: dataInfInfluence(),
  trak: (task) => trakEnsemble(10, 512, new Random(0))(task),
  "gradient-dot": gradientDotScores(),
  "gradient-cosine": gradientCosineScores(),
  "row-count": rowCount,
  random: randomScores(0),
};
