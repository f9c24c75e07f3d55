import { isError } from "ethers";
import { ROLES } from "./addressBook.ts";
import { ClientError, type Revert } from "./clientError.ts";
import { interfaceOf } from "./interfaces.ts";

/**
 * Decodes revert data with the errors of all contracts of the suite; undefined for data of others, and for what only
 * begins like an error.
 */
export function decodeRevert(data: string): Revert | undefined {
  for (const role of ROLES) {
    try {
      const parsed = interfaceOf(role).parseError(data);
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
 * can't be reached, fails or answers nonsense. Anything else is given back as it is.
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
  const answer = (data ?? "0x") === "0x" ? nodeAnswer(error) : undefined;
  // ethers takes any failure of a call for a revert, whatever the node says of it.
  const failed = isError(error, "CALL_EXCEPTION") || isError(error, "UNKNOWN_ERROR");
  if (answer !== undefined && !isExecution(answer) && (failed || isOverload(answer))) {
    return new ClientError(
      "network",
      `${doing} failed: the node answered "${answer.message.slice(0, 200)}"; try again later, or ask another node`,
      { cause: error },
    );
  }
  if (isError(error, "BAD_DATA") || (isError(error, "UNSUPPORTED_OPERATION") && error.operation === "bodyJson")) {
    return new ClientError("network", `${doing} failed: the node's answer makes no sense; ask another node`, {
      cause: error,
    });
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

/** The error of a JSON-RPC answer. */
export interface NodeAnswer {
  readonly code: number;
  readonly message: string;
}

/** Codes and words with which nodes say that they were asked too much, or are not ready. */
const OVERLOAD_CODES: ReadonlySet<number> = new Set([-32005, -32097, 429]);
const OVERLOAD_WORDS = /rate.?limit|too many requests|over capacity|limit exceeded|try again/i;

/** Whether a node says that it was asked too much, or isn't ready: the same request may be answered later. */
export function isOverload({ code, message }: NodeAnswer): boolean {
  return OVERLOAD_CODES.has(code) || OVERLOAD_WORDS.test(message);
}

/** Whether a node says that a call failed, and not that it couldn't try it: code 3, or the words of some clients. */
function isExecution({ code, message }: NodeAnswer): boolean {
  return (
    code === 3 ||
    /revert|opcode|out ?of ?gas|gas required exceeds|\bevm\b|\bvm (exec|exception)|stack (under|over)flow/i.test(
      message,
    )
  );
}

/** What a node said, from the places where ethers and Hardhat put it. */
function nodeAnswer(error: unknown): NodeAnswer | undefined {
  for (let at: unknown = error, depth = 0; isRecord(at) && depth < 8; depth++) {
    const { code, message } = at;
    if (typeof code === "number" && typeof message === "string") return { code, message };
    at = at.error ?? (isRecord(at.info) ? at.info.error : undefined) ?? at.cause;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
