import { fromHex, viewOf } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { keccakBytes } from "./hash.ts";
import { readWeight, WEIGHT_BITS, WEIGHT_BYTES, writeWeight } from "./weights.ts";

export const HASH_BYTES = 32;
/** Bytes of one node as shown in calldata: its hash (32), its sum (18, a uint144). */
export const SUM_NODE_BYTES = HASH_BYTES + WEIGHT_BYTES;

/** A node of a sum tree. The empty node is the zero hash with the sum 0. */
export interface SumNode {
  readonly hash: Uint8Array;
  /** uint144 */
  readonly sum: bigint;
}

/** Bytes of the preimage of a node: four words. */
const NODE_BYTES = 128;
/** Written anew for every node: a tree of 2^20 lines has two million of them. */
const preimage = new Uint8Array(NODE_BYTES);

/**
 * Writes the node above two shown nodes.
 *
 * @param pair - the left child at `pairOffset`, the right one after it
 * @returns whether their sum is a uint144
 */
export function writeParent(target: Uint8Array, offset: number, pair: Uint8Array, pairOffset: number): boolean {
  const right = pairOffset + SUM_NODE_BYTES;
  for (let i = 0; i < HASH_BYTES; i++) {
    preimage[i] = pair[pairOffset + i]!;
    preimage[64 + i] = pair[right + i]!;
  }
  let carry = 0;
  for (let i = WEIGHT_BYTES - 1; i >= 0; i--) {
    const [a, b] = [pair[pairOffset + HASH_BYTES + i]!, pair[right + HASH_BYTES + i]!];
    preimage[64 - WEIGHT_BYTES + i] = a;
    preimage[NODE_BYTES - WEIGHT_BYTES + i] = b;
    const sum = a + b + carry;
    target[offset + HASH_BYTES + i] = sum & 0xff;
    carry = sum >> 8;
  }
  target.set(keccakBytes(preimage), offset);
  return carry === 0;
}

/**
 * The node above two others.
 *
 * @throws ScorerError `out-of-range` when their sum is not a uint144
 */
export function parentNode(left: SumNode, right: SumNode): SumNode {
  const pair = new Uint8Array(2 * SUM_NODE_BYTES);
  [left, right].forEach(({ hash, sum }, i) => {
    pair.set(hash, SUM_NODE_BYTES * i);
    writeWeight(viewOf(pair), SUM_NODE_BYTES * i + HASH_BYTES, sum);
  });
  const node = new Uint8Array(SUM_NODE_BYTES);
  if (!writeParent(node, 0, pair, 0)) {
    throw new ScorerError("out-of-range", `the sum of two nodes is beyond a uint${WEIGHT_BITS}`);
  }
  return readNode(node, 0);
}

/** Whether two nodes have the same hash and the same sum. */
export function sameNode(a: SumNode, b: SumNode): boolean {
  return a.sum === b.sum && a.hash.every((byte, i) => byte === b.hash[i]);
}

/**
 * Shown nodes, 50 bytes each.
 *
 * @param what - names the bytes in the error
 * @throws ScorerError `bad-hex`, `bad-length` for bytes that aren't `count` nodes
 */
export function readNodes(packed: string, count: number, what: string): SumNode[] {
  const bytes = fromHex(packed, what);
  if (bytes.length !== SUM_NODE_BYTES * count) {
    throw new ScorerError(
      "bad-length",
      `${what} have ${bytes.length} bytes: ${count} nodes take ${SUM_NODE_BYTES * count}`,
    );
  }
  return Array.from({ length: count }, (_, i) => readNode(bytes, SUM_NODE_BYTES * i));
}

function readNode(bytes: Uint8Array, offset: number): SumNode {
  return {
    hash: bytes.slice(offset, offset + HASH_BYTES),
    sum: readWeight(viewOf(bytes), offset + HASH_BYTES),
  };
}
