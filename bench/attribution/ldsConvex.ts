import {
  contrastBasis,
  dampedInverse,
  eigenInfluence,
  fitSoftmax,
  kroneckerFactors,
  type Matrix,
  pearson,
  Random,
  softmaxCurvature,
  softmaxFactors,
  softmaxInfluence,
  softmaxProbabilities,
} from "../../scorer/index.ts";
import { digits, FULL, losses, QUICK } from "./digits.ts";
import { half, lds, type Retraining } from "./lds.ts";

/** λ for each row: of the mean loss. */
const LAMBDA = 0.1;
const WALLETS = 50;
/** Pixels of 14 × 14: hundreds of refits to the minimum. */
const POOLING = 2;

export interface ConvexFigures {
  readonly exactLds: number;
  readonly kfacLds: number;
  /** Mean over the queries of the correlation over the wallets, with refits without a wallet. */
  readonly exactWalletPearson: number;
  readonly kfacWalletPearson: number;
  /** The same for the sum over all queries. */
  readonly exactWalletPearsonSummed: number;
  readonly kfacWalletPearsonSummed: number;
}

/** A head that is trained to its minimum: halves for the linear datamodeling score, and wallets of equal size left out. */
export function ldsOnConvexHead(seed: number, quick: boolean, show: (note: string) => void): ConvexFigures {
  const size = { ...(quick ? QUICK : FULL), pooling: POOLING };
  const random = new Random(seed);
  const { train, queries, classes } = digits(size, random);
  const n = train.features.rows;
  const all = new Float64Array(n).fill(1);
  const head = fitSoftmax(train.features, train.labels, classes, all, LAMBDA * n);
  const refit = (weights: Float64Array): Float64Array => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return losses(fitSoftmax(train.features, train.labels, classes, weights, LAMBDA * total, head), queries);
  };
  const retrainings: Retraining[] = [];
  for (let s = 0; s < size.retrainings; s++) {
    show(`refit ${s + 1} of ${size.retrainings}`);
    const kept = half(n, random);
    const weights = new Float64Array(n);
    for (const row of kept) weights[row] = 1;
    retrainings.push({ kept, losses: refit(weights) });
  }
  const full = losses(head, queries);
  const changes: Float64Array[] = [];
  for (let wallet = 0; wallet < WALLETS; wallet++) {
    show(`refit without wallet ${wallet + 1} of ${WALLETS}`);
    const left = refit(all.map((_, row) => (row % WALLETS === wallet ? 0 : 1)));
    changes.push(left.map((loss, q) => loss - full[q]!));
  }
  const rows = softmaxFactors(head, train);
  const asked = softmaxFactors(head, queries);
  const curvature = softmaxCurvature(softmaxProbabilities(head, train.features), contrastBasis(classes), all);
  const exact = softmaxInfluence(head, train, queries, LAMBDA);
  show("exact influence");
  const kfac = eigenInfluence(rows, asked, kroneckerFactors(rows, curvature), dampedInverse(LAMBDA));
  const [exactWallets, kfacWallets] = [perWallet(exact), perWallet(kfac)];
  return {
    exactLds: lds(exact, retrainings),
    kfacLds: lds(kfac, retrainings),
    exactWalletPearson: meanPearson(exactWallets, changes),
    kfacWalletPearson: meanPearson(kfacWallets, changes),
    exactWalletPearsonSummed: pearson(exactWallets.map(summed), changes.map(summed)),
    kfacWalletPearsonSummed: pearson(kfacWallets.map(summed), changes.map(summed)),
  };
}

/** Scores added up over the rows of each wallet: [wallets][queries] */
function perWallet({ rows: queries, columns: n, data }: Matrix): Float64Array[] {
  const wallets = Array.from({ length: WALLETS }, () => new Float64Array(queries));
  for (let q = 0; q < queries; q++) {
    for (let row = 0; row < n; row++) wallets[row % WALLETS]![q]! += data[q * n + row]!;
  }
  return wallets;
}

function meanPearson(predicted: readonly Float64Array[], found: readonly Float64Array[]): number {
  const queries = predicted[0]!.length;
  let total = 0;
  for (let q = 0; q < queries; q++) {
    total += pearson(
      predicted.map((wallet) => wallet[q]!),
      found.map((wallet) => wallet[q]!),
    );
  }
  return total / queries;
}

function summed(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
