import { isPaymentPayloadV2, isPaymentRequirementsV2 } from "@x402/core/schemas";
import type { PaymentPayload, PaymentRequirements, VerifyResponse } from "@x402/core/types";
import { authorizationTypes } from "@x402/evm";
import {
  type ContractTransaction,
  getAddress,
  isAddress,
  Signature,
  solidityPackedKeccak256,
  type TypedDataDomain,
  verifyTypedData,
} from "ethers";
import { ClientError, explainError, type Sender, type Suite } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";

/** Version of x402 that is spoken here. */
export const X402_VERSION = 2;

/** x402's words for why a payment of its scheme "exact" is refused. */
export const REASONS = {
  malformed: "invalid_payload",
  scheme: "invalid_exact_evm_scheme",
  network: "invalid_exact_evm_network_mismatch",
  asset: "invalid_exact_evm_asset_mismatch",
  signature: "invalid_exact_evm_signature",
  recipient: "invalid_exact_evm_recipient_mismatch",
  value: "invalid_exact_evm_payload_authorization_value_mismatch",
  validBefore: "invalid_exact_evm_payload_authorization_valid_before",
  validAfter: "invalid_exact_evm_payload_authorization_valid_after",
  nonceUsed: "invalid_exact_evm_nonce_already_used",
  balance: "invalid_exact_evm_insufficient_balance",
  simulation: "invalid_exact_evm_transaction_simulation_failed",
  failed: "invalid_exact_evm_transaction_failed",
} as const;

/** Seconds that a transfer takes to be mined: an authorization that ends sooner is expired (as in @x402/evm). */
const MINING_TIME = 6;

/** Milliseconds that are waited for transactions of before a crash. */
const LONGEST_QUIET = 30_000;

/** An EIP-3009 authorization with its signature, as x402 carries it; integers are decimal strings. */
export interface SignedAuthorization {
  readonly signature: Hex;
  readonly authorization: {
    readonly from: Hex;
    readonly to: Hex;
    readonly value: string;
    readonly validAfter: string;
    readonly validBefore: string;
    readonly nonce: Hex;
  };
}

/** The transfer that an authorization brought about, whoever sent it. */
export interface Settlement {
  readonly transaction: Hex;
  /** The wallet that sent the transaction */
  readonly sender: string;
  readonly block: number;
  /** Place of the transfer among the logs of its block */
  readonly logIndex: number;
}

/** Whether a value is a payment of version 2; the package's own check has a looser type than its functions take. */
export function isPayment(value: unknown): value is PaymentPayload {
  return isPaymentPayloadV2(value);
}

/** Whether a value is requirements of version 2. */
export function isRequirements(value: unknown): value is PaymentRequirements {
  return isPaymentRequirementsV2(value);
}

/** x402's name of a chain. */
export function networkOf({ book }: Suite): `eip155:${number}` {
  return `eip155:${book.chainId}`;
}

/** Identifies an authorization by payer and nonce: a token takes each pair once. It is short enough for a path. */
export function authorizationId({ authorization: { from, nonce } }: SignedAuthorization): string {
  return `exact-${solidityPackedKeccak256(["address", "bytes32"], [from, nonce])}`;
}

/**
 * Reads the EIP-3009 payload of a payment.
 *
 * @returns undefined for anything else, other payloads of the scheme included
 */
export function readAuthorization(payload: Readonly<Record<string, unknown>>): SignedAuthorization | undefined {
  const { signature, authorization } = payload;
  if (typeof authorization !== "object" || authorization === null || !isHex(signature)) return undefined;
  // The token knows signatures of keys only; an account that delegates to code (EIP-7702) has one.
  if (signature.length !== 132) return undefined;
  const { from, to, value, validAfter, validBefore, nonce } = authorization as Record<string, unknown>;
  if (!isAddress(from) || !isAddress(to) || !isHex(nonce) || nonce.length !== 66) return undefined;
  if (!isUint(value) || !isUint(validAfter) || !isUint(validBefore)) return undefined;
  return {
    signature: signature.toLowerCase() as Hex,
    authorization: {
      from: getAddress(from).toLowerCase() as Hex,
      to: getAddress(to).toLowerCase() as Hex,
      value,
      validAfter,
      validBefore,
      nonce: nonce.toLowerCase() as Hex,
    },
  };
}

/** Verifies and settles EIP-3009 authorizations over the deployment's currency, with a wallet that pays the gas. */
export class Authorizations {
  private readonly suite: Suite;
  private readonly sender: Pick<Sender, "address" | "send">;
  private domain: Promise<TypedDataDomain & { readonly name: string; readonly version: string }> | undefined;

  constructor(suite: Suite, sender: Pick<Sender, "address" | "send">) {
    this.suite = suite;
    this.sender = sender;
  }

  /** The wallet that sends transfers. */
  get relayer(): string {
    return this.sender.address;
  }

  /**
   * What a payment in the deployment's currency has to be.
   *
   * @param amount - in the currency's smallest unit
   * @param maxTimeoutSeconds - how long the authorization must hold, from when it is signed
   */
  async requirements(payTo: string, amount: bigint, maxTimeoutSeconds: number): Promise<PaymentRequirements> {
    const { name, version } = await this.currencyDomain();
    return {
      scheme: "exact",
      network: networkOf(this.suite),
      asset: getAddress(this.suite.book.contracts.currency),
      amount: String(amount),
      payTo: getAddress(payTo),
      maxTimeoutSeconds,
      extra: { name, version },
    };
  }

  /**
   * Verifies a payment: signature, payee, amount, validity, that the authorization wasn't used, and that the token would
   * take it now.
   *
   * @returns with `invalidReason` of x402 when it can't be settled; `REASONS.nonceUsed` only if all that is signed is right
   */
  async verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<VerifyResponse> {
    const signed = readAuthorization(payload.payload);
    if (signed === undefined) return { isValid: false, invalidReason: REASONS.malformed };
    const invalidReason = (await this.mismatch(signed, payload.accepted, requirements)) ?? (await this.refusal(signed));
    const payer = signed.authorization.from;
    return invalidReason === undefined ? { isValid: true, payer } : { isValid: false, invalidReason, payer };
  }

  /**
   * Sends the transfer of a verified payment and waits for it. Somebody else may have sent it before, or be faster: what
   * counts is that the money arrived by this authorization.
   *
   * @throws ClientError `reverted` when the token refuses the transfer, `no-funds`, `network`
   */
  async settle(signed: SignedAuthorization): Promise<Settlement> {
    const before = await this.settlementOf(signed);
    if (before !== undefined) return before;
    try {
      await this.sender.send("settling a payment", this.transfer(signed).populateTransaction());
    } catch (error) {
      const others = await this.settlementOf(signed);
      if (others === undefined) throw error;
      return others;
    }
    const settled = await this.settlementOf(signed);
    if (settled !== undefined) return settled;
    throw new ClientError("network", "the node doesn't show a transfer that it has mined: ask another node");
  }

  /**
   * The transfer that an authorization brought about, whoever sent it; undefined as long as there is none, and when its
   * nonce was used for something else.
   */
  async settlementOf({ authorization }: SignedAuthorization): Promise<Settlement | undefined> {
    const { currency, book, provider } = this.suite;
    const { from, to, value, nonce } = authorization;
    if (!(await currency.authorizationState(from, nonce))) return undefined;
    const [used] = await currency.queryFilter(currency.filters.AuthorizationUsed(from, nonce), book.fromBlock);
    if (used === undefined) return undefined;
    const receipt = await provider.getTransactionReceipt(used.transactionHash);
    if (receipt === null) throw new ClientError("network", `the node has lost transaction ${used.transactionHash}`);
    // The token's next transfer is this authorization's; a later one of the same amount may be another's.
    const transfer = receipt.logs
      .filter((log) => log.index > used.index && getAddress(log.address) === getAddress(book.contracts.currency))
      .map((log) => ({ log, event: currency.interface.parseLog(log) }))
      .find(({ event }) => event?.name === "Transfer");
    if (transfer?.event === null || transfer === undefined) return undefined;
    const [payer, payee, amount] = transfer.event.args as unknown as [string, string, bigint];
    if (payer.toLowerCase() !== from || payee.toLowerCase() !== to || amount !== BigInt(value)) return undefined;
    return {
      transaction: receipt.hash as Hex,
      sender: receipt.from,
      block: receipt.blockNumber,
      logIndex: transfer.log.index,
    };
  }

  /**
   * Waits until nothing that the relayer sent is still to be mined: what it began before a crash may be on its way.
   *
   * @throws ClientError `network` when that takes longer than half a minute
   */
  async quiet(): Promise<void> {
    const { provider } = this.suite;
    const until = Date.now() + LONGEST_QUIET;
    for (let pause = 5; ; pause = Math.min(2 * pause, 1_000)) {
      const [pending, mined] = await Promise.all([
        provider.getTransactionCount(this.relayer, "pending"),
        provider.getTransactionCount(this.relayer, "latest"),
      ]);
      if (pending <= mined) return;
      if (Date.now() > until) {
        throw new ClientError(
          "network",
          `${pending - mined} transactions of ${this.relayer} aren't mined yet: what depends on them is decided later`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** In what a signed authorization differs from what is required. */
  private async mismatch(
    { signature, authorization }: SignedAuthorization,
    accepted: PaymentRequirements,
    { scheme, network, asset, payTo, amount }: PaymentRequirements,
  ): Promise<string | undefined> {
    if (!isAddress(asset) || !isAddress(payTo) || !isUint(amount)) return REASONS.malformed;
    if (scheme !== "exact" || accepted.scheme !== scheme) return REASONS.scheme;
    if (network !== networkOf(this.suite) || accepted.network !== network) return REASONS.network;
    if (asset.toLowerCase() !== this.suite.book.contracts.currency.toLowerCase()) return REASONS.asset;
    const { TransferWithAuthorization } = authorizationTypes;
    const types = { TransferWithAuthorization: [...TransferWithAuthorization] };
    const signer = await this.currencyDomain().then((domain) => signerOf(domain, types, authorization, signature));
    if (signer !== authorization.from) return REASONS.signature;
    if (authorization.to !== payTo.toLowerCase()) return REASONS.recipient;
    const now = BigInt(Math.floor(Date.now() / 1_000));
    if (BigInt(authorization.validBefore) < now + BigInt(MINING_TIME)) return REASONS.validBefore;
    if (BigInt(authorization.validAfter) > now) return REASONS.validAfter;
    return BigInt(authorization.value) === BigInt(amount) ? undefined : REASONS.value;
  }

  /** Why the token would refuse the transfer now. */
  private async refusal(signed: SignedAuthorization): Promise<string | undefined> {
    const { currency } = this.suite;
    const { from, value, nonce } = signed.authorization;
    if (await currency.authorizationState(from, nonce)) return REASONS.nonceUsed;
    if ((await currency.balanceOf(from)) < BigInt(value)) return REASONS.balance;
    try {
      await this.transfer(signed).staticCall();
      return undefined;
    } catch (error) {
      const explained = explainError(error, "simulating the transfer");
      if (explained instanceof ClientError && explained.code === "reverted") return REASONS.simulation;
      throw explained;
    }
  }

  private transfer({ signature, authorization }: SignedAuthorization): {
    populateTransaction: () => Promise<ContractTransaction>;
    staticCall: () => Promise<unknown>;
  } {
    const { from, to, value, validAfter, validBefore, nonce } = authorization;
    const { v, r, s } = Signature.from(signature);
    const args = [from, to, value, validAfter, validBefore, nonce, v, r, s] as const;
    const { transferWithAuthorization } = this.suite.currency;
    return {
      populateTransaction: () => transferWithAuthorization.populateTransaction(...args),
      staticCall: () => transferWithAuthorization.staticCall(...args),
    };
  }

  private currencyDomain() {
    this.domain ??= this.suite.currency
      .eip712Domain()
      .then(({ name, version, chainId, verifyingContract }) => ({ name, version, chainId, verifyingContract }));
    return this.domain;
  }
}

/** Who signed, in lower case; undefined for a signature or value that can't be one. */
function signerOf(...[domain, types, message, signature]: Parameters<typeof verifyTypedData>): string | undefined {
  try {
    return verifyTypedData(domain, types, message, signature).toLowerCase();
  } catch {
    return undefined;
  }
}

function isHex(value: unknown): value is Hex {
  return typeof value === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(value);
}

/** Whether a value is a decimal string that fits a uint256. */
function isUint(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,78}$/.test(value) && BigInt(value) < 2n ** 256n;
}
