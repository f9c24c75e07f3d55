import { ieee } from "./ieee754.ts";

const { add, subtract, multiply, divide, sqrt } = ieee;

/** A ridge head by docs/payout-rule.md, in emulated float64. Matrices are arrays of rows. */
export interface RefereeModel {
  readonly classWeights: readonly number[];
  /** L of A = L Lᵀ */
  readonly factor: readonly (readonly number[])[];
  /** One block of d for each output column */
  readonly coefficients: readonly (readonly number[])[];
}

/** Trains a class-balanced ridge head, one rounded operation after the other. */
export function train(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
  lambda: number,
): RefereeModel {
  const d = rows[0]!.length;
  const classWeights = Array.from({ length: classes }, (_, label) =>
    divide(rows.length, multiply(classes, labels.filter((other) => other === label).length)),
  );
  const gram = zeros(d, d);
  rows.forEach((x, i) => {
    for (let a = 0; a < d; a++) {
      const scaled = multiply(classWeights[labels[i]!]!, x[a]!);
      for (let b = 0; b <= a; b++) gram[a]![b] = add(gram[a]![b]!, multiply(scaled, x[b]!));
    }
  });
  for (let a = 0; a < d; a++) gram[a]![a] = add(gram[a]![a]!, lambda);

  const factor = zeros(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[i]![j]!;
      for (let k = 0; k < j; k++) sum = subtract(sum, multiply(factor[i]![k]!, factor[j]![k]!));
      factor[i]![j] = i === j ? sqrt(sum) : divide(sum, factor[j]![j]!);
    }
  }

  const coefficients = columnsOf(classes).map((_, column) => {
    const sums = new Array<number>(d).fill(0);
    rows.forEach((x, i) => {
      const scale = multiply(classWeights[labels[i]!]!, target(labels[i]!, column, classes));
      for (let j = 0; j < d; j++) sums[j] = add(sums[j]!, multiply(scale, x[j]!));
    });
    return solveTransposed(factor, solve(factor, sums));
  });
  return { classWeights, factor, coefficients };
}

/** φ of each contribution, lanes without their padding: whitened column after whitened column. */
export function attribute(
  { classWeights, factor, coefficients }: RefereeModel,
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  contributionOf: readonly number[],
  contributions: number,
  alpha: number,
): number[][] {
  const classes = classWeights.length;
  const d = factor.length;
  return Array.from({ length: contributions }, (_, contribution) =>
    coefficients.flatMap((block, column) => {
      const sums = new Array<number>(d).fill(0);
      rows.forEach((x, i) => {
        if (contributionOf[i] !== contribution) return;
        const output = dot(block, x);
        const error = subtract(target(labels[i]!, column, classes), multiply(alpha, output));
        const credit = multiply(classWeights[labels[i]!]!, error);
        for (let j = 0; j < d; j++) sums[j] = add(sums[j]!, multiply(credit, x[j]!));
      });
      return solve(factor, sums);
    }),
  );
}

/** The class with the largest output, of equals the lowest. */
export function answer({ coefficients }: RefereeModel, x: readonly number[]): number {
  const outputs = coefficients.map((block) => dot(block, x));
  if (outputs.length === 1) return outputs[0]! > 0 ? 1 : 0;
  return outputs.reduce((best, output, label) => (output > outputs[best]! ? label : best), 0);
}

/** ψ of an answer, without its padding. */
export function query({ classWeights, factor }: RefereeModel, x: readonly number[], answered: number): number[] {
  const whitened = solve(factor, x);
  const classes = classWeights.length;
  return columnsOf(classes).flatMap((_, column) =>
    whitened.map((value) => add(0, multiply(target(answered, column, classes), value))),
  );
}

function columnsOf(classes: number): unknown[] {
  return new Array(classes === 2 ? 1 : classes).fill(undefined);
}

function target(label: number, column: number, classes: number): number {
  const hit = classes === 2 ? label === 1 : label === column;
  return subtract(hit ? 1 : 0, divide(1, classes));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, j) => add(sum, multiply(value, b[j]!)), 0);
}

/** y of L y = b */
function solve(factor: readonly (readonly number[])[], b: readonly number[]): number[] {
  const y: number[] = [];
  b.forEach((value, i) => {
    let sum = value;
    for (let k = 0; k < i; k++) sum = subtract(sum, multiply(factor[i]![k]!, y[k]!));
    y.push(divide(sum, factor[i]![i]!));
  });
  return y;
}

/** y of Lᵀ y = b */
function solveTransposed(factor: readonly (readonly number[])[], b: readonly number[]): number[] {
  const y = [...b];
  for (let i = b.length - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = b.length - 1; k > i; k--) sum = subtract(sum, multiply(factor[k]![i]!, y[k]!));
    y[i] = divide(sum, factor[i]![i]!);
  }
  return y;
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}
