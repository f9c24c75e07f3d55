import { computeAddress } from "ethers";
import { signRecoverable } from "tiny-secp256k1";
import type { AddressBook } from "../../client/index.ts";
import { fromHex, toHex } from "../../scorer/index.ts";
import { TypedDigest } from "../../services/gateway/typedData.ts";
import { VOUCHER_SCHEME } from "../../client/index.ts";
import { keyNamed, payerName, PRICE } from "./names.ts";

/** Makes the `PAYMENT-SIGNATURE` header of a payer's calls, each over one price more than the one before. */
export function voucherHeaders(
  { chainId, contracts }: AddressBook,
  model: bigint,
  payer: number,
): (cumulative: bigint) => string {
  const key = fromHex(keyNamed(payerName(payer)), "the key");
  const address = computeAddress(toHex(key)).toLowerCase();
  const digest = new TypedDigest(chainId, contracts.market, "Voucher(address payer,uint256 model,uint112 cumulative)");
  const accepted = {
    scheme: VOUCHER_SCHEME,
    network: `eip155:${chainId}`,
    asset: contracts.currency,
    amount: String(PRICE),
    payTo: contracts.market,
    maxTimeoutSeconds: 300,
    extra: { name: "Tributary", version: "1", model: String(model) },
  };
  return (cumulative) => {
    const { signature, recoveryId } = signRecoverable(digest.of(fromHex(address, "the payer"), model, cumulative), key);
    const payload = {
      payer: address,
      model: String(model),
      cumulative: String(cumulative),
      signature: toHex(Buffer.concat([signature, Buffer.from([27 + recoveryId])])),
    };
    return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload })).toString("base64");
  };
}
