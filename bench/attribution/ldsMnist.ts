import {
  type AttributionTask,
  contrastBasis,
  dampedInverse,
  dataInf,
  eigenInfluence,
  embeddingScores,
  gradientCosine,
  gradientDot,
  kfacInfluence,
  knnShapley,
  type KroneckerFactors,
  kroneckerFactors,
  lograEmbedding,
  type LabelledRows,
  type Matrix,
  Random,
  softmaxCurvature,
  softmaxFactors,
  type SoftmaxHead,
  softmaxInfluence,
  softmaxProbabilities,
  trak,
  unfinishedTraining,
} from "../../scorer/index.ts";
import { add, digits, FULL, losses, pick, QUICK } from "./digits.ts";
import { half, lds, type Retraining } from "./lds.ts";
import { RATE, stepsOf, trainSgd } from "./sgd.ts";

/** Linear datamodeling score of each method on one seed. */
export type LdsFigures = Readonly<Record<string, number>>;

/** Models of an ensemble: TRAK's, and those of influence. */
const TRAK_MODELS = 10;
const KFAC_MODELS = 10;
const EXACT_MODELS = 5;
const TRAK_LANES = 512;
const LOGRA_LANES = [128, 9] as const;

/**
 * dattri's protocol on MNIST with logistic regression (Deng et al. 2024, §5): a head trained by SGD, retrained with the
 * same seed on halves of the rows; how well does each method's sum over the kept rows foretell each query's loss? Nothing is
 * tuned on the outcome: damping is one over rate times steps, what SGD itself damps by.
 *
 * @param seed - of the sample, of the start, of the halves
 */
export function ldsOnMnist(seed: number, quick: boolean, show: (note: string) => void): LdsFigures {
  const size = quick ? QUICK : FULL;
  const models = quick ? { trak: 2, kfac: 2, exact: 1 } : { trak: TRAK_MODELS, kfac: KFAC_MODELS, exact: EXACT_MODELS };
  const random = new Random(seed);
  const task = digits(size, random);
  const { train, queries, classes } = task;
  const n = train.features.rows;

  const retrainings: Retraining[] = [];
  for (let s = 0; s < size.retrainings; s++) {
    show(`retraining ${s + 1} of ${size.retrainings}`);
    const kept = half(n, random);
    retrainings.push({ kept, losses: losses(trainSgd(pick(train, kept), classes, seed), queries) });
  }
  const figures: Record<string, number> = {};
  const measured = (name: string, scores: Matrix): void => {
    figures[name] = lds(scores, retrainings);
    show(name);
  };

  const head = trainSgd(train, classes, seed);
  const rows = softmaxFactors(head, train);
  const asked = softmaxFactors(head, queries);
  const factors = curvatureOf(head, train);
  const damping = 1 / (RATE * stepsOf(n));
  const filter = unfinishedTraining(RATE, stepsOf(n));
  measured("gradDot", gradientDot(rows, asked));
  measured("gradCos", gradientCosine(rows, asked));
  measured("datainf", dataInf(rows, asked));
  measured("knnShapley", knnShapley()(task));
  measured("kfac", kfacInfluence(rows, asked, factors, damping));
  const logra = lograEmbedding(rows, asked, LOGRA_LANES, damping, factors);
  measured("logra", embeddingScores(logra));
  measured("ekfac", eigenInfluence(rows, asked, factors, dampedInverse(damping)));
  measured("ekfacUnfinished", eigenInfluence(rows, asked, factors, filter));
  measured("exact", softmaxInfluence(head, train, queries, damping));

  // Models on other halves than those that are foretold.
  const halves = Array.from({ length: Math.max(models.trak, models.kfac, models.exact) }, () =>
    pick(train, half(n, random)),
  );
  const heads = halves.map((rowsOfHalf) => trainSgd(rowsOfHalf, classes, seed));
  measured(`trak${TRAK_MODELS}`, trak(heads.slice(0, models.trak), task, TRAK_LANES, random));
  measured(
    "kfacEnsemble",
    heads
      .slice(0, models.kfac)
      .reduce<Matrix | undefined>(
        (sum, member, i) =>
          add(
            sum,
            eigenInfluence(
              softmaxFactors(member, train),
              softmaxFactors(member, queries),
              curvatureOf(member, halves[i]!),
              filter,
            ),
          ),
        undefined,
      )!,
  );
  measured("exactEnsemble", exactEnsemble(task, heads.slice(0, models.exact), halves, damping, show));
  return figures;
}

function exactEnsemble(
  { train, queries }: AttributionTask,
  heads: readonly SoftmaxHead[],
  halves: readonly LabelledRows[],
  damping: number,
  show: (note: string) => void,
): Matrix {
  let sum: Matrix | undefined;
  heads.forEach((head, i) => {
    show(`exact influence of model ${i + 1} of ${heads.length}`);
    sum = add(sum, softmaxInfluence(head, train, queries, damping, halves[i]!.features));
  });
  return sum!;
}

function curvatureOf(head: SoftmaxHead, rows: LabelledRows): KroneckerFactors {
  const ones = new Float64Array(rows.features.rows).fill(1);
  const p = softmaxProbabilities(head, rows.features);
  return kroneckerFactors(softmaxFactors(head, rows), softmaxCurvature(p, contrastBasis(head.classes), ones));
}
