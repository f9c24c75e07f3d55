import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parquetReadObjects } from "hyparquet";
import { parse } from "csv-parse/sync";
import { batchChecksum, batchOf, safeBatch } from "../../cli/batch.ts";
import { CONTROLLER_USES, CONTROLLERS } from "../../cli/bonds.ts";
import { headingOf, ROLES } from "../../cli/command.ts";
import { completionScript, SHELLS } from "../../cli/completion.ts";
import { csvOf, parquetOf } from "../../cli/edges/tables.ts";
import { chooseWallet } from "../../cli/edges/wallet.ts";
import { UsageError } from "../../cli/exit.ts";
import { manualPage } from "../../cli/manual.ts";
import { addressOrNone, nodePlace } from "../../cli/readers.ts";
import { type RecordTable, rowsOf } from "../../cli/records.ts";
import { COMMANDS } from "../../cli/table.ts";
import { execute } from "../support/process.ts";
import { contextOf, failure } from "./support/inProcess.ts";

describe("command line: batches, tables, manual and completion", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-outputs-"));
  });

  after(() => rm(folder, { recursive: true }));

  describe("batches for multisigs", () => {
    const SAFE = "0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6";
    const call = { to: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", value: "0", data: "0x12" };

    it("have the checksum that Safe's Transaction Builder gave one of its own", () => {
      const address = { internalType: "address", name: "spender", type: "address" };
      const amount = { internalType: "uint256", name: "value", type: "uint256" };
      const batch = {
        version: "1.0",
        chainId: "1",
        createdAt: 1_761_326_849_944,
        meta: {
          name: "Transactions Batch",
          description: "",
          txBuilderVersion: "1.18.2",
          createdFromSafeAddress: SAFE,
          createdFromOwnerAddress: "",
        },
        transactions: [
          {
            to: call.to,
            value: "0",
            data: null,
            contractMethod: { inputs: [address, amount], name: "approve", payable: false },
            contractInputsValues: { spender: "0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8", value: "100000000000" },
          },
        ],
      };
      const checksum = "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989";
      expect(batchChecksum(batch)).to.equal(checksum);
      expect(batchChecksum({ ...batch, meta: { ...batch.meta, name: "another" } })).to.equal(checksum);
      expect(batchChecksum({ ...batch, chainId: "2" })).not.to.equal(checksum);
    });

    it("name the chain, the Safe and the calls in order", () => {
      const input = {
        chainId: 10,
        safe: SAFE,
        description: "two calls",
        createdAt: 5,
        calls: [call, { ...call, value: "7" }],
      };
      const { meta, ...batch } = safeBatch(input) as unknown as { meta: Record<string, string> } & Record<
        string,
        unknown
      >;
      const none = { contractMethod: null, contractInputsValues: null };
      expect(batch).to.deep.equal({
        version: "1.0",
        chainId: "10",
        createdAt: 5,
        transactions: [
          { ...call, ...none },
          { ...call, value: "7", ...none },
        ],
      });
      expect(meta).to.include({ createdFromSafeAddress: SAFE, description: "two calls" });
      expect(meta.checksum).to.match(/^0x[0-9a-f]{64}$/);
    });

    it("are refused where nothing would be sent", async () => {
      const batch = batchOf(contextOf([]), "calldata", "dataset curators", {
        data: { curators: [] },
        render: () => "",
      });
      expect(await failure(batch)).to.deep.equal({
        exitCode: 2,
        message: "dataset curators has no transactions that somebody else could send",
      });
    });
  });

  describe("tables", () => {
    const table: RecordTable = {
      name: "payments",
      columns: [
        { name: "block", kind: "integer" },
        { name: "time", kind: "time" },
        { name: "amount", kind: "amount" },
        { name: "uri", kind: "text" },
      ],
      rows: [
        [7n, 1_767_225_600n, 2n ** 112n - 1n, 'a "quoted", one\nof two lines'],
        [8n, 1_767_225_601n, null, null],
      ],
    };

    it("are read back from CSV as they were", () => {
      const read = parse(csvOf(table), { columns: true, record_delimiter: "\r\n" });
      expect(read).to.deep.equal([
        {
          block: "7",
          time: "2026-01-01T00:00:00.000Z",
          amount: String(2n ** 112n - 1n),
          uri: 'a "quoted", one\nof two lines',
        },
        { block: "8", time: "2026-01-01T00:00:01.000Z", amount: "", uri: "" },
      ]);
    });

    it("are read back from Parquet as they were, amounts to the last digit", async () => {
      const file = parquetOf(table);
      const rows = await parquetReadObjects({ file: file.buffer as ArrayBuffer });
      const [first, second] = rows as { block: bigint; time: Date; uri: string; amount: unknown }[];
      expect(first).to.deep.include({
        block: 7n,
        time: new Date("2026-01-01T00:00:00Z"),
        uri: 'a "quoted", one\nof two lines',
      });
      expect(Number(first!.amount)).to.equal(Number(2n ** 112n - 1n));
      expect(second).to.deep.include({ block: 8n, amount: null });
      // The reader gives a float64; the file holds the integer, most significant byte first.
      const written = Buffer.from(file).toString("hex");
      expect(written).to.include("ff".repeat(14));
    });

    it("of nothing have their columns all the same", async () => {
      const none = { ...table, rows: [] };
      expect(csvOf(none)).to.equal("block,time,amount,uri\r\n");
      expect(await parquetReadObjects({ file: parquetOf(none).buffer as ArrayBuffer })).to.deep.equal([]);
      expect(rowsOf(none)).to.deep.equal([]);
    });
  });

  describe("manual", () => {
    it("is committed as the command table has it", async () => {
      const page = await readFile("docs/cli.md", "utf8");
      expect(page === manualPage(COMMANDS), 'make it again: "tributary docs --out docs/cli.md"').to.be.true;
    });

    it("has every command, under its role", () => {
      const page = manualPage(COMMANDS);
      for (const { name } of COMMANDS) expect(page).to.include(`\n### ${name}\n`);
      for (const role of ROLES) expect(page).to.include(`\n## ${headingOf(role)}\n`);
    });
  });

  describe("completion", () => {
    /** What bash completes the last word to. */
    const completed = async (...words: string[]): Promise<string[]> => {
      const quoted = words.map((word) => `'${word}'`).join(" ");
      const script = `source '${join(folder, "tributary.bash")}'; COMP_WORDS=(tributary ${quoted}); COMP_CWORD=${words.length}; _tributary; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { code, stdout, stderr } = await execute("bash", ["-c", script]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      return stdout.trim().split("\n").filter(Boolean).sort();
    };

    before(() => writeFile(join(folder, "tributary.bash"), completionScript(COMMANDS, "bash")));

    it("completes commands, those below them, and their options, in bash", async () => {
      expect(await completed("set-")).to.deep.equal(["set-payout", "set-recipient"]);
      expect(await completed("index", "")).to.include.members(["activate", "build", "commit", "verify", "--help"]);
      expect(await completed("verify", "statement", "2/0", "1", "--e")).to.deep.equal(["--evidence"]);
      expect(await completed("withdraw", "")).to.include.members(["prepaid", "--to", "--broadcast"]);
      expect(await completed("--rpc", "http://127.0.0.1:1", "cla")).to.deep.equal(["claim"]);
      expect(await completed("claim", "--bro")).to.deep.equal(["--broadcast"]);
      expect(await completed("nothing-like-it")).to.deep.equal([]);
    });

    it("is a script that zsh and fish read, where they are installed", async () => {
      for (const shell of ["zsh", "fish"] as const) {
        const path = join(folder, `tributary.${shell}`);
        await writeFile(path, completionScript(COMMANDS, shell));
        const checked = await execute(shell, ["-n", path]).catch(() => undefined);
        if (checked !== undefined) expect(checked.code, checked.stderr).to.equal(0);
      }
    });

    it("names every command and option in every shell", () => {
      for (const shell of SHELLS) {
        const script = completionScript(COMMANDS, shell);
        for (const { name } of COMMANDS) expect(script, shell).to.include(name.split(" ").at(-1));
        expect(script, shell).to.include("pro-rata-bps");
      }
    });
  });

  describe("wallets", () => {
    // Hardhat keeps its keystores in the user's folder for configuration: theirs are not the test's business.
    const before = { ...process.env };
    beforeEach(() => {
      process.env.XDG_CONFIG_HOME = folder;
    });
    afterEach(() => {
      delete process.env.XDG_CONFIG_HOME;
      Object.assign(process.env, before);
    });

    it("names what is missing in Hardhat's keystore, without asking for a password in a preview", async () => {
      const choice = { broadcast: false, keystore: "hardhat:TRIBUTARY_TEST_KEY", from: undefined };
      expect(await failure(chooseWallet(contextOf([]), choice))).to.deep.include({ exitCode: 1 });
      const address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
      expect(await chooseWallet(contextOf([]), { ...choice, from: address })).to.deep.equal({
        address,
        wallet: undefined,
      });
      expect((await failure(chooseWallet(contextOf([]), { ...choice, broadcast: true }))).message).to.include(
        "npx hardhat keystore set TRIBUTARY_TEST_KEY",
      );
    });

    it("lends a key that was put away in Hardhat's keystore", async function () {
      // Hardhat starts for it, twice.
      this.timeout(60_000);
      // Hardhat leaves its keystores alone in CI.
      for (const name of ["CI", "GITHUB_ACTIONS", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER"])
        Reflect.deleteProperty(process.env, name);
      const set = spawn("hardhat", ["keystore", "set", "--dev", "ROLE_KEY"], { stdio: ["pipe", "ignore", "ignore"] });
      set.stdin.end("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d\n");
      expect(await new Promise((resolve) => set.once("close", resolve))).to.equal(0);
      const choice = { broadcast: true, keystore: "hardhat:ROLE_KEY", from: undefined };
      const { wallet } = await chooseWallet(contextOf([]), choice);
      expect(wallet?.address).to.equal("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    });
  });

  describe("arguments", () => {
    it("reads nodes and addresses inside their bounds only", () => {
      expect(nodePlace("8/17")).to.deep.equal({ level: 8, position: 17 });
      for (const wrong of ["8", "21/0", "-1/0", "8/x", "8/17/1"]) expect(() => nodePlace(wrong)).to.throw(UsageError);
      expect(addressOrNone("none")).to.match(/^0x0{40}$/);
      expect(() => addressOrNone("nobody")).to.throw(UsageError);
    });

    it("has a use for every contract that takes bonds", () => {
      expect(Object.keys(CONTROLLER_USES)).to.deep.equal([...CONTROLLERS]);
    });
  });
});
