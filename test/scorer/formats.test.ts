import { readFileSync } from "node:fs";
import { expect } from "chai";
import { concat, id, keccak256, sha256, solidityPacked, TypedDataEncoder, toUtf8Bytes } from "ethers";
import {
  amounts,
  buildIndex,
  canonicalJson,
  decodeClaim,
  decodeKroneckerWhitening,
  decodeProjections,
  decodeSoftmaxHead,
  encodeClaim,
  encodeIndex,
  encodeKroneckerWhitening,
  encodeProjections,
  encodeSoftmaxHead,
  fromHex,
  type Hex,
  type InfluenceIndex,
  indexLeaf,
  indexTree,
  intervalQuery,
  jsonDigest,
  MerkleTree,
  matrix,
  packQ,
  packStatement,
  payables,
  quantise,
  queryDigest,
  receiptLeaf,
  rowLeaf,
  SumTree,
  toHex,
  unpackStatement,
  USAGE_REPORT_TYPES,
  usageReportHash,
} from "../../scorer/index.ts";
import {
  abiDoubleHash,
  abiHash,
  bytesOf,
  naiveLaneBytes,
  naiveMerkleNode,
  naivePackQ,
  naiveSumNode,
  naiveSumProof,
  roundFraction,
  roundScaled,
} from "./support.ts";

/** The members of all vectors, as strings of any kind, numbers and lists; each check knows its own. */
interface Vector {
  readonly vector: string;
  readonly [member: string]: unknown;
}

const page = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8");
const vectors = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1]!) as Vector);

// Each caller says what members the vector of that name has.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function vector<T>(name: string): T {
  const found = vectors.filter((candidate) => candidate.vector === name);
  expect(found, `vectors named ${name}`).to.have.length(1);
  return found[0] as unknown as T;
}

interface QuantisedJson {
  readonly exponent: number;
  readonly lanes: number[];
}

const lanesOf = (lanes: readonly number[]): Int16Array => Int16Array.from(lanes);

/** A check recomputes a vector twice: with the scorer, and from the definition with ethers or BigInt. */
const checks: Record<string, () => void> = {
  merkleTree() {
    const { leaves, root, proofs } = vector<{ leaves: Hex[]; root: Hex; proofs: Hex[][] }>("merkleTree");
    const tree = new MerkleTree(leaves);
    expect([tree.root, naiveMerkleNode(leaves, 0, 4)]).to.deep.equal([root, root]);
    expect(leaves.map((_, i) => tree.proof(i))).to.deep.equal(proofs);
    const naive = leaves.map((_, i) => [
      naiveMerkleNode(leaves, i ^ 1, 1),
      naiveMerkleNode(leaves, ((i >> 1) ^ 1) * 2, 2),
    ]);
    expect(naive).to.deep.equal(proofs);
  },
  rowLeaf() {
    const { contributor, rowIndex, row, digest, leaf } = vector<{
      contributor: Hex;
      rowIndex: string;
      row: Hex;
      digest: Hex;
      leaf: Hex;
    }>("rowLeaf");
    expect(sha256(row)).to.equal(digest);
    expect(rowLeaf(contributor, BigInt(rowIndex), digest)).to.equal(leaf);
    expect(abiDoubleHash(["address", "uint256", "bytes32"], [contributor, rowIndex, digest])).to.equal(leaf);
  },
  sumTree() {
    const expected = vector<{ payables: string[]; root: Hex; total: string; line: number; proof: Hex; prefix: string }>(
      "sumTree",
    );
    const weights = expected.payables.map(BigInt);
    const tree = new SumTree(weights);
    expect([tree.root, String(tree.total), tree.proof(expected.line)]).to.deep.equal([
      expected.root,
      expected.total,
      expected.proof,
    ]);
    const [root, total] = naiveSumNode(weights, 0, 4);
    expect([root, String(total), naiveSumProof(weights, expected.line)]).to.deep.equal([
      expected.root,
      expected.total,
      expected.proof,
    ]);
    expect(String(weights.slice(0, expected.line).reduce((a, b) => a + b))).to.equal(expected.prefix);
  },
  quantise() {
    for (const { values, exponent, lanes } of vector<{ examples: (QuantisedJson & { values: number[] })[] }>("quantise")
      .examples) {
      expect(quantise(Float64Array.from(values))).to.deep.equal({ exponent, lanes: lanesOf(lanes) });
      expect(values.map((value) => Number(roundScaled(value, exponent)))).to.deep.equal(lanes);
      if (lanes.some((lane) => lane !== 0)) {
        const finer = values.map((value) => roundScaled(value, exponent - 1));
        expect(finer.some((lane) => lane > 32767n || lane < -32767n)).to.equal(true);
      }
    }
  },
  indexExponents() {
    const expected = vector<{
      features: number[][];
      rowCounts: number[];
      unitExponent: number;
      exponentBound: number;
      exponents: number[];
      lanes: number[][];
    }>("indexExponents");
    const padded = expected.features.map((row) => Array.from({ length: 16 }, (_, j) => row[j] ?? 0));
    const index = buildIndex(matrix(padded.length, 16, Float64Array.from(padded.flat())), expected.rowCounts);
    expect([index.unitExponent, index.exponentBound, ...index.exponents]).to.deep.equal([
      expected.unitExponent,
      expected.exponentBound,
      ...expected.exponents,
    ]);
    expected.lanes.forEach((lanes, i) => {
      expect(Array.from(index.lanes.subarray(16 * i, 16 * i + lanes.length))).to.deep.equal(lanes);
      if (expected.rowCounts[i] === 0) return;
      const scaled = expected.features[i]!.map((value) =>
        Number(roundScaled(value, expected.unitExponent + expected.exponents[i]!)),
      );
      expect(scaled).to.deep.equal(lanes);
    });
  },
  indexLeaf() {
    const expected = vector<{ i: number; exponent: number; lanes: number[]; lanesHash: Hex; leaf: Hex }>("indexLeaf");
    expect(indexLeaf(expected.i, expected.exponent, lanesOf(expected.lanes))).to.equal(expected.leaf);
    expect(keccak256(naiveLaneBytes(expected.lanes))).to.equal(expected.lanesHash);
    expect(abiHash(["uint256", "uint256", "bytes32"], [expected.i, expected.exponent, expected.lanesHash])).to.equal(
      expected.leaf,
    );
  },
  indexFile() {
    const expected = vector<{
      unitExponent: number;
      exponentBound: number;
      exponents: number[];
      lanes: number[][];
      file: Hex;
      root: Hex;
    }>("indexFile");
    const index: InfluenceIndex = {
      size: expected.lanes.length,
      lanesPerRow: 16,
      unitExponent: expected.unitExponent,
      exponentBound: expected.exponentBound,
      exponents: Uint8Array.from(expected.exponents),
      lanes: lanesOf(expected.lanes.flat()),
    };
    expect([toHex(encodeIndex(index)), indexTree(index).root]).to.deep.equal([expected.file, expected.root]);
    const leaves = expected.lanes.map((lanes, i) =>
      abiHash(["uint256", "uint256", "bytes32"], [i, expected.exponents[i], keccak256(naiveLaneBytes(lanes))]),
    );
    expect(naiveMerkleNode(leaves, 0, 2)).to.equal(expected.root);
    const rows = expected.lanes.map(
      (lanes, i) => expected.exponents[i]!.toString(16).padStart(2, "0") + naiveLaneBytes(lanes).slice(2),
    );
    expect(expected.file.slice(2 + 48)).to.equal(rows.join(""));
  },
  numberFiles() {
    const { softmaxHead, softmaxHeadFile, whitening, whiteningFile, projection, projectionFile } = vector<{
      softmaxHead: { classes: number; features: number; coefficients: number[] };
      softmaxHeadFile: Hex;
      whitening: { activations: number[]; gradients: number[] };
      whiteningFile: Hex;
      projection: { activations: number[]; gradients: number[] };
      projectionFile: Hex;
    }>("numberFiles");
    /** By the tables: letters and version, then sides and numbers, little-endian. */
    const fileOf = (magic: string, sides: readonly number[], numbers: readonly number[]): Hex => {
      const little = (bytes: number, write: (view: DataView) => void): string => {
        const view = new DataView(new ArrayBuffer(bytes));
        write(view);
        return toHex(new Uint8Array(view.buffer)).slice(2);
      };
      const head = `${Buffer.from(magic).toString("hex")}01000000`;
      const side = sides.map((value) => little(4, (view) => view.setUint32(0, value, true))).join("");
      return `0x${head}${side}${numbers.map((value) => little(8, (view) => view.setFloat64(0, value, true))).join("")}`;
    };
    const head = { ...softmaxHead, coefficients: Float64Array.from(softmaxHead.coefficients) };
    expect(fileOf("TRSM", [2, 2], softmaxHead.coefficients)).to.equal(softmaxHeadFile);
    expect(toHex(encodeSoftmaxHead(head))).to.equal(softmaxHeadFile);
    expect(decodeSoftmaxHead(fromHex(softmaxHeadFile, "the file"))).to.deep.equal(head);

    const [l00, , l10, l11] = whitening.activations;
    const sides = {
      activations: Float64Array.from(whitening.activations),
      gradients: Float64Array.from(whitening.gradients),
    };
    expect(fileOf("TRKW", [2, 1], [l00!, l10!, l11!, ...whitening.gradients])).to.equal(whiteningFile);
    expect(toHex(encodeKroneckerWhitening(sides))).to.equal(whiteningFile);
    expect(decodeKroneckerWhitening(fromHex(whiteningFile, "the file"))).to.deep.equal(sides);

    const layer = {
      activations: matrix(1, 2, Float64Array.from(projection.activations)),
      gradients: matrix(1, 1, Float64Array.from(projection.gradients)),
    };
    const numbers = [...projection.activations, ...projection.gradients];
    expect(fileOf("TRKP", [1, 0, 1, 1, 2, 1], numbers)).to.equal(projectionFile);
    expect(toHex(encodeProjections([layer]))).to.equal(projectionFile);
    expect(decodeProjections(fromHex(projectionFile, "the file"))).to.deep.equal([layer]);
  },
  packQ() {
    const { lanes, packed } = vector<{ lanes: number[]; packed: Hex }>("packQ");
    expect([toHex(packQ(lanesOf(lanes))), naivePackQ(lanes)]).to.deep.equal([packed, packed]);
  },
  queryDigest() {
    const { exponent, lanes, preimage, digest } = vector<QuantisedJson & { preimage: Hex; digest: Hex }>("queryDigest");
    expect(queryDigest({ exponent, lanes: lanesOf(lanes) })).to.equal(digest);
    expect(preimage).to.equal(
      `0x${BigInt.asUintN(8, BigInt(exponent)).toString(16).padStart(2, "0")}${naivePackQ(lanes).slice(2)}`,
    );
    expect(keccak256(preimage)).to.equal(digest);
  },
  intervalQuery() {
    const expected = vector<
      QuantisedJson & { queries: (QuantisedJson & { amount: string })[]; sums: string[]; shift: number }
    >("intervalQuery");
    const queries = expected.queries.map(({ amount, exponent, lanes }) => ({
      amount: BigInt(amount),
      query: { exponent, lanes: lanesOf(lanes) },
    }));
    expect(intervalQuery(queries)).to.deep.equal({ exponent: expected.exponent, lanes: lanesOf(expected.lanes) });
    const lowest = Math.min(...expected.queries.map(({ exponent }) => exponent));
    const sums = expected.sums.map((_, j) =>
      queries.reduce(
        (sum, { amount, query }) => sum + amount * BigInt(query.lanes[j]!) * 2n ** BigInt(query.exponent - lowest),
        0n,
      ),
    );
    expect(sums.map(String)).to.deep.equal(expected.sums);
    expect(sums.map((sum) => Number(roundFraction(sum, 2n ** BigInt(expected.shift))))).to.deep.equal(expected.lanes);
    expect(expected.exponent).to.equal(lowest + expected.shift);
    expect(sums.some((sum) => roundFraction(sum, 2n ** BigInt(expected.shift - 1)) > 32767n)).to.equal(true);
  },
  receiptLeaf() {
    const receipt = vector<{
      model: string;
      feesAfter: string;
      payer: Hex;
      amount: string;
      requestDigest: Hex;
      responseDigest: Hex;
      queryDigest: Hex;
      leaf: Hex;
    }>("receiptLeaf");
    const { model, feesAfter, amount, leaf } = receipt;
    expect(
      receiptLeaf({ ...receipt, model: BigInt(model), feesAfter: BigInt(feesAfter), amount: BigInt(amount) }),
    ).to.equal(leaf);
    const words = [
      model,
      feesAfter,
      receipt.payer,
      amount,
      receipt.requestDigest,
      receipt.responseDigest,
      receipt.queryDigest,
    ];
    expect(
      abiDoubleHash(["uint256", "uint112", "address", "uint112", "bytes32", "bytes32", "bytes32"], words),
    ).to.equal(leaf);
  },
  usageReport() {
    const report = vector<{
      model: string;
      interval: number;
      from: string;
      to: string;
      receiptsRoot: Hex;
      exponent: number;
      q: Hex;
      typeHash: Hex;
      structHash: Hex;
    }>("usageReport");
    const { model, interval, from, to, receiptsRoot, exponent, q, typeHash, structHash } = report;
    expect(
      usageReportHash({
        model: BigInt(model),
        interval,
        from: BigInt(from),
        to: BigInt(to),
        receiptsRoot,
        exponent,
        q,
      }),
    ).to.equal(structHash);
    expect(
      TypedDataEncoder.hashStruct(
        "UsageReport",
        { ...USAGE_REPORT_TYPES },
        { model, interval, from, to, receiptsRoot, exponent, q },
      ),
    ).to.equal(structHash);
    expect(id(/^UsageReport\(.*\)$/m.exec(page)![0])).to.equal(typeHash);
    const words = [typeHash, model, interval, from, to, receiptsRoot, exponent, keccak256(q)];
    expect(
      abiHash(["bytes32", "uint256", "uint32", "uint112", "uint112", "bytes32", "int16", "bytes32"], words),
    ).to.equal(structHash);
  },
  lines() {
    const expected = vector<{
      exponentBound: number;
      rows: number[];
      exponents: number[];
      products: number[];
      payables: string[];
      pool: string;
      amounts: string[];
    }>("lines");
    const index: InfluenceIndex = {
      size: expected.rows.length,
      lanesPerRow: 16,
      unitExponent: 0,
      exponentBound: expected.exponentBound,
      exponents: Uint8Array.from(expected.exponents),
      lanes: lanesOf(expected.products.flatMap((product) => [product, ...new Array<number>(15).fill(0)])),
    };
    const weights = payables(index, expected.rows, lanesOf([1, ...new Array<number>(15).fill(0)]));
    expect(weights.map(String)).to.deep.equal(expected.payables);
    expect(amounts(weights, BigInt(expected.pool)).map(String)).to.deep.equal(expected.amounts);
    const prefixes = expected.payables.reduce<bigint[]>(
      (sums, weight) => [...sums, sums.at(-1)! + BigInt(weight)],
      [0n],
    );
    const paid = prefixes.map((prefix) => (BigInt(expected.pool) * prefix) / prefixes.at(-1)!);
    expect(paid.slice(1).map((upTo, i) => String(upTo - paid[i]!))).to.deep.equal(expected.amounts);
  },
  packedStatement() {
    const { statement, lines, file } = vector<{
      statement: Record<"stream" | "indexRoot" | "reportHash" | "sumTreeRoot" | "total" | "pool", string> & {
        interval: number;
      };
      lines: { contributor: Hex; rows: number; exponent: number; payable: string; amount: string; proof: Hex }[];
      file: Hex;
    }>("packedStatement");
    const { stream, interval, indexRoot, reportHash, sumTreeRoot, total, pool } = statement;
    const weights = lines.map(({ payable }) => BigInt(payable));
    const read = unpackStatement(bytesOf(file));
    expect(toHex(packStatement(read))).to.equal(file);
    expect(read).to.deep.equal({
      stream: BigInt(stream),
      interval,
      indexRoot,
      reportHash,
      sumTreeRoot,
      total: BigInt(total),
      pool: BigInt(pool),
      lines: lines.map((line, index) => ({
        ...line,
        index,
        payable: weights[index],
        amount: BigInt(line.amount),
      })),
    });
    expect(lines.map((_, i) => naiveSumProof(weights, i))).to.deep.equal(lines.map(({ proof }) => proof));
    expect(naiveSumNode(weights, 0, 4)).to.deep.equal([sumTreeRoot, BigInt(total)]);
    const head = [
      "uint8",
      "uint24",
      "uint32",
      "uint32",
      "uint256",
      "bytes32",
      "bytes32",
      "bytes32",
      "uint144",
      "uint112",
    ];
    const words = [1, 0, lines.length, interval, stream, indexRoot, reportHash, sumTreeRoot, total, pool];
    const each = ["address", "uint64", "uint8", "uint144"];
    const packed = lines.map(({ contributor, rows, exponent, payable }) =>
      solidityPacked(each, [contributor, rows, exponent, payable]),
    );
    expect(concat([toUtf8Bytes("TRST"), solidityPacked(head, words), ...packed])).to.equal(file);
  },
  claimFile() {
    const { weights, claim } = vector<{
      weights: string[];
      claim: {
        payout: { root: Hex; total: string; pool: string };
        lines: { index: string; weight: string; amount: string; proof: Hex }[];
      };
    }>("claimFile");
    const text = canonicalJson(claim);
    expect(encodeClaim(decodeClaim(text))).to.equal(text);
    const payables = weights.map(BigInt);
    const { root, total, pool } = claim.payout;
    expect([root, BigInt(total)]).to.deep.equal(naiveSumNode(payables, 0, 4));
    for (const { index, weight, amount, proof } of claim.lines) {
      const i = Number(index);
      expect([weight, proof]).to.deep.equal([weights[i], naiveSumProof(payables, i)]);
      const upTo = (lines: number): bigint =>
        (BigInt(pool) * payables.slice(0, lines).reduce((sum, payable) => sum + payable, 0n)) / BigInt(total);
      expect(BigInt(amount)).to.equal(upTo(i + 1) - upTo(i));
    }
  },
  jsonDigest() {
    const { value, canonical, digest } = vector<{ value: unknown; canonical: string; digest: Hex }>("jsonDigest");
    expect([canonicalJson(value), jsonDigest(value), sha256(toUtf8Bytes(canonical))]).to.deep.equal([
      canonical,
      digest,
      digest,
    ]);
  },
};

describe("docs/formats.md", () => {
  it("has a check for every vector, and a vector for every check", () => {
    expect(vectors.map((candidate) => candidate.vector).toSorted()).to.deep.equal(Object.keys(checks).toSorted());
  });

  for (const [name, check] of Object.entries(checks))
    it(`the vector of ${name} is what the code and the definition give`, check);

  it("writes hexadecimal in whole bytes and lower case, wallets aside", () => {
    for (const hex of page.match(/0x[0-9a-fA-F]{40,}/g)!) expect(bytesOf(hex as Hex).length, hex).to.be.above(19);
  });
});
