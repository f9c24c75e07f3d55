import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { senderNamed } from "../../scripts/demo/cast.ts";
import { loadContributors } from "../../scripts/demo/corpus.ts";
import {
  type Child,
  type RunSettings,
  startGateway,
  startIndexer,
  startRole,
  stop,
  untilAnswers,
} from "../../scripts/stack/processes.ts";
import { buildStackWorld, type StackWorld } from "../../scripts/stack/world.ts";
import { openFiles, type PublishedFiles } from "../../services/index.ts";
import { runCommand } from "../cli/support/inProcess.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { freePort, type Node } from "../support/process.ts";
import { randomFrom } from "../support/random.ts";
import { checkClaims, checkReceipts } from "./accounts.ts";
import { Blocks } from "./blocks.ts";
import { Load } from "./load.ts";
import { type BadLine, badLine } from "./proxy.ts";
import { isDecided, Rogue } from "./rogue.ts";

/** How often a process is killed; `npm run test:chaos` does it more often. */
const KILLS = Number(process.env.TRIBUTARY_CHAOS_KILLS ?? 4);
const SEED = Number(process.env.TRIBUTARY_CHAOS_SEED ?? 11);
const HOUR = 3_600;
/** An hour, the shortest response time, takes 30 seconds while many processes are killed, and 6 seconds afterwards. */
const STEP = { troubled: KILLS > 10 ? 30 : 60, calm: 150 };
/** Blocks after which nothing is taken back. */
const CONFIRMATIONS = 6;
const DEEPEST_REORG = 4;
const TROUBLE = 0.04;
/** Milliseconds from kill to kill, least and most */
const BETWEEN = [1_000, 4_000] as const;
/** Milliseconds that the rogue has at most for its deeds after the last kill. */
const ROGUE_TIME = 15_000;

/** Two of each kind; the keepers share a wallet, which is unwise, and must do no harm either. */
const RUN: readonly Omit<RunSettings, "port">[] = [
  { role: "scorer", name: "scorer-a", wallet: "scorer a" },
  { role: "scorer", name: "scorer-b", wallet: "scorer b" },
  { role: "watchtower", name: "watchtower-a", wallet: "watchtower a" },
  { role: "watchtower", name: "watchtower-b", wallet: "watchtower b" },
  { role: "keeper", name: "keeper-a", wallet: "keeper", options: ["--cut-from", "0.000001"] },
  { role: "keeper", name: "keeper-b", wallet: "keeper", options: ["--cut-from", "0.000001"] },
];
const HONEST = ["scorer a", "scorer b", "watchtower a", "watchtower b"] as const;
const ROGUE = "rogue";
const COMMON = ["--poll", "0.3", "--stuck-after", "4", "--confirmations", "32"];

describe(`services of which one is killed ${KILLS} times under load`, function () {
  this.timeout(180_000 + KILLS * 30_000);
  const random = randomFrom(SEED);
  let node: Node;
  let line: BadLine;
  let folder: string;
  let world: StackWorld;
  let files: PublishedFiles;
  let blocks: Blocks | undefined;
  const children = new Map<string, Child>();
  const starts = new Map<string, () => Promise<Child>>();
  let ending = false;
  const killed = new Set<Child>();
  /** Ends that nobody asked for */
  const fallen: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-services-"));
    node = await startNode();
    world = await buildStackWorld({
      url: node.url,
      folder,
      contributors: loadContributors().slice(60, 67),
      services: [...HONEST, "keeper", ROGUE],
      payers: 3,
      calls: 2_000 + 200 * KILLS,
      parameters: {
        cuttingPeriod: HOUR / 3,
        indexDelay: HOUR,
        window: HOUR,
        responseTime: HOUR,
        proposingPeriod: 4 * HOUR,
        fallbackTime: 48 * HOUR,
      },
    });
    files = await openFiles(world.paths.published);
    line = await badLine(node.url, random);
  });

  after(async () => {
    ending = true;
    await Promise.all([...children.values()].map(stop));
    await blocks?.stop();
    await line.close();
    await stopNode(node);
    if (this.tests.every(({ state }) => state === "passed")) await rm(folder, { recursive: true });
    else process.stderr.write(`what the services left is in ${folder}\n`);
  });

  /** Starts a process, and again whenever it ends. */
  async function keepUp(name: string): Promise<void> {
    const child = await starts.get(name)!();
    children.set(name, child);
    void child.ended.then(async (how) => {
      if (ending) return;
      if (!killed.has(child)) fallen.push(`${name}: ${how}, see ${child.log}`);
      await keepUp(name);
    });
  }

  async function startAll(): Promise<string> {
    const places = {
      rpc: line.url,
      book: world.paths.book,
      published: world.paths.published,
      folder: join(folder, "run"),
    };
    const port = await freePort();
    const { model, filter } = { model: world.lineage.finetune, filter: world.paths.filter };
    const served = { model, filter, wallet: "tuner", port, closeEvery: 1, confirmations: CONFIRMATIONS };
    starts.set("gateway", () => startGateway(places, served));
    const indexPort = await freePort();
    const api = `http://127.0.0.1:${indexPort}`;
    starts.set("indexer", () => startIndexer(places, { port: indexPort, origins: [] }));
    for (const settings of RUN) {
      // One of each kind finds past events in the index, which is killed and behind as all are.
      const own = settings.name.endsWith("-a") ? { ...places, api } : places;
      const options = [...COMMON, ...(settings.options ?? [])];
      starts.set(settings.name, () => startRole(own, { ...settings, options, port: 0 }));
    }
    await Promise.all([...starts.keys()].map(keepUp));
    const address = `http://127.0.0.1:${port}`;
    expect(await untilAnswers(`${address}/health`, 60), "the gateway answers").to.equal(true);
    return address;
  }

  it("attributes every paid inference once, pays to the wei, and loses no honest bond", async () => {
    const { suite, lineage } = world;
    const bondOf = (name: string) => suite.vault.bondOf(suite.attribution, senderNamed(world.chain, name).address);
    const before = await Promise.all(HONEST.map(bondOf));
    const rogueBefore = await bondOf(ROGUE);
    blocks = await Blocks.begin(node.url, STEP.troubled);
    const load = new Load(world, await startAll(), random);
    load.start();
    const rogue = new Rogue(world, files, random, ROGUE);
    rogue.start();
    line.trouble = TROUBLE;
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random.integer(...BETWEEN));
      if (random.chance(0.3)) await blocks.reorg(random.integer(1, DEEPEST_REORG));
      else if (random.chance(0.3)) await blocks.replace(random.integer(1, DEEPEST_REORG));
      const child = children.get(random.pick([...children.keys()]));
      if (child === undefined) continue;
      killed.add(child);
      child.process.kill(random.chance(0.9) ? "SIGKILL" : "SIGTERM");
    }
    const late = Date.now() + ROGUE_TIME;
    while (rogue.proposed + rogue.challenged === 0 && Date.now() < late) await sleep(100);
    await rogue.stop();
    await load.finish();
    line.trouble = 0;
    await blocks.settle();
    blocks.step = STEP.calm;
    const calls = load.calls.flat();
    const done = async (): Promise<boolean> => {
      const { gross } = await suite.ledger.incomeOf(lineage.finetune);
      if (gross < BigInt(calls.length) * 100_000n) return false;
      if (!(await isDecided(suite, lineage.finetune, lineage.stream))) return false;
      return (await Promise.all([...HONEST, ROGUE].map(bondOf))).every(({ locked }) => locked === 0n);
    };
    while (!(await done())) {
      await rogue.callSilence();
      await sleep(500);
    }
    ending = true;
    await Promise.all([...children.values()].map(stop));
    await blocks.stop();
    const { reorgs } = blocks;
    blocks = undefined;
    expect(fallen, "processes that ended by themselves").to.deep.equal([]);

    await checkReceipts(world, files, calls);
    const ended = await checkClaims(world, files, senderNamed(world.chain, "keeper"));
    expect(ended.final, "intervals that influence divided").to.be.greaterThan(0);
    const after = await Promise.all(HONEST.map(bondOf));
    after.forEach(({ free }, i) => {
      expect(free >= before[i]!.free, `the bond of ${HONEST[i]}`).to.equal(true);
    });
    if (rogue.proposed + rogue.challenged > 0) {
      expect((await bondOf(ROGUE)).free <= rogueBefore.free, "the rogue won").to.equal(true);
    }
    process.stderr.write(
      `      ${calls.length} calls, ${ended.final} intervals final, ${ended.proRata} pro-rata, ` +
        `blocks taken back ${reorgs.taken} times and replaced ${reorgs.replaced} times, ${rogue.proposed} wrong statements, ${rogue.challenged} challenges, ` +
        `${[...line.met].map(([fate, times]) => `${times} ${fate}`).join(", ")}\n`,
    );
  });

  it("leaves nothing to do", async () => {
    const given = {
      files: world.paths.published,
      data: join(folder, "unused"),
      from: senderNamed(world.chain, "keeper").address,
    };
    for (const [name, more] of [
      ["run keeper", { cutFrom: "0", distributeFrom: "0" }],
      ["run scorer", {}],
      ["run watchtower", {}],
    ] as const) {
      const { data } = await runCommand(name, { ...given, ...more }, [], world.suite);
      expect(data, name).to.include({ broadcast: false, role: name.slice("run ".length) });
      expect(data.problems, name).to.deep.equal([]);
      expect(data.due, name).to.deep.equal([]);
    }
  });
});
