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
 * Neighbouring lines of a sum tree of 2^depth lines, from line `from` on. The subtree of the given lines is real; the
 * nodes beside its way up are made up: a proof costs the same whatever stands beside it. A sibling of level l holds
 * about 2^l weights.
 */
export function sumPaths(random: Random, weights: readonly bigint[], depth: number, from = 0): SumPath[] {
  let nodes: Node[] = weights.map((sum, i) => ({ hash: leafHash(from + i, sum), sum }));
  let place = from;
  const levels: { readonly nodes: readonly Node[]; readonly place: number }[] = [];
  for (let level = 0; level < depth; level++) {
    const beside = (): Node => ({ hash: random.bytes(32), sum: at(weights, 0) << BigInt(level) });
    if (place % 2 === 1) {
      nodes.unshift(beside());
      place--;
    }
    if (nodes.length % 2 === 1) nodes.push(beside());
    const below = nodes;
    levels.push({ nodes: below, place });
    nodes = Array.from({ length: below.length / 2 }, (_, i) => parent(at(below, 2 * i), at(below, 2 * i + 1)));
    place /= 2;
  }
  const root = at(nodes, 0);
  return weights.map((weight, i) => {
    const index = from + i;
    const steps = levels.map(({ nodes: level, place: first }, l) => at(level, ((index >> l) ^ 1) - first));
    return { index, weight, proof: packed(steps), root: root.hash, total: root.sum };
  });
}

/** The first node of a level of a sum tree, opened. */
export interface OpenedNode {
  /** Its 256 descendants, 50 bytes each. */
  readonly nodes: string;
  readonly proof: string;
  readonly root: string;
  readonly total: bigint;
}

/** Opens the first node of a level, with 256 made-up descendants, in a tree of 2^depth lines of about `weight`. */
export function openedNode(random: Random, weight: bigint, level: number, depth: number): OpenedNode {
  const shown = Array.from({ length: 256 }, () => ({ hash: random.bytes(32), sum: weight << BigInt(level - 8) }));
  let nodes: Node[] = shown;
  while (nodes.length > 1) {
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) => parent(at(nodes, 2 * i), at(nodes, 2 * i + 1)));
  }
  const siblings: Node[] = [];
  let root = at(nodes, 0);
  for (let up = level; up < depth; up++) {
    const sibling = { hash: random.bytes(32), sum: weight << BigInt(up) };
    siblings.push(sibling);
    root = parent(root, sibling);
  }
  return { nodes: packed(shown), proof: packed(siblings), root: root.hash, total: root.sum };
}

function packed(nodes: readonly Node[]): string {
  return concat(nodes.flatMap(({ hash, sum }) => [hash, toBeHex(sum, 18)]));
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
