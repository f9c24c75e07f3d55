import { expect } from "chai";
import {
  attributeContributions,
  ContributionSums,
  decodeSafetensors,
  embeddedText,
  embeddingFeatures,
  type EmbeddingConfig,
  encodeSafetensors,
  type FactorBlock,
  factorScores,
  FACTORS_FORMAT,
  type Matrix,
  matrix,
  type PixelConfig,
  pixelConfig,
  pixelFeatures,
  readFactors,
  rowFactors,
  rowScores,
  ScorerError,
  trainedRidge,
  trainRidge,
  unitFeatures,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { expectScorerError, Random } from "./support.ts";

const ZERO_DIGEST = `0x${"00".repeat(32)}` as const;

function randomMatrix(random: Random, rows: number, columns: number): Matrix {
  return matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => random.gaussian()),
  );
}

const row = ({ data, columns }: Matrix, i: number): number[] => [...data.subarray(i * columns, (i + 1) * columns)];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

describe("features", () => {
  describe("of unit length", () => {
    it("have norm 1 and the constant 1; zeros stay", () => {
      const unit = unitFeatures(matrix(3, 2, Float64Array.of(3, 4, 0, 0, -1e-100, 0)));
      expect([unit.rows, unit.columns]).to.deep.equal([3, 3]);
      expect([...unit.data]).to.deep.equal([0.6, 0.8, 1, 0, 0, 1, -1, 0, 1]);
    });

    it("are refused where float64 has no squares for them", () =>
      expectScorerError("out-of-range", () => unitFeatures(matrix(1, 2, Float64Array.of(1, 1e160))), /too large/));
  });

  describe("of pixels", () => {
    const random = new Random(3);
    const images = matrix(
      5,
      4,
      Float64Array.from({ length: 20 }, () => random.integer(0, 255)),
    );

    it("are centred by the mean of all pixels, then of unit length", () => {
      const config = pixelConfig(images);
      const mean = [...images.data].reduce((a, b) => a + b) / 20;
      expect(config).to.deep.equal({ kind: "centred-pixels", version: 1, features: 5, mean });
      const features = pixelFeatures(images, config);
      for (let i = 0; i < 5; i++) {
        const centred = row(images, i).map((pixel) => pixel - mean);
        const norm = Math.hypot(...centred);
        centred.forEach((pixel, j) => expectClose(features.data[i * 5 + j], pixel / norm, 1e-15));
        expect(features.data[i * 5 + 4]).to.equal(1);
      }
    });

    it("are refused of another size or kind", () => {
      const config = pixelConfig(images);
      expectScorerError("bad-length", () => pixelFeatures(matrix(1, 3, new Float64Array(3)), config), /3 pixels/);
      expectScorerError("bad-version", () =>
        pixelFeatures(images, { ...config, version: 2 } as unknown as PixelConfig),
      );
    });
  });

  describe("of embeddings", () => {
    const config: EmbeddingConfig = {
      kind: "sentence-embedding",
      version: 1,
      encoder: "test",
      weights: ZERO_DIGEST,
      tokenizer: ZERO_DIGEST,
      maxTokens: 256,
      features: 3,
    };

    it("are of unit length, with the constant", () => {
      const features = embeddingFeatures(matrix(1, 2, Float64Array.of(0.3, -0.4)), config);
      [0.6, -0.8, 1].forEach((value, j) => expectClose(features.data[j], value, 1e-15));
    });

    it("are refused of another encoder", () => {
      const two = matrix(1, 2, new Float64Array(2));
      expectScorerError("bad-length", () => embeddingFeatures(matrix(1, 3, new Float64Array(3)), config), /3 dim/);
      expectScorerError("bad-version", () =>
        embeddingFeatures(two, { ...config, kind: "x" } as unknown as EmbeddingConfig),
      );
    });

    it("are of subject and body as lines, without an empty one", () => {
      expect(embeddedText({ subject: "a", body: "b\nc" })).to.equal("a\nb\nc");
      expect(embeddedText({ subject: "", body: "b" })).to.equal("b");
      expect(embeddedText({ subject: "a", body: "" })).to.equal("a");
    });
  });

  describe("of other frameworks", () => {
    const random = new Random(5);
    const ids = Int32Array.of(1, 0, 1, -1, 3, 1);
    const phi = randomMatrix(random, 6, 3);
    const activations = randomMatrix(random, 6, 4);
    const gradients = randomMatrix(random, 6, 2);
    const blocks: FactorBlock[] = [phi, { activations, gradients }];

    /** φ of row i by its definition: phi, then the gradient of a weight, row by row. */
    const lanesOf = (i: number): number[] => [
      ...row(phi, i),
      ...row(gradients, i).flatMap((g) => row(activations, i).map((a) => g * a)),
    ];

    it("are summed by contribution, outer products row by row, filled up to whole words of lanes", () => {
      const sums = new ContributionSums();
      sums.add(rowFactors(blocks, ids));
      expect(sums.rowCounts).to.deep.equal([1, 3, 0, 1]);
      const summed = sums.matrix();
      expect([summed.rows, summed.columns]).to.deep.equal([4, 16]);
      for (let s = 0; s < 4; s++) {
        for (let j = 0; j < 16; j++) {
          let expected = 0;
          ids.forEach((contribution, i) => (expected += contribution === s ? (lanesOf(i)[j] ?? 0) : 0));
          expectClose(summed.data[s * 16 + j], expected, 1e-14);
        }
      }
      expect(row(sums.matrix(6), 5)).to.deep.equal(new Array(16).fill(0));
    });

    it("give the same sums in one file and in several", () => {
      const [whole, parts] = [new ContributionSums(), new ContributionSums()];
      whole.add(rowFactors(blocks, ids));
      const cut = (m: Matrix, from: number, to: number): Matrix =>
        matrix(to - from, m.columns, m.data.slice(from * m.columns, to * m.columns));
      for (const [from, to] of [
        [0, 2],
        [2, 3],
        [3, 6],
      ] as const) {
        parts.add(
          rowFactors(
            [cut(phi, from, to), { activations: cut(activations, from, to), gradients: cut(gradients, from, to) }],
            ids.slice(from, to),
          ),
        );
      }
      expect(parts.matrix().data).to.deep.equal(whole.matrix().data);
      expect(parts.rowCounts).to.deep.equal(whole.rowCounts);
    });

    it("score each row as the inner product with the query", () => {
      const psi = Float64Array.from({ length: 16 }, () => random.gaussian());
      const scores = factorScores(rowFactors(blocks, ids), psi);
      scores.forEach((score, i) => expectClose(score, dot(lanesOf(i), [...psi]), 1e-13));
      expectScorerError("bad-length", () => factorScores(rowFactors(blocks, ids), psi.subarray(1)), /15 lanes/);
    });

    const tensor = ({ rows, columns, data }: Matrix) => ({ shape: [rows, columns], data });
    const contribution = { shape: [6], data: ids };
    const read = (tensors: Parameters<typeof encodeSafetensors>[0], metadata = {}, other?: Int32Array) =>
      readFactors(decodeSafetensors(encodeSafetensors(tensors, metadata)), other);

    it("are read from tensors by name, layers in the order of their names", () => {
      const { blocks: found, contributionOf } = read(
        {
          contribution,
          "10.a": tensor(activations),
          "10.g": tensor(gradients),
          "1.x.phi": tensor(phi),
        },
        { format: FACTORS_FORMAT, version: "1", model: "anything" },
      );
      expect(found).to.deep.equal([phi, { activations, gradients }]);
      expect(contributionOf).to.deep.equal(ids);
      expect(read({ phi: tensor(phi) }, {}, ids).blocks).to.deep.equal([phi]);
    });

    it("are refused where tensors are missing, unknown or don't fit", () => {
      const a = tensor(activations);
      const g = tensor(gradients);
      const p = tensor(phi);
      const cases: [() => unknown, ConstructorParameters<typeof ScorerError>[0], RegExp][] = [
        [() => read({ contribution }), "empty-input", /has no features/],
        [() => read({ phi: p }), "empty-input", /nothing says to which contributions/],
        [() => read({ contribution, a }), "inconsistent", /the file has "a": give phi alone/],
        [
          () => read({ contribution, "l.a": a, "l.g": g, "l.phi": p }),
          "inconsistent",
          /has "l\.a" and "l\.g" and "l\.phi"/,
        ],
        [() => read({ contribution, a, g: { shape: [2], data: Float64Array.of(1, 2) } }), "bad-length", /1 sides/],
        [() => read({ contribution, phi: p, labels: p }), "inconsistent", /"labels" at offset \d+ has no meaning/],
        [() => read({ contribution, phi: p }, { format: "pt" }), "bad-version", /"pt" of version 1/],
        [() => read({ contribution, phi: p }, { format: FACTORS_FORMAT, version: "2" }), "bad-version", /version 2/],
        [() => read({ phi: p }, {}, ids.subarray(1)), "bad-length", /6 rows, and there are 5/],
        [() => read({ phi: p, contribution: { shape: [6], data: ids.map((i) => i - 1) } }), "out-of-range", /-2/],
        [() => new ContributionSums().matrix(), "empty-input", /no row belongs/],
      ];
      for (const [act, code, says] of cases) expectScorerError(code, act, says);
      const sums = new ContributionSums();
      sums.add(rowFactors([phi], ids));
      expectScorerError("bad-length", () => sums.add(rowFactors([activations], ids)), /4 lanes, those before 3/);
      expectScorerError("out-of-range", () => sums.matrix(3), /number of contributions/);
      const wide = { activations: randomMatrix(random, 1, 128), gradients: randomMatrix(random, 1, 65) };
      expectScorerError(
        "bad-length",
        () => new ContributionSums().add(rowFactors([wide], Int32Array.of(0))),
        /8320 lanes/,
      );
    });
  });

  describe("scores of single rows", () => {
    for (const classes of [2, 3]) {
      it(`add up to those of their contributions, with ${classes} classes`, () => {
        const random = new Random(classes);
        const n = 40;
        const features = unitFeatures(randomMatrix(random, n, 5));
        const labels = Array.from({ length: n }, (_, i) => i % classes);
        const contributionOf = labels.map(() => random.integer(0, 3));
        const model = trainRidge(features, labels, classes);
        const sums = attributeContributions(model, { features, labels, contributionOf, contributions: 4 }, 0.3);
        const psi = Float64Array.from({ length: sums.columns }, () => random.gaussian());
        const scores = rowScores(trainedRidge(model), { features, labels }, 0.3, psi);
        for (let s = 0; s < 4; s++) {
          const ofRows = [...scores].reduce((sum, score, i) => sum + (contributionOf[i] === s ? score : 0), 0);
          // Lanes beyond the features are 0 in every contribution.
          expectClose(ofRows, dot(row(sums, s), [...psi]), 1e-12);
        }
      });
    }

    it("are refused for another model's query or rows", () => {
      const features = unitFeatures(randomMatrix(new Random(1), 4, 5));
      const model = trainRidge(features, [0, 1, 0, 1], 2);
      const psi = new Float64Array(16);
      expectScorerError(
        "bad-length",
        () => rowScores(trainedRidge(model), { features, labels: [0, 1, 0] }, 0.5, psi),
        /3 labels/,
      );
      expectScorerError("bad-length", () =>
        rowScores(trainedRidge(model), { features, labels: [0, 1, 0, 1] }, 0.5, psi.slice(1)),
      );
      expectScorerError(
        "out-of-range",
        () => rowScores(trainedRidge(model), { features, labels: [0, 1, 2, 1] }, 0.5, psi),
        /row 2/,
      );
    });
  });
});
