import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, Worker } from "node:worker_threads";
import type { SyntaxNode } from "./mutants.ts";

/** The bytecode of a contract, as its artifact holds it. */
export interface Bytecode {
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly immutableReferences: unknown;
}

/** What is compiled: contracts by `file:Name`, with the text of one source changed, or a source's syntax tree. */
interface Request {
  readonly contracts: readonly string[];
  readonly changed?: { readonly file: string; readonly text: string };
  readonly tree?: string;
}

/** Bytecode by `file:Name`, or what the compiler said against the source. */
export type Compiled = { readonly contracts: Readonly<Record<string, Bytecode>> } | { readonly error: string };

interface Reply {
  readonly compiled: Compiled;
  readonly tree?: SyntaxNode;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast: SyntaxNode }>>;
  readonly contracts?: Readonly<
    Record<
      string,
      Record<
        string,
        {
          readonly evm: {
            readonly bytecode: { readonly object: string };
            readonly deployedBytecode: { readonly object: string; readonly immutableReferences?: unknown };
          };
        }
      >
    >
  >;
}

/** The compiler in a thread of its own, one request at a time: tests run while the next mutant is compiled. */
export class Compiler {
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #worker: Worker;
  #last: Promise<unknown> = Promise.resolve();

  /** @param settings - the compiler's settings, as the project has them */
  constructor(settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
    this.#worker = new Worker(fileURLToPath(import.meta.url));
  }

  /** Bytecode of contracts, with one source changed or none. */
  async compile(contracts: readonly string[], changed?: Request["changed"]): Promise<Compiled> {
    return (await this.#ask({ contracts, ...(changed === undefined ? {} : { changed }) })).compiled;
  }

  /** Syntax tree of a source. */
  async tree(file: string): Promise<SyntaxNode> {
    const { tree } = await this.#ask({ contracts: [], tree: file });
    if (tree === undefined) throw new Error(`${file} doesn't compile`);
    return tree;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: Request): Promise<Reply> {
    const asked = this.#last.then(
      () =>
        new Promise<Reply>((resolve, reject) => {
          this.#worker.removeAllListeners();
          this.#worker.once("message", resolve).once("error", reject);
          this.#worker.postMessage({ ...request, settings: this.#settings });
        }),
    );
    this.#last = asked.catch(() => undefined);
    return asked;
  }
}

function answer(request: Request & { readonly settings: Record<string, unknown> }): Reply {
  const wanted: Record<string, Record<string, string[]>> = {};
  const sources: Record<string, { content: string }> = {};
  for (const contract of request.contracts) {
    const [file = "", name = ""] = contract.split(":");
    sources[file] = { content: readFileSync(file, "utf8") };
    (wanted[file] ??= {})[name] = [
      "evm.bytecode.object",
      "evm.deployedBytecode.object",
      "evm.deployedBytecode.immutableReferences",
    ];
  }
  if (request.tree !== undefined) {
    sources[request.tree] = { content: readFileSync(request.tree, "utf8") };
    wanted[request.tree] = { "": ["ast"] };
  }
  const { changed } = request;
  if (changed !== undefined) sources[changed.file] = { content: changed.text };
  const input = { language: "Solidity", sources, settings: { ...request.settings, outputSelection: wanted } };
  const solc = createRequire(import.meta.url)("solc") as {
    compile: (input: string, callbacks: { import: (path: string) => { contents: string } }) => string;
  };
  const read = (path: string) => ({
    contents: readFileSync(path.startsWith("@") ? join("node_modules", path) : path, "utf8"),
  });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as SolcOutput;
  const wrong = output.errors?.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return { compiled: { error: wrong.formattedMessage } };
  const contracts = Object.fromEntries(
    request.contracts.map((contract) => {
      const [file = "", name = ""] = contract.split(":");
      const evm = output.contracts?.[file]?.[name]?.evm;
      if (evm === undefined) throw new Error(`the compiler knows no ${contract}`);
      const { object, immutableReferences = {} } = evm.deployedBytecode;
      return [contract, { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${object}`, immutableReferences }];
    }),
  );
  const tree = request.tree === undefined ? undefined : output.sources?.[request.tree]?.ast;
  return { compiled: { contracts }, ...(tree === undefined ? {} : { tree }) };
}

parentPort?.on("message", (request: Request & { readonly settings: Record<string, unknown> }) =>
  parentPort?.postMessage(answer(request)),
);
