import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { ClientError } from "../../client/index.ts";
import { type Attempt, Journal } from "../../services/runtime/journal.ts";

const OWNER = { address: "0x0000000000000000000000000000000000000001", genesis: `0x${"11".repeat(32)}` };

function attempt(nonce: number, hash: string, changes: Partial<Attempt> = {}): Attempt {
  return {
    hash,
    nonce,
    doing: "a test",
    to: "0x02",
    data: "0x",
    raw: "0x03",
    maxFeePerGas: 2n ** 80n,
    maxPriorityFeePerGas: 1n,
    signedAt: 1_000 + nonce,
    ...changes,
  };
}

describe("a service's journal", function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-journal-"));
    path = join(folder, "deeper", "journal.sqlite");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keeps what was sent until it is known what became of it", () => {
    const journal = Journal.open(path, OWNER);
    journal.note(attempt(1, "0xb"));
    journal.note(attempt(0, "0xa"));
    journal.close();
    const again = Journal.open(path, OWNER);
    expect(again.unfinished()).to.deep.equal([attempt(0, "0xa"), attempt(1, "0xb")]);
    again.mined("0xa", 7, "0xblock");
    again.lost("0xb");
    expect(again.unfinished()).to.deep.equal([]);
    expect(again.minedSince(7)).to.deep.equal([{ ...attempt(0, "0xa"), block: 7, blockHash: "0xblock" }]);
    expect(again.minedSince(8)).to.deep.equal([]);
    expect(again.counts()).to.deep.equal({ sent: 0, mined: 1, lost: 1 });
    again.close();
  });

  it("counts everything under a nonce that a reorg could bring back", () => {
    const journal = Journal.open(path, OWNER);
    journal.note(attempt(4, "0xa", { signedAt: 1 }));
    journal.note(attempt(4, "0xb", { signedAt: 2 }));
    journal.lost("0xa");
    expect(journal.outbid(4).map(({ hash }) => hash)).to.deep.equal(["0xb", "0xa"]);
    journal.mined("0xb", 9, "0xblock");
    expect(journal.outbid(4).map(({ hash }) => hash)).to.deep.equal(["0xa"]);
    journal.vanished("0xb");
    expect(journal.unfinished().map(({ hash }) => hash)).to.deep.equal(["0xb"]);
    journal.close();
  });

  it("is one process's, one wallet's and one chain's", () => {
    const journal = Journal.open(path, OWNER);
    expect(() => Journal.open(path, OWNER)).to.throw(ClientError, "another service has it");
    journal.close();
    for (const other of [
      { ...OWNER, address: "0x0000000000000000000000000000000000000002" },
      { ...OWNER, genesis: `0x${"22".repeat(32)}` },
    ]) {
      expect(() => Journal.open(path, other)).to.throw(ClientError, "is the journal of wallet");
    }
    Journal.open(path, OWNER).close();
  });

  it("has everything that was noted before a kill", async () => {
    const script = `
      import { Journal } from ${JSON.stringify(new URL("../../services/runtime/journal.ts", import.meta.url).href)};
      const journal = Journal.open(${JSON.stringify(path)}, ${JSON.stringify(OWNER)});
      for (let nonce = 0; ; nonce++) {
        journal.note({ hash: "0x" + nonce, nonce, doing: "", to: "", data: "", raw: "", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, signedAt: nonce });
        process.stdout.write(nonce + "\\n");
      }`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let last = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (last >= 20) child.kill("SIGKILL");
    }
    const journal = Journal.open(path, OWNER);
    const noted = journal.unfinished().map(({ nonce }) => nonce);
    // What was said to be noted is there, and at most the next one besides.
    expect(noted.length - 1).to.be.within(last, last + 1);
    expect(noted).to.deep.equal(noted.map((_, i) => i));
    journal.close();
  });
});
