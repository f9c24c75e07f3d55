import { type BytesLike, getBytes, hexlify, type Result } from "ethers";
import { type PlainStatement, plain } from "../support/attributionWorld.ts";
import type { Evidence } from "./attributionChallenges.ts";
import type { ClaimedLine } from "./attributionMoney.ts";
import { type Sealed, seal } from "./attributionStatements.ts";
import type { WeightNode } from "./attributionTrees.ts";
import type { Usage } from "./attributionUsage.ts";

/** Calldata back to what the referees understand. */

const NODE_BYTES = 50;

/** A claim that doesn't say root and total of its statement's tree. */
export interface BareClaim {
  readonly stream: bigint;
  readonly interval: bigint;
  readonly pool: bigint;
  readonly lines: readonly ClaimedLine[];
}

function slices(bytes: BytesLike, size: number): Uint8Array[] {
  const all = getBytes(bytes);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(size * i, size * (i + 1)));
}

function integer(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(hexlify(bytes));
}

function int16(bytes: Uint8Array): number {
  return Number(BigInt.asIntN(16, integer(bytes)));
}

/** Nodes of 50 bytes: hash and sum. */
export function nodesOf(bytes: BytesLike): WeightNode[] {
  return slices(bytes, NODE_BYTES).map((node) => ({
    hash: hexlify(node.slice(0, 32)),
    sum: integer(node.slice(32)),
  }));
}

export function sealedOf(statement: Result): Sealed {
  return seal(plain(statement as unknown as PlainStatement));
}

export function usageOf(report: Result): Usage {
  const [model, interval, from, to, receiptsRoot, exponent, q] = report.toArray() as [
    bigint,
    bigint,
    bigint,
    bigint,
    string,
    bigint,
    string,
  ];
  // The 16 lanes of a word stand in it from the last to the first.
  const lanes = slices(q, 32).flatMap((word) => slices(word, 2).map(int16).reverse());
  const numbers = { model: Number(model), interval: Number(interval), exponent: Number(exponent) };
  return { ...numbers, from, to, receiptsRoot, lanes };
}

export function evidenceOf(evidence: Result): Evidence {
  const [index, weight, sumProof, exponent, lanes, indexProof, usage] = evidence as unknown as [
    bigint,
    bigint,
    string,
    bigint,
    string,
    string[],
    Result,
  ];
  return {
    index: Number(index),
    weight,
    proof: nodesOf(sumProof),
    row: { exponent: Number(exponent), lanes: slices(lanes, 2).map(int16) },
    indexProof: [...indexProof],
    usage: usageOf(usage),
  };
}

/** Lanes of an index row in calldata. */
export function lanesOf(bytes: BytesLike): number[] {
  return slices(bytes, 2).map(int16);
}

export function claimsOf(claims: readonly Result[]): BareClaim[] {
  return claims.map((claim) => {
    const [head, lines] = claim as unknown as [Result, Result[]];
    const [stream, interval, , , pool] = head as unknown as [bigint, bigint, bigint, bigint, bigint];
    return {
      stream,
      interval,
      pool,
      lines: lines.map((line) => {
        const [index, weight, proof] = line as unknown as [bigint, bigint, string];
        return { index: Number(index), weight, proof: nodesOf(proof) };
      }),
    };
  });
}

/** A claim in one piece, with weights of 18 bytes. */
export function packedClaimOf(packed: BytesLike): BareClaim {
  const bytes = getBytes(packed);
  const [stream, interval] = [integer(bytes.slice(0, 7)), integer(bytes.slice(7, 11))];
  const [pool, index] = [integer(bytes.slice(18, 32)), integer(bytes.slice(32, 35))];
  const line = { index: Number(index), weight: integer(bytes.slice(35, 53)), proof: nodesOf(bytes.slice(53)) };
  return { stream, interval, pool, lines: [line] };
}
