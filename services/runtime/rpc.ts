import { FetchRequest, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult, Network } from "ethers";
import { ChainProvider, ClientError, explainError, isOverload } from "../../client/index.ts";

/** How a service goes about a node that fails. */
export interface RpcOptions {
  /** Milliseconds in which a request must be answered */
  readonly timeout?: number;
  /** Tries of a request in all, at least 1 */
  readonly tries?: number;
  /** Told of every try that failed */
  readonly onFailure?: (reason: string) => void;
}

const TIMEOUT = 15_000;
const TRIES = 6;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 8_000;

/**
 * Milliseconds to wait before another try: exponential back-off with full jitter, so that those who failed together
 * don't come back together (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 *
 * @param failures - failures in a row, at least 1
 */
export function backOff(failures: number, first = FIRST_PAUSE, longest = LONGEST_PAUSE): number {
  return Math.random() * Math.min(longest, first * 2 ** Math.min(failures, 30));
}

/** Resolves after some milliseconds, or at once when the signal says so. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}

/**
 * A provider that asks again when a node can't be reached, answers with an HTTP error, or says that it was asked too
 * much. Asking again is harmless: a signed transaction that comes twice is the same transaction.
 */
class PatientProvider extends ChainProvider {
  readonly #tries: number;
  readonly #onFailure: (reason: string) => void;

  constructor(request: FetchRequest, network: Network, { tries = TRIES, onFailure }: RpcOptions) {
    super(request, network, { batchMaxCount: 20 });
    this.#tries = tries;
    this.#onFailure = onFailure ?? (() => undefined);
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    for (let failures = 1; ; failures++) {
      try {
        const answers = await super._send(payload);
        const limited = answers.find(isLimited);
        if (limited === undefined || failures >= this.#tries) return answers;
        this.#onFailure("rate limit");
      } catch (error) {
        this.#onFailure(error instanceof Error && "code" in error ? String(error.code) : "unknown");
        if (failures >= this.#tries || this.destroyed) throw error;
      }
      await pause(backOff(failures));
    }
  }
}

/**
 * Connects a service to a node.
 *
 * @param chainId - the chain of the address book: `connectSuite` compares it with what the node says
 */
export function patientProvider(url: string, chainId: number, options: RpcOptions = {}): ChainProvider {
  const request = new FetchRequest(url);
  request.timeout = options.timeout ?? TIMEOUT;
  // All waiting is done in one place, with jitter.
  request.setThrottleParams({ maxAttempts: 1 });
  return new PatientProvider(request, Network.from(chainId), options);
}

/** ethers types what it gets as results alone; errors are among them. */
function isLimited(answer: JsonRpcResult | JsonRpcError): boolean {
  if (!("error" in answer)) return false;
  const { code, message } = answer.error;
  return isOverload({ code, message: String(message) });
}

/**
 * Does something that needs a node, again and again with growing pauses as long as it is the node that fails.
 *
 * @param doing - what it is, for people
 * @param waiting - told of every failure
 * @throws whatever else goes wrong
 */
export async function untilReached<T>(
  doing: string,
  act: () => Promise<T>,
  waiting: (reason: string) => void,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await act();
    } catch (error) {
      const explained = explainError(error, doing);
      if (!(explained instanceof ClientError) || explained.code !== "network") throw explained;
      waiting(explained.message);
      await pause(backOff(failures));
    }
  }
}

/** What an error says in one line, in the client's words. */
export function reasonOf(error: unknown, doing: string): string {
  const explained = explainError(error, doing);
  return explained instanceof Error ? explained.message : String(explained);
}
