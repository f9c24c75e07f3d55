import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { signRecoverable } from "tiny-secp256k1";
import { fromHex, type Hex, toHex } from "../../scorer/index.ts";
import { JOB_BYTES, recoverAll, RESULT_BYTES } from "./signatureWork.ts";

type Done = (result: Uint8Array) => void;

interface Job {
  readonly bytes: Uint8Array;
  readonly done: Done;
  readonly failed: (error: Error) => void;
}

/** Signatures that go to a thread at once: waking it costs as much as one, but what comes back late comes back in heaps. */
const BATCH = 6;
/** Batches that a thread has at once: while one comes back it does the next. */
const AHEAD = 2;

interface Hand {
  readonly worker: Worker;
  /** What it was given, oldest first */
  readonly doing: (readonly Job[])[];
  /** What it will be given */
  readonly waiting: Job[];
}

/** Half of the group's order: a signature with a larger s is another form of one with a smaller, and chains refuse it. */
const HALF_ORDER = fromHex("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "half the order");

/**
 * Makes secp256k1 signatures, and recovers those of others in worker threads: that takes 0.2 ms, about as much as all
 * else that a call needs.
 */
export class Signatures {
  readonly #key: Uint8Array;
  readonly #hands: readonly Hand[];
  #failure: Error | undefined;

  /**
   * @param key - what `sign` signs with, 32 bytes
   * @param workers - number of threads; 0 does everything in this one. By default one for each core but one, at most 4
   */
  constructor(key: Uint8Array, workers = Math.min(4, Math.max(1, availableParallelism() - 1))) {
    this.#key = key;
    this.#hands = Array.from({ length: workers }, () => this.#hire());
  }

  /**
   * The address that signed a digest.
   *
   * @param signature - r, s and v as 65 bytes
   * @param lane - what is asked for with the same number is answered in the order of asking
   * @returns undefined for anything but a signature in the one form that the chain accepts
   */
  async recover(digest: Uint8Array, signature: Uint8Array, lane: number): Promise<Hex | undefined> {
    const v = signature[64];
    if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined;
    if (Buffer.compare(signature.subarray(32, 64), HALF_ORDER) > 0) return undefined;
    const bytes = new Uint8Array(JOB_BYTES);
    bytes.set(digest);
    bytes.set(signature.subarray(0, 64), 32);
    bytes[96] = v - 27;
    const result = await this.#ask(bytes, lane);
    return result[0] === 1 ? toHex(result.subarray(1, 21)) : undefined;
  }

  /** r, s and v of this key's signature (RFC 6979: always the same for the same digest). */
  sign(digest: Uint8Array): Hex {
    const { signature, recoveryId } = signRecoverable(digest, this.#key);
    return toHex(Buffer.concat([signature, Buffer.from([27 + recoveryId])]));
  }

  /** Ends the threads; what was asked for and isn't answered never is. */
  async close(): Promise<void> {
    await Promise.all(this.#hands.map(({ worker }) => worker.terminate()));
  }

  #hire(): Hand {
    const worker = new Worker(new URL("./signatureWorker.ts", import.meta.url));
    const hand: Hand = { worker, doing: [], waiting: [] };
    worker.on("message", (results: Uint8Array) => {
      const finished = hand.doing.shift() ?? [];
      send(hand);
      finished.forEach(({ done }, i) => done(results.subarray(i * RESULT_BYTES, (i + 1) * RESULT_BYTES)));
    });
    worker.on("error", (error: Error) => {
      this.#failure = error;
      for (const { failed } of [...hand.doing.splice(0).flat(), ...hand.waiting.splice(0)]) failed(error);
    });
    worker.unref();
    return hand;
  }

  #ask(bytes: Uint8Array, lane: number): Promise<Uint8Array> {
    const hand = this.#hands[lane % this.#hands.length];
    if (hand === undefined) return Promise.resolve(recoverAll(bytes));
    return new Promise((done, failed) => {
      if (this.#failure !== undefined) return failed(this.#failure);
      hand.waiting.push({ bytes, done, failed });
      // What else is asked for in this turn of the event loop goes along.
      if (hand.doing.length < AHEAD && hand.waiting.length === 1) setImmediate(() => send(hand));
    });
  }
}

function send(hand: Hand): void {
  while (hand.doing.length < AHEAD && hand.waiting.length > 0) {
    const jobs = hand.waiting.splice(0, BATCH);
    hand.doing.push(jobs);
    const message = new Uint8Array(jobs.length * JOB_BYTES);
    jobs.forEach(({ bytes }, i) => message.set(bytes, i * JOB_BYTES));
    hand.worker.postMessage(message, [message.buffer]);
  }
}
