import { expect } from "chai";
import {
  ATTRIBUTION_METHODS,
  type AttributionTask,
  DEFAULT_SOFTMAX_CONFIG,
  exactInfluence,
  leaveOut,
  matrix,
  pearson,
  Random,
  rocAuc,
  softmaxUtility,
  sumByGroup,
  sumOverQueries,
  trainSoftmax,
} from "../../scorer/index.ts";

const [CLASSES, FEATURES, ROWS, QUERIES, WALLETS] = [3, 6, 150, 60, 10];
const FLIPPED = 0.15;

/** Three clouds of points, of which some training labels are flipped. */
function clouds(seed: number): { readonly task: AttributionTask; readonly flipped: boolean[] } {
  const random = new Random(seed);
  const centres = Array.from({ length: CLASSES }, () => random.normals(FEATURES - 1));
  const draw = (rows: number): { features: ReturnType<typeof matrix>; labels: Int32Array } => {
    const labels = Int32Array.from({ length: rows }, (_, i) => i % CLASSES);
    const data = new Float64Array(rows * FEATURES).fill(1);
    labels.forEach((label, i) => {
      data.set(
        centres[label]!.map((centre) => 1.2 * centre + random.normal()),
        i * FEATURES,
      );
    });
    return { features: matrix(rows, FEATURES, data), labels };
  };
  const [train, queries] = [draw(ROWS), draw(QUERIES)];
  const flipped = Array.from({ length: ROWS }, () => random.uniform() < FLIPPED);
  flipped.forEach((isFlipped, i) => {
    if (isFlipped) train.labels[i] = (train.labels[i]! + 1 + random.below(CLASSES - 1)) % CLASSES;
  });
  return { task: { train, queries, classes: CLASSES }, flipped };
}

describe("methods by name", () => {
  const { task, flipped } = clouds(1);
  const blind = ["row-count", "random"];

  for (const [name, method] of Object.entries(ATTRIBUTION_METHODS)) {
    const scores = method(task);
    it(`${name}: a finite score for each query and row, the same when asked again`, () => {
      expect([scores.rows, scores.columns]).to.deep.equal([QUERIES, ROWS]);
      expect(scores.data.every((score) => Number.isFinite(score))).to.equal(true);
      expect(method(task)).to.deep.equal(scores);
    });

    it(`${name} ${blind.includes(name) ? "can't tell" : "tells"} flipped labels by what they do to good queries`, () => {
      const auc = rocAuc(
        sumOverQueries(scores).map((score) => -score),
        flipped,
      );
      if (blind.includes(name)) expect(auc).to.be.within(0.3, 0.7);
      else expect(auc).to.be.above(0.8);
    });
  }

  it("exact influence, summed over wallets, agrees with heads that are fitted again without them", () => {
    const config = { ...DEFAULT_SOFTMAX_CONFIG, lambda: 5 };
    const grouping = {
      groupOf: Int32Array.from({ length: ROWS }, (_, i) => Math.floor(i / 3) % WALLETS),
      groups: WALLETS,
    };
    const model = trainSoftmax(task.train.features, task.train.labels, CLASSES, config);
    const truth = leaveOut(softmaxUtility(model, task.train, grouping, task.queries, config.lambda), WALLETS);
    const scores = sumOverQueries(sumByGroup(exactInfluence({ config })(task), grouping));
    expect(pearson(scores, truth)).to.be.above(0.98);
    // In the utility's own unit, but for what is of second order.
    const unit = ROWS * QUERIES;
    const ratio =
      scores.reduce((sum, score) => sum + Math.abs(score / unit), 0) /
      truth.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(ratio).to.be.within(0.8, 1.2);
  });
});
