import { fileURLToPath } from "node:url";
import { parentPort, Worker } from "node:worker_threads";
import { bytecodes, type ChangedSource, compile } from "../solc.ts";
import { isNode, type SyntaxNode } from "./mutants.ts";

/** What is compiled: contracts by `file:Name`, with one source changed or none, or a source's syntax tree. */
type Request =
  { readonly contracts: readonly string[]; readonly changed: ChangedSource | undefined } | { readonly tree: string };

/** The compiler in a thread of its own, one request at a time: tests run while the next mutant is compiled. */
export class Compiler {
  readonly #worker = new Worker(fileURLToPath(import.meta.url));
  #last: Promise<unknown> = Promise.resolve();

  /** Bytecode of contracts, with one source changed or none. */
  async compile(contracts: readonly string[], changed?: ChangedSource): Promise<ReturnType<typeof bytecodes>> {
    return (await this.#ask({ contracts, changed })) as ReturnType<typeof bytecodes>;
  }

  /** Syntax tree of a source. */
  async tree(file: string): Promise<SyntaxNode> {
    const tree = await this.#ask({ tree: file });
    if (!isNode(tree)) throw new Error(`${file} doesn't compile`);
    return tree;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: Request): Promise<unknown> {
    const asked = this.#last.then(
      () =>
        new Promise<unknown>((resolve, reject) => {
          this.#worker.removeAllListeners();
          this.#worker.once("message", resolve).once("error", reject);
          this.#worker.postMessage(request);
        }),
    );
    this.#last = asked.catch(() => undefined);
    return asked;
  }
}

function answer(request: Request): unknown {
  if ("contracts" in request) return bytecodes(request.contracts, request.changed);
  return compile({ [`${request.tree}:`]: ["ast"] }).sources?.[request.tree]?.ast;
}

parentPort?.on("message", (request: Request) => parentPort?.postMessage(answer(request)));
