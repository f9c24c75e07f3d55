import type { UseQueryResult } from "@tanstack/react-query";
import { type Read, useChain } from "./useChain.ts";

/** Times and bonds of statements and challenges, which no transaction can change. Seconds, and the smallest unit. */
export interface DisputeTerms {
  readonly window: number;
  readonly responseTime: number;
  readonly challengeBond: bigint;
}

export function useDisputeTerms(): UseQueryResult<Read<DisputeTerms>> {
  return useChain(["dispute terms"], async ({ challenges }) => {
    const [window, responseTime, challengeBond] = await Promise.all([
      challenges.WINDOW(),
      challenges.RESPONSE_TIME(),
      challenges.CHALLENGE_BOND(),
    ]);
    return { window: Number(window), responseTime: Number(responseTime), challengeBond };
  });
}
