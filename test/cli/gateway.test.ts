import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Sender } from "../../client/index.ts";
import { fundDollars } from "../../scripts/demo/cast.ts";
import { moveTime } from "../../scripts/network.ts";
import { encodeHead, encodeWhitening } from "../../scorer/index.ts";
import { type GatewayWorld, startWorld } from "../gateway/support.ts";
import { cliIn, expectFailure, jsonOf, type RunCli } from "./support/cli.ts";
import { type Serving, startServing } from "./support/serving.ts";

describe("command line of gateways", () => {
  let world: GatewayWorld;
  let cli: RunCli;
  let env: Record<string, string>;
  let model = "";
  const keyOf = ({ signer }: Sender): Record<string, string> => ({ TRIBUTARY_PRIVATE_KEY: signer.privateKey });
  const file = (name: string): string => join(world.folder, name);

  before(async () => {
    world = await startWorld();
    env = { TRIBUTARY_RPC_URL: world.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") };
    cli = cliIn(world.folder, env);
    model = String(world.lineage.finetune);
    await mkdir(file("filter"));
    await writeFile(file("filter/head.bin"), encodeHead(world.trained.model.head));
    await writeFile(file("filter/whitening.bin"), encodeWhitening(world.trained.model.whitening));
    await writeFile(file("mail.txt"), "free offer: cheap money, click");
    const { suite, cast, lineage } = world;
    await fundDollars(suite, cast.agentMaker, 10_000_000n, suite.book.contracts.market);
    const deposit = suite.market.deposit.populateTransaction(cast.agentMaker.address, lineage.finetune, 1_000_000n);
    await cast.agentMaker.send("prepaying", deposit);
  });

  after(() => world.tearDown());

  const serving = (...more: readonly string[]): string[] => [
    ...["serve", "--model", model, "--backend", "spam-filter", "--filter", "filter", "--data", "gateway"],
    ...more,
  ];
  const startGateway = (): Promise<Serving> =>
    startServing(world.folder, [...serving(), "--broadcast"], { ...env, ...keyOf(world.cast.tuner) });
  const calling = (gateway: string, ...more: readonly string[]): string[] => [
    ...["call", model, "--input", "mail.txt", "--gateway", gateway, "--json"],
    ...more,
  ];

  it("lists, changes and delists a price", async () => {
    const { tuner } = world.cast;
    const preview = jsonOf<{ before: string; price: string }>(
      await cli(["price", "list", model, "0.2", "--from", tuner.address, "--json"]),
    );
    expect(preview).to.include({ before: "100000", price: "200000" });
    jsonOf(await cli(["price", "delist", model, "--broadcast", "--json"], keyOf(tuner)));
    expect(await world.suite.market.priceOf(model)).to.equal(0n);
    expectFailure(await cli(serving("--from", tuner.address)), 1, "isn't for sale");
    jsonOf(await cli(["price", "list", model, "0.1", "--broadcast", "--json"], keyOf(tuner)));
    expect(await world.suite.market.priceOf(model)).to.equal(100_000n);
    expectFailure(await cli(["price", "list", model, "0"]), 2, "above 0");
    expectFailure(await cli(["price", "list", model, "1", "--from", world.pauper.address]), 4, "NotModelOwner");
  });

  it("checks what is to be served", async () => {
    const shown = jsonOf<Record<string, unknown>>(await cli(serving("--json")));
    expect(shown).to.deep.include({ broadcast: false, operator: world.cast.tuner.address, calls: null });
    expectFailure(await cli(serving("--price", "0.05")), 2, "below the market's");
    expectFailure(await cli(serving("--input-price", "1")), 2, "two prices");
    expectFailure(await cli(serving("--input-price", "1", "--output-price", "1")), 2, "counts no tokens");
    expectFailure(await cli(serving("--broadcast"), keyOf(world.pauper)), 1, "the operator of model");
    const { head, whitening } = world.trained.model;
    await mkdir(file("other"));
    await writeFile(file("other/head.bin"), encodeHead({ ...head, coefficients: head.coefficients.map((c) => c + 1) }));
    await writeFile(file("other/whitening.bin"), encodeWhitening(whitening));
    const other = serving().map((arg) => (arg === "filter" ? "other" : arg));
    expectFailure(await cli(other), 6, "isn't what model");
    const upstream = ["serve", "--model", model, "--backend", "http://127.0.0.1:1", "--data", "gateway", "--json"];
    const tokens = await cli([...upstream, "--input-price", "0.5", "--output-price", "2"]);
    expect(jsonOf<{ pricing: unknown }>(tokens).pricing).to.deep.equal({
      kind: "tokens",
      inputRate: "500000",
      outputRate: "2000000",
      maxOutputTokens: 4_096,
    });
  });

  it("prepays by a permit, and shows the approval first to who has no key", async () => {
    const { suite, cast, lineage } = world;
    const { address } = cast.baseLab;
    await cast.baseLab.send("minting", suite.currency.mint.populateTransaction(address, 3_000_000n));
    type Prepaid = { balance: string; transactions: { function: string }[] };
    const asked = jsonOf<Prepaid>(await cli(["prepay", model, "2", "--from", address, "--json"]));
    expect(asked).to.deep.include({ balance: "0" });
    expect(asked.transactions.map(({ function: called }) => called)).to.deep.equal([
      "approve(address,uint256)",
      "deposit(address,uint256,uint256)",
    ]);
    const sent = jsonOf<Prepaid>(await cli(["prepay", model, "2", "--broadcast", "--json"], keyOf(cast.baseLab)));
    expect(sent).to.deep.include({ balance: "2000000" });
    expect(sent.transactions.map(({ function: called }) => called.split("(")[0])).to.deep.equal(["depositWithPermit"]);
    expect((await suite.market.channelOf(address, lineage.finetune)).balance).to.equal(2_000_000n);
    expectFailure(await cli(["prepay", model, "0"]), 2, "above 0");
  });

  it("serves, is paid, closes the interval, and proves the receipt", async () => {
    const { suite, cast, chain, lineage } = world;
    const gateway = await startGateway();
    const payer = keyOf(cast.agentMaker);
    try {
      const asked = jsonOf<{ price: string }>(await cli(calling(gateway.url, "--max-price", "0.1"), payer));
      expect(asked.price).to.equal("100000");
      const dear = await cli(calling(gateway.url, "--max-price", "0.09", "--broadcast"), payer);
      expect(dear.code).to.equal(1);
      expect(dear.stdout + dear.stderr).to.include("too-expensive");
      const paying = calling(gateway.url, "--max-price", "0.1", "--broadcast", "--receipt", "receipt.json");
      const paid = jsonOf<{ answer: string; price: string }>(await cli(paying, payer));
      expect(paid).to.include({ answer: '{"verdict":"spam"}', price: "100000" });
      expectFailure(await cli(["receipt", "verify", "mail.txt"]), 1, "no signed receipt");
      const signed = jsonOf<{ interval: number | null }>(await cli(["receipt", "verify", "receipt.json", "--json"]));
      expect(signed.interval).to.equal(null);
      const locked = await cli(
        ["usage", "close", "--model", model, "--data", "gateway", "--broadcast"],
        keyOf(cast.tuner),
      );
      expectFailure(locked, 1, "another gateway");
    } finally {
      gateway.process.kill("SIGTERM");
    }
    expect(jsonOf<{ calls: number }>(await gateway.ended).calls).to.equal(1);

    await moveTime(chain, Number(await suite.usage.CUTTING_PERIOD()));
    const closing = ["usage", "close", "--model", model, "--data", "gateway", "--json"];
    expect(jsonOf<Record<string, unknown>>(await cli(closing))).to.include({ broadcast: false, atReceiver: "0" });
    const ran = await cli([...closing, "--broadcast"], keyOf(cast.tuner));
    const closed = jsonOf(ran);
    expect(ran.stderr).to.include(`${cast.agentMaker.address} paid for 100.0 % of interval 0: the weights follow`);
    expect(closed).to.deep.include({ redeemed: "100000", swept: "0", cut: 0, reports: [0] });
    expect((await suite.market.channelOf(cast.agentMaker.address, lineage.finetune)).spent).to.equal(100_000n);
    expect(jsonOf(await cli([...closing, "--broadcast"], keyOf(cast.tuner)))).to.deep.include({
      cut: null,
      reports: [],
    });

    const verifying = ["receipt", "verify", "receipt.json", "--receipts"];
    const proven = jsonOf<Record<string, unknown>>(await cli([...verifying, "gateway/receipts-0.json", "--json"]));
    expect(proven).to.deep.include({ interval: 0, index: 0, amount: "100000" });
    const published = await readFile(file("gateway/receipts-0.json"), "utf8");
    await writeFile(file("altered.json"), published.replace(/"exponent":-?\d+/, '"exponent":5'));
    expectFailure(await cli([...verifying, "altered.json"]), 6, "isn't the one of its digest");
    const receipt = await readFile(file("receipt.json"), "utf8");
    await writeFile(file("forged.json"), receipt.replace('"amount":"100000"', '"amount":"1"'));
    expectFailure(await cli(["receipt", "verify", "forged.json"]), 6, "is signed by");
  });
});
