import { create, type KuboRPCClient } from "kubo-rpc-client";
import { PATIENCE, type Storage, unreachable, withinTime } from "./storage.ts";

/** Where an IPFS node's HTTP interface is (Kubo's `/api/v0`). */
export interface IpfsOptions {
  readonly url: string;
  /** Folder of the node's mutable file system, from its root, without slashes at its ends */
  readonly folder: string;
  /** Milliseconds in which it must have done what it is asked */
  readonly patience?: number;
}

/**
 * Published files in the mutable file system of an IPFS node: each has its CID there, and whoever pins the folder keeps
 * all of them.
 */
export class IpfsFolder implements Storage {
  readonly place: string;
  readonly #client: KuboRPCClient;
  readonly #folder: string;
  readonly #patience: number;

  constructor({ url, folder, patience = PATIENCE }: IpfsOptions) {
    this.place = `${new URL(url).origin}, folder /${folder}`;
    this.#client = create({ url });
    this.#folder = folder;
    this.#patience = patience;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await withinTime(this.#patience, async (signal) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of this.#client.files.read(this.#at(path), { signal })) pieces.push(piece);
        return Buffer.concat(pieces);
      });
    } catch (error) {
      if (error instanceof Error && /file does not exist/.test(error.message)) return undefined;
      throw unreachable(`reading ${path}`, this.place, error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      const options = { create: true, parents: true, truncate: true, cidVersion: 1, rawLeaves: true } as const;
      await withinTime(this.#patience, (signal) =>
        this.#client.files.write(this.#at(path), bytes, { ...options, signal }),
      );
    } catch (error) {
      throw unreachable(`writing ${path}`, this.place, error);
    }
  }

  #at(path: string): string {
    return `/${this.#folder}/${path}`;
  }
}
