import { canonicalJson, sha256 } from "../../scorer/index.ts";
import type { PublishedFiles } from "../../services/index.ts";
import type { Published, Publishing } from "../demo/publisher.ts";

/** Publishes as services do: under the SHA-256 of the content, which is the address that goes to the chain. */
export class ContentPublisher implements Publishing {
  readonly #files: PublishedFiles;

  constructor(files: PublishedFiles) {
    this.#files = files;
  }

  async file(_name: string, content: Uint8Array | string): Promise<Published> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return { digest: sha256(bytes), uri: await this.#files.publishContent(bytes) };
  }

  json(name: string, content: unknown): Promise<Published> {
    return this.file(name, canonicalJson(content));
  }
}
