/** The same numbers on every machine, in [−1, 1): a linear congruential generator modulo 2^32 (Numerical Recipes, §7.1). */
export function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** The same int16 numbers on every machine. */
export function lanes(count: number, seed: number): Int16Array {
  return Int16Array.from(numbers(count, seed), (number) => Math.floor(number * 32768));
}
