import { type Hex, toHex } from "../core/bytes.ts";
import { indexLaneBytes } from "../core/indexRows.ts";
import { type VerifiedIndex, indexRow } from "../core/influenceIndex.ts";

/** A line of a statement with all that its weight follows from, but for the usage report. */
export interface LineProof {
  readonly index: number;
  /** The weight that the statement's tree holds for it, uint144 */
  readonly weight: bigint;
  /** 50 bytes for each sibling, bottom up */
  readonly sumProof: Hex;
  /** Of the index row, uint8 */
  readonly exponent: number;
  /** Lane 0 first, two bytes each */
  readonly lanes: Hex;
  /** Siblings of the index row, bottom up */
  readonly indexProof: readonly Hex[];
}

/**
 * @param committed - the index that the statement names
 * @param sumProof - the line's proof in the statement's tree
 * @throws ScorerError `out-of-range` when the index has no such row
 */
export function lineProof(committed: VerifiedIndex, index: number, weight: bigint, sumProof: Hex): LineProof {
  const lanes = indexRow(committed.index, index);
  return {
    index,
    weight,
    sumProof,
    exponent: committed.index.exponents[index]!,
    lanes: toHex(indexLaneBytes(lanes)),
    indexProof: committed.tree.proof(index),
  };
}
