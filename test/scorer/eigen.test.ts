import { expect } from "chai";
import { EigenvalueDecomposition, Matrix as Reference } from "ml-matrix";
import { contrastBasis, contrasts, matrix, Random, ScorerError, symmetricEigen } from "../../scorer/index.ts";
import { expectClose } from "./close.ts";

const random = new Random(12);

function symmetric(d: number, rank: number): Float64Array {
  const rows = Float64Array.from({ length: rank * d }, () => 2 * random.uniform() - 1);
  const square = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++)
      for (let r = 0; r < rank; r++) square[i * d + j]! += rows[r * d + i]! * rows[r * d + j]!;
  }
  return square;
}

describe("eigenvalues of symmetric matrices", () => {
  for (const [d, rank] of [
    [1, 1],
    [2, 2],
    [3, 3],
    [20, 20],
    [40, 7],
  ] as const) {
    it(`${d} × ${d} of rank ${rank}: those of another implementation, with vectors that are theirs and orthonormal`, () => {
      const square = symmetric(d, rank);
      const { values, vectors } = symmetricEigen(square, d);
      const reference = new EigenvalueDecomposition(
        new Reference(Array.from({ length: d }, (_, i) => [...square.subarray(i * d, (i + 1) * d)])),
        {
          assumeSymmetric: true,
        },
      );
      const theirs = [...reference.realEigenvalues].sort((a, b) => a - b);
      for (let j = 0; j < d; j++) {
        expectClose(values[j], theirs[j]!, 1e-10);
        for (let i = 0; i < d; i++) {
          let image = 0;
          for (let l = 0; l < d; l++) image += square[i * d + l]! * vectors[j * d + l]!;
          expectClose(image, values[j]! * vectors[j * d + i]!, 1e-10);
        }
        for (let other = 0; other <= j; other++) {
          let inner = 0;
          for (let l = 0; l < d; l++) inner += vectors[j * d + l]! * vectors[other * d + l]!;
          expectClose(inner, j === other ? 1 : 0, 1e-12);
        }
      }
    });
  }

  it("only the lower triangle is read", () => {
    const square = symmetric(6, 6);
    const lower = square.map((value, at) => (at % 6 > Math.floor(at / 6) ? 99 : value));
    expect(symmetricEigen(lower, 6)).to.deep.equal(symmetricEigen(square, 6));
  });

  it("zeros", () => {
    expect([...symmetricEigen(new Float64Array(9), 3).values]).to.deep.equal([0, 0, 0]);
  });

  it("throws not-finite for a NaN", () => {
    const square = symmetric(4, 4);
    square[4] = Number.NaN;
    expect(() => symmetricEigen(square, 4))
      .to.throw(ScorerError)
      .with.property("code", "not-finite");
  });
});

describe("Helmert's contrasts", () => {
  it("are orthonormal and orthogonal to (1, …, 1)", () => {
    const { rows, columns, data } = contrastBasis(7);
    expect([rows, columns]).to.deep.equal([6, 7]);
    for (let i = 0; i < 6; i++) {
      expectClose(
        data.subarray(i * 7, i * 7 + 7).reduce((sum, value) => sum + value, 0),
        0,
        1e-14,
      );
      for (let j = 0; j <= i; j++) {
        let inner = 0;
        for (let c = 0; c < 7; c++) inner += data[i * 7 + c]! * data[j * 7 + c]!;
        expectClose(inner, i === j ? 1 : 0, 1e-14);
      }
    }
  });

  it("keep the inner products of vectors that add up to 0", () => {
    const vectors = Float64Array.from({ length: 8 }, () => random.uniform());
    for (const start of [0, 4]) {
      const mean = vectors.subarray(start, start + 4).reduce((sum, value) => sum + value, 0) / 4;
      for (let c = start; c < start + 4; c++) vectors[c]! -= mean;
    }
    const { data } = contrasts(matrix(2, 4, vectors));
    let inner = 0;
    for (let c = 0; c < 4; c++) inner += vectors[c]! * vectors[4 + c]!;
    expectClose(data[0]! * data[3]! + data[1]! * data[4]! + data[2]! * data[5]!, inner, 1e-14);
  });
});
