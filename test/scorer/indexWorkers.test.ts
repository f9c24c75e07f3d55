import { expect } from "chai";
import {
  buildIndex,
  hashIndex,
  indexBlocks,
  indexTree,
  matrix,
  payableWeights,
  scoreIndex,
} from "../../scorer/index.ts";
import { IndexWorkers } from "../../services/workers/indexWorkers.ts";
import { Random } from "./support.ts";

async function first<T>(results: AsyncIterable<T>): Promise<T | undefined> {
  for await (const result of results) return result;
  return undefined;
}

describe("index workers", () => {
  const random = new Random(61);
  const [n, k] = [1500, 2048];
  const features = Float64Array.from({ length: n * k }, () => random.gaussian());
  const rowCounts = Array.from({ length: n }, () => random.integer(0, 300));
  const index = buildIndex(matrix(n, k, features), rowCounts);
  const scoring = { rowCounts, q: random.lanes(k), exponentBound: index.exponentBound };

  for (const threads of [1, 3]) {
    it(`give the bytes of one thread: ${threads}`, async () => {
      const workers = new IndexWorkers(threads);
      const told: number[] = [];
      try {
        const scored = await scoreIndex(indexBlocks(index), scoring, workers.scan, (rows) => told.push(rows));
        expect(scored.weights.bytes).to.deep.equal(payableWeights(index, rowCounts, scoring.q).bytes);
        expect(scored.root).to.equal(indexTree(index).root);
        expect(scored.exponents).to.deep.equal(index.exponents);
        expect(told).to.deep.equal([...told].sort((a, b) => a - b));
        expect([told.length, told.at(-1)]).to.deep.equal([6, n]);
        // The same threads take another one.
        expect((await hashIndex(indexBlocks(index), workers.scan)).root).to.equal(scored.root);
      } finally {
        await workers.close();
      }
    });
  }

  it("pass on what reading the blocks throws", async () => {
    const workers = new IndexWorkers(1);
    const { header, blocks } = indexBlocks(index);
    const torn = async function* () {
      let taken = 0;
      for await (const block of blocks) {
        if (taken++ === 3) throw new Error("the disk is gone");
        yield block;
      }
    };
    const failure = await hashIndex({ header, blocks: torn() }, workers.scan).catch((error: unknown) => error);
    expect(String(failure)).to.include("the disk is gone");
    await workers.close();
  });
  it("pass on what a thread ends with, once and for all", async () => {
    const workers = new IndexWorkers(2);
    const tasks = async function* () {
      // No block has rows of fewer than no bytes: the thread can't do this one.
      yield await Promise.resolve({ first: 0, encoded: new Uint8Array(9), lanesPerRow: -5, scoring: undefined });
    };
    for (let round = 0; round < 2; round++) {
      const failure = await first(workers.scan(tasks())).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(RangeError);
    }
    await workers.close();
  });
});
