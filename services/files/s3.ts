import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PATIENCE, type Storage, unreachable, withinTime } from "./storage.ts";

/** Where an S3-compatible store is. Keys come from where its client looks for them: environment, profile, role. */
export interface S3Options {
  readonly bucket: string;
  /** Put before every path, without slashes at its ends; may be empty */
  readonly prefix: string;
  /** Of a store that isn't Amazon's */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Milliseconds in which it must have done what it is asked */
  readonly patience?: number;
}

/** Published files in a bucket. */
export class S3Bucket implements Storage {
  readonly place: string;
  readonly #client: S3Client;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    const { bucket, prefix, endpoint, region } = options;
    this.#options = options;
    this.place = `s3://${bucket}/${prefix}`;
    this.#client = new S3Client({
      ...(region === undefined ? {} : { region }),
      // Stores beside Amazon's seldom have a host name for each bucket.
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    });
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#within(async (abortSignal) => {
        const { Body } = await this.#client.send(new GetObjectCommand(this.#at(path)), { abortSignal });
        return Body?.transformToByteArray();
      });
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw unreachable(`reading ${path}`, this.place, error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      const command = new PutObjectCommand({ ...this.#at(path), Body: bytes });
      await this.#within((abortSignal) => this.#client.send(command, { abortSignal }));
    } catch (error) {
      throw unreachable(`writing ${path}`, this.place, error);
    }
  }

  #within<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withinTime(this.#options.patience ?? PATIENCE, act);
  }

  #at(path: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: prefix === "" ? path : `${prefix}/${path}` };
  }
}
