import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { BrowserProvider } from "ethers";
import { network } from "hardhat";
import { type AddressBook, parseAddressBook, ROLES } from "../../client/index.ts";
import { DEFAULT_PARAMETERS } from "../../ignition/modules/Tributary.ts";
import { deploySuite } from "../../scripts/deployment.ts";
import { journalFolder } from "../../scripts/ignitionRecovery.ts";
import type { Chain } from "../../scripts/network.ts";
import { rpc } from "../support/process.ts";

/**
 * BondVault, DatasetRegistry, ModelRegistry, RevenueLedger, and four more that stand on them; StreamPayouts,
 * InferenceMarket and ChallengeRegistry are made by constructors.
 */
const CONTRACTS = 8;
/** The last one appoints the contract that ends intervals. */
const TRANSACTIONS = CONTRACTS + 1;
const CURRENCY = "0x00000000000000000000000000000000000c0ffe";
const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const TREASURY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** Where a run ends, at a transaction of the given number. */
type End = "before the node has it" | "before the run knows its hash" | "after the run knows its hash";
const ENDS: readonly End[] = [
  "before the node has it",
  "before the run knows its hash",
  "after the run knows its hash",
];

/**
 * A relay to a node that lets a run live until it sends the given transaction.
 *
 * @param end - told the request that sends it when the wire is cut; may kill the process, too
 */
function relayUntil(node: string, transaction: number, where: End, end: (request: string) => void = () => undefined) {
  let [seen, dead] = [0, false];
  return createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const last = body.includes("eth_sendTransaction") && ++seen === transaction;
      const stop = () => {
        dead = true;
        if (last) end(body.toString());
        outgoing.destroy();
      };
      if (dead || (last && where === "before the node has it")) {
        stop();
        return;
      }
      const headers = { "content-type": "application/json" };
      // A connection of its own: one that was kept may be closed by the node in the moment in which it is used again.
      const call = forward(node, { method: "POST", headers, agent: false }, (answer) => {
        if (last && where === "before the run knows its hash") {
          answer.resume().on("end", stop);
          return;
        }
        answer.pipe(outgoing);
        if (last) outgoing.on("finish", () => setTimeout(stop, 5));
      });
      call.on("error", () => outgoing.destroy());
      call.end(body);
    });
  });
}

describe("Deployment", () => {
  const closing: (() => Promise<unknown>)[] = [];
  let deployments = 0;

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A chain of its own behind HTTP, as one that outlives the process that deploys. */
  async function startNode(chainId = 31_337): Promise<string> {
    const node = await network.createServer({ network: "hardhat", override: { chainId } }, "127.0.0.1");
    const { port } = await node.listen();
    closing.push(() => node.close());
    return `http://127.0.0.1:${port}`;
  }

  async function startRelay(...[node, ...at]: Parameters<typeof relayUntil>): Promise<string> {
    const relay = relayUntil(node, ...at);
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    closing.push(
      () =>
        new Promise((resolve) => {
          relay.close(resolve);
          relay.closeAllConnections();
        }),
    );
    return `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  }

  /** Transactions that created a contract so far, in their order. */
  async function creations(url: string): Promise<string[]> {
    const found: string[] = [];
    const height = Number(await rpc(url, "eth_blockNumber"));
    for (let number = 1; number <= height; number++) {
      const block = (await rpc(url, "eth_getBlockByNumber", [`0x${number.toString(16)}`, true])) as {
        transactions: { hash: string }[];
      };
      for (const { hash } of block.transactions) {
        const receipt = (await rpc(url, "eth_getTransactionReceipt", [hash])) as { contractAddress: string | null };
        if (receipt.contractAddress !== null) found.push(receipt.contractAddress.toLowerCase());
      }
    }
    return found;
  }

  /** Every contract stands once and knows its neighbours, and what stood before was kept. */
  async function expectComplete(url: string, book: AddressBook, before: readonly string[] = []): Promise<void> {
    const created = await creations(url);
    expect(created.slice(0, before.length)).to.deep.equal(before);
    const { ethers } = await connectTo(url);
    const { currency, payouts: payoutsAt, market: marketAt, challenges: challengesAt, ...deployed } = book.contracts;
    expect(Object.keys(book.contracts).toSorted()).to.deep.equal([...ROLES].toSorted());
    const dollar = currency.toLowerCase() === CURRENCY ? [] : [currency];
    const addresses = [...dollar, ...Object.values(deployed)].map((address) => address.toLowerCase());
    expect(addresses, "nothing is missing").to.have.lengthOf(CONTRACTS + dollar.length);
    expect(addresses.toSorted(), "nothing is deployed twice").to.deep.equal(created.toSorted());
    const { datasets, models, ledger, receivers, vault, indexes, usage, attribution } = deployed;
    const ledgerContract = await ethers.getContractAt("RevenueLedger", ledger);
    expect(await ledgerContract.PAYOUTS()).to.equal(payoutsAt);
    expect(await ledgerContract.MODELS()).to.equal(models);
    expect(await ledgerContract.TREASURY()).to.equal(TREASURY);
    expect(await ledgerContract.CURRENCY()).to.equal(currency);
    expect(await ledgerContract.MARKET()).to.equal(marketAt);
    const market = await ethers.getContractAt("InferenceMarket", marketAt);
    expect(await market.LEDGER()).to.equal(ledger);
    expect(await market.MODELS()).to.equal(models);
    expect(await (await ethers.getContractAt("ModelReceivers", receivers)).LEDGER()).to.equal(ledger);
    const payouts = await ethers.getContractAt("StreamPayouts", payoutsAt);
    expect(await payouts.attribution()).to.equal(attribution);
    expect(await payouts.DATASETS()).to.equal(datasets);
    const registry = await ethers.getContractAt("AttributionRegistry", attribution);
    expect(await registry.PAYOUTS()).to.equal(payoutsAt);
    expect(await registry.USAGE()).to.equal(usage);
    expect(await registry.INDEXES()).to.equal(indexes);
    expect(await registry.VAULT()).to.equal(vault);
    expect(await registry.CHALLENGES()).to.equal(challengesAt);
    const challenges = await ethers.getContractAt("ChallengeRegistry", challengesAt);
    expect(await challenges.ATTRIBUTION()).to.equal(attribution);
    expect(await challenges.DATASETS()).to.equal(datasets);
    expect(await (await ethers.getContractAt("IndexRegistry", indexes)).VAULT()).to.equal(vault);
    expect(await (await ethers.getContractAt("DatasetRegistry", datasets)).VAULT()).to.equal(vault);
    expect(book.fromBlock).to.equal(1);
  }

  async function connectTo(url: string) {
    return network.create({ network: "localhost", override: { url, timeout: 5_000 } });
  }

  describe("by the script's own function", () => {
    /** A node, and a deployment to it that has a journal. */
    async function begin() {
      const deploymentId = `test-${process.pid}-${deployments++}`;
      closing.push(() => rm(journalFolder(deploymentId), { recursive: true, force: true }));
      const url = await startNode();
      const deploy = async (through = url, treasury = TREASURY) =>
        deploySuite(await chainAt(through), { currency: CURRENCY, treasury, deploymentId });
      return { url, deploymentId, deploy };
    }

    async function chainAt(url: string): Promise<Chain> {
      const connection = await connectTo(url);
      const provider = new BrowserProvider(connection.provider, 31_337, { cacheTimeout: -1, staticNetwork: true });
      return { connection, provider, chainId: 31_337, client: "hardhat" };
    }

    /** What a run that must fail fails with. */
    async function failure(run: Promise<AddressBook>): Promise<string> {
      return run.then(
        () => {
          throw new Error("the run went through");
        },
        (error: unknown) => String(error),
      );
    }

    it("stands complete after one run, and a second run sends nothing", async () => {
      const { url, deploy } = await begin();
      const first = await deploy();
      await expectComplete(url, first);
      const height = await rpc(url, "eth_blockNumber");
      expect(await deploy()).to.deep.equal(first);
      expect(await rpc(url, "eth_blockNumber")).to.equal(height);
    });

    it("gives every parameter to the contracts that use it", async () => {
      const { url, deploymentId } = await begin();
      const DAY = 86_400n;
      const chosen = {
        protocolFeeBps: 250n,
        reviewTime: 3n * DAY,
        cuttingPeriod: DAY + 1n,
        indexDelay: 4n * DAY,
        withdrawalDelay: 6n * DAY,
        prepaidDelay: DAY + 3_600n,
        window: 5n * DAY,
        responseTime: 2n * DAY,
        fallbackTime: 25n * DAY,
        proposingPeriod: 7n * DAY,
        bondFloor: 33n * 10n ** 18n,
        challengeBond: 22n * 10n ** 18n,
        rowBond: 11n * 10n ** 18n,
      } satisfies Record<keyof typeof DEFAULT_PARAMETERS, bigint>;
      const options = { currency: CURRENCY, treasury: TREASURY, deploymentId, parameters: chosen };
      const { contracts } = await deploySuite(await chainAt(url), options);
      const { ethers } = await connectTo(url);
      const attribution = await ethers.getContractAt("AttributionRegistry", contracts.attribution);
      const challenges = await ethers.getContractAt("ChallengeRegistry", contracts.challenges);
      const indexes = await ethers.getContractAt("IndexRegistry", contracts.indexes);
      const [ledger, market, datasets, usage, vault] = [
        await ethers.getContractAt("RevenueLedger", contracts.ledger),
        await ethers.getContractAt("InferenceMarket", contracts.market),
        await ethers.getContractAt("DatasetRegistry", contracts.datasets),
        await ethers.getContractAt("UsageRegistry", contracts.usage),
        await ethers.getContractAt("BondVault", contracts.vault),
      ];
      expect({
        protocolFeeBps: await ledger.PROTOCOL_FEE_BPS(),
        reviewTime: await datasets.REVIEW_TIME(),
        cuttingPeriod: await usage.CUTTING_PERIOD(),
        indexDelay: await indexes.INDEX_DELAY(),
        withdrawalDelay: await vault.WITHDRAWAL_DELAY(),
        prepaidDelay: await market.PREPAID_DELAY(),
        window: await attribution.WINDOW(),
        responseTime: await attribution.RESPONSE_TIME(),
        fallbackTime: await attribution.FALLBACK_TIME(),
        proposingPeriod: await attribution.PROPOSING_PERIOD(),
        bondFloor: await attribution.BOND_FLOOR(),
        challengeBond: await attribution.CHALLENGE_BOND(),
        rowBond: await indexes.ROW_BOND(),
      }).to.deep.equal(chosen);
      expect(await challenges.WINDOW()).to.equal(chosen.window);
      expect(await challenges.RESPONSE_TIME()).to.equal(chosen.responseTime);
      expect(await challenges.CHALLENGE_BOND()).to.equal(chosen.challengeBond);
      expect(await indexes.RESPONSE_TIME()).to.equal(chosen.responseTime);
    });

    it("refuses to go on with another treasury", async () => {
      const { url, deploy } = await begin();
      await failure(deploy(await startRelay(url, 5, "after the run knows its hash")));
      expect(await failure(deploy(url, DEPLOYER))).to.contain("the deployment stopped");
    });

    for (let transaction = 1; transaction <= TRANSACTIONS; transaction++) {
      for (const where of ENDS) {
        it(`is completed by a second run when transaction ${transaction} was cut off ${where}`, async () => {
          const { url, deploy } = await begin();
          await failure(deploy(await startRelay(url, transaction, where)));
          const before = await creations(url);
          const sent = where === "before the node has it" ? transaction - 1 : transaction;
          expect(before).to.have.lengthOf(Math.min(sent, CONTRACTS));
          await expectComplete(url, await deploy(), before);
        });
      }
    }

    for (const [transaction, where] of [
      [1, "before the node has it"],
      [1, "before the run knows its hash"],
      [2, "after the run knows its hash"],
      [7, "before the run knows its hash"],
      [TRANSACTIONS + 1, "before the node has it"],
    ] as const) {
      it(`is completed with the demo dollar when transaction ${transaction} was cut off ${where}`, async () => {
        const { url, deploymentId } = await begin();
        const deploy = async (through: string) =>
          deploySuite(await chainAt(through), { treasury: TREASURY, deploymentId });
        await failure(deploy(await startRelay(url, transaction, where)));
        const before = await creations(url);
        await expectComplete(url, await deploy(url), before);
      });
    }

    it("is completed when a step was begun and not even described", async () => {
      const { url, deploymentId, deploy } = await begin();
      await failure(deploy(await startRelay(url, 5, "before the node has it")));
      const journal = join(journalFolder(deploymentId), "journal.jsonl");
      const lines = (await readFile(journal, "utf8")).trimEnd().split("\n");
      const begun = lines.findLastIndex((line) => line.includes("DEPLOYMENT_EXECUTION_STATE_INITIALIZE"));
      await writeFile(journal, lines.slice(0, begun + 1).join("\n"));
      await expectComplete(url, await deploy(), await creations(url));
    });

    it("is completed when the list of addresses was left half written", async () => {
      const { url, deploymentId, deploy } = await begin();
      await failure(deploy(await startRelay(url, 5, "after the run knows its hash")));
      await writeFile(join(journalFolder(deploymentId), "deployed_addresses.json"), '{ "Tributary#BondV');
      await expectComplete(url, await deploy(), await creations(url));
    });

    it("is completed by a third run when the second was cut off too", async () => {
      const { url, deploy } = await begin();
      await failure(deploy(await startRelay(url, 3, "before the run knows its hash")));
      await failure(deploy(await startRelay(url, 1, "before the node has it")));
      await expectComplete(url, await deploy(), await creations(url));
    });

    it("finds a lost transaction below many blocks of others", async () => {
      const { url, deploy } = await begin();
      await failure(deploy(await startRelay(url, 4, "before the run knows its hash")));
      const before = await creations(url);
      const from = TREASURY;
      for (let i = 0; i < 37; i++) await rpc(url, "eth_sendTransaction", [{ from, to: from, value: "0x1" }]);
      await expectComplete(url, await deploy(), before);
    });

    it("sends again what was lost while the deployer used its number for something else", async () => {
      const { url, deploy } = await begin();
      await failure(deploy(await startRelay(url, 4, "before the node has it")));
      await rpc(url, "eth_sendTransaction", [{ from: DEPLOYER, to: TREASURY, value: "0x1" }]);
      await expectComplete(url, await deploy(), await creations(url));
    });

    it("goes on after the deployer sent something else between the runs", async () => {
      const { url, deploy } = await begin();
      await failure(deploy(await startRelay(url, 4, "after the run knows its hash")));
      const before = await creations(url);
      await rpc(url, "eth_sendTransaction", [{ from: DEPLOYER, to: TREASURY, value: "0x1" }]);
      await expectComplete(url, await deploy(), before);
    });

    it("takes a lost transaction that still waits in the node's pool, and waits for its block", async () => {
      const { url, deploy } = await begin();
      let lost = "";
      await failure(deploy(await startRelay(url, 8, "before the node has it", (request) => (lost = request))));
      const before = await creations(url);
      await rpc(url, "evm_setAutomine", [false]);
      await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: lost });
      expect(await creations(url), "it isn't mined").to.deep.equal(before);
      const mining = setInterval(() => void rpc(url, "evm_mine"), 300);
      closing.push(async () => Promise.resolve(clearInterval(mining)));
      await expectComplete(url, await deploy(), before);
    });

    it("is completed with more ether, when the node refused a transaction for the lack of it", async () => {
      const { url, deploy } = await begin();
      const setBalance = (balance: bigint) => rpc(url, "hardhat_setBalance", [DEPLOYER, `0x${balance.toString(16)}`]);
      await setBalance(3n * 10n ** 9n * 6_000_000n);
      expect(await failure(deploy())).to.contain("funds");
      const before = await creations(url);
      expect(before).to.have.length.within(1, CONTRACTS - 1);
      await setBalance(10n ** 20n);
      await expectComplete(url, await deploy(), before);
    });
  });

  describe("by a process of its own", () => {
    const running = new Set<ChildProcess>();

    /** A chain id that no other deployment of this folder has, so that no journal and no address book is touched. */
    async function begin() {
      const chainId = 1_000_000_000 + process.pid * 100 + deployments++;
      const book = `deployments/${chainId}.json`;
      closing.push(() => rm(journalFolder(`chain-${chainId}`), { recursive: true, force: true }));
      closing.push(() => rm(book, { force: true }));
      const url = await startNode(chainId);
      await rpc(url, "hardhat_setCode", [CURRENCY, "0x00"]);
      return { url, book };
    }

    /** `npm run deploy` without its build; ends with its exit code, or null when it was killed. */
    async function runScript(url: string): Promise<{ code: number | null; stderr: string }> {
      const args = ["scripts/deploy.ts", "--network", "localhost", "--currency", CURRENCY, "--treasury", TREASURY];
      const child = spawn(process.execPath, ["--import=tsx", ...args], {
        env: { ...process.env, TRIBUTARY_LOCALHOST: url },
        stdio: ["ignore", "ignore", "pipe"],
      });
      running.add(child);
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
      running.delete(child);
      return { code, stderr };
    }

    for (const [transaction, where] of [
      [1, "before the node has it"],
      [4, "before the run knows its hash"],
      [6, "after the run knows its hash"],
      [TRANSACTIONS, "before the run knows its hash"],
    ] as const) {
      it(`is completed by a second run when the first was killed at transaction ${transaction}, ${where}`, async () => {
        const { url, book } = await begin();
        const kill = () => running.forEach((child) => child.kill("SIGKILL"));
        const killed = await runScript(await startRelay(url, transaction, where, kill));
        expect(killed.code, killed.stderr).to.equal(null);
        const before = await creations(url);
        const completed = await runScript(url);
        expect(completed.code, completed.stderr).to.equal(0);
        await expectComplete(url, parseAddressBook(await readFile(book, "utf8")), before);
      });
    }
  });
});
