import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { create } from "kubo-rpc-client";
import { ClientError } from "../../client/index.ts";
import { buildIndex, encodeIndex, indexTree, matrix, sha256 } from "../../scorer/index.ts";
import { IpfsFolder } from "../../services/files/ipfs.ts";
import { S3Bucket } from "../../services/files/s3.ts";
import { openFiles, type PublishedFiles, type Storage } from "../../services/index.ts";
import { kuboWire, listen } from "./support/kubo.ts";

/** Milliseconds; a place that hangs is given up. */
const PATIENCE = 400;
const BUCKET = "published";
/** What the server below takes. */
const KEYS = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" } as const;
const REGION = "eu-west-1";

/** A place with a way around the program under test. */
interface Place {
  /** As `openFiles` takes it */
  readonly name: string;
  put(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

/** What the S3 server of the package offers, which has no types of its own. */
type S3Server = new (options: object) => { run(): Promise<AddressInfo>; close(): Promise<void> };

/** An S3-compatible server that checks signatures; undefined where its package isn't installed. */
function s3Server(): S3Server | undefined {
  try {
    return createRequire(import.meta.url)("@20minutes/s3rver") as S3Server;
  } catch {
    return undefined;
  }
}

async function s3Place(): Promise<Place | undefined> {
  const Server = s3Server();
  if (Server === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "tributary-s3-"));
  const configureBuckets = [{ name: BUCKET }];
  const server = new Server({ port: 0, address: "127.0.0.1", silent: true, directory, configureBuckets });
  const endpoint = `http://127.0.0.1:${(await server.run()).port}`;
  const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true });
  const at = (path: string): { Bucket: string; Key: string } => ({ Bucket: BUCKET, Key: `some/prefix/${path}` });
  return {
    name: `s3://${BUCKET}/some/prefix?endpoint=${encodeURIComponent(endpoint)}&region=${REGION}`,
    put: async (path, Body) => {
      await client.send(new PutObjectCommand({ ...at(path), Body }));
    },
    remove: async (path) => {
      await client.send(new DeleteObjectCommand(at(path)));
    },
    close: async () => {
      client.destroy();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function ipfsPlace(): Promise<Place> {
  const node = process.env.TRIBUTARY_TEST_IPFS;
  const wire = node === undefined ? await kuboWire() : undefined;
  const url = wire?.url ?? node ?? "";
  const client = create({ url });
  const folder = `tributary-test-${process.pid}`;
  return {
    name: `ipfs+${url}/${folder}`,
    put: (path, bytes) => client.files.write(`/${folder}/${path}`, bytes, { create: true, truncate: true }),
    remove: (path) => client.files.rm(`/${folder}/${path}`),
    close: async () => wire?.close(),
  };
}

async function refusal(act: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClientError) return error;
  throw new Error(`expected a ClientError, got ${String(error)}`);
}

/** A server that takes connections and says nothing. */
async function silence(): Promise<{ url: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Gives the S3 client its keys, as its users do, while the tests of a suite run. */
function withKeys(): void {
  const names = Object.keys(KEYS) as (keyof typeof KEYS)[];
  const found = names.map((name) => process.env[name]);
  before(() => void Object.assign(process.env, KEYS));
  after(() => {
    for (const [i, name] of names.entries()) {
      const value = found[i];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
}

const STORES = {
  S3: {
    open: s3Place,
    at: (url: string): Storage =>
      new S3Bucket({ bucket: BUCKET, prefix: "", endpoint: url, region: REGION, patience: PATIENCE }),
  },
  IPFS: {
    open: ipfsPlace,
    at: (url: string): Storage => new IpfsFolder({ url, folder: "tributary", patience: PATIENCE }),
  },
} as const;

for (const [store, { open, at }] of Object.entries(STORES)) {
  describe(`published files in ${store}`, function () {
    this.timeout(30_000);
    withKeys();
    // Of some hundred kilobytes: bodies come in pieces.
    const [rows, lanes] = [600, 256];
    const values = Float64Array.from({ length: rows * lanes }, (_, i) => ((i * 37) % 1_009) - 400);
    const index = buildIndex(
      matrix(rows, lanes, values),
      Array.from({ length: rows }, (_, i) => i + 1),
    );
    const { root } = indexTree(index);
    const bytes = encodeIndex(index);
    const digest = sha256(bytes).slice(2);
    let place: Place | undefined;
    let files: PublishedFiles;

    before(async function () {
      const opened = await open();
      if (opened === undefined) {
        console.warn("the package @20minutes/s3rver isn't installed: files in S3 are not tested");
        return this.skip();
      }
      place = opened;
      files = await openFiles(place.name);
    });
    after(() => place?.close());

    it("are read as they were written, by whoever knows the place", async () => {
      expect(await files.publishIndex(bytes, root)).to.equal(`sha256:${digest}`);
      const { index: found, tree } = await (await openFiles(place?.name ?? "")).index(root, 9);
      expect(found.lanes).to.deep.equal(index.lanes);
      expect(found.exponentBound).to.equal(9);
      expect(tree.root).to.equal(root);
    });

    it("may be published twice and at once", async () => {
      await Promise.all([files.publishIndex(bytes, root), files.publishIndex(bytes, root)]);
      expect((await files.index(root, 1)).tree.root).to.equal(root);
    });

    it("are named when they are missing", async () => {
      const other = `0x${"5a".repeat(32)}` as const;
      const unknown = await refusal(files.index(other, 1));
      expect(unknown.code).to.equal("mismatch");
      expect(unknown.message).to.include(other).and.to.include("isn't published at").and.to.include(files.place);
      expect(await files.report(77n, 1)).to.equal(undefined);
      await files.publishIndex(bytes, root);
      await place?.remove(`sha256/${digest}`);
      const lost = await refusal(files.index(root, 1));
      expect(lost.code).to.equal("mismatch");
      expect(lost.message).to.include("is missing at").and.to.include(`sha256/${digest}`);
    });

    it("never give a wrong weight when they were altered, cut short or made longer", async () => {
      const altered = Uint8Array.from(bytes);
      altered[altered.length - 1]! ^= 1;
      for (const wrong of [altered, bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), new Uint8Array()]) {
        await files.publishIndex(bytes, root);
        await place?.put(`sha256/${digest}`, wrong);
        const error = await refusal(files.index(root, 1));
        expect(error.code).to.equal("mismatch");
        expect(error.message).to.include("was altered").and.to.include(sha256(wrong));
      }
      // A shorter file takes the place of a longer one whole.
      await place?.put(`index/${root}`, new TextEncoder().encode(`sha256:${digest} and more`));
      expect((await refusal(files.index(root, 1))).message).to.include("isn't published");
      await files.publishIndex(bytes, root);
      expect((await files.index(root, 1)).tree.root).to.equal(root);
    });

    it("are not reached where nobody answers, or not in time", async () => {
      const gone = await silence();
      await gone.close();
      const refused = at(gone.url);
      for (const error of await Promise.all([refusal(refused.read("a")), refusal(refused.write("a", bytes))])) {
        expect(error.code).to.equal("network");
        expect(error.message).to.match(/ECONNREFUSED.*check the place/);
      }
      const silent = await silence();
      const hanging = at(silent.url);
      const began = performance.now();
      for (const error of await Promise.all([refusal(hanging.read("a")), refusal(hanging.write("a", bytes))])) {
        expect(error.code).to.equal("network");
        expect(error.message).to.include("no answer within 0.4 seconds");
      }
      expect(performance.now() - began).to.be.greaterThan(PATIENCE - 50);
      await silent.close();
    });

    it("are not half an answer, and no answer of another server", async () => {
      const broken = await listen(async (request, response) => {
        await request.resume().toArray();
        response.writeHead(200, { "content-length": "1000" }).write("half", () => request.socket.destroy());
      });
      expect((await refusal(at(broken.url).read("a"))).code).to.equal("network");
      await broken.close();
      const strange = await listen((_request, response) => {
        response.writeHead(404, { "content-type": "text/html" }).end("<p>there is nothing here</p>");
        return Promise.resolve();
      });
      expect((await refusal(at(strange.url).write("a", bytes))).code).to.equal("network");
      // Not to be taken for a file that isn't there yet.
      expect((await refusal(at(strange.url).read("a"))).code).to.equal("network");
      await strange.close();
    });
  });
}

describe("a bucket", () => {
  withKeys();

  it("that refuses is named, without keys", async function () {
    const place = await s3Place();
    if (place === undefined) return this.skip();
    const endpoint = new URL(place.name).searchParams.get("endpoint") ?? "";
    const none = new S3Bucket({ bucket: "nobodys", prefix: "", endpoint, region: REGION });
    process.env.AWS_SECRET_ACCESS_KEY = "another";
    const locked = new S3Bucket({ bucket: BUCKET, prefix: "", endpoint, region: REGION });
    try {
      for (const [storage, said] of [
        [locked, /signature/],
        [none, /bucket does not exist|signature/],
      ] as const) {
        const refused = [refusal(storage.read("a")), refusal(storage.write("a", new Uint8Array(3)))];
        for (const error of await Promise.all(refused)) {
          expect(error.code).to.equal("network");
          expect(error.message).to.match(said).and.not.to.include("another");
        }
      }
    } finally {
      process.env.AWS_SECRET_ACCESS_KEY = KEYS.AWS_SECRET_ACCESS_KEY;
      await place.close();
    }
  });
});
