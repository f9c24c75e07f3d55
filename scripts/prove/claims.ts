import { readFileSync } from "node:fs";
import { compile, type Diagnostic } from "../solc.ts";

/** Something that the model checker was asked about: an assertion, or that an operation can't go wrong. */
export interface Claim {
  /** The contract that claims it. */
  readonly contract: string;
  readonly file: string;
  readonly line: number;
  /** The function that it stands in. */
  readonly of: string;
  readonly kind: string;
  /** The line. */
  readonly text: string;
  readonly proved: boolean;
}

/** Messages of the model checker by code: what was shown safe, and what wasn't. */
const SAFE = "2961";
const OPEN: Readonly<Record<string, string>> = {
  "4661": "assertion",
  "7812": "assertion",
  "2661": "overflow",
  "8065": "overflow",
  "4144": "underflow",
  "8312": "underflow",
  "3046": "division by zero",
  "5272": "division by zero",
};
/** That bounded model checking will be taken out of a later compiler; the compiler is pinned. */
const DEPRECATED = "3993";
const KINDS: Readonly<Record<string, string>> = {
  "Assertion violation": "assertion",
  Overflow: "overflow",
  Underflow: "underflow",
  "Division by zero": "division by zero",
};

/**
 * Asks the model checker about a contract: bounded model checking, which takes functions one by one with any state and
 * any arguments, and follows calls of internal functions into the libraries that ship.
 *
 * @throws Error where the contract doesn't compile, or the checker says something that is understood as neither
 */
export function claimsOf(file: string, contract: string, solve: (query: string) => string): Claim[] {
  const modelChecker = {
    engine: "bmc",
    // Quotients as terms of their own: two of the same numbers are the same, which slack variables would leave to prove.
    divModNoSlacks: true,
    contracts: { [file]: [contract] },
    targets: ["assert", "overflow", "underflow", "divByZero"],
    solvers: ["smtlib2"],
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
  };
  const answer = (query: string) => ({ contents: solve(query) });
  const output = compile({ [`${file}:${contract}`]: ["abi"] }, { modelChecker }, undefined, answer);
  const wrong = output.errors?.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new Error(wrong.formattedMessage);
  return (output.errors ?? [])
    .filter(({ errorCode }) => errorCode !== DEPRECATED)
    .map((diagnostic) => claimOf(diagnostic, contract));
}

function claimOf(diagnostic: Diagnostic, contract: string): Claim {
  const { errorCode = "", message, formattedMessage, sourceLocation } = diagnostic;
  const safe = errorCode === SAFE ? /^BMC: (.*?) (?:\(.*\) )?check is safe!/.exec(message)?.[1] : undefined;
  const kind = safe === undefined ? OPEN[errorCode] : KINDS[safe];
  if (kind === undefined || sourceLocation === undefined) {
    throw new Error(`the model checker says what isn't understood (${errorCode}): ${formattedMessage}`);
  }
  const { file, start } = sourceLocation;
  const source = readFileSync(file);
  const before = source.toString("utf8", 0, start);
  const line = before.split("\n").length;
  const text = source.toString("utf8").split("\n")[line - 1]?.trim() ?? "";
  const of = [...before.matchAll(/function (\w+)/g)].at(-1)?.[1] ?? "";
  return { contract, file, line, of, kind, text, proved: errorCode === SAFE };
}
