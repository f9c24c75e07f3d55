import { expect } from "chai";
import { execute, type Finished, freePort, hasAnvil, type Node, rpc, startAnvil } from "../support/process.ts";

const DEMO = "scripts/demo.ts";

/** Contributors, callers and all others on one path, on real mails: what the demo promises. */
function expectSound({ code, stdout, stderr }: Finished): void {
  expect(code, stderr).to.equal(0);
  expect(stdout.trim().split("\n"), "stdout holds the JSON line and nothing else").to.have.lengthOf(1);
  const result = JSON.parse(stdout) as Record<string, unknown>;
  expect(result).to.have.all.keys(
    "ok",
    "contributors",
    "inferences",
    "accuracy",
    "paidIn",
    "accounted",
    "fraudCaught",
    "seconds",
  );
  expect(result.ok).to.equal(true);
  expect(result.fraudCaught).to.equal(true);
  expect(result.paidIn).to.equal(result.accounted);
  expect(result.contributors).to.be.at.least(100);
  expect(result.inferences).to.be.at.least(500);
  expect(result.accuracy).to.be.at.least(0.93);
  expect(result.seconds).to.be.at.most(120);
}

describe("the demo, end to end", function () {
  this.timeout(240_000);
  let node: Node | undefined;

  afterEach(() => {
    node?.process.kill();
    node = undefined;
  });

  it("catches the fraud and balances the books on Hardhat's chain", async () => {
    expectSound(await execute("tsx", [DEMO, "--json"]));
  });

  it("does the same on anvil", async function () {
    if (!(await hasAnvil())) this.skip();
    node = await startAnvil();
    expectSound(await execute("tsx", [DEMO, "--json", "--network", "localhost"], { TRIBUTARY_LOCALHOST: node.url }));
  });

  it("sends nothing to a chain whose clock can't be moved, and says why", async function () {
    if (!(await hasAnvil())) this.skip();
    node = await startAnvil("--chain-id", "10");
    const run = await execute("tsx", [DEMO, "--network", "localhost"], { TRIBUTARY_LOCALHOST: node.url });
    expect(run.code).to.equal(1);
    expect(run.stderr).to.match(/only a development node allows.*Nothing was sent/s);
    expect(await rpc(node.url, "eth_blockNumber")).to.equal("0x0");
  });

  it("says that a node can't be reached", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const run = await execute("tsx", [DEMO, "--network", "localhost"], { TRIBUTARY_LOCALHOST: url });
    expect(run.code).to.equal(1);
    expect(run.stderr).to.match(/the node can't be reached/);
  });

  it("refuses a flag that it doesn't know", async () => {
    const run = await execute("tsx", [DEMO, "--colour"]);
    expect(run.code).to.equal(2);
    expect(run.stderr).to.match(/Known flags: --network, --json/);
  });
});
