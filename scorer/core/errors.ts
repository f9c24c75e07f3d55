/**
 * What kind of thing went wrong, for callers that branch on it:
 * - `empty-input`: something that needs at least one element got none;
 * - `bad-length`: arrays, bytes or lanes whose lengths do not fit together or the format;
 * - `out-of-range`: an integer outside of its type or of its documented bounds;
 * - `not-finite`: NaN or an infinity where a number is needed;
 * - `bad-hex`: a string that is not 0x-prefixed hexadecimal of the needed length;
 * - `bad-json`: a value that JSON, or the documented shape of a file, does not allow;
 * - `bad-type`: numbers of a type that can't be read, or not as what they are for;
 * - `bad-magic`, `bad-version`: a file that is not of the expected format, or of another version of it;
 * - `missing-class`: a class without training rows;
 * - `not-positive-definite`: a matrix without a Cholesky factor;
 * - `unordered-receipts`: receipts that are not in the order of payment;
 * - `root-mismatch`: content that does not hash to the root it was expected to have;
 * - `inconsistent`: a file whose parts contradict each other;
 * - `not-converged`: training that does not come to rest;
 * - `out-of-memory`: a computation that needs more memory than there is;
 * - `bad-mail`: a mail from which no sender's domain can be read.
 */
export type ScorerErrorCode =
  | "empty-input"
  | "bad-length"
  | "out-of-range"
  | "not-finite"
  | "bad-hex"
  | "bad-json"
  | "bad-type"
  | "bad-magic"
  | "bad-version"
  | "missing-class"
  | "not-positive-definite"
  | "unordered-receipts"
  | "root-mismatch"
  | "inconsistent"
  | "not-converged"
  | "out-of-memory"
  | "bad-mail";

/** Every error that the scorer throws on purpose; the message says what was wrong and what to do about it. */
export class ScorerError extends Error {
  readonly code: ScorerErrorCode;

  constructor(code: ScorerErrorCode, message: string) {
    super(message);
    this.name = "ScorerError";
    this.code = code;
  }
}
