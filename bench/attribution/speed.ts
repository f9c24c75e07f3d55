import { factoredScores, type GradientFactors, type Matrix, matrix, plainFactoredScores } from "../../scorer/index.ts";
import { xorshift32 } from "../scale/stream.ts";

/** What scoring with a layer's factored gradients took, whitening done before. */
export interface SpeedFigures {
  readonly rows: number;
  readonly queries: number;
  /** Numbers of an activation, that of the bias included */
  readonly features: number;
  /** Numbers of a gradient by the layer's output */
  readonly classes: number;
  /** Quantisation, both products and the scores, the best of some runs */
  readonly seconds: number;
  /** How many times longer plain TypeScript takes for the same bytes */
  readonly plainTsRatio: number;
}

/** Seconds that scoring may take. */
export const SPEED_BAR = 0.3;

const FULL = { rows: 5000, queries: 500, features: 785, classes: 10 } as const;
const QUICK = { ...FULL, rows: 500, queries: 50 } as const;
/** What else runs on the machine slows some of them down. */
const RUNS = 20;

/**
 * Measures K-FAC scores: made-up whitened factors, as what they are doesn't matter for the time.
 *
 * @param quick - a tenth of the rows and of the queries
 * @param show - told what is being done
 * @throws Error when kernel and plain TypeScript differ in a byte
 */
export function measureSpeed(quick: boolean, show: (detail: string) => void): Promise<SpeedFigures> {
  const size = quick ? QUICK : FULL;
  const next = xorshift32(0x5bd1e995);
  const filled = (rows: number, columns: number): Matrix =>
    matrix(
      rows,
      columns,
      Float64Array.from({ length: rows * columns }, () => next() / 2 ** 31),
    );
  const factors = (count: number): GradientFactors => ({
    activations: filled(count, size.features),
    gradients: filled(count, size.classes),
  });
  const [rows, queries] = [factors(size.rows), factors(size.queries)];
  show(`${size.rows} rows × ${size.queries} queries by the kernel`);
  const kernel = best(() => factoredScores(rows, queries), RUNS);
  show("the same in plain TypeScript");
  const plain = best(() => plainFactoredScores(rows, queries), 2);
  if (Buffer.compare(new Uint8Array(kernel.scores.data.buffer), new Uint8Array(plain.scores.data.buffer)) !== 0)
    throw new Error("the kernel's scores differ from those of plain TypeScript");
  return Promise.resolve({ ...size, seconds: kernel.seconds, plainTsRatio: plain.seconds / kernel.seconds });
}

function best(run: () => Matrix, runs: number): { scores: Matrix; seconds: number } {
  let seconds = Infinity;
  let scores: Matrix | undefined;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    scores = run();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { scores: scores!, seconds };
}
