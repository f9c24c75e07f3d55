import { AbiCoder, keccak256, Signature, type TypedDataDomain, type Wallet } from "ethers";
import type { IInferenceMarket } from "../typechain-types/revenue/InferenceMarket.ts";
import type { Suite } from "./suite.ts";

/** The name under which x402 knows payment by voucher. */
export const VOUCHER_SCHEME = "tributary-voucher";

/** EIP-712 type of a voucher: all that a payer's channel of a model has paid, in wei. */
export const VOUCHER_TYPES = {
  Voucher: [
    { name: "payer", type: "address" },
    { name: "model", type: "uint256" },
    { name: "cumulative", type: "uint112" },
  ],
};

/** EIP-712 type of a charge: the same, for one inference. */
export const CHARGE_TYPES = {
  Charge: [
    { name: "payer", type: "address" },
    { name: "model", type: "uint256" },
    { name: "cumulative", type: "uint112" },
    { name: "requestDigest", type: "bytes32" },
  ],
};

/** EIP-712 type of an ERC-2612 permit. */
export const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

const AUTHORIZATION_TYPES = {
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** EIP-712 domain of vouchers and charges. */
export function marketDomain({ book }: Pick<Suite, "book">): TypedDataDomain {
  return { name: "Tributary", version: "1", chainId: book.chainId, verifyingContract: book.contracts.market };
}

/** Signs that the payer's channel of a model has paid `cumulative` wei in all. */
export async function signVoucher(
  suite: Suite,
  payer: Wallet,
  model: bigint,
  cumulative: bigint,
): Promise<IInferenceMarket.VoucherStruct> {
  const message = { payer: payer.address, model, cumulative };
  const signature = Signature.from(await payer.signTypedData(marketDomain(suite), VOUCHER_TYPES, message));
  return { payer: payer.address, cumulative, r: signature.r, vs: signature.yParityAndS };
}

/** Signs that the payer's channel of a model has paid `cumulative` wei in all with the inference of this request. */
export async function signCharge(
  suite: Suite,
  payer: Wallet,
  model: bigint,
  cumulative: bigint,
  requestDigest: string,
): Promise<string> {
  const message = { payer: payer.address, model, cumulative, requestDigest };
  return payer.signTypedData(marketDomain(suite), CHARGE_TYPES, message);
}

/** Signs an ERC-2612 permit for the market. */
export async function signPermit(
  suite: Suite,
  payer: Wallet,
  value: bigint,
  deadline: bigint,
): Promise<IInferenceMarket.PermitStruct> {
  const nonce = await suite.currency.nonces(payer.address);
  const message = { owner: payer.address, spender: suite.book.contracts.market, value, nonce, deadline };
  const { v, r, s } = Signature.from(await payer.signTypedData(await currencyDomain(suite), PERMIT_TYPES, message));
  return { value, deadline, v, r, s };
}

/** What an EIP-3009 authorization pays for, and until when. */
export interface AuthorizedPayment {
  readonly model: bigint;
  readonly amount: bigint;
  readonly requestDigest: string;
  /** Any 32 bytes that were not used for this model and request before. */
  readonly salt: string;
  /** Seconds. */
  readonly validBefore: bigint;
}

/** Signs an EIP-3009 authorization for one inference; its nonce ties it to model and request. */
export async function signAuthorization(
  suite: Suite,
  payer: Wallet,
  payment: AuthorizedPayment,
): Promise<IInferenceMarket.AuthorizationStruct> {
  const { model, amount, requestDigest, salt, validBefore } = payment;
  const nonce = keccak256(
    AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32", "bytes32"], [model, requestDigest, salt]),
  );
  const terms = { value: amount, validAfter: 0n, validBefore, nonce };
  const message = { from: payer.address, to: suite.book.contracts.market, ...terms };
  const domain = await currencyDomain(suite);
  const { v, r, s } = Signature.from(await payer.signTypedData(domain, AUTHORIZATION_TYPES, message));
  return { payer: payer.address, amount, validAfter: 0n, validBefore, salt, v, r, s };
}

/** EIP-712 domain of the currency, as it states it itself (EIP-5267). */
export async function currencyDomain({ currency }: Pick<Suite, "currency">): Promise<TypedDataDomain> {
  const { name, version, chainId, verifyingContract } = await currency.eip712Domain();
  return { name, version, chainId, verifyingContract };
}
