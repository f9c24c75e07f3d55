import { isAddress } from "ethers";
import { IndexError } from "./errors.ts";
import { needAddress, type Queries } from "./queries.ts";
import type { Cell } from "./tables.ts";

/** Something that a search has found, with all that names it; null where a name doesn't apply. */
export interface Hit {
  readonly kind:
    | "account"
    | "dataset"
    | "model"
    | "stream"
    | "interval"
    | "contribution"
    | "payment"
    | "index"
    | "statement"
    | "event";
  /** Which of its values was searched for. */
  readonly matched: string;
  readonly account: string | null;
  readonly dataset: number | null;
  readonly model: number | null;
  readonly stream: number | null;
  readonly interval: number | null;
  /** Place of a contribution; null until it is accepted. */
  readonly position: number | null;
  readonly statement: string | null;
  /** Place of a payment among all others of its model. */
  readonly feesAfter: string | null;
  readonly event: number | null;
  /** Of an event. */
  readonly name: string | null;
}

/** Hits of one kind that are shown. */
const MOST = 20;

const NOTHING = {
  account: null,
  dataset: null,
  model: null,
  stream: null,
  interval: null,
  position: null,
  statement: null,
  feesAfter: null,
  event: null,
  name: null,
} as const;

/** Where hashes are looked for: each question takes one hash, and is answered from an index of its table. */
const BY_HASH: readonly (readonly [Hit["kind"], matched: string, sql: string])[] = [
  ["statement", "hash", "SELECT hash AS statement, stream, interval, dataset FROM statements WHERE hash = ?"],
  ["statement", "root", "SELECT hash AS statement, stream, interval, dataset FROM statements WHERE root = ?"],
  [
    "statement",
    "payoutHash",
    "SELECT p.statementHash AS statement, p.stream, p.interval FROM payouts p WHERE p.hash = ?",
  ],
  ["dataset", "metadataDigest", "SELECT id AS dataset FROM datasets WHERE metadataDigest = ?"],
  ["model", "artifactDigest", "SELECT id AS model FROM models WHERE artifactDigest = ?"],
  ["model", "recipeDigest", "SELECT id AS model FROM models WHERE recipeDigest = ?"],
  ["model", "basisDigest", "SELECT id AS model FROM models WHERE basisDigest = ?"],
  ["model", "methodDigest", "SELECT id AS model FROM models WHERE methodDigest = ?"],
  [
    "contribution",
    "root",
    "SELECT dataset, contributor AS account, position, id AS event FROM contributions WHERE root = ?",
  ],
  ["index", "root", "SELECT stream FROM indexes WHERE root = ?"],
  ["interval", "reportHash", "SELECT model, interval FROM intervals WHERE reportHash = ?"],
  ["interval", "receiptsRoot", "SELECT model, interval FROM intervals WHERE receiptsRoot = ?"],
  [
    "payment",
    "requestDigest",
    "SELECT model, payer AS account, feesAfter, id AS event FROM payments WHERE requestDigest = ?",
  ],
];

/** Finds what a number, an address, a hash or an interval's name stands for. */
export class SearchQueries {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /**
   * All that a text may name.
   *
   * @param given - an address; a hash, root or digest of 32 bytes; a transaction; a whole number; `2/0`, interval 0 of
   * model 2
   * @throws IndexError `bad-request` if it is none of them
   */
  search(given: string): readonly Hit[] {
    const text = given.trim();
    if (/^0x[0-9a-f]{64}$/i.test(text)) return this.#byHash(text.toLowerCase());
    const address: string | undefined = isAddress(text) ? needAddress(text) : undefined;
    if (address !== undefined) return [{ kind: "account", matched: "address", ...NOTHING, account: address }];
    const interval = /^(?:interval\s+)?(\d{1,15})\/(\d{1,15})$/i.exec(text);
    if (interval !== null) return this.#byInterval(Number(interval[1]), Number(interval[2]));
    const number = /^#?(\d{1,15})$/.exec(text);
    if (number !== null) return this.#byNumber(Number(number[1]));
    throw new IndexError(
      "bad-request",
      `"${text}" can't be searched for: give an address, a hash or digest of 32 bytes, a transaction, a number, or MODEL/INTERVAL`,
    );
  }

  #byHash(hash: string): Hit[] {
    const found = BY_HASH.flatMap(([kind, matched, sql]) => this.#hits(kind, matched, `${sql} LIMIT ${MOST}`, hash));
    return [...found, ...this.#byTransaction(hash)];
  }

  #byTransaction(hash: string): Hit[] {
    const events = this.#queries.store.all<{ id: number; name: string; args: string }>(
      `SELECT id, name, args FROM events WHERE transactionHash = ? ORDER BY id LIMIT ${MOST}`,
      hash,
    );
    return events.map(({ id, name, args }) => {
      const { dataset, model, stream, interval, statementHash } = JSON.parse(args) as Record<string, unknown>;
      const whole = (value: unknown): number | null =>
        typeof value === "string" || typeof value === "number" ? Number(value) : null;
      return {
        kind: "event",
        matched: "transactionHash",
        ...NOTHING,
        dataset: whole(dataset),
        model: whole(model),
        stream: whole(stream),
        interval: whole(interval),
        statement: typeof statementHash === "string" ? statementHash : null,
        event: id,
        name,
      };
    });
  }

  #byInterval(model: number, interval: number): Hit[] {
    const intervals = this.#hits(
      "interval",
      "interval",
      "SELECT model, interval FROM intervals WHERE model = ? AND interval = ?",
      model,
      interval,
    );
    const statements = this.#queries.store
      .all<{ id: number }>("SELECT id FROM streams WHERE model = ? ORDER BY slot", model)
      .flatMap(({ id }) =>
        this.#hits(
          "statement",
          "interval",
          `SELECT hash AS statement, stream, interval, dataset FROM statements WHERE stream = ? AND interval = ? ORDER BY id DESC LIMIT ${MOST}`,
          id,
          interval,
        ),
      );
    return [...intervals, ...statements];
  }

  #byNumber(id: number): Hit[] {
    return [
      ...this.#hits("dataset", "id", "SELECT id AS dataset FROM datasets WHERE id = ?", id),
      ...this.#hits("model", "id", "SELECT id AS model FROM models WHERE id = ?", id),
      ...this.#hits("stream", "id", "SELECT id AS stream, model, dataset FROM streams WHERE id = ?", id),
    ];
  }

  #hits(kind: Hit["kind"], matched: string, sql: string, ...values: readonly Cell[]): Hit[] {
    return this.#queries.store.all<Partial<Hit>>(sql, ...values).map((row) => ({ kind, matched, ...NOTHING, ...row }));
  }
}
