import { Interface, isError } from "ethers";
import {
  AttributionRegistry__factory,
  BondVault__factory,
  ChallengeRegistry__factory,
  DatasetRegistry__factory,
  DemoDollar__factory,
  IndexRegistry__factory,
  InferenceMarket__factory,
  ModelReceivers__factory,
  ModelRegistry__factory,
  RevenueLedger__factory,
  StreamPayouts__factory,
  UsageRegistry__factory,
} from "../typechain-types/index.ts";

/** What went wrong, for programs: the command line makes exit codes of it. */
export type ClientErrorCode =
  /** The node can't be reached, or answered nonsense. */
  | "network"
  /** The node is on another chain than the address book. */
  | "wrong-chain"
  /** There is no deployment, or no code where the address book says. */
  | "no-deployment"
  /** The wallet can't pay for gas or for the amount. */
  | "no-funds"
  /** A contract refused; `revert` names its custom error. */
  | "reverted"
  /** A file says something else than the chain. */
  | "mismatch"
  /** A model asks for more than its caller pays. */
  | "too-expensive"
  /** A gateway, or the model behind it, doesn't answer a request. */
  | "refused"
  /** What was given can't be used. */
  | "bad-input";

/** A custom error of a contract, decoded. */
export interface Revert {
  readonly name: string;
  /** Arguments by name, as text. */
  readonly args: Readonly<Record<string, string>>;
}

/** An error whose message says what was wrong and what to do. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  readonly revert: Revert | undefined;

  constructor(code: ClientErrorCode, message: string, options: { cause?: unknown; revert?: Revert } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.revert = options.revert;
  }
}

const interfaces: readonly Interface[] = [
  DatasetRegistry__factory.createInterface(),
  ModelRegistry__factory.createInterface(),
  ModelReceivers__factory.createInterface(),
  RevenueLedger__factory.createInterface(),
  InferenceMarket__factory.createInterface(),
  BondVault__factory.createInterface(),
  IndexRegistry__factory.createInterface(),
  UsageRegistry__factory.createInterface(),
  AttributionRegistry__factory.createInterface(),
  ChallengeRegistry__factory.createInterface(),
  StreamPayouts__factory.createInterface(),
  DemoDollar__factory.createInterface(),
];

/**
 * Decodes revert data with the errors of all contracts of the suite; undefined for data of others, and for what only
 * begins like an error.
 */
export function decodeRevert(data: string): Revert | undefined {
  for (const abi of interfaces) {
    try {
      const parsed = abi.parseError(data);
      if (parsed === null) continue;
      const args: Record<string, string> = {};
      parsed.fragment.inputs.forEach((input, i) => {
        args[input.name === "" ? String(i) : input.name] = String(parsed.args[i]);
      });
      return { name: parsed.name, args };
    } catch {
      // Data of less than four bytes, or cut off within an argument: a node may answer anything.
      return undefined;
    }
  }
  return undefined;
}

/**
 * Turns what ethers or a node threw into a ClientError: a decoded custom error, a wallet without funds, or a node that
 * can't be reached. Anything else is given back as it is.
 *
 * @param error - what was caught
 * @param doing - what was being done, for the message
 */
export function explainError(error: unknown, doing: string): unknown {
  if (error instanceof ClientError) return error;
  const data = revertData(error);
  if (data !== undefined && data !== "0x") {
    const revert = decodeRevert(data);
    if (revert !== undefined) {
      const args = Object.entries(revert.args).map(([name, value]) => `${name} = ${value}`);
      return new ClientError("reverted", `${doing} was refused: ${revert.name}(${args.join(", ")})`, {
        cause: error,
        revert,
      });
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isError(error, "INSUFFICIENT_FUNDS") || /insufficient funds|doesn't have enough funds/i.test(message)) {
    return new ClientError(
      "no-funds",
      `${doing} failed: the wallet has no funds for gas; send it some of the chain's coin`,
      {
        cause: error,
      },
    );
  }
  if (isNetworkFailure(error)) {
    return new ClientError(
      "network",
      `${doing} failed: the node can't be reached; check the RPC address and that it runs`,
      {
        cause: error,
      },
    );
  }
  if (data !== undefined || isError(error, "CALL_EXCEPTION")) {
    return new ClientError(
      "reverted",
      `${doing} was refused without a reason that this suite knows (${data ?? "no data"})`,
      {
        cause: error,
      },
    );
  }
  return error;
}

/** Revert data from the places where ethers, Hardhat and anvil put it. */
function revertData(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; isRecord(at) && depth < 8; depth++) {
    if (typeof at.data === "string" && at.data.startsWith("0x")) return at.data;
    if (isRecord(at.data) && typeof at.data.data === "string") return at.data.data;
    at = at.error ?? (isRecord(at.info) ? at.info.error : undefined) ?? at.cause;
  }
  return undefined;
}

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "NETWORK_ERROR",
  "TIMEOUT",
  "SERVER_ERROR",
]);

function isNetworkFailure(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; isRecord(at) && depth < 8; depth++) {
    if (typeof at.code === "string" && NETWORK_CODES.has(at.code)) return true;
    at = at.cause ?? at.error;
  }
  return false;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
