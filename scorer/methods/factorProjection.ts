import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { MAX_LANES } from "../core/vector.ts";
import { type FactorBlock, factorLanes, type RowFactors } from "../features/factors.ts";
import { lowerGram } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { type KroneckerFactors, meanEigenvalue } from "./kfac.ts";
import { kroneckerProjection, type KroneckerProjection, projectFactors } from "./logra.ts";
import type { GradientFactors } from "./method.ts";

/** Damping of the whitening, in parts of the mean eigenvalue of the layer's curvature, as Grosse et al. 2023 choose it. */
export const PROJECTION_DAMPING = 0.1;

/** The widest side whose principal axes are looked for: they take d² numbers, and some d³ steps. */
export const MAX_PROJECTED_SIDE = 8192;

/** Rows whose second moments are summed at once, wherever files begin and end: so the sums don't depend on it. */
const ROWS_AT_ONCE = 256;

/** Collects the second moments of factors, row by row, and makes projections of them: one for each layer. */
export class ProjectionFit {
  #rows = 0;
  #layers: { readonly activations: Moments; readonly gradients: Moments }[] | undefined;

  /**
   * @param rows - as many as one likes at a time; all of the same layers
   * @throws ScorerError `bad-type` for features that aren't factors, `bad-length` for other layers than before,
   * `out-of-range` for sides above 8,192
   */
  add(rows: RowFactors): void {
    const blocks = rows.blocks.map(requireFactors);
    this.#layers ??= blocks.map(({ activations, gradients }) => ({
      activations: new Moments(activations.columns),
      gradients: new Moments(gradients.columns),
    }));
    requireSides(
      this.#layers.map(({ activations, gradients }) => [activations.side, gradients.side]),
      blocks,
    );
    this.#layers.forEach((layer, at) => {
      layer.activations.add(blocks[at]!.activations);
      layer.gradients.add(blocks[at]!.gradients);
    });
    this.#rows += rows.rows;
  }

  /**
   * The projection of each layer on the principal axes of its activations and gradients, whitened.
   *
   * @param lanes - k_a and k_g; of a layer that is narrower, its own width
   * @throws ScorerError `empty-input` without rows, `out-of-range` for more than 8,192 lanes of all layers together,
   * `not-positive-definite` for a layer whose factors are all 0
   */
  projections(lanes: readonly [number, number]): KroneckerProjection[] {
    if (this.#layers === undefined || this.#rows === 0) {
      throw new ScorerError("empty-input", "there are no rows to fit a projection to: is it the right file?");
    }
    const count = this.#rows;
    const fits = this.#layers.map(({ activations, gradients }) => {
      const sides = [activations.side, gradients.side] as const;
      const factors: KroneckerFactors = {
        activations: activations.mean(count),
        gradients: gradients.mean(count),
        sides,
      };
      return { factors, kept: [Math.min(lanes[0], sides[0]), Math.min(lanes[1], sides[1])] as const };
    });
    const all = fits.reduce((sum, { kept }) => sum + kept[0] * kept[1], 0);
    if (all > MAX_LANES) {
      throw new ScorerError(
        "out-of-range",
        `${lanes[0]} × ${lanes[1]} lanes of ${fits.length} layers are ${all}, an index has at most ${MAX_LANES}: project to fewer`,
      );
    }
    return fits.map(({ factors, kept }) => {
      const mean =
        meanEigenvalue(factors.activations, factors.sides[0]) * meanEigenvalue(factors.gradients, factors.sides[1]);
      if (!(mean > 0)) {
        throw new ScorerError("not-positive-definite", "the factors of a layer are all 0: leave the layer out");
      }
      return kroneckerProjection(factors, kept, PROJECTION_DAMPING * mean);
    });
  }
}

/**
 * Rows or queries projected layer by layer: what `ContributionSums` adds up, and `factorVectors` writes out.
 *
 * @param projections - one for each layer, in the same order
 * @throws ScorerError `bad-type` for features that aren't factors, `bad-length` for other layers
 */
export function projectRows(projections: readonly KroneckerProjection[], rows: RowFactors): RowFactors {
  const blocks = rows.blocks.map(requireFactors);
  requireSides(
    projections.map(({ activations, gradients }) => [activations.columns, gradients.columns]),
    blocks,
  );
  return { ...rows, blocks: blocks.map((block, at) => projectFactors(projections[at]!, block)) };
}

/** Σ x xᵀ of the rows of one side of a layer. */
class Moments {
  readonly side: number;
  readonly #sum: Float64Array;
  readonly #waiting: Float64Array;
  #filled = 0;

  constructor(side: number) {
    this.side = assertInteger(side, 1, MAX_PROJECTED_SIDE, "the width of factors to project");
    this.#sum = new Float64Array(side * side);
    this.#waiting = new Float64Array(ROWS_AT_ONCE * side);
  }

  add({ rows, data }: Matrix): void {
    for (let taken = 0; taken < rows;) {
      const count = Math.min(rows - taken, ROWS_AT_ONCE - this.#filled);
      this.#waiting.set(data.subarray(taken * this.side, (taken + count) * this.side), this.#filled * this.side);
      taken += count;
      this.#filled += count;
      if (this.#filled === ROWS_AT_ONCE) {
        addTo(this.#sum, this.#gram());
        this.#filled = 0;
      }
    }
  }

  /** The lower triangle of the mean over so many rows; the sum stays as it is. */
  mean(count: number): Float64Array {
    const sum = this.#sum.slice();
    if (this.#filled > 0) addTo(sum, this.#gram());
    return sum.map((value) => value / count);
  }

  #gram(): Float64Array {
    const data = this.#waiting.subarray(0, this.#filled * this.side);
    return lowerGram({ rows: this.#filled, columns: this.side, data }, new Float64Array(this.#filled).fill(1));
  }
}

function addTo(sum: Float64Array, part: Float64Array): void {
  for (let at = 0; at < sum.length; at++) sum[at]! += part[at]!;
}

function requireFactors(block: FactorBlock, layer: number): GradientFactors {
  if (!("data" in block)) return block;
  throw new ScorerError(
    "bad-type",
    `layer ${layer} has ${factorLanes([block])} features as they are: only factors a and g can be projected`,
  );
}

function requireSides(sides: readonly (readonly [number, number])[], blocks: readonly GradientFactors[]): void {
  const shown = (all: readonly (readonly [number, number])[]): string => all.map(([a, g]) => `${a} × ${g}`).join(", ");
  const found = blocks.map(({ activations, gradients }) => [activations.columns, gradients.columns] as const);
  if (shown(found) !== shown(sides)) {
    throw new ScorerError(
      "bad-length",
      `the layers are ${shown(found)} wide, expected ${shown(sides)}: are they of one model, in the same order?`,
    );
  }
}
