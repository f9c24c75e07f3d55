import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type Hex, sha256 } from "../../scorer/index.ts";

/** A published file: its digest, and where it is. */
export interface Published {
  readonly digest: Hex;
  readonly uri: string;
}

/** Where the roles of a demo publish. */
export interface Publishing {
  file(name: string, content: Uint8Array | string): Promise<Published>;
  /** Canonical JSON (RFC 8785), so that the digest depends on the content only. */
  json(name: string, content: unknown): Promise<Published>;
}

/** Writes what the roles of the demo publish into one folder; the chain holds digests and roots of it. */
export class Publisher implements Publishing {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** An empty folder: what an earlier run published there goes. */
  static async at(folder: string): Promise<Publisher> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new Publisher(folder);
  }

  async file(name: string, content: Uint8Array | string): Promise<Published> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await writeFile(join(this.folder, name), bytes);
    return { digest: sha256(bytes), uri: name };
  }

  async json(name: string, content: unknown): Promise<Published> {
    return this.file(name, canonicalJson(content));
  }
}
