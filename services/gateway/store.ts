import { open, rename, writeFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { SignedReceipt } from "../../client/index.ts";
import type { Hex, QuantisedVector } from "../../scorer/index.ts";

/** An answer that was small enough to be kept. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64 */
  readonly body: string;
}

/** What is known of a call once its answer is. */
export interface Answered {
  /** The payment's id */
  readonly id: string;
  /** The payment method's name */
  readonly method: string;
  /** 20 bytes, in lower case */
  readonly payer: Hex;
  /** The price that the answer came to, in the currency's smallest unit */
  readonly price: bigint;
  /** SHA-256 of the payment as it came */
  readonly paymentDigest: Hex;
  readonly requestDigest: Hex;
  readonly responseDigest: Hex;
  readonly queryDigest: Hex;
  /** ψ */
  readonly query: QuantisedVector;
  /** Seconds */
  readonly time: number;
  readonly answer?: StoredAnswer;
}

/** A paid call. */
export interface PaidCall extends Answered {
  /** What was taken, in the currency's smallest unit */
  readonly amount: bigint;
  /** The model's fee counter after the payment, if it was on the chain when it was taken */
  readonly feesAfter: bigint | undefined;
  /** What the method needs to get the money */
  readonly proof: unknown;
  /** The operator's signature as the caller got it */
  readonly signed: Pick<SignedReceipt, "index" | "proof" | "signature">;
}

/** A payment of which it isn't known whether it was taken: the gateway ended in between. */
export interface BegunCall extends Answered {
  /** What the method's `recover` takes */
  readonly authorized: unknown;
}

/** That calls were credited on the chain. */
export interface Credited {
  readonly ids: readonly string[];
  /** The model's fee counter after it */
  readonly feesAfter: bigint;
  /** In which block it was */
  readonly block: number;
}

/** An entry of the log, in the order of writing. */
export type Entry =
  | { readonly kind: "begun"; readonly call: BegunCall }
  | { readonly kind: "abandoned"; readonly id: string }
  | { readonly kind: "paid"; readonly call: PaidCall }
  | { readonly kind: "credited"; readonly credited: Credited };

/**
 * - `locked`: another process, or this one, has the store open;
 * - `corrupt`: a batch that was written completely can't be read: bring back a copy of the file;
 * - `duplicate`: the payment is recorded already;
 * - `closed`: the store was closed, or a write failed: nothing more can be promised.
 */
export type StoreErrorCode = "locked" | "corrupt" | "duplicate" | "closed";

/** Thrown by the store; the message says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const MAGIC = 0x54524743;
/** Magic, length, checksum of the content, number of the batch */
const BATCH_HEADER = 16;
/** Length of an entry's JSON, length of its lanes */
const ENTRY_HEADER = 8;
/** A batch holds what waited while the one before it was written; more than this waits for the next one. */
const MAX_BATCH = 16 * 2 ** 20;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly place: { offset: number; length: number };
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/**
 * The gateway's log of paid calls: one file, which only grows. Entries that wait are written together as a batch with
 * length and checksum, followed by one fdatasync. A batch is begun when the one before it is on the disk, so only the
 * last one can be torn; what remains of it is put aside when the file is opened. See docs/formats.md.
 */
export class CallStore {
  readonly #file: FileHandle;
  readonly #lock: DatabaseSync;
  /** Where each paid call stands, by its id */
  readonly #paid = new Map<string, Place>();
  readonly #begun = new Map<string, BegunCall>();
  readonly #credited = new Map<string, bigint>();
  #end = 0;
  #batches = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #last: Promise<void> | undefined;
  #failure: unknown;
  #closed = false;

  private constructor(file: FileHandle, lock: DatabaseSync) {
    this.#file = file;
    this.#lock = lock;
  }

  /**
   * Opens a store, or creates it. A file `<path>.lock` beside it holds a lock that ends with the process, whatever ends
   * it.
   *
   * @throws StoreError `locked`, `corrupt`
   */
  static async open(path: string): Promise<CallStore> {
    const lock = lockFile(`${path}.lock`);
    try {
      const file = await open(path, "a+").then(async (created) => {
        await created.close();
        return open(path, "r+");
      });
      try {
        const folder = await open(dirname(path), "r");
        await folder.sync().finally(() => folder.close());
        const store = new CallStore(file, lock);
        await store.#load(path);
        return store;
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Number of paid calls. */
  get size(): number {
    return this.#paid.size;
  }

  /** Whether the payment is recorded as paid, or as begun. */
  has(id: string): boolean {
    return this.#paid.has(id) || this.#begun.has(id);
  }

  /** Payments of which it isn't known whether they were taken. */
  begun(): readonly BegunCall[] {
    return [...this.#begun.values()];
  }

  /** A paid call; its `feesAfter` is known once it is credited. */
  async paid(id: string): Promise<PaidCall | undefined> {
    const place = this.#paid.get(id);
    // What is still being written isn't known to anybody yet.
    if (place === undefined || place.offset < 0) return undefined;
    const bytes = Buffer.alloc(place.length);
    await readFully(this.#file, bytes, place.offset);
    const entry = decodeEntry(bytes);
    if (entry.kind !== "paid") throw new StoreError("corrupt", `the entry at ${place.offset} is no paid call`);
    return { ...entry.call, feesAfter: entry.call.feesAfter ?? this.#credited.get(id) };
  }

  /** When a call was credited, as the model's fee counter; undefined if it wasn't yet. */
  creditedAt(id: string): bigint | undefined {
    return this.#credited.get(id);
  }

  /** All paid calls in the order of writing, as `paid` gives them. */
  async *calls(): AsyncGenerator<PaidCall> {
    for await (const entry of this.replay()) {
      if (entry.kind !== "paid") continue;
      yield { ...entry.call, feesAfter: entry.call.feesAfter ?? this.#credited.get(entry.call.id) };
    }
  }

  /** All entries that are on the disk when this is called. */
  async *replay(): AsyncGenerator<Entry> {
    const end = this.#end;
    for (let at = 0; at < end;) {
      const batch = await readBatch(this.#file, at, end);
      if (batch === undefined) throw new StoreError("corrupt", `the batch at byte ${at} can't be read`);
      for (const { bytes } of entriesOf(batch.content)) yield decodeEntry(bytes);
      at = batch.end;
    }
  }

  /**
   * Appends an entry and waits until it is on the disk.
   *
   * @throws StoreError `duplicate` for a payment that is recorded already, `closed`
   */
  async append(entry: Entry): Promise<void> {
    if (this.#closed || this.#failure !== undefined) {
      throw new StoreError("closed", "the store takes no more entries", { cause: this.#failure });
    }
    const bytes = encodeEntry(entry);
    const place = { offset: -1, length: bytes.length };
    this.#note(entry, place);
    this.#last = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ bytes, place, resolve, reject });
      this.#writing ??= this.#write();
    });
    return this.#last;
  }

  /**
   * Waits until all that was appended is on the disk.
   *
   * @throws StoreError `closed` when it never will be
   */
  async flush(): Promise<void> {
    await this.#last;
  }

  /** Waits for what is being written and gives the lock back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await this.#file.close();
    this.#lock.close();
  }

  /** Notes an entry in memory, at once: the same payment can't be appended twice while the first one is written. */
  #note(entry: Entry, place: Place): void {
    switch (entry.kind) {
      case "begun":
        this.#refuseDuplicate(this.has(entry.call.id), entry.call.id);
        this.#begun.set(entry.call.id, entry.call);
        break;
      case "abandoned":
        this.#begun.delete(entry.id);
        break;
      case "paid":
        this.#refuseDuplicate(this.#paid.has(entry.call.id), entry.call.id);
        this.#paid.set(entry.call.id, place);
        this.#begun.delete(entry.call.id);
        break;
      case "credited":
        for (const id of entry.credited.ids) this.#credited.set(id, entry.credited.feesAfter);
        break;
    }
  }

  #refuseDuplicate(recorded: boolean, id: string): void {
    if (recorded) throw new StoreError("duplicate", `payment ${id} is recorded already`);
  }

  async #write(): Promise<void> {
    // What is appended in this turn of the event loop goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await writeFully(this.#file, this.#frame(batch), this.#end);
        await this.#file.datasync();
      } catch (error) {
        this.#failure = error;
        const failed = new StoreError("closed", "the log can't be written: look at the disk", { cause: error });
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(failed);
        break;
      }
      let at = this.#end + BATCH_HEADER;
      for (const { bytes, place, resolve } of batch) {
        place.offset = at;
        at += bytes.length;
        resolve();
      }
      this.#end = at;
      this.#batches++;
    }
    this.#writing = undefined;
  }

  #nextBatch(): Waiting[] {
    let size = 0;
    const beyond = this.#waiting.findIndex(({ bytes }, i) => (size += bytes.length) > MAX_BATCH && i > 0);
    return this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : beyond);
  }

  #frame(batch: readonly Waiting[]): Uint8Array {
    const length = batch.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const framed = Buffer.allocUnsafe(BATCH_HEADER + length);
    let at = BATCH_HEADER;
    for (const { bytes } of batch) {
      framed.set(bytes, at);
      at += bytes.length;
    }
    framed.writeUInt32BE(MAGIC, 0);
    framed.writeUInt32BE(length, 4);
    framed.writeUInt32BE(this.#batches >>> 0, 12);
    framed.writeUInt32BE(crc32(framed.subarray(12)), 8);
    return framed;
  }

  async #load(path: string): Promise<void> {
    const { size } = await this.#file.stat();
    for (;;) {
      const batch = await readBatch(this.#file, this.#end, size);
      if (batch === undefined || batch.number !== this.#batches >>> 0) break;
      for (const { offset, bytes } of entriesOf(batch.content)) {
        const place = { offset: this.#end + BATCH_HEADER + offset, length: bytes.length };
        this.#note(decodeEntry(bytes), place);
      }
      this.#end = batch.end;
      this.#batches++;
    }
    if (this.#end === size) return;
    const tail = Buffer.alloc(size - this.#end);
    await readFully(this.#file, tail, this.#end);
    // Nothing is written after a batch that isn't on the disk, so what follows a whole batch was whole once itself.
    if (await holdsBatch(this.#file, this.#end, size)) {
      throw new StoreError(
        "corrupt",
        `the batch at byte ${this.#end} of ${path} can't be read, and there are others after it: bring back a copy`,
      );
    }
    // Nobody got an answer for what is in it, unless the disk lied; it is kept for that case.
    const aside = `${path}.torn-${this.#end}`;
    await writeFile(`${aside}.part`, tail, { flush: true });
    await rename(`${aside}.part`, aside);
    await this.#file.truncate(this.#end);
    await this.#file.sync();
  }
}

/** SQLite locks its file with the means of each system, and the system gives the lock back when the process ends. */
function lockFile(path: string): DatabaseSync {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new StoreError("locked", `another gateway has ${path}: give each its own store`, { cause });
  }
  return lock;
}

interface Batch {
  readonly number: number;
  readonly content: Buffer;
  readonly end: number;
}

/** The batch that begins at a byte; undefined unless it is whole. */
async function readBatch(file: FileHandle, at: number, size: number): Promise<Batch | undefined> {
  if (at + BATCH_HEADER > size) return undefined;
  const header = Buffer.alloc(BATCH_HEADER);
  await readFully(file, header, at);
  const length = header.readUInt32BE(4);
  const end = at + BATCH_HEADER + length;
  if (header.readUInt32BE(0) !== MAGIC || end > size) return undefined;
  const content = Buffer.alloc(length);
  await readFully(file, content, at + BATCH_HEADER);
  if (crc32(content, crc32(header.subarray(12))) !== header.readUInt32BE(8)) return undefined;
  return { number: header.readUInt32BE(12), content, end };
}

/** Whether a whole batch begins at a byte or anywhere after it. */
async function holdsBatch(file: FileHandle, from: number, size: number): Promise<boolean> {
  const tail = Buffer.alloc(size - from);
  await readFully(file, tail, from);
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  for (let at = tail.indexOf(magic); at >= 0; at = tail.indexOf(magic, at + 1)) {
    if ((await readBatch(file, from + at, size)) !== undefined) return true;
  }
  return false;
}

function* entriesOf(content: Buffer): Generator<{ offset: number; bytes: Buffer }> {
  for (let at = 0; at < content.length;) {
    const end = at + ENTRY_HEADER + content.readUInt32BE(at) + content.readUInt32BE(at + 4);
    yield { offset: at, bytes: content.subarray(at, end) };
    at = end;
  }
}

/** An entry is JSON, with integers as `{"$": "123"}`, then the lanes of its query, int16, low byte first. */
function encodeEntry(entry: Entry): Buffer {
  const lanes = "call" in entry ? entry.call.query.lanes : new Int16Array();
  const json = Buffer.from(JSON.stringify(entry, replacer), "utf8");
  const bytes = Buffer.allocUnsafe(ENTRY_HEADER + json.length + 2 * lanes.length);
  bytes.writeUInt32BE(json.length, 0);
  bytes.writeUInt32BE(2 * lanes.length, 4);
  bytes.set(json, ENTRY_HEADER);
  const view = new DataView(bytes.buffer, bytes.byteOffset + ENTRY_HEADER + json.length);
  for (let i = 0; i < lanes.length; i++) view.setInt16(2 * i, lanes[i]!, true);
  return bytes;
}

function decodeEntry(bytes: Buffer): Entry {
  const jsonEnd = ENTRY_HEADER + bytes.readUInt32BE(0);
  const entry = JSON.parse(bytes.toString("utf8", ENTRY_HEADER, jsonEnd), reviver) as Entry;
  if (!("call" in entry)) return entry;
  const lanes = Int16Array.from({ length: (bytes.length - jsonEnd) / 2 }, (_, i) => bytes.readInt16LE(jsonEnd + 2 * i));
  return {
    ...entry,
    call: { ...entry.call, query: { exponent: entry.call.query.exponent, lanes } },
  } as Entry;
}

function replacer(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return { $: String(value) };
  return value instanceof Int16Array ? undefined : value;
}

function reviver(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$" in value)) return value;
  return typeof value.$ === "string" && /^-?\d+$/.test(value.$) ? BigInt(value.$) : value;
}

async function readFully(file: FileHandle, target: Buffer, position: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new StoreError("corrupt", `the log ends before byte ${position + target.length}`);
    done += bytesRead;
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
