import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  type Answered,
  CallStore,
  type PaidCall,
  StoreError,
  type StoreErrorCode,
} from "../../services/gateway/store.ts";
import { execute } from "../support/process.ts";

const WORD = `0x${"11".repeat(32)}` as const;

function answered(id: string): Answered {
  return {
    id,
    method: "voucher",
    payer: `0x${"22".repeat(20)}`,
    price: 100n,
    paymentDigest: WORD,
    requestDigest: WORD,
    responseDigest: WORD,
    queryDigest: WORD,
    query: { exponent: -14, lanes: Int16Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? -32_767 + i : 255 * i)) },
    time: 1_700_000_000,
  };
}

function paid(id: string): PaidCall {
  return {
    ...answered(id),
    amount: 100n,
    feesAfter: undefined,
    proof: { cumulative: 10n ** 30n, note: "é\u0000" },
    signed: { index: 0, proof: [], signature: "0x" },
  };
}

async function expectCode(promise: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(StoreError);
  if (error instanceof StoreError) expect(error.code).to.equal(code);
}

async function idsOf(store: CallStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.calls()) ids.push(id);
  return ids;
}

describe("the gateway's store", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-store-"));
    path = join(folder, "calls.log");
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** A store with one batch for each id. */
  async function written(...ids: readonly string[]): Promise<void> {
    const store = await CallStore.open(path);
    for (const id of ids) await store.append({ kind: "paid", call: paid(id) });
    await store.close();
  }

  it("gives back what was written, before and after it was opened again", async () => {
    const store = await CallStore.open(path);
    await Promise.all(["a", "b", "c"].map((id) => store.append({ kind: "paid", call: paid(id) })));
    await store.append({ kind: "credited", credited: { ids: ["b"], feesAfter: 990n, block: 7 } });
    const check = async (opened: CallStore): Promise<void> => {
      expect(await opened.paid("a")).to.deep.equal(paid("a"));
      expect(await opened.paid("b")).to.deep.equal({ ...paid("b"), feesAfter: 990n });
      expect(await opened.paid("d")).to.equal(undefined);
      expect(await idsOf(opened)).to.deep.equal(["a", "b", "c"]);
      expect(opened.size).to.equal(3);
    };
    await check(store);
    await store.close();
    const again = await CallStore.open(path);
    await check(again);
    await again.close();
  });

  it("writes what waits in one batch", async () => {
    const store = await CallStore.open(path);
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.append({ kind: "paid", call: paid(`id ${i}`) })));
    await store.close();
    const file = await readFile(path, "latin1");
    expect(file.split("TRGC").length - 1).to.equal(1);
  });

  it("records a payment once, also while the first one is being written, and after a restart", async () => {
    const store = await CallStore.open(path);
    const first = store.append({ kind: "paid", call: paid("a") });
    await expectCode(store.append({ kind: "paid", call: paid("a") }), "duplicate");
    await first;
    await expectCode(store.append({ kind: "paid", call: paid("a") }), "duplicate");
    await expectCode(store.append({ kind: "begun", call: { ...answered("a"), authorized: {} } }), "duplicate");
    await store.close();
    const again = await CallStore.open(path);
    await expectCode(again.append({ kind: "paid", call: paid("a") }), "duplicate");
    expect(await idsOf(again)).to.deep.equal(["a"]);
    await again.close();
  });

  it("knows what was begun until it was paid or abandoned", async () => {
    const store = await CallStore.open(path);
    for (const id of ["a", "b", "c"]) {
      await store.append({ kind: "begun", call: { ...answered(id), authorized: { nonce: 5n } } });
    }
    await store.append({ kind: "paid", call: paid("a") });
    await store.append({ kind: "abandoned", id: "b" });
    await store.close();
    const again = await CallStore.open(path);
    expect(again.begun()).to.deep.equal([{ ...answered("c"), authorized: { nonce: 5n } }]);
    await again.append({ kind: "begun", call: { ...answered("b"), authorized: {} } });
    await again.close();
  });

  it("cuts a last batch that is torn at any byte, and loses nothing before it", async () => {
    await written("a", "b");
    const whole = await readFile(path);
    await written("c");
    const longer = await readFile(path);
    expect(longer.subarray(0, whole.length).equals(whole)).to.equal(true);
    for (let end = whole.length; end < longer.length; end++) {
      await writeFile(path, longer.subarray(0, end));
      const store = await CallStore.open(path);
      expect(await idsOf(store), `cut at ${end}`).to.deep.equal(["a", "b"]);
      await store.append({ kind: "paid", call: paid("d") });
      await store.close();
      const again = await CallStore.open(path);
      expect(await idsOf(again), `cut at ${end}, written again`).to.deep.equal(["a", "b", "d"]);
      await again.close();
    }
  });

  it("cuts a last batch of which only some pages were written, and keeps what it cuts", async () => {
    await written("a", "b");
    const whole = await readFile(path);
    await written("c");
    const torn = await readFile(path);
    torn.fill(0, whole.length + 40, whole.length + 90);
    await writeFile(path, torn);
    const store = await CallStore.open(path);
    expect(await idsOf(store)).to.deep.equal(["a", "b"]);
    await store.close();
    expect((await readFile(path)).equals(whole)).to.equal(true);
    const aside = (await readdir(folder)).find((name) => name.includes(".torn-")) ?? "";
    expect((await readFile(join(folder, aside))).equals(torn.subarray(whole.length))).to.equal(true);
  });

  it("refuses a file with any bit flipped before the last batch", async () => {
    await written("a", "b");
    const whole = await readFile(path);
    const first = whole.indexOf("TRGC", 4, "latin1");
    for (let at = 0; at < first; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      await writeFile(path, flipped);
      await expectCode(CallStore.open(path), "corrupt");
      expect((await readFile(path)).equals(flipped), `byte ${at} is left as it is`).to.equal(true);
    }
  });

  it("refuses a batch that was taken out or repeated", async () => {
    await written("a", "b", "c");
    const whole = await readFile(path);
    const second = whole.indexOf("TRGC", 4, "latin1");
    const third = whole.indexOf("TRGC", second + 4, "latin1");
    await writeFile(path, Buffer.concat([whole.subarray(0, second), whole.subarray(third)]));
    await expectCode(CallStore.open(path), "corrupt");
    await writeFile(path, Buffer.concat([whole, whole.subarray(third)]));
    await expectCode(CallStore.open(path), "corrupt");
  });

  it("can't be opened twice, by this process or another, until it is closed", async () => {
    const store = await CallStore.open(path);
    await expectCode(CallStore.open(path), "locked");
    const module = fileURLToPath(new URL("../../services/gateway/store.ts", import.meta.url));
    const script = `import { CallStore } from ${JSON.stringify(module)};
      await CallStore.open(${JSON.stringify(path)}).then(() => console.log("open"), ({ code }) => console.log(code));
      process.exit();`;
    const elsewhere = (): Promise<{ stdout: string }> =>
      execute(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    expect((await elsewhere()).stdout).to.equal("locked\n");
    await store.close();
    expect((await elsewhere()).stdout).to.equal("open\n");
    const again = await CallStore.open(path);
    await again.close();
  });

  it("takes nothing once it is closed", async () => {
    const store = await CallStore.open(path);
    const last = store.append({ kind: "paid", call: paid("a") });
    await store.close();
    await last;
    await expectCode(store.append({ kind: "paid", call: paid("b") }), "closed");
  });

  it("isn't misled by a caller's JSON that looks like an integer of its own", async () => {
    const store = await CallStore.open(path);
    const proof = { $: "not a number", inner: { $: ["1"] } };
    await store.append({ kind: "paid", call: { ...paid("a"), proof } });
    expect((await store.paid("a"))?.proof).to.deep.equal(proof);
    await store.close();
  });

  it("goes on after a tail of noise", async () => {
    await written("a");
    await appendFile(path, "TRGC and something that is no batch");
    const store = await CallStore.open(path);
    expect(await idsOf(store)).to.deep.equal(["a"]);
    await store.close();
  });
});
