import { rm } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { trackTransaction, wipe } from "@nomicfoundation/ignition-core";
import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { expect } from "chai";
import hre, { config, network } from "hardhat";
import { tributaryModule } from "../../ignition/modules/Tributary.ts";
import { item } from "../support/fixture.ts";

const CONTRACTS = 8;
const CURRENCY = "0x00000000000000000000000000000000000c0ffe";
/** DatasetRegistry, BondVault and ModelRegistry come first: the fourth transaction creates the ledger. */
const LEDGER_TRANSACTION = 4;
const LEDGER_FUTURE = "Tributary#RevenueLedger";

/** Where the wire to a node is cut, at a transaction of the given number. */
type Cut = "before the call" | "before the answer" | "after the answer";

type Connection = Awaited<ReturnType<typeof connect>>;

/** A connection over HTTP, as to a chain that outlives the process that deploys. */
async function connect(url: string) {
  return network.create({ network: "localhost", override: { url, timeout: 5_000 } });
}

/** A relay to a node that goes dead for good at the given transaction. */
function cuttingRelay(node: string, transaction: number, where: Cut) {
  let [seen, dead] = [0, false];
  return createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const cut = body.includes("eth_sendTransaction") && ++seen === transaction;
      if (dead || (cut && where === "before the call")) {
        dead = true;
        outgoing.destroy();
        return;
      }
      if (cut) dead = true;
      const call = forward(node, { method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
        if (cut && where === "before the answer") answer.resume().on("end", () => outgoing.destroy());
        else answer.pipe(outgoing);
      });
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

  /** A chain of its own behind HTTP, and the journal of a deployment to it. */
  async function chain() {
    const node = await network.createServer("hardhat", "127.0.0.1");
    const { port } = await node.listen();
    closing.push(() => node.close());
    const deploymentId = `test-${process.pid}-${deployments++}`;
    const journal = join(config.paths.ignition, "deployments", deploymentId);
    closing.push(() => rm(journal, { recursive: true, force: true }));
    const url = `http://127.0.0.1:${port}`;
    return { url, deploymentId, journal, connection: await connect(url) };
  }

  async function relayed(node: string, transaction: number, where: Cut): Promise<Connection> {
    const relay = cuttingRelay(node, transaction, where);
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    closing.push(
      () =>
        new Promise((resolve) => {
          relay.close(resolve);
          relay.closeAllConnections();
        }),
    );
    return connect(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`);
  }

  async function deploy({ ethers, ignition }: Connection, deploymentId: string) {
    const treasury = item(await ethers.getSigners(), 1);
    return ignition.deploy(tributaryModule, {
      deploymentId,
      parameters: { Tributary: { currency: CURRENCY, treasury: treasury.address } },
    });
  }

  /** What a run that must fail fails with. */
  async function failure(connection: Connection, deploymentId: string): Promise<string> {
    try {
      await deploy(connection, deploymentId);
    } catch (error) {
      return String(error);
    }
    throw new Error("the run went through");
  }

  /** Transactions that created a contract so far, in their order. */
  async function creations({ ethers }: Connection): Promise<{ hash: string; address: string }[]> {
    const found: { hash: string; address: string }[] = [];
    for (let number = 1; number <= (await ethers.provider.getBlockNumber()); number++) {
      const block = await ethers.provider.getBlock(number);
      for (const hash of block?.transactions ?? []) {
        const receipt = await ethers.provider.getTransactionReceipt(hash);
        if (receipt?.contractAddress) found.push({ hash, address: receipt.contractAddress });
      }
    }
    return found;
  }

  /** Every contract stands once and knows its neighbours, the ledger is connected, and what stood before was kept. */
  async function expectComplete(
    connection: Connection,
    suite: Awaited<ReturnType<typeof deploy>>,
    before: readonly { address: string }[] = [],
  ): Promise<void> {
    const { ethers } = connection;
    const of = async (name: keyof typeof suite) => suite[name].getAddress();
    const created = (await creations(connection)).map(({ address }) => address);
    expect(created, "nothing is deployed twice").to.have.lengthOf(CONTRACTS);
    expect(created.slice(0, before.length)).to.deep.equal(before.map(({ address }) => address));
    const { payouts, ...deployed } = suite;
    const addresses = await Promise.all(Object.values(deployed).map((contract) => contract.getAddress()));
    expect([...addresses].sort()).to.deep.equal([...created].sort());
    const ledger = await ethers.getContractAt("RevenueLedger", await of("ledger"));
    const attribution = await ethers.getContractAt("AttributionRegistry", await of("attribution"));
    expect(await ledger.payouts()).to.equal(await payouts.getAddress());
    expect(await attribution.PAYOUTS()).to.equal(await payouts.getAddress());
    expect(await ledger.MODELS()).to.equal(await of("models"));
    expect(await ledger.CURRENCY()).to.equal(ethers.getAddress(CURRENCY));
    expect(await attribution.VAULT()).to.equal(await of("vault"));
  }

  it("stands complete after one run, and a second run sends nothing", async () => {
    const { connection, deploymentId } = await chain();
    await expectComplete(connection, await deploy(connection, deploymentId));
    const block = await connection.ethers.provider.getBlockNumber();
    await expectComplete(connection, await deploy(connection, deploymentId));
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(block);
  });

  for (let transaction = 1; transaction <= CONTRACTS + 1; transaction++) {
    it(`is completed by a second run when the first was cut off after sending transaction ${transaction}`, async () => {
      const { url, connection, deploymentId } = await chain();
      await failure(await relayed(url, transaction, "after the answer"), deploymentId);
      const before = await creations(connection);
      expect(before).to.have.lengthOf(Math.min(transaction, CONTRACTS));
      await expectComplete(connection, await deploy(connection, deploymentId), before);
    });
  }

  it("asks for the transaction whose answer was lost, and is completed once it is tracked", async () => {
    const { url, connection, deploymentId, journal } = await chain();
    await failure(await relayed(url, LEDGER_TRANSACTION, "before the answer"), deploymentId);
    const before = await creations(connection);
    expect(before, "it was mined").to.have.lengthOf(LEDGER_TRANSACTION);
    expect(await failure(connection, deploymentId))
      .to.contain("track-tx")
      .and.to.contain(LEDGER_FUTURE);
    expect(await creations(connection), "nothing was sent").to.have.lengthOf(LEDGER_TRANSACTION);
    await trackTransaction(journal, item(before, LEDGER_TRANSACTION - 1).hash, connection.provider);
    await expectComplete(connection, await deploy(connection, deploymentId), before);
  });

  it("asks for the transaction that never reached the node, and is completed once its step is wiped", async () => {
    const { url, connection, deploymentId, journal } = await chain();
    await failure(await relayed(url, LEDGER_TRANSACTION, "before the call"), deploymentId);
    const before = await creations(connection);
    expect(before).to.have.lengthOf(LEDGER_TRANSACTION - 1);
    expect(await failure(connection, deploymentId))
      .to.contain("track-tx")
      .and.to.contain(LEDGER_FUTURE);
    await wipe(journal, new HardhatArtifactResolver(hre.artifacts), LEDGER_FUTURE);
    await expectComplete(connection, await deploy(connection, deploymentId), before);
  });

  it("is completed with more ether, once the step is wiped that the node refused for the lack of it", async () => {
    const { connection, deploymentId, journal } = await chain();
    const deployer = item(await connection.ethers.getSigners(), 0);
    const setBalance = (balance: bigint) =>
      connection.provider.request({
        method: "hardhat_setBalance",
        params: [deployer.address, `0x${balance.toString(16)}`],
      });
    const { maxFeePerGas } = await connection.ethers.provider.getFeeData();
    await setBalance((maxFeePerGas ?? 0n) * 6_000_000n);
    expect(await failure(connection, deploymentId)).to.contain("enough funds");
    const before = await creations(connection);
    expect(before).to.have.length.within(1, CONTRACTS - 1);
    await setBalance(10n ** 20n);
    const [, stuck] = /for future (\S+)\./.exec(await failure(connection, deploymentId)) ?? [];
    await wipe(journal, new HardhatArtifactResolver(hre.artifacts), stuck ?? "");
    await expectComplete(connection, await deploy(connection, deploymentId), before);
  });
});
