/** Seeded random numbers, the same on every machine (mulberry32). */
export interface Random {
  /** Integer, min ≤ value ≤ max. */
  integer(min: number, max: number): number;
  /** Integer with up to `bits` bits. */
  bits(bits: number): bigint;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** `length` bytes as 0x-prefixed hexadecimal. */
  hex(length: number): `0x${string}`;
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const integer = (min: number, max: number): number => min + Math.floor((next() / 2 ** 32) * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[integer(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  return {
    integer,
    pick,
    chance: (probability) => next() / 2 ** 32 < probability,
    bits: (bits) => {
      let value = 0n;
      for (let drawn = 0; drawn < bits; drawn += 32) value = (value << 32n) | BigInt(next());
      return BigInt.asUintN(bits, value);
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const left = [...items];
      const shuffled: T[] = [];
      while (left.length > 0) shuffled.push(...left.splice(integer(0, left.length - 1), 1));
      return shuffled;
    },
    hex: (length) => `0x${Array.from({ length }, () => integer(0, 255).toString(16).padStart(2, "0")).join("")}`,
  };
}
