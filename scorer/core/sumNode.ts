import { abiWords, fromHex, readUint } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { keccakBytes } from "./hash.ts";
import { SUM_NODE_BYTES, type SumNode } from "./sumTree.ts";

/** The node above two others. */
export function parentNode(left: SumNode, right: SumNode): SumNode {
  return { hash: keccakBytes(abiWords(left.hash, left.sum, right.hash, right.sum)), sum: left.sum + right.sum };
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
  return Array.from({ length: count }, (_, i) => ({
    hash: bytes.slice(SUM_NODE_BYTES * i, SUM_NODE_BYTES * i + 32),
    sum: readUint(bytes, SUM_NODE_BYTES * i + 32, SUM_NODE_BYTES - 32),
  }));
}
