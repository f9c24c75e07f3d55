import { deploySuite, type Suite } from "../support/suite.ts";

/** How a strange token behaves. */
export interface Behaviour {
  readonly feeBps: bigint;
  readonly returnsNothing: boolean;
  readonly refuses: boolean;
  readonly paused: boolean;
  readonly refusesZero: boolean;
  readonly largest: bigint;
  readonly units: bigint;
}

/** As holders expect it: what a strange token differs from. */
export const PLAIN: Behaviour = {
  feeBps: 0n,
  returnsNothing: false,
  refuses: false,
  paused: false,
  refusesZero: false,
  largest: 0n,
  units: 1_000n,
};

/** A suite on a currency that begins as it is told. */
export function deployOnStrangeToken(
  behaviour: Partial<Behaviour> = {},
  decimals = 6n,
  parameters: Record<string, number | bigint> = {},
): Promise<Suite> {
  return deploySuite(parameters, ["StrangeToken", decimals, { ...PLAIN, ...behaviour }]);
}

/** The currency of such a suite, and a switch of its behaviour. */
export async function strangeToken({ ethers, currency }: Suite) {
  const token = await ethers.getContractAt("StrangeToken", await currency.getAddress());
  return { token, behave: (changes: Partial<Behaviour> = {}) => token.behave({ ...PLAIN, ...changes }) };
}
