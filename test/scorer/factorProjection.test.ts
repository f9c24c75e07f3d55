import { expect } from "chai";
import { EigenvalueDecomposition, Matrix as Dense } from "ml-matrix";
import {
  ContributionSums,
  decodeKroneckerWhitening,
  decodeProjections,
  encodeKroneckerWhitening,
  encodeProjections,
  encodeSafetensors,
  decodeSafetensors,
  factorScores,
  factorVectors,
  type GradientFactors,
  kroneckerFactors,
  kroneckerWhitening,
  type Matrix,
  matrix,
  PROJECTION_DAMPING,
  projectRows,
  ProjectionFit,
  Random,
  readQueryFactors,
  rowFactors,
  type RowFactors,
  type TensorToWrite,
  whitenFactors,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { rowsOf } from "./refits.ts";
import { expectScorerError } from "./support.ts";

const random = new Random(8);
/** Rows whose later columns vary less, as factors do. */
const side = (rows: number, columns: number): Matrix =>
  matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, (_, at) => random.normal() / (1 + (at % columns))),
  );
const N = 600;
const layers: GradientFactors[] = [
  { activations: side(N, 7), gradients: side(N, 3) },
  { activations: side(N, 4), gradients: side(N, 5) },
];
const contributionOf = Int32Array.from({ length: N }, (_, i) => (i % 7) - 1);
const part = (from: number, to: number): RowFactors => {
  const cut = ({ columns, data }: Matrix): Matrix =>
    matrix(to - from, columns, data.slice(from * columns, to * columns));
  return rowFactors(
    layers.map(({ activations, gradients }) => ({ activations: cut(activations), gradients: cut(gradients) })),
    contributionOf.slice(from, to),
  );
};
const whole = part(0, N);

/** The mean of x xᵀ, and its eigenvectors from the largest eigenvalue on. */
function moments(x: Matrix): { gram: Dense; values: number[]; axes: Dense } {
  const dense = new Dense(rowsOf(x));
  const gram = dense
    .transpose()
    .mmul(dense)
    .mul(1 / x.rows);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return {
    gram,
    values: order.map((i) => realEigenvalues[i]!),
    axes: eigenvectorMatrix
      .transpose()
      .subMatrix(0, x.columns - 1, 0, x.columns - 1)
      .selection(
        order,
        order.map((_, i) => i),
      ),
  };
}

describe("projections of factors", () => {
  const fit = new ProjectionFit();
  fit.add(whole);
  const projections = fit.projections([4, 3]);

  it("are on the largest principal axes, divided by the root of their damped eigenvalue", () => {
    layers.forEach((layer, at) => {
      const sides = [moments(layer.activations), moments(layer.gradients)] as const;
      const kept = [Math.min(4, layer.activations.columns), Math.min(3, layer.gradients.columns)] as const;
      const mean = sides.map(({ gram }) => gram.trace() / gram.rows);
      const gamma = PROJECTION_DAMPING * mean[0]! * mean[1]!;
      const keptMean = sides.map(({ values }, i) => values.slice(0, kept[i]).reduce((a, b) => a + b, 0) / kept[i]!);
      const pi = Math.sqrt(keptMean[0]! / keptMean[1]!);
      const added = [pi * Math.sqrt(gamma), Math.sqrt(gamma) / pi];
      const found = [projections[at]!.activations, projections[at]!.gradients];
      sides.forEach(({ values, axes }, i) => {
        expect([found[i]!.rows, found[i]!.columns]).to.deep.equal([kept[i], axes.columns]);
        rowsOf(found[i]!).forEach((row, axis) => {
          const scale = 1 / Math.sqrt(values[axis]! + added[i]!);
          const expected = axes.getRow(axis).map((value) => value * scale);
          // An axis may point either way.
          const sign = Math.sign(row.reduce((sum, value, j) => sum + value * expected[j]!, 0));
          row.forEach((value, j) => expectClose(value, sign * expected[j]!, 1e-9));
        });
      });
    });
  });

  it("with all lanes are K-FAC on both sides", () => {
    const all = fit.projections([7, 5]);
    const projected = projectRows(all, whole);
    layers.forEach((layer, at) => {
      const factors = kroneckerFactors(layer);
      const trace = (gram: Float64Array, d: number): number =>
        gram.reduce((sum, v, i) => sum + (i % (d + 1) === 0 ? v : 0), 0) / d;
      const [a, g] = factors.sides;
      const damping = PROJECTION_DAMPING * trace(factors.activations, a) * trace(factors.gradients, g);
      const expected = whitenFactors(kroneckerWhitening(factors, damping), layer);
      const block = projected.blocks[at] as GradientFactors;
      for (const i of [0, 3, 99]) {
        for (const j of [1, 50]) {
          for (const [found, wanted] of [
            [block.activations, expected.activations],
            [block.gradients, expected.gradients],
          ] as const) {
            expectClose(dot(rowsOf(found)[i]!, rowsOf(found)[j]!), dot(rowsOf(wanted)[i]!, rowsOf(wanted)[j]!), 1e-9);
          }
        }
      }
    });
  });

  it("are the same to the bit wherever the rows are cut into files", () => {
    for (const cuts of [
      [0, 1, N],
      [0, 255, 256, 300, N],
      [0, 512, N],
    ]) {
      const pieces = new ProjectionFit();
      cuts.slice(1).forEach((to, i) => pieces.add(part(cuts[i]!, to)));
      expect(pieces.projections([4, 3])).to.deep.equal(projections);
    }
  });

  it("make sums of contributions and queries whose inner products are the rows' scores", () => {
    const projected = projectRows(projections, whole);
    const sums = new ContributionSums();
    sums.add(projected);
    const phi = rowsOf(sums.matrix());
    const psi = factorVectors(projectRows(projections, part(10, 13)));
    expect(psi.columns).to.equal(32);
    rowsOf(psi).forEach((query) => {
      const scores = factorScores(projected, Float64Array.from(query));
      phi.forEach((sum, s) => {
        const own = scores.filter((_, i) => contributionOf[i] === s).reduce((a, b) => a + b, 0);
        expectClose(dot(sum, query), own, 1e-9);
      });
      // Lane o · k_a + j of the first layer, then of the second.
      const { activations, gradients } = projected.blocks[1] as GradientFactors;
      expectClose(rowsOf(psi)[0]![12 + 4 * 2 + 3], gradients.data[10 * 3 + 2]! * activations.data[10 * 4 + 3]!, 1e-12);
    });
  });

  it("are files", () => {
    const file = encodeProjections(projections);
    expect(decodeProjections(file)).to.deep.equal(projections);
    expect(file.length).to.equal(16 + 2 * 16 + 8 * (4 * 7 + 3 * 3 + 4 * 4 + 3 * 5));
    const spoilt = (at: number, value: number): Uint8Array => {
      const copy = file.slice();
      copy[at] = value;
      return copy;
    };
    expectScorerError("bad-magic", () => decodeProjections(spoilt(0, 65)));
    expectScorerError("bad-version", () => decodeProjections(spoilt(4, 2)));
    expectScorerError("out-of-range", () => decodeProjections(spoilt(8, 0)), /layers at offset 8/);
    expectScorerError("bad-length", () => decodeProjections(spoilt(8, 200)));
    expectScorerError("out-of-range", () => decodeProjections(spoilt(12, 1)), /offset 12/);
    expectScorerError("out-of-range", () => decodeProjections(spoilt(16, 0)), /offset 16/);
    expectScorerError("bad-length", () => decodeProjections(spoilt(16, 5)));
    expectScorerError("bad-length", () => decodeProjections(file.subarray(0, 20)));
    expectScorerError("not-finite", () =>
      decodeProjections(spoilt(file.length - 1, 0x7f).fill(0xff, file.length - 7, file.length - 1)),
    );
  });

  it("are refused for other layers, features as they are, and too many lanes", () => {
    expectScorerError(
      "bad-length",
      () => projectRows(projections.slice(1), whole),
      /7 × 3, 4 × 5 wide, expected 4 × 5/,
    );
    const plain = rowFactors([side(2, 3)], Int32Array.of(0, 0));
    expectScorerError("bad-type", () => new ProjectionFit().add(plain), /3 features as they are/);
    expectScorerError("bad-type", () => projectRows(projections, plain));
    const other = new ProjectionFit();
    other.add(part(0, 3));
    expectScorerError("bad-length", () => other.add(rowFactors([layers[0]!], contributionOf)));
    expectScorerError("empty-input", () => new ProjectionFit().projections([1, 1]));
    const wide = new ProjectionFit();
    wide.add(rowFactors([{ activations: side(1, 128), gradients: side(1, 65) }], Int32Array.of(0)));
    expectScorerError("out-of-range", () => wide.projections([128, 65]), /8320/);
    const zero = new ProjectionFit();
    zero.add(rowFactors([{ activations: side(1, 2), gradients: matrix(1, 2, new Float64Array(2)) }], Int32Array.of(0)));
    expectScorerError("not-positive-definite", () => zero.projections([1, 1]));
    expectScorerError("out-of-range", () => {
      new ProjectionFit().add(rowFactors([{ activations: side(1, 8193), gradients: side(1, 1) }], Int32Array.of(0)));
    });
  });
});

describe("features of queries", () => {
  it("need no contributions, and ignore those that a file has", () => {
    const a = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };
    const g = { shape: [2, 1], data: Float64Array.of(5, 6) };
    const contribution = { shape: [2], data: Int32Array.of(0, 1) };
    const files: Readonly<Record<string, TensorToWrite>>[] = [
      { a, g },
      { a, g, contribution },
    ];
    for (const tensors of files) {
      const read = readQueryFactors(decodeSafetensors(encodeSafetensors(tensors)));
      expect([...read.contributionOf]).to.deep.equal([-1, -1]);
      expect(rowsOf(factorVectors(read)).map((row) => row.slice(0, 3))).to.deep.equal([
        [5, 10, 0],
        [18, 24, 0],
      ]);
    }
    expectScorerError("empty-input", () => readQueryFactors(decodeSafetensors(encodeSafetensors({ contribution }))));
  });
});

describe("whitening of both sides", () => {
  const whitening = kroneckerWhitening(kroneckerFactors(layers[0]!), 0.1);

  it("is a file", () => {
    const file = encodeKroneckerWhitening(whitening);
    expect(file.length).to.equal(16 + 8 * (28 + 6));
    expect(decodeKroneckerWhitening(file)).to.deep.equal(whitening);
    expectScorerError("bad-length", () => decodeKroneckerWhitening(file.subarray(0, file.length - 8)));
    expectScorerError("bad-magic", () => decodeKroneckerWhitening(encodeProjections(fitOf())));
    const flat = file.slice();
    flat.fill(0, 16, 24);
    expectScorerError("not-positive-definite", () => decodeKroneckerWhitening(flat), /row 0/);
    const none = file.slice();
    none.fill(0, 12, 16);
    expectScorerError("out-of-range", () => decodeKroneckerWhitening(none), /offset 12/);
  });
});

function fitOf() {
  const fit = new ProjectionFit();
  fit.add(whole);
  return fit.projections([1, 1]);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
