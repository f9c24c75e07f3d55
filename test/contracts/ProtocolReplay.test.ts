import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { getBytes, hexlify, Interface, type InterfaceAbi } from "ethers";
import { item } from "../support/fixture.ts";
import { ProtocolReplay } from "../referee/protocolReplay.ts";
import { prepareReplay, type ReplayStage } from "../referee/replayStage.ts";
import { casesOf, withSeed } from "../referee/seeds.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const USUAL = 2;
const { first, count } = casesOf("REFEREE_HISTORIES", USUAL);
const CALLS = Number(process.env.REFEREE_CALLS ?? 150);
/** Histories that look for handlers which have not succeeded yet, at most, and calls of each. */
const SEARCHES = 60;
const FIRST_SEARCH = 2_025;
const SEARCHING = 45;

/** Entry points that only another contract of the suite may call, with an event that tells of it. */
const INSIDE: Readonly<Record<string, string>> = {
  AttributionRegistry_enterChallenge: "NodeChallenged",
  AttributionRegistry_leaveChallenge: "NodeOpened",
  AttributionRegistry_payChallenge: "ChallengeSettled",
  AttributionRegistry_voidStatement: "StatementVoided",
  InferenceMarket_onCredit: "FeesCredited",
  ModelReceiver_send: "Swept",
  ModelReceivers_onCredit: "Swept",
  RevenueLedger_creditHeld: "VouchersCredited",
  RevenueLedger_hold: "Prepaid",
  RevenueLedger_payOut: "ProRataClaimed",
  RevenueLedger_releaseHeld: "PrepaidWithdrawn",
  RevenueLedger_settle: "PayoutOpened",
  StreamPayouts_fallBack: "PoolFellBack",
  StreamPayouts_open: "PayoutOpened",
};
/** Its one call is the deployment's last. */
const BEFORE = "StreamPayouts_appoint";

const FOLDERS = ["attribution", "bond", "currency", "dataset", "lineage", "revenue"];

/** Contract and name of each function of a deployable contract that changes anything. */
async function entryPoints(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const folder of FOLDERS) {
    const root = join("artifacts", "contracts", folder);
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith(".json")) continue;
      const { contractName, abi, bytecode } = JSON.parse(await readFile(join(root, file), "utf8")) as {
        contractName: string;
        abi: InterfaceAbi;
        bytecode: string;
      };
      if (bytecode === "0x") continue;
      new Interface(abi).forEachFunction(({ name, constant }) => {
        if (!constant) found.add(`${contractName}_${name}`);
      });
    }
  }
  return found;
}

/** Names of the handlers that a player draws from, by selector. */
async function handlersOf({ parts }: ReplayStage): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const part of parts) {
    const listed = getBytes((await part.getFunction("handlers").staticCall()) as string);
    for (let at = 0; at < listed.length; at += 4) {
      const selector = hexlify(listed.slice(at, at + 4));
      names.set(selector, item([part.interface.getFunction(selector)], 0)?.name ?? selector);
    }
  }
  return names;
}

/** REFEREE_HISTORIES=250 plays that many from a random seed, REFEREE_SEED=… from a given one, REFEREE_CALLS=… longer. */
describe("The handlers of the invariants and the referee agree to the wei", () => {
  const stage = firstStage(deploySuite).step(prepareReplay);
  const [met, succeeded] = [new Set<string>(), new Set<string>()];

  it("every entry point of the contracts has a handler, and there is no other", async () => {
    const handlers = await handlersOf(await stage.load());
    expect([...handlers.values()].sort()).to.deep.equal([...(await entryPoints())].sort());
  });

  for (let seed = first; seed < first + count; seed++) {
    it(`at every call of the history with seed ${seed}, and when everybody falls silent`, () =>
      withSeed(seed, async () => {
        const { replay } = await begin(seed);
        await replay.play(seed, CALLS);
        remember(replay);
      }));
  }

  // It takes a minute or two, so it comes with the long profile.
  const long = process.env.REFEREE_HISTORIES === undefined ? it.skip : it;
  long("every handler succeeds at least once, by itself or inside of another's call", async () => {
    const handlers = await handlersOf(await stage.load());
    const missing = (replay?: ProtocolReplay) =>
      [...handlers].filter(([selector, name]) => {
        const event = INSIDE[name];
        if (event !== undefined) return !met.has(event) && replay?.met.has(event) !== true;
        return name !== BEFORE && !succeeded.has(selector) && replay?.succeeded.has(selector) !== true;
      });
    for (let search = 0; search < SEARCHES && missing().length > 0; search++) {
      const { suite, replay, seed } = await begin(FIRST_SEARCH - search);
      const wanted = {
        has: (selector: string) => missing(replay).some(([other]) => other === selector),
        get size() {
          return missing(replay).length;
        },
      };
      await replay.play(seed, SEARCHING, wanted);
      remember(replay);
      expect(await suite.payouts.attribution(), BEFORE).to.equal(await suite.attribution.getAddress());
    }
    expect(missing().map(([, name]) => name)).to.deep.equal([]);
  });

  async function begin(seed: number) {
    const loaded = await stage.load();
    return { suite: loaded.suite, replay: await ProtocolReplay.begin(loaded, seed), seed };
  }

  function remember(replay: ProtocolReplay): void {
    for (const name of replay.met) met.add(name);
    for (const selector of replay.succeeded) succeeded.add(selector);
  }
});
