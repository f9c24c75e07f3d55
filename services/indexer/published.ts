import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  amounts,
  decodeStatement,
  type Hex,
  isPackedStatement,
  type Statement,
  SumTree,
  unpackStatement,
} from "../../scorer/index.ts";
import { IndexError } from "./errors.ts";
import type { SqliteStore } from "./store.ts";
import type { StatementRow } from "./rows.ts";

/** A line of a statement, with what claiming it takes. */
export interface Line {
  readonly statement: string;
  readonly line: number;
  readonly contributor: string;
  readonly weight: string;
  /** In the currency's smallest unit */
  readonly amount: string;
  /** 50 bytes for each step, bottom up */
  readonly proof: string;
  readonly claimed: boolean;
}

/** Weights of a statement, checked against its root. */
export interface Weights {
  readonly count: number;
  weight(line: number): bigint;
  amount(line: number): bigint;
  proof(line: number): Hex;
}

interface Known {
  readonly changed: number;
  readonly bytes: number;
  /** Root of its tree; undefined for a file that is no statement. */
  readonly root: string | undefined;
  readonly problem: string | undefined;
  /** What the file says of itself, even if it can't be trusted. */
  readonly about: string | undefined;
}

/** Weights that were checked, and the file that they were read from, as it was then. */
interface Checked {
  readonly weights: Weights;
  readonly path: string | undefined;
  readonly file: Known | undefined;
}

/** Statements that are kept in memory. */
const KEPT = 4;

/**
 * The weights of statements: posted on the chain, or published as files in a folder. A file is read again whenever it has
 * changed, and all that it implies is recomputed before a weight of it is shown.
 */
export class PublishedStatements {
  readonly #store: SqliteStore;
  readonly #folder: string | undefined;
  readonly #files = new Map<string, Known>();
  readonly #kept = new Map<string, Checked>();

  /** @param folder - of statement files, in JSON or packed; undefined for none */
  constructor(store: SqliteStore, folder: string | undefined) {
    [this.#store, this.#folder] = [store, folder];
  }

  /**
   * The weights of a statement.
   *
   * @throws IndexError `file-missing`, `file-altered`
   */
  async weightsOf(statement: StatementRow): Promise<Weights> {
    const kept = this.#kept.get(statement.hash);
    if (kept !== undefined && (kept.path === undefined || (await this.#look(kept.path)) === kept.file)) {
      return kept.weights;
    }
    const found = statement.weightsEvent === null ? await this.#fromFile(statement) : this.#posted(statement);
    this.#kept.delete(statement.hash);
    this.#kept.set(statement.hash, found);
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    return found.weights;
  }

  #posted(statement: StatementRow): Checked {
    const [event] = this.#store.all<{ args: string }>("SELECT args FROM events WHERE id = ?", statement.weightsEvent);
    const { weights } = JSON.parse(event?.args ?? "{}") as { weights: string[] };
    const tree = new SumTree(weights.map(BigInt));
    if (tree.root !== statement.root) {
      throw new IndexError("corrupt", `the posted weights of ${statement.hash} don't lead to its root: index again`);
    }
    const paid = amounts(weights.map(BigInt), BigInt(statement.pool));
    return {
      weights: {
        count: weights.length,
        weight: (line) => BigInt(weights[line] ?? 0),
        amount: (line) => paid[line] ?? 0n,
        proof: (line) => tree.proof(line),
      },
      path: undefined,
      file: undefined,
    };
  }

  async #fromFile(statement: StatementRow): Promise<Checked> {
    const what = `statement ${statement.hash} (stream ${statement.stream}, interval ${statement.interval}, root ${statement.root})`;
    if (this.#folder === undefined) {
      throw new IndexError(
        "file-missing",
        `no folder of published files is configured, and the weights of ${what} aren't on the chain: start with --statements DIR`,
      );
    }
    const names = await readdir(this.#folder).catch(() => []);
    const altered: string[] = [];
    for (const name of names.sort()) {
      const path = join(this.#folder, name);
      const known = await this.#look(path);
      if (known?.root === statement.root && known.problem === undefined) {
        return { weights: this.#check(await this.#read(path), statement, path), path, file: known };
      }
      if (known?.about === aboutOf(statement.stream, statement.interval) && known.problem !== undefined) {
        altered.push(`${path} (${known.problem})`);
      }
    }
    if (altered.length > 0) {
      throw new IndexError(
        "file-altered",
        `${altered.join(", ")} was altered or is damaged, and no other file in ${this.#folder} holds ${what}: fetch it again from ${statement.uri || "its scorer"}`,
      );
    }
    throw new IndexError(
      "file-missing",
      `no file in ${this.#folder} holds ${what}: fetch it from ${statement.uri || "its scorer"} and put it there`,
    );
  }

  /** What a file holds; undefined if it can't be read. */
  async #look(path: string): Promise<Known | undefined> {
    const now = await stat(path).catch(() => undefined);
    if (now?.isFile() !== true) return undefined;
    const before = this.#files.get(path);
    if (before?.changed === now.mtimeMs && before.bytes === now.size) return before;
    let known: Known = { changed: now.mtimeMs, bytes: now.size, root: undefined, problem: undefined, about: undefined };
    const bytes = await readFile(path);
    try {
      const { sumTreeRoot, stream, interval } = parse(bytes);
      known = { ...known, root: sumTreeRoot, about: aboutOf(Number(stream), interval) };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      known = { ...known, problem, about: claimOf(bytes) };
    }
    this.#files.set(path, known);
    return known;
  }

  async #read(path: string): Promise<Statement> {
    return parse(await readFile(path));
  }

  /** The file must be this statement's in everything, not only in its root. */
  #check(file: Statement, statement: StatementRow, path: string): Weights {
    const expected: readonly (readonly [string, unknown, unknown])[] = [
      ["root", file.sumTreeRoot, statement.root],
      ["stream", file.stream, statement.stream],
      ["interval", file.interval, statement.interval],
      ["total", file.total, statement.total],
      ["pool", file.pool, statement.pool],
      ["number of lines", file.lines.length, statement.lines],
      ["index root", file.indexRoot, statement.indexRoot],
      ["report", file.reportHash, statement.reportHash],
    ];
    for (const [what, inFile, onChain] of expected) {
      if (String(inFile) !== String(onChain)) {
        throw new IndexError(
          "file-altered",
          `${path} is not the file of statement ${statement.hash}: its ${what} is ${String(inFile)}, the chain has ${String(onChain)}; fetch it again from ${statement.uri || "its scorer"}`,
        );
      }
    }
    const places = this.#store.all<{ contributor: string }>(
      "SELECT contributor FROM places WHERE dataset = ? AND position < ? ORDER BY position",
      statement.dataset,
      statement.lines,
    );
    const other = file.lines.findIndex(({ contributor }, i) => contributor !== places[i]?.contributor.toLowerCase());
    if (other !== -1) {
      throw new IndexError(
        "file-altered",
        `${path} names ${String(file.lines[other]?.contributor)} in line ${other}, the registry ${places[other]?.contributor ?? "nobody"}: fetch it again from ${statement.uri || "its scorer"}`,
      );
    }
    return {
      count: file.lines.length,
      weight: (line) => file.lines[line]?.payable ?? 0n,
      amount: (line) => file.lines[line]?.amount ?? 0n,
      proof: (line) => file.lines[line]?.proof ?? "0x",
    };
  }
}

function parse(bytes: Uint8Array): Statement {
  return isPackedStatement(bytes) ? unpackStatement(bytes) : decodeStatement(new TextDecoder().decode(bytes));
}

function aboutOf(stream: number, interval: number): string {
  return `${stream}/${interval}`;
}

/** Which statement a file that can't be read says that it is. */
function claimOf(bytes: Uint8Array): string | undefined {
  if (isPackedStatement(bytes) && bytes.length >= 48) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return aboutOf(Number(view.getBigUint64(40)), view.getUint32(12));
  }
  const text = new TextDecoder().decode(bytes);
  const [stream, interval] = ["stream", "interval"].map((name) => new RegExp(`"${name}":"(\\d+)"`).exec(text)?.[1]);
  return stream === undefined ? undefined : aboutOf(Number(stream), Number(interval));
}
