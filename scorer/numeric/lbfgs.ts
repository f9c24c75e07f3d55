import { ScorerError } from "../core/errors.ts";

/** A function to be minimised, at one point. */
export interface Evaluation {
  readonly value: number;
  /** float64, as long as the point */
  readonly gradient: Float64Array;
}

export interface MinimiseOptions {
  /** An approximate inverse Hessian, times a vector; the identity by default. */
  readonly precondition?: (vector: Float64Array) => Float64Array;
  /** Ends when no component of the gradient is larger. */
  readonly tolerance: number;
  readonly mostIterations: number;
}

export interface Minimum {
  /** float64 */
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

/** Steps that are remembered. */
const MEMORY = 20;
/** Armijo's constant. */
const DECREASE = 1e-4;
const SMALLEST_STEP = 2 ** -40;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** stepᵀ change */
  readonly curvature: number;
}

/**
 * Minimises a smooth convex function: L-BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.5) with halving line
 * search. Deterministic: every sum in a fixed order.
 *
 * @param start - float64, left alone
 * @throws ScorerError `not-converged` when the iterations run out, or steps get too small, before the tolerance is met
 */
export function minimise(
  evaluate: (point: Float64Array) => Evaluation,
  start: Float64Array,
  { precondition = (vector) => vector, tolerance, mostIterations }: MinimiseOptions,
): Minimum {
  let point = start;
  let { value, gradient } = evaluate(point);
  const pairs: Pair[] = [];
  for (let iterations = 0; ; iterations++) {
    const largest = gradient.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
    if (largest <= tolerance) return { point, value, iterations };
    if (iterations >= mostIterations || !(largest < Infinity)) throw notConverged(iterations, largest, tolerance);
    const direction = twoLoops(gradient, pairs, precondition);
    const slope = dot(gradient, direction);
    let length = 1;
    let next = moved(point, direction, length);
    let found = evaluate(next);
    // In the last digits of the value a step can be told good from bad by its gradient alone.
    while (!(found.value <= value - DECREASE * length * slope || isFlat(found, value, direction, slope))) {
      length /= 2;
      if (length < SMALLEST_STEP) throw notConverged(iterations, largest, tolerance);
      next = moved(point, direction, length);
      found = evaluate(next);
    }
    const step = next.map((coordinate, i) => coordinate - point[i]!);
    const change = found.gradient.map((component, i) => component - gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    point = next;
    ({ value, gradient } = found);
  }
}

/** Within rounding of the value before, and not beyond the minimum along the direction by more than the start was short of it. */
function isFlat(found: Evaluation, value: number, direction: Float64Array, slope: number): boolean {
  const noise = 2 ** -46 * Math.abs(value);
  return Math.abs(found.value - value) <= noise && Math.abs(dot(found.gradient, direction)) <= slope;
}

function twoLoops(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: (vector: Float64Array) => Float64Array,
): Float64Array {
  const vector = gradient.slice();
  const factors = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i]!;
    factors[i] = dot(step, vector) / curvature;
    addTo(vector, change, -factors[i]!);
  }
  const direction = precondition(vector).slice();
  pairs.forEach(({ step, change, curvature }, i) => {
    addTo(direction, step, factors[i]! - dot(change, direction) / curvature);
  });
  return direction;
}

function moved(point: Float64Array, direction: Float64Array, length: number): Float64Array {
  return point.map((coordinate, i) => coordinate - length * direction[i]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addTo(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function notConverged(iterations: number, largest: number, tolerance: number): ScorerError {
  return new ScorerError(
    "not-converged",
    `after ${iterations} steps the largest component of the gradient is ${largest}, not ${tolerance}: use a larger lambda`,
  );
}
