import type { Spread } from "./figures.ts";
import type { ConvexFigures } from "./ldsConvex.ts";
import type { Figures } from "./part.ts";

/** Everything that `npm run bench:attribution` measures. */
export interface AttributionReport {
  readonly quick: boolean;
  readonly seeds: readonly number[];
  readonly mnist: Readonly<Record<string, Spread>>;
  readonly convex: Readonly<Record<keyof ConvexFigures, Spread>>;
  readonly noise: Figures<"noise">;
  readonly wallets: Figures<"wallets">;
  readonly text: Figures<"text">;
  readonly score: Figures<"score">;
}

/** Methods of the linear datamodeling score, by key, as they are named in tables. */
export const METHODS: Readonly<Record<string, string>> = {
  exactEnsemble: "exact influence, models of halves",
  exact: "exact influence",
  kfacEnsemble: "EK-FAC, unfinished training, models of halves",
  ekfacUnfinished: "EK-FAC, unfinished training",
  kfac: "K-FAC",
  logra: "LoGra, 128 × 9 lanes",
  ekfac: "EK-FAC",
  trak10: "TRAK, models of halves",
  knnShapley: "KNN-Shapley",
  datainf: "DataInf",
  gradDot: "gradient product",
  gradCos: "gradient cosine",
};

export const BARS = {
  /** The best that dattri's benchmark publishes for MNIST-10 with logistic regression (Deng et al. 2024, figure 2) */
  published: 0.798,
  mnist: { exact: 0.78, kfac: 0.7 } as Readonly<Record<string, number>>,
  convexLds: 0.9,
  walletPearson: 0.97,
} as const;

/** Methods with the best first, and the best. */
export function summary({ mnist }: Pick<AttributionReport, "mnist">): {
  readonly mnist: readonly (readonly [string, Spread])[];
  readonly best: { readonly method: string; readonly lds: number };
} {
  const sorted = Object.entries(mnist).sort(([, a], [, b]) => b.mean - a.mean);
  const [method, { mean }] = sorted[0]!;
  return { mnist: sorted, best: { method, lds: mean } };
}

/** The report as one JSON object: means under the names that others compare, and everything else in full. */
export function rounded(report: AttributionReport): unknown {
  const { mnist, convex, text, score, ...others } = report;
  const { best } = summary(report);
  const means = (spreads: Readonly<Record<string, Spread>>): Record<string, number> =>
    Object.fromEntries(Object.entries(spreads).map(([key, { mean }]) => [key, mean]));
  const whole = {
    mnist: { ...means(mnist), best: best.lds, bestMethod: best.method, published: BARS.published, spread: mnist },
    convex: { ...means(convex), spread: convex },
    text,
    score,
    ...others,
  };
  return JSON.parse(
    JSON.stringify(whole, (_key, value: unknown) =>
      typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    ),
  );
}
