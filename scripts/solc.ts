import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The compiler's settings for tests, demo and deployments: what is tested is what ships. */
export const SETTINGS = {
  viaIR: true,
  evmVersion: "prague",
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none" },
} as const;

/** The bytecode of a contract, as its artifact holds it. */
export interface Bytecode {
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly immutableReferences: unknown;
}

/** A source with another text than the one on disk. */
export interface ChangedSource {
  readonly file: string;
  readonly text: string;
}

/** What the compiler says of a source, from its standard JSON. */
export interface Diagnostic {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly message: string;
  readonly errorCode?: string;
  /** Where in a source, in bytes. */
  readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number };
}

/** The parts of the compiler's answer that are read here. */
export interface SolcOutput {
  readonly errors?: readonly Diagnostic[];
  readonly sources?: Readonly<Record<string, { readonly ast?: unknown }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, { readonly evm: Evm }>>>>;
}

interface Evm {
  readonly bytecode: { readonly object: string };
  readonly deployedBytecode: { readonly object: string; readonly immutableReferences?: unknown };
}

interface Solc {
  compile(
    input: string,
    callbacks: { import: (path: string) => { contents: string }; smtSolver?: (query: string) => unknown },
  ): string;
}

/**
 * Runs the compiler, the one that the build uses, in this process.
 *
 * @param contracts - what is put out for each contract, by `file:Name`; no name for a whole source
 * @param settings - settings beside the project's
 * @param changed - a source with another text than on disk
 * @param smtSolver - answers queries of the model checker
 */
export function compile(
  contracts: Readonly<Record<string, readonly string[]>>,
  settings: Readonly<Record<string, unknown>> = {},
  changed?: ChangedSource,
  smtSolver?: (query: string) => unknown,
): SolcOutput {
  const outputSelection: Record<string, Record<string, readonly string[]>> = {};
  const sources: Record<string, { content: string }> = {};
  for (const [contract, outputs] of Object.entries(contracts)) {
    const [file = "", name = ""] = contract.split(":");
    sources[file] = { content: readFileSync(file, "utf8") };
    (outputSelection[file] ??= {})[name] = outputs;
  }
  if (changed !== undefined) sources[changed.file] = { content: changed.text };
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, ...settings, outputSelection } };
  // CommonJS of many megabytes: loaded where it is needed only.
  const solc = createRequire(import.meta.url)("solc") as Solc;
  const read = (path: string) => ({
    contents: readFileSync(path.startsWith("@") ? join("node_modules", path) : path, "utf8"),
  });
  const callbacks = { import: read, ...(smtSolver === undefined ? {} : { smtSolver }) };
  return JSON.parse(solc.compile(JSON.stringify(input), callbacks)) as SolcOutput;
}

/** Bytecode by `file:Name`, or what the compiler says against a source. */
export function bytecodes(
  contracts: readonly string[],
  changed?: ChangedSource,
): { readonly contracts: Readonly<Record<string, Bytecode>> } | { readonly error: string } {
  const wanted = ["evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"];
  const output = compile(Object.fromEntries(contracts.map((contract) => [contract, wanted])), {}, changed);
  const wrong = output.errors?.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return { error: wrong.formattedMessage };
  const found = contracts.map((contract) => {
    const [file = "", name = ""] = contract.split(":");
    const evm = output.contracts?.[file]?.[name]?.evm;
    if (evm === undefined) throw new Error(`${file} holds no contract ${name}`);
    const { object, immutableReferences = {} } = evm.deployedBytecode;
    const code = { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${object}`, immutableReferences };
    return [contract, code] as const;
  });
  return { contracts: Object.fromEntries(found) };
}
