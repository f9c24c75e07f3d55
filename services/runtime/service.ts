import type { AddressInfo } from "node:net";
import type { Wallet } from "ethers";
import { type AddressBook, ClientError, type Suite } from "../../client/index.ts";
import type { Call } from "../calls.ts";
import type { Logging } from "../gateway/server.ts";
import { connect, type Connection, openSending, unindexedIn } from "./connection.ts";
import type { FeePolicy } from "./fees.ts";
import type { AttemptState } from "./journal.ts";
import { backOff, pause, reasonOf, type RpcOptions } from "./rpc.ts";
import { type Health, Meters, type ServiceLog, telemetryServer } from "./telemetry.ts";
import type { Transactor } from "./transactor.ts";

/** What a role sees when it looks. */
export interface Sight {
  readonly suite: Suite;
  /** Number and time (seconds) of the latest block when the look began */
  readonly block: number;
  readonly now: number;
  /** Who sends */
  readonly account: string;
  readonly log: ServiceLog;
  /** Notes what can't be done now, and goes on with the rest. */
  readonly problem: (doing: string, error: unknown) => void;
}

/** What a service does: it looks at the chain and says what is due, one call at a time where one hangs on another. */
export interface Role {
  readonly name: string;
  /**
   * Says what is due now. Everything is asked of the chain and of published files, nothing is remembered that they don't
   * say: a role may be killed anywhere, and two of a kind may run side by side.
   */
  look(sight: Sight): AsyncIterable<Call>;
}

/** What runs a role. */
export interface ServiceOptions {
  readonly role: Role;
  readonly rpc: string;
  readonly book: AddressBook;
  readonly wallet: Wallet;
  /** Folder of its own, for the journal */
  readonly data: string;
  readonly host?: string;
  /** Of health and metrics; 0 for any */
  readonly port?: number;
  /** Milliseconds between two looks when no block came */
  readonly pollEvery?: number;
  readonly fees?: FeePolicy;
  readonly stuckAfter?: number;
  readonly confirmations?: number;
  readonly rpcOptions?: Omit<RpcOptions, "onFailure">;
  /** URL of an index of the chain, for past events */
  readonly api?: string | undefined;
  /** By default JSON lines on stdout */
  readonly logger?: Logging;
}

/** A service that runs. */
export interface Service {
  /** Of health and metrics */
  readonly url: string;
  /** Ends after the step that runs; what was sent and isn't mined is found again at the next start. */
  stop(): Promise<void>;
}

const POLL_EVERY = 2_000;
/** A service that has not looked for this many polls, and for a minute, is reported as failing. */
const LATE_POLLS = 10;
const LATE_AT_LEAST = 60_000;
/** Looks without a new block: files may have come, and gas may have become cheaper. */
const QUIET_POLLS = 15;

/**
 * Runs a role until it is stopped: looks, sends what is due, waits for the next block. Whatever fails is tried again
 * with growing pauses, from the first request to the node on.
 *
 * @throws ClientError `bad-input` when the journal is another's, `wrong-chain`, `no-deployment`
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { rpc, book, api, host = "127.0.0.1", port = 0, logger = true, rpcOptions } = options;
  const meters = new Meters();
  const loop = new Loop(options, meters);
  const server = telemetryServer(logger, meters, () => loop.health());
  const { log } = server;
  let connection: Connection | undefined;
  try {
    // Before the node answers: who waits for it is asked why.
    await server.listen({ host, port });
    const waiting = (reason: string): void => loop.waitFor(reason, log);
    connection = await connect({ rpc, book, api, meters, rpcOptions, waiting, unindexed: unindexedIn(log) });
    const { journal, transactor } = openSending(connection, { ...options, log, meters });
    const { suite, provider } = connection;
    const running = loop.run(suite, transactor, journal.counts(), log);
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await loop.stop(running);
      await server.close();
      journal.close();
      provider.destroy();
    };
    const { address, port: taken } = server.server.address() as AddressInfo;
    return { url: `http://${address}:${taken}`, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await server.close();
    connection?.provider.destroy();
    throw error;
  }
}

/** The loop of one service. */
class Loop {
  readonly #options: ServiceOptions;
  readonly #meters: Meters;
  readonly #abort = new AbortController();
  readonly #startedAt = Date.now();
  readonly #pollEvery: number;
  #block: number | undefined;
  #lookedAt: number | undefined;
  #failures = 0;
  #problems: readonly string[] = [];

  constructor(options: ServiceOptions, meters: Meters) {
    [this.#options, this.#meters] = [options, meters];
    this.#pollEvery = options.pollEvery ?? POLL_EVERY;
  }

  #stopping(): boolean {
    return this.#abort.signal.aborted;
  }

  health(): Health {
    const late = Math.max(LATE_AT_LEAST, LATE_POLLS * this.#pollEvery);
    return {
      role: this.#options.role.name,
      address: this.#options.wallet.address,
      block: this.#block ?? null,
      lookedAt: this.#lookedAt === undefined ? null : new Date(this.#lookedAt).toISOString(),
      failures: this.#failures,
      problems: this.#problems,
      ok: Date.now() - (this.#lookedAt ?? this.#startedAt) < late,
    };
  }

  async stop(running: Promise<void>): Promise<void> {
    this.#abort.abort();
    await running;
  }

  /** The node isn't reached yet. */
  waitFor(reason: string, log: ServiceLog): void {
    this.#failures++;
    this.#problems = [reason];
    log.warn({ reason, failures: this.#failures }, "waiting for the node");
  }

  async run(
    suite: Suite,
    transactor: Transactor,
    counts: Readonly<Record<AttemptState, number>>,
    log: ServiceLog,
  ): Promise<void> {
    const { role, wallet } = this.#options;
    const { signal } = this.#abort;
    const { provider } = suite;
    log.info({ role: role.name, address: wallet.address, journal: counts }, "started");
    let seen: string | undefined;
    let quiet = 0;
    while (!this.#stopping()) {
      const ended = this.#meters.lookSeconds.startTimer();
      try {
        const head = await provider.getBlock("latest");
        if (head?.hash == null) throw new ClientError("network", "the node has no last block");
        if (head.hash === seen && this.#problems.length === 0 && ++quiet < QUIET_POLLS) {
          this.#lookedAt = Date.now();
          await pause(this.#pollEvery, signal);
          continue;
        }
        quiet = 0;
        await transactor.resume();
        const again = await this.#lookOnce(suite, transactor, { block: head.number, now: head.timestamp }, log);
        seen = again ? undefined : head.hash;
        this.#block = head.number;
        this.#lookedAt = Date.now();
        this.#failures = 0;
        this.#meters.block.set(head.number);
        this.#meters.looks.labels("ok").inc();
      } catch (error) {
        if (this.#stopping()) break;
        seen = undefined;
        this.#failures++;
        this.#meters.looks.labels("failed").inc();
        log.error({ reason: reasonOf(error, "looking at the chain"), failures: this.#failures }, "a look failed");
        await pause(this.#pollEvery + backOff(this.#failures, this.#pollEvery, 60_000), signal);
        continue;
      } finally {
        ended();
      }
      await pause(this.#pollEvery, signal);
    }
    log.info({ role: role.name }, "stopped");
  }

  /** Whether something was sent or is on its way, so that another look is due at once. */
  async #lookOnce(
    suite: Suite,
    transactor: Transactor,
    when: Pick<Sight, "block" | "now">,
    log: ServiceLog,
  ): Promise<boolean> {
    const { role, wallet } = this.#options;
    const problems: string[] = [];
    const problem = (doing: string, error: unknown): void => {
      const reason = reasonOf(error, doing);
      const said = `${doing}: ${reason}`;
      if (!this.#problems.includes(said)) log.error({ doing, reason }, "this can't be done now");
      problems.push(said);
    };
    let again = false;
    for await (const call of role.look({ suite, ...when, account: wallet.address, log, problem })) {
      if (this.#stopping()) break;
      const { kind } = await transactor.send(call, this.#abort.signal);
      again ||= kind !== "refused";
    }
    this.#problems = problems;
    this.#meters.problems.set(problems.length);
    return again;
  }
}
