import { create, type KuboRPCClient } from "kubo-rpc-client";
import { type Storage, unreachable } from "./storage.ts";

/** Where an IPFS node's HTTP interface is (Kubo's `/api/v0`). */
export interface IpfsOptions {
  readonly url: string;
  /** Folder of the node's mutable file system, from its root, without slashes at its ends */
  readonly folder: string;
}

/**
 * Published files in the mutable file system of an IPFS node: each has its CID there, and whoever pins the folder keeps
 * all of them.
 */
export class IpfsFolder implements Storage {
  readonly place: string;
  readonly #client: KuboRPCClient;
  readonly #folder: string;

  constructor({ url, folder }: IpfsOptions) {
    this.place = `${new URL(url).origin}, folder /${folder}`;
    this.#client = create({ url });
    this.#folder = folder;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of this.#client.files.read(this.#at(path))) pieces.push(piece);
      return Buffer.concat(pieces);
    } catch (error) {
      if (error instanceof Error && /file does not exist/.test(error.message)) return undefined;
      throw unreachable(`reading ${path}`, this.place, error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#client.files.write(this.#at(path), bytes, {
        create: true,
        parents: true,
        truncate: true,
        cidVersion: 1,
        rawLeaves: true,
      });
    } catch (error) {
      throw unreachable(`writing ${path}`, this.place, error);
    }
  }

  #at(path: string): string {
    return `/${this.#folder}/${path}`;
  }
}
