import { expect } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { refusalHint } from "../../client/index.ts";

const ARTIFACTS = join("artifacts", "contracts");
/** What only a deployment, a contract of the suite or a broken file can run into. */
const INNER =
  /^(AlreadyAppointed|InvalidShortString|Not(Appointed|Ascending|Attribution|Challenges|Deployer|Ledger|Market|Payouts)|(Reentrancy|Safe|String|ERC|ECDSA|Zero|InvalidAccount|TooMany|Wrong(Interval|Lanes)).*|.*(OutOfRange|TooHigh|TooLong|Missing|Length|Mismatch|NotEmpty|NotFound|Full|Kinds|CapZero|NotShown|NotInIndex|Committed|Redeemed))$/;

/** Names of the custom errors of all contracts but the tests' own. */
async function errorNames(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const entry of await readdir(ARTIFACTS, { recursive: true })) {
    if (!entry.endsWith(".json") || entry.startsWith("mocks")) continue;
    const { abi = [] } = JSON.parse(await readFile(join(ARTIFACTS, entry), "utf8")) as {
      abi?: { type: string; name: string }[];
    };
    for (const { type, name } of abi) if (type === "error") names.add(name);
  }
  return names;
}

describe("what is said of refusals", () => {
  let names: Set<string>;

  before(async () => {
    names = await errorNames();
  });

  it("has a sentence for every error that somebody who acts can run into", () => {
    expect(names.size).to.be.greaterThan(100);
    const silent = [...names].filter((name) => refusalHint(name) === undefined && !INNER.test(name));
    expect(silent).to.deep.equal([]);
  });

  it("speaks of errors that there are", async () => {
    const source = await readFile("client/refusals.ts", "utf8");
    const spoken = [...source.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => String(name));
    expect(spoken).to.have.length.greaterThan(80);
    expect(spoken.filter((name) => !names.has(name))).to.deep.equal([]);
    expect(spoken).to.deep.equal([...new Set(spoken)]);
  });
});
