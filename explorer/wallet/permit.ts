import { Signature } from "ethers";
import { currencyDomain, PERMIT_TYPES } from "../../client/payments.ts";
import type { Hex } from "../../client/indexApi/index.ts";
import type { IInferenceMarket } from "../../typechain-types/revenue/InferenceMarket.ts";
import type { Acting, Message } from "./action.ts";

/** Seconds that a permit holds which is sent at once. */
const HOLDS = 3_600;

/** The approval of the market as a message (ERC-2612): one transaction instead of two. */
export async function permitMessage({ suite, account }: Acting, value: bigint): Promise<Message> {
  const { currency, book, provider } = suite;
  const [domain, nonce, block] = await Promise.all([
    currencyDomain(suite),
    currency.nonces(account),
    provider.getBlock("latest"),
  ]);
  return {
    meaning:
      "Your signature lets the market take exactly this amount from your wallet within the next hour, and nothing else. It costs nothing; the transaction that uses it comes next.",
    domain,
    types: PERMIT_TYPES,
    primaryType: "Permit",
    values: {
      owner: account,
      spender: book.contracts.market,
      value,
      nonce,
      deadline: BigInt((block?.timestamp ?? 0) + HOLDS),
    },
  };
}

/** A signed permit as the market takes it. */
export function permitOf({ values }: Message, signature: Hex): IInferenceMarket.PermitStruct {
  const { v, r, s } = Signature.from(signature);
  return { value: values.value as bigint, deadline: values.deadline as bigint, v, r, s };
}
