/** What the largest stream is to be scored within, on two cores. */
export const BARS = {
  /** Weights and sum tree together. */
  seconds: 30,
  /** Peak of the process, lanes included. */
  rssMiB: 2048,
  /** How many times faster the sum tree is than the peer's tree over as many leaves. */
  ratio: 8,
} as const;

/** The stream that the bars are for. */
export const FULL_SIZE = { contributions: 2 ** 20, lanes: 512 } as const;
