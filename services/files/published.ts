import {
  checkReceipts,
  checkStatementFile,
  ClientError,
  encodeWalletList,
  parseReceipts,
  type ProposedStatement,
  type PublishedReceipt,
  receiptsFile,
  type Suite,
  type WalletList,
} from "../../client/index.ts";
import {
  decodeStatement,
  encodeStatement,
  type Hex,
  ScorerError,
  sha256,
  type Statement,
  type UsageReport,
  type VerifiedIndex,
  verifyIndex,
} from "../../scorer/index.ts";
import { decodeReport, encodeReport, type SignedReport } from "./signedReport.ts";
import type { Storage } from "./storage.ts";

/** What is published: each kind is looked up by what the chain has of it. */
type Kind = "contribution" | "index" | "receipts" | "statement" | "report" | "list";

const BLOB = /^sha256:([0-9a-f]{64})$/;

/**
 * Files that services publish and read. Each lies under the SHA-256 of its content, `sha256/<hex>`, and is named by a
 * pointer `<kind>/<key>`, whose key is what the chain has of it: the root of an index, of receipts or of a statement's
 * tree or of a list of wallets, or model and interval of a report. Pointers prove nothing; what is read is checked against its digest and
 * against the chain every time.
 */
export class PublishedFiles {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Where they lie, for people. */
  get place(): string {
    return this.#storage.place;
  }

  /** @returns `sha256:<hex>`, as it may stand on the chain */
  publishIndex(file: Uint8Array, root: Hex): Promise<string> {
    return this.#publish("index", root, file);
  }

  /**
   * The influence index with a root.
   *
   * @param exponentBound - the chain's: it stands beside the root, not under it
   * @throws ClientError `mismatch` when it is missing or altered
   */
  async index(root: Hex, exponentBound: number): Promise<VerifiedIndex> {
    const what = `the index with root ${root}`;
    const bytes = await this.#read("index", root, what);
    return this.#checked(what, () => {
      const { index, tree } = verifyIndex(bytes, root);
      return { index: { ...index, exponentBound }, tree };
    });
  }

  /** @returns `sha256:<hex>` */
  publishReceipts(receiptsRoot: Hex, receipts: readonly PublishedReceipt[]): Promise<string> {
    return this.#publish("receipts", receiptsRoot, JSON.stringify(receiptsFile(receipts)));
  }

  /**
   * The receipts of a usage report, which its root and q were checked against.
   *
   * @throws ClientError `mismatch` when they are missing or altered, or the report's q isn't the sum of their queries
   */
  async receipts(report: UsageReport): Promise<readonly PublishedReceipt[]> {
    const what = `the receipts of interval ${report.interval} of model ${report.model}`;
    const bytes = await this.#read("receipts", report.receiptsRoot, what);
    return this.#checked(what, () => {
      const receipts = parseReceipts(textOf(bytes));
      checkReceipts(receipts, report);
      return receipts;
    });
  }

  /** @returns `sha256:<hex>`, the address that the proposal names */
  publishStatement(statement: Statement): Promise<string> {
    return this.#publish("statement", keyOf(statement), encodeStatement(statement));
  }

  /**
   * The lines of a statement on the chain, each of which was checked.
   *
   * @throws ClientError `mismatch` when they are missing or altered
   */
  async statement(suite: Suite, proposed: ProposedStatement): Promise<Statement> {
    const { stream, interval, root } = proposed.statement.payout;
    const what = `statement ${String(root)} of stream ${String(stream)}, interval ${String(interval)}`;
    const key = keyOf({ stream: BigInt(stream), interval: Number(interval), sumTreeRoot: String(root) as Hex });
    const bytes = await this.#read("statement", key, what, proposed.uri);
    const file = await this.#checked(what, () => decodeStatement(textOf(bytes)));
    await checkStatementFile(suite, proposed, file);
    return file;
  }

  /** Publishes what an operator signed, so that anyone can post it. */
  publishReport(signed: SignedReport): Promise<string> {
    const { model, interval } = signed.report;
    return this.#publish("report", `${model}-${interval}`, encodeReport(signed));
  }

  /**
   * A report that an operator signed. Whether the signature is the operator's, and the ends are the interval's, the
   * chain says when it is posted.
   *
   * @returns undefined when none was published
   * @throws ClientError `mismatch` when it is altered, or of another interval
   */
  async report(model: bigint, interval: number): Promise<SignedReport | undefined> {
    const what = `the signed report of interval ${interval} of model ${model}`;
    const pointer = await this.#storage.read(`report/${model}-${interval}`);
    if (pointer === undefined) return undefined;
    const bytes = await this.#blob(textOf(pointer), what);
    const signed = await this.#checked(what, () => decodeReport(textOf(bytes)));
    if (signed.report.model === model && signed.report.interval === interval) return signed;
    throw new ClientError("mismatch", `${what} at ${this.place} is that of another interval: get the right one`);
  }

  /**
   * Publishes the rows of a contribution.
   *
   * @param file - one row a line, as the contribution's tree was made of them
   * @returns `sha256:<hex>`
   */
  publishContribution(root: Hex, file: Uint8Array): Promise<string> {
    return this.#publish("contribution", root, file);
  }

  /** Publishes a list of wallets that may contribute or train. @returns `sha256:<hex>` */
  publishList(list: WalletList): Promise<string> {
    return this.#publish("list", list.root, encodeWalletList(list));
  }

  /**
   * Publishes what the chain names by its SHA-256 alone: descriptions and cards, requests and answers.
   *
   * @returns `sha256:<hex>`
   */
  async publishContent(content: Uint8Array | string): Promise<string> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const digest = sha256(bytes).slice(2);
    await this.#storage.write(`sha256/${digest}`, bytes);
    return `sha256:${digest}`;
  }

  async #publish(kind: Kind, key: string, content: Uint8Array | string): Promise<string> {
    const address = await this.publishContent(content);
    // The pointer last: whoever follows it finds the file.
    await this.#storage.write(`${kind}/${key}`, new TextEncoder().encode(address));
    return address;
  }

  async #read(kind: Kind, key: string, what: string, uri?: string): Promise<Uint8Array> {
    const pointer = await this.#storage.read(`${kind}/${key.toLowerCase()}`);
    const address = pointer === undefined ? uri : textOf(pointer);
    if (address === undefined || !BLOB.test(address)) {
      throw new ClientError("mismatch", `${what} isn't published at ${this.place} (${kind}/${key}): put it there`);
    }
    return this.#blob(address, what);
  }

  async #blob(address: string, what: string): Promise<Uint8Array> {
    const digest = BLOB.exec(address)?.[1];
    if (digest === undefined) {
      throw new ClientError("mismatch", `the pointer to ${what} at ${this.place} was altered: publish it again`);
    }
    const bytes = await this.#storage.read(`sha256/${digest}`);
    if (bytes === undefined) {
      throw new ClientError("mismatch", `${what} is missing at ${this.place} (sha256/${digest}): put it there`);
    }
    if (sha256(bytes) === `0x${digest}`) return bytes;
    throw new ClientError(
      "mismatch",
      `${what} at ${this.place} (sha256/${digest}) was altered: its SHA-256 is ${sha256(bytes)}; bring back a copy`,
    );
  }

  /** What a file says, or in words that it isn't what the chain names. */
  async #checked<T>(what: string, check: () => T): Promise<T> {
    try {
      return await Promise.resolve().then(check);
    } catch (error) {
      if (!(error instanceof ScorerError) && !(error instanceof ClientError)) throw error;
      throw new ClientError("mismatch", `${what} at ${this.place} isn't what the chain names: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** The same root may stand in statements of several intervals, whose pools differ. */
function keyOf({ stream, interval, sumTreeRoot }: Pick<Statement, "stream" | "interval" | "sumTreeRoot">): string {
  return `${stream}-${interval}-${sumTreeRoot.toLowerCase()}`;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
