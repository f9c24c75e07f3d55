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
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ClientError("network", `${doing} at ${place} failed (${said}): check the place and its keys`, { cause });
}
