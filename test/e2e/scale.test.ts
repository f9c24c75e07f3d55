import { expect } from "chai";
import { execute } from "../support/process.ts";

const BENCH = "bench/scale.ts";

describe("the scale benchmark", function () {
  this.timeout(60_000);

  it("prints one JSON object with what it measured", async () => {
    const { code, stdout, stderr } = await execute("tsx", [
      BENCH,
      "--json",
      "--contributions",
      "1000",
      "--lanes",
      "16",
    ]);
    expect(code, stderr).to.equal(0);
    expect(stdout.trim().split("\n")).to.have.lengthOf(1);
    const { gas, ...figures } = JSON.parse(stdout) as Record<string, number> & { gas: Record<string, number> };
    const { contributions, lanes, ...measured } = figures;
    expect(Object.keys(gas).map((step) => step.split(" ")[0])).to.deep.equal([
      ...["propose", "challenge", "open", "descend", "open", "descend", "defend"],
      ...["finalise", "settle", "claim", "refute"],
    ]);
    expect([contributions, lanes]).to.deep.equal([1000, 16]);
    expect(measured).to.have.all.keys("scoreSeconds", "treeSeconds", "indexSeconds", "peerTreeSeconds", "rssMiB");
    for (const [key, value] of Object.entries(measured)) expect(value, key).to.be.a("number").above(0);
    expect(measured.rssMiB).to.be.below(2048);
  });

  it("refuses sizes that no stream has", async () => {
    const wrong = [
      ["--contributions", "0"],
      ["--contributions", "1048577"],
      ["--lanes", "24"],
      ["--lanes", "1e3"],
    ];
    for (const flags of wrong) {
      const { code, stdout, stderr } = await execute("tsx", [BENCH, ...flags]);
      expect([code, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.match(/^error: --(contributions|lanes) .*: expected a whole number from/);
    }
  });
});
