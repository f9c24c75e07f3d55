import { BrowserProvider, id, Wallet } from "ethers";
import { network } from "hardhat";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectSuite, proRataPlace, Sender, type Suite } from "../../client/index.ts";
import { fundDollars, fundGas } from "../../scripts/demo/cast.ts";
import { deploymentIdOf, deploySuite } from "../../scripts/deployment.ts";
import type { Chain } from "../../scripts/network.ts";
import { ScriptedWallet__factory } from "../../typechain-types/index.ts";

/** Contract wallets that contribute and pay: each makes many calls in one transaction. */
const WALLETS = 64;
/** Calls of one transaction: few enough for its gas. */
const CALLS = 200;
const GAS = "0x1c00000";
const PRICE = 10_000n;
const ROWS = 100;

/** How many events come of each kind, in 2,000: contributions, payments from wallets and from prepaid money, claims. */
const MIX = { contributions: 400, payments: 200, prepaid: 600, claims: 200 } as const;

interface Call {
  readonly target: string;
  readonly data: string;
}

/**
 * Fills a development chain with contributions, payments and claims of contract wallets.
 *
 * @param show - told how many events there are
 */
export async function fillChain(url: string, events: number, show: (events: number) => void): Promise<Suite> {
  const connection = await network.create({ network: "localhost", override: { url } });
  const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
  const client = String(await connection.provider.request({ method: "web3_clientVersion" }));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
  const chain: Chain = { connection, provider, chainId, client };
  const owner = new Sender(new Wallet(id("tributary index: owner")), provider);
  const deploymentId = await deploymentIdOf(chain, `indexer-${process.pid}`);
  const book = await deploySuite(chain, {
    treasury: new Wallet(id("tributary index: treasury")).address,
    deploymentId,
  });
  // The journal is for chains that outlive the process.
  await rm(join("ignition", "deployments", deploymentId), { recursive: true });
  const suite = await connectSuite(book, provider);
  await fundGas(chain, [owner], () => undefined);
  const request = (method: string, params: unknown[] = []): Promise<unknown> =>
    connection.provider.request({ method, params });
  await request("hardhat_setBalance", [owner.address, `0x${(10n ** 24n).toString(16)}`]);
  const [faucet] = await connection.ethers.getSigners();
  if (faucet === undefined) throw new Error("the node has no account of its own");
  await request("hardhat_setBalance", [faucet.address, `0x${(10n ** 24n).toString(16)}`]);

  const parts = Math.ceil(events / 2_000);
  const wallets: string[] = [];
  for (let i = 0; i < WALLETS; i++) {
    const wallet = await new ScriptedWallet__factory(faucet).deploy();
    await wallet.waitForDeployment();
    wallets.push(await wallet.getAddress());
  }
  let done = 0;
  const mined = async (hash: unknown): Promise<{ status: string }> => {
    for (;;) {
      const receipt = await request("eth_getTransactionReceipt", [hash]);
      if (receipt !== null) return receipt as { status: string };
      await sleep(2);
    }
  };
  const runner = ScriptedWallet__factory.createInterface();
  /** Has wallets make their calls in turns; a node mines a transaction when it gets it. */
  const play = async (count: number, each: number, call: (i: number) => Call): Promise<void> => {
    for (let from = 0; from < count; from += CALLS) {
      const calls = Array.from({ length: Math.min(CALLS, count - from) }, (_, i) => call(from + i));
      const transaction = {
        from: faucet.address,
        to: wallets[(from / CALLS) % WALLETS],
        data: runner.encodeFunctionData("run", [calls]),
        gas: GAS,
      };
      const hash = await request("eth_sendTransaction", [transaction]);
      const receipt = await mined(hash);
      if (receipt.status !== "0x1") throw new Error("a transaction of the benchmark failed");
      done += each * calls.length;
      show(done);
    }
  };

  const { datasets, models, market, currency, ledger, payouts } = suite;
  const terms = {
    modality: 0,
    curation: 0,
    training: 0,
    streamBps: 3_000,
    proRataBps: 5_000,
    rowCap: ROWS,
    deposit: 0,
  };
  await owner.send(
    "creating the dataset",
    datasets.createDataset.populateTransaction(terms, "MIT", id("description"), ""),
  );
  const dataset = await datasets.datasetCount();
  await play(MIX.contributions * parts, 2, (i) => ({
    target: book.contracts.datasets,
    data: datasets.interface.encodeFunctionData("contribute", [dataset, id(`rows ${i}`), ROWS, ""]),
  }));
  await owner.send("freezing", datasets.freeze.populateTransaction(dataset));
  await owner.send(
    "registering the model",
    models.register.populateTransaction({
      kind: 0,
      artifactDigest: id("a model"),
      recipeDigest: id("a recipe"),
      supersedes: 0n,
      priceHint: PRICE,
      operator: owner.address,
      children: { kinds: 0, leastBps: 0 },
      parents: [],
      sources: [{ dataset, version: 1, shareBps: 3_000, permission: [] }],
      uri: "",
    }),
  );
  const model = await models.modelCount();
  await owner.send("listing the model", market.list.populateTransaction(model, PRICE));
  const most = PRICE * BigInt(2_000 * parts);
  await fundDollars(suite, owner, most * BigInt(WALLETS), await market.getAddress());
  for (const wallet of wallets) {
    await owner.send("funding a wallet", currency.mint.populateTransaction(wallet, most), 100_000n);
    await owner.send("prepaying", market.deposit.populateTransaction(wallet, model, most), 500_000n);
  }
  const approval = currency.interface.encodeFunctionData("approve", [book.contracts.market, most]);
  for (const wallet of wallets) {
    const calls = [{ target: book.contracts.currency, data: approval }];
    await (await ScriptedWallet__factory.connect(wallet, faucet).run(calls)).wait();
  }
  const pay =
    (method: "pay" | "payPrepaid") =>
    (i: number): Call => ({
      target: book.contracts.market,
      data: market.interface.encodeFunctionData(method as "pay", [model, PRICE, id(`${method} ${i}`)]),
    });
  await play(MIX.payments * parts, 2, pay("pay"));
  await play(MIX.prepaid * parts, 1, pay("payPrepaid"));
  await owner.send("distributing", ledger.distribute.populateTransaction(model));
  await play(MIX.claims * parts, 1, (i) => ({
    target: book.contracts.payouts,
    data: payouts.interface.encodeFunctionData("claimProRataOf", [proRataPlace(model << 8n, i)]),
  }));
  return suite;
}
