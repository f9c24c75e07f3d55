import { expect } from "chai";
import { AbiCoder, concat, dataLength, dataSlice, getAddress, getBytes, keccak256, toBeHex } from "ethers";
import { packedClaim, payoutHash, shortSumProof } from "../../client/index.ts";
import {
  amounts,
  buildStatement,
  contributionTree,
  type Hex,
  type InfluenceIndex,
  indexLaneBytes,
  indexLeaf,
  indexRow,
  indexTree,
  int16Products,
  packQ,
  payables,
  rowLeaf,
  SumTree,
  sha256,
  toHex,
  USAGE_REPORT_TYPES,
  type UsageReport,
  unpackQ,
  usageReportHash,
  verifyMerkleProof,
  verifySumProof,
} from "../../scorer/index.ts";
import { buildWorld, type PlainStatement } from "../support/attributionWorld.ts";
import { createChain } from "../support/engine.ts";
import { type Random, randomFrom } from "../support/random.ts";
import { refusalOf } from "../support/refusal.ts";
import { deploySuite } from "../support/suite.ts";

const CASES = 40;
/** Sizes at which trees change their shape. */
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];
const LANES = [16, 32, 48, 512];
const EXTREMES = [-32_768, -32_767, -1, 0, 1, 32_767];

function randomLanes(random: Random, count: number): Int16Array {
  const extreme = random.chance(0.3);
  return Int16Array.from({ length: count }, () => (extreme ? random.pick(EXTREMES) : random.integer(-32_768, 32_767)));
}

function randomWeights(random: Random, count: number): bigint[] {
  return Array.from({ length: count }, () => (random.chance(0.2) ? 0n : random.bits(random.pick([1, 20, 64, 107]))));
}

/** ⟨a, b⟩ as the scorer computes it. */
function innerProduct(a: Int16Array, b: Int16Array): bigint {
  const row = (data: Int16Array) => ({ rows: 1, lanes: data.length, data });
  return BigInt(int16Products(row(a), row(b))[0]!);
}

describe("attack 21: The scorer and the contracts agree on", () => {
  const harnessOf = async () => {
    const { ethers } = await createChain();
    return (await ethers.getContractFactory("LibraryHarness")).deploy();
  };
  let harness: Awaited<ReturnType<typeof harnessOf>>;
  let random: Random;

  before(async () => {
    harness = await harnessOf();
  });

  beforeEach(() => {
    random = randomFrom(712);
  });

  it("leaves of contributed rows", async () => {
    for (let i = 0; i < CASES; i++) {
      const [contributor, index, digest] = [random.hex(20), random.bits(random.pick([1, 32, 256])), random.hex(32)];
      expect(rowLeaf(contributor, index, digest)).to.equal(await harness.rowLeaf(contributor, index, digest));
    }
  });

  it("positional trees of contributed rows, of every shape", async () => {
    for (const size of SIZES) {
      const contributor = random.hex(20);
      const rows = Array.from({ length: size }, () => Buffer.from(random.hex(random.integer(0, 40)).slice(2), "hex"));
      const tree = contributionTree(contributor, rows);
      expect(BigInt(tree.depth)).to.equal(await harness.depthOf(size));
      expect(tree.depth).to.equal(Math.ceil(Math.log2(size)));
      for (const [i, row] of rows.entries()) {
        const leaf = rowLeaf(contributor, BigInt(i), sha256(row));
        expect(await harness.rootOf(leaf, i, tree.proof(i))).to.equal(tree.root);
        expect(verifyMerkleProof(tree.root, size, i, leaf, tree.proof(i))).to.equal(true);
      }
    }
  });

  it("no depth of a tree without leaves", async () => {
    await expect(harness.depthOf(0)).to.be.revertedWithPanic(0x11);
  });

  it("leaves of index rows", async () => {
    for (let i = 0; i < CASES; i++) {
      const [index, exponent, lanes] = [
        random.integer(0, 2 ** 20 - 1),
        random.integer(0, 255),
        randomLanes(random, 32),
      ];
      const onChain = await harness.indexLeaf(index, exponent, toHex(indexLaneBytes(lanes)));
      expect(indexLeaf(index, exponent, lanes)).to.equal(onChain);
    }
  });

  it("positional trees of index rows, of every shape", async () => {
    for (const size of SIZES) {
      const index = randomIndex(random, size, 16);
      const tree = indexTree(index);
      for (let i = 0; i < size; i++) {
        const lanes = toHex(indexLaneBytes(indexRow(index, i)));
        const leaf = await harness.indexLeaf(i, index.exponents[i] ?? 0, lanes);
        expect(await harness.rootOf(leaf, i, tree.proof(i))).to.equal(tree.root);
      }
    }
  });

  it("the order of lanes in q, and inner products", async () => {
    for (const count of LANES) {
      for (let i = 0; i < CASES / 4; i++) {
        const [row, q] = [randomLanes(random, count), randomLanes(random, count)];
        const packed = packQ(q);
        expect(unpackQ(packed)).to.deep.equal(q);
        const onChain = await harness.dot(toHex(indexLaneBytes(row)), toHex(packed));
        expect(innerProduct(row, q)).to.equal(onChain);
      }
    }
  });

  it("the largest inner product that there is", async () => {
    const lowest = new Int16Array(8_192).fill(-32_768);
    const onChain = await harness.dot(toHex(indexLaneBytes(lowest)), toHex(packQ(lowest)));
    expect(onChain).to.equal(2n ** 43n);
    expect(innerProduct(lowest, lowest)).to.equal(onChain);
  });

  it("no inner product of vectors that don't fit each other or the format", async () => {
    const word = `0x${"00".repeat(32)}`;
    for (const [row, q] of [
      [word, "0x"],
      ["0x", "0x"],
      [word, `0x${"00".repeat(64)}`],
      [`0x${"00".repeat(33)}`, `0x${"00".repeat(33)}`],
      [`0x${"00".repeat(16_416)}`, `0x${"00".repeat(16_416)}`],
    ] as const) {
      await expect(harness.dot(row, q))
        .to.be.revertedWithCustomError(harness, "LaneMismatch")
        .withArgs((row.length - 2) / 2, (q.length - 2) / 2);
    }
  });

  it("sum trees of every shape: leaf, root, total, prefix and proofs", async () => {
    for (const size of SIZES) {
      const weights = randomWeights(random, size);
      const tree = new SumTree(weights);
      let before = 0n;
      for (const [i, weight] of weights.entries()) {
        expect(toHex(tree.node(0, i).hash)).to.equal(await harness.sumLeaf(i, weight));
        const { root, total, prefix } = await harness.trace(i, weight, size, tree.proof(i));
        expect([root, total, prefix]).to.deep.equal([tree.root, tree.total, before]);
        const proven = verifySumProof(tree.root, tree.total, size, i, weight, tree.proof(i));
        expect(proven.prefix).to.equal(prefix);
        before += weight;
      }
    }
  });

  it("packed claims of random lines: what the client packs is what the contracts read", async () => {
    for (const size of SIZES) {
      const weights = randomWeights(random, size);
      const tree = new SumTree(weights);
      const index = random.integer(0, size - 1);
      const [weight, before] = [weights[index] ?? 0n, weights.slice(0, index).reduce((sum, w) => sum + w, 0n)];
      const payout = {
        stream: random.bits(56),
        interval: random.integer(0, 2 ** 32 - 1),
        dataset: random.bits(32),
        lines: size,
        root: tree.root,
        total: tree.total,
        pool: random.bits(112),
      };
      const depth = Math.ceil(Math.log2(size));
      for (const proof of [tree.proof(index), shortSumProof(tree.proof(index))]) {
        const packed = packedClaim({ payout, line: { index, weight, proof } });
        const read = await harness.traceClaim(packed);
        expect([...read]).to.deep.equal([payoutHash(payout), BigInt(index), weight, tree.total, before]);
        const { packed: head, fits } = await harness.packHead(payout);
        expect([toBeHex(head, 32), fits]).to.deep.equal([dataSlice(packed, 0, 32), true]);
      }
      // The widest form says the same; longer and shorter ones are none.
      const widest = concat([
        dataSlice(packedClaim({ payout, line: { index, weight, proof: tree.proof(index) } }), 0, 35),
        toBeHex(weight, 18),
        tree.proof(index),
      ]);
      expect((await harness.traceClaim(widest)).payoutHash_).to.equal(payoutHash(payout));
      for (const length of [34 + 32 * depth, dataLength(widest) + depth + 1]) {
        const wrong =
          length < dataLength(widest) ? dataSlice(widest, 0, length) : concat([widest, new Uint8Array(depth + 1)]);
        await expect(harness.traceClaim(wrong))
          .to.be.revertedWithCustomError(harness, "PackedLineLength")
          .withArgs(length - 32, depth);
      }
    }
  });

  it("attack 19: what a sum proof must not be", async () => {
    for (const size of SIZES) {
      const weights = randomWeights(random, size);
      const tree = new SumTree(weights);
      const line = random.integer(0, size - 1);
      const weight = weights[line] ?? 0n;
      const proof = tree.proof(line);
      const longer: Hex = `${proof}00`;
      expect(() => verifySumProof(tree.root, tree.total, size, line, weight, longer)).to.throw();
      const [length, asked] = [(proof.length - 2) / 2, 50 * Math.ceil(Math.log2(size))];
      expect(length).to.equal(asked);
      await expect(harness.trace(line, weight, size, longer))
        .to.be.revertedWithCustomError(harness, "ProofLength")
        .withArgs(length + 1, asked);
      // No sibling of line 0 is padding, whatever is read where its proof should be.
      await expect(harness.trace(0, weight, size, size === 1 ? "0x00" : "0x"))
        .to.be.revertedWithCustomError(harness, "ProofLength")
        .withArgs(size === 1 ? 1 : 0, asked);
      expect(() => verifySumProof(tree.root, tree.total, size, size, weight, proof)).to.throw();
      await expect(harness.trace(size, weight, size, proof)).to.be.revertedWithCustomError(harness, "LineOutOfRange");
      // Of an odd number of lines the last one has an empty sibling.
      if (size % 2 === 0 || size === 1) continue;
      const last = weights[size - 1] ?? 0n;
      const filled: Hex = `0x${"00".repeat(31)}01${tree.proof(size - 1).slice(66)}`;
      expect(() => verifySumProof(tree.root, tree.total, size, size - 1, last, filled)).to.throw();
      await expect(harness.trace(size - 1, last, size, filled))
        .to.be.revertedWithCustomError(harness, "PaddingNotEmpty")
        .withArgs(0);
      // Where the steps begin follows from the length, so that is checked first.
      await expect(harness.trace(size - 1, last, size, `${filled}00`)).to.be.revertedWithCustomError(
        harness,
        "ProofLength",
      );
    }
  });

  /** Sizes of sum trees whose nodes are opened: those at which trees change their shape, and any others up to 600. */
  const openedSizes = () => [...SIZES, 255, 256, 257, 600, ...Array.from({ length: 6 }, () => random.integer(1, 600))];
  /** A node that covers a line, on a random level. */
  const somewhere = (tree: SumTree) => {
    const level = random.integer(0, tree.depth);
    return { level, position: random.integer(0, (tree.size - 1) >> level) };
  };
  const packed = ({ hash, sum }: ReturnType<SumTree["node"]>): [Hex, bigint] => [toHex(hash), sum];
  /** A byte of packed nodes changed. */
  const spoilt = (nodes: Hex): Hex => {
    const bytes = getBytes(nodes);
    const place = random.integer(0, bytes.length - 1);
    bytes[place] = (bytes[place] ?? 0) ^ random.integer(1, 255);
    return toHex(bytes);
  };

  it("root and total of posted weights", async () => {
    for (const size of openedSizes()) {
      const weights = randomWeights(random, size);
      const tree = new SumTree(weights);
      expect([...(await harness.sumRoot(weights))]).to.deep.equal([tree.root, tree.total]);
      const other = weights.map((weight, i) => (i === size - 1 ? weight + 1n : weight));
      expect((await harness.sumRoot(other)).root).not.to.equal(tree.root);
    }
  });

  it("what opening a node shows, however many levels at once", async () => {
    for (const size of openedSizes()) {
      const tree = new SumTree(randomWeights(random, size));
      for (let i = 0; i < 4; i++) {
        const { level, position } = i === 0 ? { level: tree.depth, position: 0 } : somewhere(tree);
        for (const generations of new Set([Math.min(8, level), random.integer(0, level)])) {
          const nodes = tree.descendants(level, position, generations);
          const folded = [...(await harness.fold(nodes, level, position, generations, size))];
          expect(folded).to.deep.equal(packed(tree.node(level, position)));
        }
      }
    }
  });

  it("proofs of nodes on any level, with the weights before them", async () => {
    for (const size of openedSizes()) {
      const weights = randomWeights(random, size);
      const tree = new SumTree(weights);
      for (let i = 0; i < 4; i++) {
        const { level, position } = somewhere(tree);
        const [hash, sum] = packed(tree.node(level, position));
        const before = weights.slice(0, position << level).reduce((all, weight) => all + weight, 0n);
        const climbed = await harness.climb(hash, sum, level, position, size, tree.proof(position, level));
        expect([...climbed]).to.deep.equal([tree.root, tree.total, before]);
      }
    }
  });

  it("what an opened node and its proof must not be", async () => {
    const ends = { elsewhere: 0, padding: 0 };
    for (const size of openedSizes().filter((count) => count > 1)) {
      const tree = new SumTree(randomWeights(random, size));
      for (let i = 0; i < 6; i++) {
        const { level, position } = somewhere(tree);
        const generations = Math.min(8, level);
        const [hash, sum] = packed(tree.node(level, position));
        const nodes = tree.descendants(level, position, generations);
        const proof = tree.proof(position, level);
        const attempts: (() => Promise<readonly unknown[]>)[] = [
          () => harness.fold(spoilt(nodes), level, position, generations, size),
        ];
        if (level < tree.depth) attempts.push(() => harness.climb(hash, sum, level, position, size, spoilt(proof)));
        for (const [one, attempt] of attempts.entries()) {
          const right = one === 0 ? [hash, sum] : [tree.root, tree.total];
          try {
            expect([...(await attempt())].slice(0, 2)).not.to.deep.equal(right);
            ends.elsewhere++;
          } catch (error) {
            expect(refusalOf(error, harness)).to.equal("PaddingNotEmpty");
            ends.padding++;
          }
        }
        await expect(harness.fold(`${nodes}00`, level, position, generations, size))
          .to.be.revertedWithCustomError(harness, "ProofLength")
          .withArgs(50 * 2 ** generations + 1, 50 * 2 ** generations);
        await expect(harness.climb(hash, sum, level, position, size, `${proof}00`))
          .to.be.revertedWithCustomError(harness, "ProofLength")
          .withArgs(50 * (tree.depth - level) + 1, 50 * (tree.depth - level));
        const beyond = ((size - 1) >> level) + 1;
        await expect(harness.climb(hash, sum, level, beyond, size, proof))
          .to.be.revertedWithCustomError(harness, "LineOutOfRange")
          .withArgs(beyond << level, size);
      }
    }
    expect(ends.elsewhere).to.be.greaterThan(50);
    expect(ends.padding).to.be.greaterThan(10);
  });

  it("amounts of lines", async () => {
    for (let i = 0; i < CASES / 2; i++) {
      const weights = [...randomWeights(random, random.integer(0, 7)), 1n + random.bits(106)];
      const pool = random.bits(random.pick([1, 30, 112]));
      const total = weights.reduce((sum, weight) => sum + weight, 0n);
      let prefix = 0n;
      for (const [line, amount] of amounts(weights, pool).entries()) {
        const weight = weights[line] ?? 0n;
        expect(await harness.lineAmount(pool, prefix, weight, total)).to.equal(amount);
        prefix += weight;
      }
    }
  });

  it("payable weights, with exponents up to and beyond their bounds", async () => {
    const weighed = { zero: 0, positive: 0 };
    for (let i = 0; i < CASES; i++) {
      const size = random.pick(SIZES.slice(0, 6));
      const index = randomIndex(random, size, 16);
      const q = randomLanes(random, 16);
      const rowCounts = Array.from({ length: size }, () =>
        random.chance(0.15) ? 0 : random.pick([1, 2, 3, 4, 5, 1_000, 2 ** 25, 2 ** 32 - 1]),
      );
      const usage = randomReport(random, toHex(packQ(q)));
      const tree = indexTree(index);
      const statement = statementOf(size, index.exponentBound, tree.root, usageReportHash(usage));
      for (const [line, weight] of payables(index, rowCounts, q).entries()) {
        const evidence = {
          index: line,
          weight: 0,
          sumProof: "0x",
          exponent: index.exponents[line] ?? 0,
          lanes: toHex(indexLaneBytes(indexRow(index, line))),
          indexProof: tree.proof(line),
          usage,
        };
        expect(await harness.expectedWeight(statement, evidence, rowCounts[line] ?? 0)).to.equal(weight);
        weighed[weight === 0n ? "zero" : "positive"]++;
      }
    }
    expect(weighed.zero).to.be.greaterThan(20);
    expect(weighed.positive).to.be.greaterThan(20);
  });

  it("rows with another number of lanes than q, which weigh nothing", async () => {
    const q = randomLanes(random, 32);
    const usage = randomReport(random, toHex(packQ(q)));
    for (const count of [0, 1, 15, 16, 17, 31, 32, 33, 48, 64, 512]) {
      // The lanes of q themselves, as often as they fit: with the right number of them their product is positive.
      const lanes = toHex(indexLaneBytes(Int16Array.from({ length: count }, (_, i) => q[i % 32] ?? 0)));
      const indexRoot = (await harness.indexLeaf(0, 0, lanes)) as Hex;
      const statement = statementOf(1, 0, indexRoot, usageReportHash(usage));
      const evidence = { index: 0, weight: 0, sumProof: "0x", exponent: 0, lanes, indexProof: [], usage };
      const expected = count === 32 ? innerProduct(q, q) : 0n;
      expect(await harness.expectedWeight(statement, evidence, 1)).to.equal(expected);
    }
  });

  it("hashes of statements and payouts, which are those of their encoding", async () => {
    const coder = AbiCoder.defaultAbiCoder();
    const payoutType = "tuple(uint256,uint32,uint256,uint24,bytes32,uint144,uint112)";
    const statementType = `tuple(${payoutType},address,uint112,uint112,uint40,uint8,uint16,uint8,bytes32,bytes32)`;
    for (let i = 0; i < CASES; i++) {
      // The first two cases are all zeros and all ones.
      const [number, bytes] = [
        (bits: number) => (i === 0 ? 0n : i === 1 ? 2n ** BigInt(bits) - 1n : random.bits(bits)),
        (length: number) => (i === 0 ? toBeHex(0n, length) : i === 1 ? `0x${"ff".repeat(length)}` : random.hex(length)),
      ];
      const payout = {
        stream: number(256),
        interval: number(32),
        dataset: number(256),
        lines: number(24),
        root: bytes(32),
        total: number(144),
        pool: number(112),
      };
      const others = {
        scorer: getAddress(bytes(20)),
        fee: number(112),
        bond: number(112),
        proposedAt: number(40),
        attempt: number(8),
        version: number(16),
        exponentBound: number(8),
        indexRoot: bytes(32),
        reportHash: bytes(32),
      };
      const words = Object.values(payout);
      expect(await harness.payoutHash(payout)).to.equal(keccak256(coder.encode([payoutType], [words])));
      const expected = keccak256(coder.encode([statementType], [[words, ...Object.values(others)]]));
      const hashes = await harness.statementHash({ payout, ...others });
      expect([...hashes]).to.deep.equal([expected, expected]);
    }
  });

  it("struct hashes of usage reports", async () => {
    for (let i = 0; i < CASES; i++) {
      const report = randomReport(random, toHex(packQ(randomLanes(random, random.pick(LANES)))));
      expect(usageReportHash(report)).to.equal(await harness.usageReportHash(report));
    }
  });

  it("what an operator signs", async () => {
    const { usage, model, operator, pay, ethers, spec } = await buildWorld(await deploySuite());
    await pay(12_345n);
    await usage.cut(model);
    const { from, to } = await usage.intervalAt(model, 0);
    const q = toHex(packQ(Int16Array.from(spec.q)));
    const report: UsageReport = { model, interval: 0, from, to, receiptsRoot: random.hex(32), exponent: -7, q };
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "Tributary", version: "1", chainId, verifyingContract: await usage.getAddress() };
    const signature = await operator.signTypedData(
      domain,
      { UsageReport: [...USAGE_REPORT_TYPES.UsageReport] },
      report,
    );
    await expect(usage.report(report, signature))
      .to.emit(usage, "UsageReported")
      .withArgs(model, 0, operator.address, usageReportHash(report), report.receiptsRoot, -7, q);
    expect(await usage.reportHashOf(model, 0)).to.equal(usageReportHash(report));
  });

  it("whole statements: every line of the file is one that the chain would prove and pay", async () => {
    for (let i = 0; i < 8; i++) {
      const size = random.pick(SIZES);
      const index = randomIndex(random, size, 32);
      const q = randomLanes(random, 32);
      const usage = randomReport(random, toHex(packQ(q)));
      const pool = random.bits(60);
      const statement = buildStatement({
        stream: 256n,
        interval: 0,
        index,
        indexRoot: indexTree(index).root,
        reportHash: usageReportHash(usage),
        q,
        contributors: Array.from({ length: size }, () => random.hex(20)),
        rowCounts: Array.from({ length: size }, () => random.integer(0, 5_000)),
        pool,
      });
      for (const line of statement.lines) {
        const { root, total, prefix } = await harness.trace(line.index, line.payable, size, line.proof);
        expect([root, total]).to.deep.equal([statement.sumTreeRoot, statement.total]);
        if (total === 0n) continue;
        expect(await harness.lineAmount(pool, prefix, line.payable, total)).to.equal(line.amount);
      }
    }
  });

  it("streams: the model above the slot", async () => {
    for (let i = 0; i < CASES; i++) {
      const [model, slot] = [random.bits(48), random.integer(0, 15)];
      expect([...(await harness.partsOf((model << 8n) | BigInt(slot)))]).to.deep.equal([model, BigInt(slot)]);
    }
  });

  it("addresses of files by their digest", async () => {
    const digest = random.hex(32);
    expect(await harness.contentUri(digest)).to.equal(`ipfs://f01551220${digest.slice(2)}`);
    expect(await harness.contentUri(toBeHex(1n, 32))).to.equal(`ipfs://f01551220${"0".repeat(63)}1`);
  });
});

function randomIndex(random: Random, size: number, lanesPerRow: number): InfluenceIndex {
  return {
    size,
    lanesPerRow,
    unitExponent: random.integer(-40, 10),
    exponentBound: random.integer(0, 40),
    exponents: Uint8Array.from({ length: size }, () => random.pick([0, 1, 2, 5, 12, 40, 41, 63, 64, 65, 255])),
    lanes: randomLanes(random, size * lanesPerRow),
  };
}

function randomReport(random: Random, q: Hex): UsageReport {
  return {
    model: random.bits(random.pick([4, 48, 256])),
    interval: random.integer(0, 2 ** 32 - 1),
    from: random.bits(112),
    to: random.bits(112),
    receiptsRoot: random.hex(32),
    exponent: random.integer(-32_768, 32_767),
    q,
  };
}

/** A statement of which only what weighs a line is filled in. */
function statementOf(lines: number, exponentBound: number, indexRoot: Hex, reportHash: Hex): PlainStatement {
  const nobody = `0x${"00".repeat(20)}`;
  const root = `0x${"00".repeat(32)}`;
  return {
    payout: { stream: 256n, interval: 0n, dataset: 1n, lines: BigInt(lines), root, total: 1n, pool: 1n },
    scorer: nobody,
    fee: 0n,
    bond: 0n,
    proposedAt: 0n,
    attempt: 0n,
    version: 1n,
    exponentBound: BigInt(exponentBound),
    indexRoot,
    reportHash,
  };
}
