import { readFileSync } from "node:fs";
import { child, children, isNode, span, text } from "../mutation/mutants.ts";
import { type ChangedSource, compile, type Diagnostic } from "../solc.ts";

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
const TARGETS = ["assert", "overflow", "underflow", "divByZero"];
/** A claim on a line of its own that holds of nothing. */
const FALSE = "\nassert(false);\n";
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
  return check({ file, text: readFileSync(file, "utf8") }, contract, TARGETS, solve);
}

/**
 * The functions of a contract whose premises contradict each other, so that what they claim holds of nothing: each is
 * checked with a false claim as its last statement, which mustn't be proved. Functions that return a value claim
 * nothing by themselves and are left out.
 *
 * @throws Error as {@link claimsOf} does
 */
export function vacuousIn(file: string, contract: string, solve: (query: string) => string): string[] {
  const { ast } = compile({ [file]: ["ast"] }).sources?.[file] ?? {};
  if (!isNode(ast)) throw new Error(`${file} has no syntax tree: does it compile?`);
  const ends = children(ast, "nodes")
    .filter((node) => text(node, "name") === contract)
    .flatMap((node) => children(node, "nodes"))
    .filter((node) => node.nodeType === "FunctionDefinition" && text(node, "visibility") === "external")
    .filter((node) => children(child(node, "returnParameters"), "parameters").length === 0)
    .map((node) => span(child(node, "body"))[1] - 1);
  const bytes = readFileSync(file);
  const changed = [0, ...ends].map((end, i) => bytes.toString("utf8", end, ends[i])).join(FALSE);
  return check({ file, text: changed }, contract, ["assert"], solve)
    .filter((claim) => claim.proved && claim.text.startsWith(FALSE.trim()))
    .map((claim) => claim.of);
}

function check(
  source: ChangedSource,
  contract: string,
  targets: readonly string[],
  solve: (query: string) => string,
): Claim[] {
  const { file } = source;
  const modelChecker = {
    engine: "bmc",
    // Quotients as terms of their own: two of the same numbers are the same, which slack variables would leave to prove.
    divModNoSlacks: true,
    contracts: { [file]: [contract] },
    targets,
    solvers: ["smtlib2"],
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
  };
  const answer = (query: string) => ({ contents: solve(query) });
  const output = compile({ [`${file}:${contract}`]: ["abi"] }, { modelChecker }, source, answer);
  const wrong = output.errors?.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new Error(wrong.formattedMessage);
  return (output.errors ?? [])
    .filter(({ errorCode }) => errorCode !== DEPRECATED)
    .map((diagnostic) => claimOf(diagnostic, contract, source));
}

function claimOf(diagnostic: Diagnostic, contract: string, read: ChangedSource): Claim {
  const { errorCode = "", message, formattedMessage, sourceLocation } = diagnostic;
  const safe = errorCode === SAFE ? /^BMC: (.*?) (?:\(.*\) )?check is safe!/.exec(message)?.[1] : undefined;
  const kind = safe === undefined ? OPEN[errorCode] : KINDS[safe];
  if (kind === undefined || sourceLocation === undefined) {
    throw new Error(`the model checker says what isn't understood (${errorCode}): ${formattedMessage}`);
  }
  const { file, start } = sourceLocation;
  const source = file === read.file ? Buffer.from(read.text) : readFileSync(file);
  const before = source.toString("utf8", 0, start);
  const line = before.split("\n").length;
  const claimed = source.toString("utf8").split("\n")[line - 1]?.trim() ?? "";
  const of = [...before.matchAll(/function (\w+)/g)].at(-1)?.[1] ?? "";
  return { contract, file, line, of, kind, text: claimed, proved: errorCode === SAFE };
}
