/**
 * - `other-deployment`: the database holds another deployment, or was written by another version;
 * - `corrupt`: a log names something that no log before it has made, or the database can't be read;
 * - `inconsistent`: the node's answers don't fit together, as while it takes in a reorganisation: ask again;
 * - `network`: the node doesn't answer, or refuses even single blocks;
 * - `bad-request`: a question that can't be answered as it was put;
 * - `not-found`: there is nothing under this name in the index;
 * - `file-missing`: no published file holds a statement;
 * - `file-altered`: a published file isn't what the chain says it is.
 */
export type IndexErrorCode =
  | "other-deployment"
  | "corrupt"
  | "inconsistent"
  | "network"
  | "bad-request"
  | "not-found"
  | "file-missing"
  | "file-altered";

/** Thrown by the index; the message says what was wrong and what to do. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  readonly code: IndexErrorCode;

  constructor(code: IndexErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
