import { expect } from "chai";
import { kernelCholesky, kernelProduct, kernelSolve } from "../../scorer/kernels/float64.ts";
import { backwardSolve, cholesky, forwardSolve } from "../../scorer/numeric/linalg.ts";
import { Random, ScorerError } from "../../scorer/index.ts";

const random = new Random(11);
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => 2 * random.uniform() - 1);

/** C = Σ_l A(i, l) · B(j, l) by the definition, terms in order. */
function plainProduct(
  at: (i: number, l: number) => number,
  bt: (j: number, l: number) => number,
  m: number,
  n: number,
  k: number,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += at(i, l) * bt(j, l);
      out[i * n + j] = sum;
    }
  }
  return out;
}

function gramOf(d: number): Float64Array {
  const rows = numbers((d + 3) * d);
  const gram = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 0.5 : 0;
      for (let r = 0; r < d + 3; r++) sum += rows[r * d + i]! * rows[r * d + j]!;
      gram[i * d + j] = sum;
    }
  }
  return gram;
}

describe("the float64 kernel gives the numbers of plain loops, to the last bit", () => {
  // Sides around the kernel's tiles of 4, blocks of 64 and panels of 256.
  for (const [m, n, k] of [
    [1, 1, 1],
    [3, 5, 2],
    [4, 4, 256],
    [5, 7, 257],
    [66, 61, 300],
    [9, 300, 31],
  ] as const) {
    for (const aLayout of ["rows", "columns"] as const) {
      for (const bLayout of ["rows", "columns"] as const) {
        it(`${m} × ${n} sums of ${k} terms, ${aLayout} by ${bLayout}`, () => {
          const [a, b] = [numbers(m * k), numbers(n * k)];
          const at = (i: number, l: number): number => (aLayout === "rows" ? a[i * k + l]! : a[l * m + i]!);
          const bt = (j: number, l: number): number => (bLayout === "rows" ? b[j * k + l]! : b[l * n + j]!);
          const found = kernelProduct(a, aLayout, b, bLayout, [m, n, k]);
          expect(found).to.deep.equal(plainProduct(at, bt, m, n, k));
        });
      }
    }
  }

  it("the lower triangle of a product alone", () => {
    const [n, k] = [70, 33];
    const a = numbers(n * k);
    const whole = kernelProduct(a, "rows", a, "rows", [n, n, k]);
    const lower = kernelProduct(a, "rows", a, "rows", [n, n, k], true);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) expect(lower[i * n + j]).to.equal(whole[i * n + j]);
    }
  });

  for (const d of [1, 2, 63, 64, 65, 130, 200]) {
    it(`a factor of ${d} × ${d}, and its solutions`, () => {
      const gram = gramOf(d);
      const factor = kernelCholesky(gram, d);
      expect(factor).to.deep.equal(cholesky(gram, d));
      const sides = numbers(5 * d);
      const expected = { forward: sides.slice(), backward: sides.slice(), both: sides.slice() };
      for (let i = 0; i < 5; i++) {
        const row = (of: Float64Array): Float64Array => of.subarray(i * d, (i + 1) * d);
        forwardSolve(factor, row(expected.forward));
        backwardSolve(factor, row(expected.backward));
        forwardSolve(factor, row(expected.both));
        backwardSolve(factor, row(expected.both));
      }
      for (const which of ["forward", "backward", "both"] as const) {
        const found = sides.slice();
        kernelSolve(factor, found, d, which);
        expect(found, which).to.deep.equal(expected[which]);
      }
    });
  }

  it("names the pivot that isn't above 0", () => {
    const gram = gramOf(100);
    gram[80 * 100 + 80] = -1;
    expect(() => kernelCholesky(gram, 100))
      .to.throw(ScorerError, "pivot 80")
      .with.property("code", "not-positive-definite");
  });
});
