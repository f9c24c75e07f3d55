import { expect } from "chai";
import {
  type BlockWork,
  buildIndex,
  ceilLog2,
  decodeIndexStream,
  encodeIndex,
  encodeIndexStream,
  hashIndex,
  type InfluenceIndex,
  indexBlocks,
  type IndexStream,
  indexTree,
  type Matrix,
  matrix,
  MerkleRoot,
  MerkleTree,
  payableWeights,
  type Pieces,
  scanBlock,
  ScorerError,
  type ScorerErrorCode,
  scoreIndex,
  streamIndex,
} from "../../scorer/index.ts";
import { bytesOf, expectScorerError, naiveMerkleNode, Random } from "./support.ts";

async function expectRejected(code: ScorerErrorCode, act: Promise<unknown>, says = /./): Promise<void> {
  const thrown: unknown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown, `expected ${code}`).to.be.instanceOf(ScorerError);
  expect((thrown as ScorerError).code).to.equal(code);
  expect((thrown as ScorerError).message).to.match(says);
}

async function joined(pieces: Pieces<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}

async function drain(stream: Promise<IndexStream>): Promise<void> {
  for await (const block of (await stream).blocks) expect(block.encoded).to.have.property("length");
}

describe("index streams", () => {
  const random = new Random(51);

  /** Features of rows of all magnitudes, with zeros and retired contributions among them. */
  function drawn(n: number, k: number): { features: Matrix; rowCounts: number[] } {
    const data = new Float64Array(n * k);
    for (let i = 0; i < n; i++) {
      const scale = 2 ** random.integer(-30, 30);
      if (random.next() < 0.1) continue;
      for (let j = 0; j < k; j++) data[i * k + j] = random.gaussian() * scale;
    }
    const rowCounts = Array.from({ length: n }, () => (random.next() < 0.1 ? 0 : random.integer(1, 900)));
    return { features: matrix(n, k, data), rowCounts };
  }

  /** The same rows in matrices of random heights. */
  function cut({ rows, columns, data }: Matrix, tallest: number): Matrix[] {
    const parts: Matrix[] = [];
    for (let from = 0; from < rows;) {
      const to = Math.min(rows, from + random.integer(1, tallest));
      parts.push(matrix(to - from, columns, data.slice(from * columns, to * columns)));
      from = to;
    }
    return parts;
  }

  function* cutBytes(bytes: Uint8Array, longest: number): Generator<Uint8Array> {
    for (let from = 0; from < bytes.length;) {
      const to = from + random.integer(0, longest);
      yield bytes.subarray(from, to);
      from = to;
    }
  }

  // Of the last one a block holds 64 rows: several blocks, and a rest.
  const shapes = [
    [1, 16, 1],
    [7, 32, 3],
    [40, 16, 9],
    [150, 8192, 50],
  ] as const;

  for (const [n, k, tallest] of shapes) {
    describe(`of ${n} × ${k} lanes`, () => {
      const { features, rowCounts } = drawn(n, k);
      const index = buildIndex(features, rowCounts);
      const file = encodeIndex(index);

      it("are built and written as in memory, to the byte", async () => {
        const streamed = await streamIndex(() => cut(features, tallest), rowCounts);
        expect(streamed.header).to.deep.equal({
          size: n,
          lanesPerRow: k,
          unitExponent: index.unitExponent,
          exponentBound: index.exponentBound,
        });
        expect(Buffer.compare(await joined(encodeIndexStream(streamed)), file)).to.equal(0);
        expect(Buffer.compare(await joined(encodeIndexStream(indexBlocks(index))), file)).to.equal(0);
      });
      it("are read, hashed and scored as in memory, whatever the pieces", async () => {
        const q = random.lanes(k);
        const weights = payableWeights(index, rowCounts, q);
        for (const longest of [13, 5000, 10_000_000]) {
          if (file.length / longest > 1e5) continue;
          const told: number[] = [];
          const scoring = { rowCounts, q, exponentBound: index.exponentBound };
          const stream = await decodeIndexStream(cutBytes(file, longest));
          const scored = await scoreIndex(stream, scoring, undefined, (rows) => told.push(rows));
          expect(scored.root).to.equal(indexTree(index).root);
          expect(scored.weights.bytes).to.deep.equal(weights.bytes);
          expect(scored.exponents).to.deep.equal(index.exponents);
          expect(told.at(-1)).to.equal(n);
          const hashed = await hashIndex(await decodeIndexStream(cutBytes(file, longest)));
          expect(hashed).to.deep.equal({ header: scored.header, root: scored.root, exponents: scored.exponents });
        }
      });
    });
  }

  it("score with the chain's exponent bound, not with the file's", async () => {
    const rows: InfluenceIndex = {
      size: 2,
      lanesPerRow: 16,
      unitExponent: 0,
      exponentBound: 40,
      exponents: Uint8Array.of(3, 4),
      lanes: new Int16Array(32).fill(1),
    };
    const scoring = { rowCounts: [1, 1], q: new Int16Array(16).fill(1), exponentBound: 3 };
    const { weights } = await scoreIndex(indexBlocks(rows), scoring);
    expect([...weights]).to.deep.equal([128n, 0n]);
  });

  it("are the same when others do the blocks, and come back in order", async () => {
    const { features, rowCounts } = drawn(300, 8192);
    const index = buildIndex(features, rowCounts);
    const scoring = { rowCounts, q: random.lanes(8192), exponentBound: index.exponentBound };
    const firsts: number[] = [];
    const elsewhere: BlockWork = async function* (tasks) {
      for await (const task of tasks) {
        firsts.push(task.first);
        yield await Promise.resolve(scanBlock(structuredClone(task)));
      }
    };
    const here = await scoreIndex(indexBlocks(index), scoring);
    expect(await scoreIndex(indexBlocks(index), scoring, elsewhere)).to.deep.equal(here);
    expect(firsts).to.deep.equal([0, 64, 128, 192, 256]);
  });

  it("hold no more than a block of what isn't taken yet", async () => {
    const index = buildIndex(matrix(512, 8192, new Float64Array(512 * 8192).fill(1)), new Array<number>(512).fill(1));
    let read = 0;
    const pieces = function* (): Generator<Uint8Array> {
      for (const piece of cutBytes(encodeIndex(index), 2 ** 18)) {
        read += piece.length;
        yield piece;
      }
    };
    const { blocks } = await decodeIndexStream(pieces());
    for await (const { first, encoded } of blocks) {
      expect(read).to.be.at.most((first + 64) * 16_385 + 24 + 2 ** 18);
      expect(encoded.length).to.be.at.most(2 ** 20 + 16_385);
    }
    expect(read).to.equal(24 + 512 * 16_385);
  });

  it("stop reading when nobody takes blocks any more", async () => {
    let closed = false;
    const file = encodeIndex(buildIndex(matrix(100, 8192, new Float64Array(819_200)), new Array<number>(100).fill(1)));
    const pieces = function* (): Generator<Uint8Array> {
      try {
        yield* cutBytes(file, 1000);
      } finally {
        closed = true;
      }
    };
    const { blocks } = await decodeIndexStream(pieces());
    for await (const { first } of blocks) {
      expect(first).to.equal(0);
      break;
    }
    expect(closed).to.equal(true);
  });

  describe("refuse", () => {
    const { features, rowCounts } = drawn(9, 16);
    const file = encodeIndex(buildIndex(features, rowCounts));
    const changed = (offset: number, ...bytes: number[]): Uint8Array => {
      const copy = Uint8Array.from(file);
      copy.set(bytes, offset);
      return copy;
    };

    it("bad-magic, bad-version and bad headers, and read no further", async () => {
      await expectRejected("bad-magic", decodeIndexStream([changed(0, 0x55)]), /offset 0/);
      await expectRejected("bad-version", decodeIndexStream([changed(4, 2)]));
      await expectRejected("out-of-range", decodeIndexStream([changed(20, 0, 0, 0, 41)]), /offset 20/);
      await expectRejected("bad-length", decodeIndexStream([file.subarray(0, 23)]), /23/);
    });
    it("bad-length for a file that ends too early or too late", async () => {
      await expectRejected("bad-length", drain(decodeIndexStream([file.subarray(0, -1)])), /ends at offset 320/);
      await expectRejected("bad-length", drain(decodeIndexStream([file, Uint8Array.of(0)])));
      await drain(decodeIndexStream([file]));
    });
    it("bad-length when q or the counts do not fit", async () => {
      const scoring = { rowCounts, q: random.lanes(16), exponentBound: 0 };
      const stream = await decodeIndexStream([file]);
      await expectRejected("bad-length", scoreIndex(stream, { ...scoring, q: random.lanes(32) }));
      await expectRejected("bad-length", scoreIndex(stream, { ...scoring, rowCounts: [1] }));
      await expectRejected("out-of-range", scoreIndex(stream, { ...scoring, rowCounts: rowCounts.map(() => -1) }));
    });
    it("features that fit neither each other nor the counts", async () => {
      const wide = matrix(1, 32, new Float64Array(32));
      await expectRejected(
        "bad-length",
        streamIndex(() => [features, wide], rowCounts),
        /32 lanes/,
      );
      await expectRejected(
        "bad-length",
        streamIndex(() => [matrix(1, 17, new Float64Array(17))], [1]),
      );
      await expectRejected(
        "bad-length",
        streamIndex(() => [features], [1]),
      );
      await expectRejected(
        "bad-length",
        streamIndex(() => [features], [...rowCounts, 1]),
      );
      await expectRejected(
        "empty-input",
        streamIndex(() => [], []),
      );
      const bad = { rows: 1, columns: 16, data: new Float64Array(16).fill(Number.NaN) };
      await expectRejected(
        "not-finite",
        streamIndex(() => [bad], [1]),
      );
    });
    it("a second pass that isn't the first", async () => {
      const doubled = { ...features, data: features.data.map((value) => 2 * value) };
      for (const second of [
        [doubled],
        [features, matrix(1, 16, new Float64Array(16))],
        cut(features, 2).slice(1),
        [],
      ]) {
        const passes = [[features], second];
        const stream = streamIndex(() => passes.shift() ?? [], rowCounts);
        await expectRejected("inconsistent", drain(stream), /second/);
      }
    });
  });
});

describe("the root of leaves that come one after the other", () => {
  const random = new Random(52);

  it("is that of the tree, at every size", () => {
    const leaves = Array.from({ length: 70 }, () => random.hex(32));
    const growing = new MerkleRoot();
    leaves.forEach((leaf, i) => {
      growing.add(bytesOf(leaf));
      const some = leaves.slice(0, i + 1);
      expect(growing.root()).to.equal(naiveMerkleNode(some, 0, 2 ** ceilLog2(some.length)));
      expect(growing.root()).to.equal(new MerkleTree(some).root);
    });
  });
  it("doesn't depend on how many come at once", () => {
    const bytes = bytesOf(random.hex(32 * 37));
    const root = new MerkleRoot();
    root.add(bytes.subarray(0, 32 * 30));
    root.add(bytes.subarray(32 * 30));
    expect(root.root()).to.equal(new MerkleTree(bytes).root);
  });
  it("throws empty-input, bad-length and out-of-range", () => {
    expectScorerError("empty-input", () => new MerkleRoot().root());
    expectScorerError("bad-length", () => new MerkleRoot().add(new Uint8Array(33)));
    const root = new MerkleRoot();
    root.add(new Uint8Array(32).fill(1));
    expectScorerError("out-of-range", () => root.add(new Uint8Array(32)), /leaf 1/);
  });
});
