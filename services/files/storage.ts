import { ClientError } from "../../client/index.ts";

/** Where published files lie: whatever keeps bytes under a path. */
export interface Storage {
  /** What it is and where, for errors; without secrets */
  readonly place: string;
  /**
   * Reads all of a file.
   *
   * @returns undefined when there is none
   * @throws ClientError `network` when the place can't be reached
   */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a file; who reads meanwhile sees the old one or the new one, no part of either.
   *
   * @throws ClientError `network` when the place can't be reached or refuses
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/** A failure of a storage, in words. */
export function unreachable(doing: string, place: string, cause: unknown): ClientError {
  const said = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new ClientError("network", `${doing} at ${place} failed (${said}): check the place and its keys`, { cause });
}

/** `fetch` says that it failed, and its cause why. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** Milliseconds in which a place must have done what it is asked. */
export const PATIENCE = 120_000;

/**
 * Does something with a place that may never answer.
 *
 * @param act - told when it isn't waited for any more
 * @throws Error when it takes longer than some milliseconds
 */
export async function withinTime<T>(milliseconds: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds / 1000} seconds`));
      abort.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([act(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
