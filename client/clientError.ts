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
  | "bad-input"
  /** There is nothing under this name. */
  | "not-found"
  /** Nobody who was asked has a published file. */
  | "file-missing"
  /** A published file isn't what the chain says it is. */
  | "file-altered"
  /** The index hasn't reached the block that is asked about. */
  | "behind";

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
