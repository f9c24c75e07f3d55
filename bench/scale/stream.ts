import { type InfluenceIndex, MAX_EXPONENT_BOUND } from "../../scorer/index.ts";

/** A made-up stream, with all that scoring takes. */
export interface MadeUpStream {
  readonly index: InfluenceIndex;
  readonly rowCounts: readonly number[];
  /** int16 [k] */
  readonly q: Int16Array;
}

/** The same stream on every machine: lanes over the whole of int16, exponents over all that the chain accepts of a row. */
export function madeUpStream(size: number, lanesPerRow: number): MadeUpStream {
  const next = xorshift32(0x7121b07a);
  const below = (bound: number): number => (next() >>> 0) % bound;
  const fill = (lanes: Int16Array): Int16Array => {
    for (let i = 0; i < lanes.length; i++) lanes[i] = next();
    return lanes;
  };
  const index = {
    size,
    lanesPerRow,
    unitExponent: 0,
    exponentBound: MAX_EXPONENT_BOUND,
    exponents: Uint8Array.from({ length: size }, () => below(MAX_EXPONENT_BOUND + 1)),
    lanes: fill(new Int16Array(size * lanesPerRow)),
  };
  const rowCounts = Array.from({ length: size }, () => 1 + below(1_000));
  return { index, rowCounts, q: fill(new Int16Array(lanesPerRow)) };
}

/** Marsaglia, "Xorshift RNGs" (2003), p. 4: 32 bits at a time, as int32. */
export function xorshift32(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}
