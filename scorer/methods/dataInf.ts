import { ScorerError } from "../core/errors.ts";
import { rowProducts } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { gradientDot, gradientNorms } from "./gradients.ts";
import type { GradientFactors } from "./method.ts";

/** λ as the authors set it: a tenth of the mean squared gradient of a parameter. */
const RELATIVE_DAMPING = 0.1;

/**
 * DataInf (Kwon et al. 2024, eq. 5): the average of the inverses (λI + g_i g_iᵀ)⁻¹ stands for the inverse of the average,
 * which Sherman and Morrison's formula gives in closed form. What OpenLedger publishes as its attribution.
 *
 * @param damping - λ > 0 of the one layer; the authors' choice by default
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `out-of-range` for λ
 */
export function dataInf(rows: GradientFactors, queries: GradientFactors, damping = authorsDamping(rows)): Matrix {
  if (!(damping > 0 && damping < Infinity)) {
    throw new ScorerError("out-of-range", `the damping is ${damping}: it must be a finite number above 0`);
  }
  const n = rows.activations.rows;
  const norms = gradientNorms(rows);
  const scores = gradientDot(rows, queries);
  const shrunk: Matrix = { ...scores, data: scores.data.slice() };
  for (let at = 0; at < shrunk.data.length; at++) shrunk.data[at]! /= damping + norms[at % n]!;
  const corrections = rowProducts(shrunk, gradientDot(rows, rows));
  for (let at = 0; at < scores.data.length; at++) {
    scores.data[at] = (scores.data[at]! - corrections.data[at]! / n) / damping;
  }
  return scores;
}

function authorsDamping(rows: GradientFactors): number {
  const norms = gradientNorms(rows);
  const parameters = rows.activations.columns * rows.gradients.columns;
  return (RELATIVE_DAMPING * norms.reduce((sum, norm) => sum + norm, 0)) / (norms.length * parameters);
}
