import { isPaymentPayloadV2, isPaymentRequirementsV2 } from "@x402/core/schemas";
import type { PaymentPayload, PaymentRequirements, VerifyResponse } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import {
  Contract,
  FunctionFragment,
  getAddress,
  Interface,
  isAddress,
  type InterfaceAbi,
  verifyTypedData,
} from "ethers";
import { ClientError, type Sender, type Suite } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";

/** Version of x402 that is spoken here. */
export const X402_VERSION = 2;

/** x402's words for why a payment of its scheme "exact" is refused, where this code decides and not its package. */
export const REASONS = {
  malformed: "invalid_payload",
  asset: "invalid_exact_evm_asset_mismatch",
  nonceUsed: "invalid_exact_evm_nonce_already_used",
  balance: "invalid_exact_evm_insufficient_balance",
  simulation: "invalid_exact_evm_transaction_simulation_failed",
  validBefore: "invalid_exact_evm_payload_authorization_valid_before",
  failed: "invalid_exact_evm_transaction_failed",
} as const;

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

/** Identifies an authorization: a token takes each pair of payer and nonce once. */
export function authorizationId({ authorization: { from, nonce } }: SignedAuthorization): string {
  return `exact/${from}/${nonce}`;
}

/**
 * Reads the EIP-3009 payload of a payment.
 *
 * @returns undefined for anything else, other payloads of the scheme included
 */
export function readAuthorization(payload: Readonly<Record<string, unknown>>): SignedAuthorization | undefined {
  const { signature, authorization } = payload;
  if (typeof authorization !== "object" || authorization === null || !isHex(signature)) return undefined;
  // A wallet that is not deployed yet would have to be deployed at the relayer's cost (ERC-6492).
  if (signature.toLowerCase().endsWith(UNDEPLOYED)) return undefined;
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
  private readonly sender: Sender;
  private readonly scheme: ExactEvmScheme;

  constructor(suite: Suite, sender: Sender) {
    this.suite = suite;
    this.sender = sender;
    this.scheme = new ExactEvmScheme(facilitatorSigner(suite, sender));
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
    const { name, version } = await this.suite.currency.eip712Domain();
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
   * Verifies a payment: signature, payee, amount, validity, balance, and that the authorization wasn't used.
   *
   * @returns with `invalidReason` of x402 when it can't be settled; `REASONS.nonceUsed` only if all else is right
   */
  async verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<VerifyResponse> {
    const signed = readAuthorization(payload.payload);
    if (signed === undefined) return { isValid: false, invalidReason: REASONS.malformed };
    const payer = signed.authorization.from;
    if (!isAddress(requirements.asset) || !isAddress(requirements.payTo) || !isUint(requirements.amount)) {
      return { isValid: false, invalidReason: REASONS.malformed, payer };
    }
    if (getAddress(requirements.asset) !== getAddress(this.suite.book.contracts.currency)) {
      return { isValid: false, invalidReason: REASONS.asset, payer };
    }
    const verdict = await this.scheme.verify({ ...payload, payload: { ...signed } }, requirements);
    if (verdict.isValid || verdict.invalidReason !== REASONS.simulation) return verdict;
    return { isValid: false, invalidReason: await this.diagnose(signed), payer };
  }

  /**
   * Sends the transfer of a verified payment and waits for it. Somebody else may have sent it before: what counts is
   * that the money arrived by this authorization.
   *
   * @throws ClientError when the transfer can't be sent, and nobody else has sent it
   */
  async settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<Settlement> {
    const signed = readAuthorization(payload.payload);
    if (signed === undefined) throw new ClientError("bad-input", "the payment has no EIP-3009 authorization");
    const before = await this.settlementOf(signed);
    if (before !== undefined) return before;
    const { success, errorReason, errorMessage } = await this.scheme.settle(
      { ...payload, payload: { ...signed } },
      requirements,
    );
    const settled = await this.settlementOf(signed);
    if (settled !== undefined) return settled;
    const reason = success ? "the node doesn't show the transfer" : (errorMessage ?? errorReason ?? "no reason given");
    throw new ClientError("reverted", `the payment ${signed.authorization.nonce} can't be settled: ${reason}`);
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

  /** Waits until nothing that the relayer sent is still to be mined: what it began before a crash may be on its way. */
  async quiet(): Promise<void> {
    const { provider } = this.suite;
    for (let pause = 5; ; pause = Math.min(2 * pause, 1_000)) {
      const [pending, mined] = await Promise.all([
        provider.getTransactionCount(this.relayer, "pending"),
        provider.getTransactionCount(this.relayer, "latest"),
      ]);
      if (pending <= mined) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Why the token would refuse a transfer. The package asks Multicall3 for this, which local chains don't have. */
  private async diagnose({ authorization }: SignedAuthorization): Promise<string> {
    const { currency, provider } = this.suite;
    const { from, value, validBefore, nonce } = authorization;
    const [used, balance, block] = await Promise.all([
      currency.authorizationState(from, nonce),
      currency.balanceOf(from),
      provider.getBlock("latest"),
    ]);
    if (used) return REASONS.nonceUsed;
    if (balance < BigInt(value)) return REASONS.balance;
    return BigInt(block?.timestamp ?? 0) >= BigInt(validBefore) ? REASONS.validBefore : REASONS.simulation;
  }
}

type FacilitatorSigner = ConstructorParameters<typeof ExactEvmScheme>[0];

/** The wallet and node as x402's package wants them. */
function facilitatorSigner({ provider }: Suite, sender: Sender): FacilitatorSigner {
  return {
    getAddresses: () => [sender.address as Hex],
    readContract: async ({ address, abi, functionName, args = [] }) => {
      const contract = new Contract(address, [fragmentOf(abi, functionName, args)], provider);
      return contract.getFunction(functionName).staticCall(...args) as Promise<unknown>;
    },
    verifyTypedData: ({ address, domain, types, message, signature }) =>
      Promise.resolve(
        verifyTypedData(domain, types as Parameters<typeof verifyTypedData>[1], message, signature) ===
          getAddress(address),
      ),
    writeContract: async ({ address, abi, functionName, args, dataSuffix = "0x" }) => {
      const fragment = fragmentOf(abi, functionName, args);
      const call = new Interface([fragment]).encodeFunctionData(fragment, args);
      const data = `${call}${dataSuffix.slice(2)}`;
      const { hash } = await sender.send("settling a payment", { to: address, data });
      return hash as Hex;
    },
    sendTransaction: async ({ to, data }) => (await sender.send("a transaction of x402", { to, data })).hash as Hex,
    waitForTransactionReceipt: async ({ hash }) => {
      const receipt = await provider.waitForTransaction(hash);
      return { status: receipt?.status === 1 ? "success" : "reverted" };
    },
    // An account that delegates to code (EIP-7702) signs with its key like any other; the package would ask its code.
    getCode: async ({ address }) => {
      const code = await provider.getCode(address);
      return (code.startsWith(DELEGATION) ? "0x" : code) as Hex;
    },
  };
}

/** What a signature ends with that is of a wallet without code (ERC-6492). */
const UNDEPLOYED = "6492".repeat(16);

/** What the code of an account begins with that delegates (EIP-7702). */
const DELEGATION = "0xef0100";

/** The overload of a function that takes as many arguments. */
function fragmentOf(abi: readonly unknown[], name: string, args: readonly unknown[]) {
  const fragment = new Interface(abi as InterfaceAbi).fragments
    .filter((candidate) => candidate instanceof FunctionFragment)
    .find((candidate) => candidate.name === name && candidate.inputs.length === args.length);
  if (fragment === undefined) throw new Error(`the ABI has no ${name} with ${args.length} arguments`);
  return fragment;
}

function isHex(value: unknown): value is Hex {
  return typeof value === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(value);
}

function isUint(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,78}$/.test(value);
}
