import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BrowserProvider, id, Wallet } from "ethers";
import { network } from "hardhat";
import { connectSuite, proRataPlace, type Suite } from "../../client/index.ts";
import { deploymentIdOf, deploySuite } from "../../scripts/deployment.ts";
import { ScriptedWallet__factory } from "../../typechain-types/index.ts";

/** Contract wallets that contribute and pay: each makes many calls in one transaction. */
const WALLETS = 64;
/** Calls of one transaction: few enough for its gas. */
const CALLS = 200;
const GAS = "0x1c00000";
const PRICE = 10_000n;
const ROWS = 100;

/**
 * Calls of each kind for 2,000 events: a contribution leaves two, a payment from a wallet two, one from prepaid money
 * and a claim one.
 */
const MIX = { contributions: 400, payments: 200, prepaid: 600, claims: 200 } as const;

interface Call {
  readonly target: string;
  readonly data: string;
}

/**
 * Fills a development chain with contributions, payments and claims of contract wallets.
 *
 * @param events - how many events there must be at the least
 * @param show - told how many there are
 */
export async function fillChain(url: string, events: number, show: (events: number) => void): Promise<Suite> {
  const connection = await network.create({ network: "localhost", override: { url } });
  const request = (method: string, params: unknown[] = []): Promise<unknown> =>
    connection.provider.request({ method, params });
  const chainId = Number(await request("eth_chainId"));
  const client = String(await request("web3_clientVersion"));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
  const chain = { connection, provider, chainId, client };
  const deploymentId = await deploymentIdOf(chain, `indexer-${process.pid}`);
  const treasury = new Wallet(id("tributary index: treasury")).address;
  const book = await deploySuite(chain, { treasury, deploymentId });
  // The journal is for chains that outlive the process.
  await rm(join("ignition", "deployments", deploymentId), { recursive: true });
  const suite = await connectSuite(book, provider);
  const [owner] = (await request("eth_accounts")) as string[];
  if (owner === undefined) throw new Error("the node has no account of its own");
  await request("hardhat_setBalance", [owner, `0x${(10n ** 24n).toString(16)}`]);

  /** Sends a transaction of the node's own account and waits for its receipt. */
  const send = async (call: { to?: string | undefined; data: string }): Promise<{ contractAddress: string }> => {
    const hash = await request("eth_sendTransaction", [{ from: owner, gas: GAS, ...call }]);
    for (;;) {
      const found = await request("eth_getTransactionReceipt", [hash]);
      if (found === null) {
        await sleep(2);
        continue;
      }
      const receipt = found as { status: string; contractAddress: string };
      if (receipt.status !== "0x1") throw new Error("a transaction of the benchmark failed");
      return receipt;
    }
  };
  const wallets: string[] = [];
  for (let i = 0; i < WALLETS; i++) {
    wallets.push((await send({ data: ScriptedWallet__factory.bytecode })).contractAddress);
  }
  const script = ScriptedWallet__factory.createInterface();
  let done = 0;
  /** Has wallets make their calls in turns. */
  const play = async (count: number, each: number, call: (i: number) => Call): Promise<void> => {
    for (let from = 0; from < count; from += CALLS) {
      const calls = Array.from({ length: Math.min(CALLS, count - from) }, (_, i) => call(from + i));
      await send({ to: wallets[(from / CALLS) % WALLETS], data: script.encodeFunctionData("run", [calls]) });
      done += each * calls.length;
      show(done);
    }
  };

  const { datasets, models, market, currency, ledger, payouts } = suite;
  const at = book.contracts;
  const terms = {
    modality: 0,
    curation: 0,
    training: 0,
    streamBps: 3_000,
    proRataBps: 5_000,
    rowCap: ROWS,
    deposit: 0,
  };
  const face = datasets.interface;
  const creation = face.encodeFunctionData("createDataset", [terms, "MIT", id("description"), ""]);
  await send({ to: at.datasets, data: creation });
  const parts = Math.ceil(events / 2_000);
  await play(MIX.contributions * parts, 2, (i) => ({
    target: at.datasets,
    data: face.encodeFunctionData("contribute", [1n, id(`rows ${i}`), ROWS, ""]),
  }));
  await send({ to: at.datasets, data: face.encodeFunctionData("freeze", [1n]) });
  const registration = {
    kind: 0,
    artifactDigest: id("a model"),
    recipeDigest: id("a recipe"),
    supersedes: 0n,
    priceHint: PRICE,
    operator: owner,
    children: { kinds: 0, leastBps: 0 },
    parents: [],
    sources: [{ dataset: 1n, version: 1, shareBps: 3_000, permission: [] }],
    uri: "",
  };
  const model = 1n;
  await send({ to: at.models, data: models.interface.encodeFunctionData("register", [registration]) });
  await send({ to: at.market, data: market.interface.encodeFunctionData("list", [model, PRICE]) });

  const most = PRICE * BigInt(2_000 * parts);
  for (const wallet of wallets) {
    await send({ to: at.currency, data: currency.interface.encodeFunctionData("mint", [wallet, 2n * most]) });
    const calls = [
      { target: at.currency, data: currency.interface.encodeFunctionData("approve", [at.market, 2n * most]) },
      { target: at.market, data: market.interface.encodeFunctionData("deposit", [wallet, model, most]) },
    ];
    await send({ to: wallet, data: script.encodeFunctionData("run", [calls]) });
  }
  await play(MIX.payments * parts, 2, (i) => ({
    target: at.market,
    data: market.interface.encodeFunctionData("pay", [model, PRICE, id(`request ${i}`)]),
  }));
  await play(MIX.prepaid * parts, 1, (i) => ({
    target: at.market,
    data: market.interface.encodeFunctionData("payPrepaid", [model, PRICE, id(`call ${i}`)]),
  }));
  await send({ to: at.ledger, data: ledger.interface.encodeFunctionData("distribute", [model]) });
  await play(MIX.claims * parts, 1, (i) => ({
    target: at.payouts,
    data: payouts.interface.encodeFunctionData("claimProRataOf", [proRataPlace(model << 8n, i)]),
  }));
  return suite;
}
