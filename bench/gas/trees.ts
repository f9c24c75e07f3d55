import { AbiCoder, concat, getBytes, keccak256, toBeHex } from "ethers";
import type { Random } from "./world.ts";

const coder = AbiCoder.defaultAbiCoder();

/** A node of a sum tree. */
interface Node {
  readonly hash: string;
  readonly sum: bigint;
}

/** A line with its proof, and the root that it leads to. */
export interface SumPath {
  readonly index: number;
  readonly weight: bigint;
  readonly proof: string;
  readonly root: string;
  readonly total: bigint;
}

/**
 * The first lines of a sum tree of 2^depth lines. The subtree of the given lines is real; the nodes beside its way up
 * are made up: a proof costs the same whatever stands beside it. A sibling of level l holds about 2^l weights.
 */
export function sumPaths(random: Random, weights: readonly bigint[], depth: number): SumPath[] {
  const levels: Node[][] = [weights.map((sum, i) => ({ hash: leafHash(i, sum), sum }))];
  for (let level = 0; level < depth; level++) {
    const below = at(levels, level);
    if (below.length % 2 === 1) below.push({ hash: random.bytes(32), sum: at(weights, 0) << BigInt(level) });
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => parent(at(below, 2 * i), at(below, 2 * i + 1))));
  }
  const root = at(at(levels, depth), 0);
  return weights.map((weight, index) => {
    const steps = levels.slice(0, depth).map((nodes, level) => at(nodes, (index >> level) ^ 1));
    const proof = concat(steps.flatMap(({ hash, sum }) => [hash, toBeHex(sum, 18)]));
    return { index, weight, proof, root: root.hash, total: root.sum };
  });
}

/** Hash of a line. */
export function leafHash(index: number, weight: bigint): string {
  return keccak256(keccak256(coder.encode(["uint256", "uint256"], [index, weight])));
}

/** The node above two others. */
export function parent(left: Node, right: Node): Node {
  const types = ["bytes32", "uint256", "bytes32", "uint256"];
  return {
    hash: keccak256(coder.encode(types, [left.hash, left.sum, right.hash, right.sum])),
    sum: left.sum + right.sum,
  };
}

/** Row 0 of an index of 2^depth rows whose other nodes are made up. */
export function indexPath(
  random: Random,
  exponent: number,
  lanes: string,
  depth: number,
): { readonly proof: string[]; readonly root: string } {
  let node = keccak256(coder.encode(["uint256", "uint256", "bytes32"], [0, exponent, keccak256(lanes)]));
  const proof: string[] = [];
  for (let level = 0; level < depth; level++) {
    const sibling = random.bytes(32);
    proof.push(sibling);
    node = keccak256(concat([node, sibling]));
  }
  return { proof, root: node };
}

/** ⟨row, q⟩ lane by lane: row lanes in order, q's reversed within each word of 32 bytes. */
export function dot(row: string, q: string): bigint {
  const [a, b] = [new DataView(getBytes(row).buffer), new DataView(getBytes(q).buffer)];
  let sum = 0n;
  for (let lane = 0; lane < a.byteLength / 2; lane++) {
    const inWord = lane % 16;
    sum += BigInt(a.getInt16(2 * lane)) * BigInt(b.getInt16(2 * (lane - inWord) + 30 - 2 * inWord));
  }
  return sum;
}

function at<T>(items: readonly T[], i: number): T {
  const item = items[i];
  if (item === undefined) throw new Error(`no node ${i}`);
  return item;
}
