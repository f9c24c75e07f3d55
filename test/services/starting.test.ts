import { once } from "node:events";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Wallet } from "ethers";
import { ClientError } from "../../client/index.ts";
import { KeeperRole, openFiles, type Service, startService } from "../../services/index.ts";
import { type BadLine, badLine, type Fate, FATES } from "../chaos/proxy.ts";
import { type GatewayWorld, startWorld } from "../gateway/support.ts";
import { freePort } from "../support/process.ts";
import { randomFrom } from "../support/random.ts";

const ENTRY = fileURLToPath(new URL("../../cli/tributary.mjs", import.meta.url));
/** What keeps a request from being answered. */
const FAILURES = FATES.filter((fate) => fate !== "late");

describe("a service whose node fails while it starts", function () {
  this.timeout(120_000);
  let world: GatewayWorld;
  const lines: BadLine[] = [];

  before(async () => {
    world = await startWorld();
  });
  after(async () => {
    for (const line of lines) await line.close();
    await world.tearDown();
  });

  const lineOf = async (fates: readonly Fate[]): Promise<BadLine> => {
    const line = await badLine(world.url, randomFrom(lines.length));
    lines.push(line);
    return Object.assign(line, { fates, trouble: 1 });
  };
  const failuresOf = ({ met }: BadLine): number => [...met.values()].reduce((sum, times) => sum + times, 0);
  const until = async (done: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    const end = Date.now() + 60_000;
    while (!(await done())) {
      if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
      await sleep(20);
    }
  };
  const healthAt = async (port: number): Promise<{ status: number; problems: readonly string[] } | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer === undefined) return undefined;
    const { problems = [] } = (await answer.json()) as { problems?: readonly string[] };
    return { status: answer.status, problems };
  };
  const start = async (rpc: string, name: string, port: number): Promise<Service> => {
    const folder = join(world.folder, name);
    const files = await openFiles(join(folder, "files"));
    return startService({
      role: new KeeperRole({ files, cutFrom: 10n ** 30n, distributeFrom: 10n ** 30n }),
      ...{ rpc, book: world.suite.book, wallet: Wallet.createRandom() as unknown as Wallet, data: folder, port },
      ...{ logger: false, rpcOptions: { tries: 2 } },
    });
  };

  it("waits for it, whatever the failure is, and says so", async () => {
    const waiting = async (fate: Fate): Promise<void> => {
      const line = await lineOf([fate]);
      const port = await freePort();
      const starting = start(line.url, fate, port);
      await until(() => failuresOf(line) > 4, `asked again and again: ${fate}`);
      expect((await healthAt(port))?.problems.join(), fate).to.match(/^connecting to http.* failed: .*node/);
      line.trouble = 0;
      const service = await starting;
      await until(async () => (await healthAt(port))?.problems.length === 0, `a look at the chain: ${fate}`);
      await service.stop();
    };
    await Promise.all(FAILURES.map(waiting));
  });

  it("ends when waiting would not help", async () => {
    const line = await lineOf([]);
    line.trouble = 0;
    const wallet = new Wallet(`0x${"42".repeat(32)}`);
    const { book } = world.suite;
    const files = await openFiles(join(world.folder, "other"));
    const role = new KeeperRole({ files, cutFrom: 1n, distributeFrom: 1n });
    const given = { role, rpc: line.url, wallet, data: join(world.folder, "other"), logger: false };
    for (const [wrong, code] of [
      [{ ...book, chainId: 1 }, "wrong-chain"],
      [{ ...book, contracts: { ...book.contracts, usage: wallet.address } }, "no-deployment"],
    ] as const) {
      const error: unknown = await startService({ ...given, book: wrong }).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ClientError).with.property("code", code);
    }
  });

  it("is the command line's, too: every process comes up once its node does", async () => {
    const line = await lineOf(FAILURES);
    const { folder, lineage, cast } = world;
    const common = ["--rpc", line.url, "--deployment", join(folder, "address-book.json")];
    const named = (name: string): string => join(folder, "processes", name);
    const commands = {
      keeper: ["run", "keeper", "--broadcast", "--files", named("files"), "--data", named("keeper")],
      indexer: ["run", "indexer", "--db", join(folder, "index.db")],
      gateway: [
        ...["serve", "--broadcast", "--model", String(lineage.finetune), "--backend", "http://127.0.0.1:9"],
        ...["--data", named("gateway")],
      ],
    };
    const began = await Promise.all(
      Object.entries(commands).map(async ([name, command]) => {
        const port = await freePort();
        const child = spawn(process.execPath, [ENTRY, ...command, ...common, "--port", String(port)], {
          env: { ...process.env, TRIBUTARY_PRIVATE_KEY: cast.tuner.signer.privateKey },
          stdio: ["ignore", "ignore", "pipe"],
        });
        let said = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
        return { name, port, child, said: () => said, ended: once(child, "exit") };
      }),
    );
    for (const { name, said } of began) await until(() => said().includes("; trying again"), `${name} waits`);
    line.trouble = 0;
    for (const { name, port, child, said } of began) {
      const up = async (): Promise<boolean> => {
        expect(child.exitCode, `${name}: ${said()}`).to.equal(null);
        return (await healthAt(port))?.status === 200;
      };
      await until(up, `${name} is up: ${said()}`);
    }
    for (const { child } of began) child.kill("SIGTERM");
    for (const { name, ended, said } of began) expect(await ended, `${name}: ${said()}`).to.deep.equal([0, null]);
  });
});
