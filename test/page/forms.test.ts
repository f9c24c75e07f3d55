import { expect } from "chai";
import type { Dataset, Model } from "../../client/indexApi/index.ts";
import { checkRegistration, type EnteredSource, type Known } from "../../explorer/pages/register/registration.ts";
import { amountEntry, enteredAmount, enteredBps, enteredId } from "../../explorer/words/entries.ts";

describe("what is entered into forms", () => {
  it("reads amounts exactly, and refuses what the currency can't hold", () => {
    expect(enteredAmount("12.5", 6)).to.equal(12_500_000n);
    expect(enteredAmount(" 1,234,567.000001 ", 6)).to.equal(1_234_567_000_001n);
    expect(enteredAmount("0", 0)).to.equal(0n);
    // Beyond what a float holds.
    expect(enteredAmount("9007199254740993.000001", 6)).to.equal(9_007_199_254_740_993_000_001n);
    for (const bad of ["", ".", "1.", ".5", "-1", "1e3", "0x10", "1.0000001", "1.2.3", "one"]) {
      expect(enteredAmount(bad, 6), bad).to.equal(undefined);
    }
  });

  it("writes amounts so that they read the same", () => {
    for (const amount of [0n, 1n, 999_999n, 1_000_000n, 1_500_000n, 123_456_789_012_345n]) {
      expect(enteredAmount(amountEntry(amount, 6), 6)).to.equal(amount);
    }
    expect([amountEntry(100_000n, 6), amountEntry(7n, 0)]).to.deep.equal(["0.1", "7"]);
  });

  it("reads percentages as basis points", () => {
    expect([enteredBps("100"), enteredBps("12.34 %"), enteredBps("0")]).to.deep.equal([10_000, 1_234, 0]);
    for (const bad of ["100.01", "1.234", "", "a"]) expect(enteredBps(bad), bad).to.equal(undefined);
  });

  it("reads numbers of the chain from 1 on", () => {
    expect([enteredId("1"), enteredId(" 42 ")]).to.deep.equal([1, 42]);
    for (const bad of ["0", "01", "-1", "1.5", "", "1 2", "9".repeat(16)])
      expect(enteredId(bad), bad).to.equal(undefined);
  });
});

const FINE_TUNE = 1;
/** Members that the checks don't look at are left out. */
const KNOWN: Known = {
  models: new Map([
    [1, { id: 1, childKinds: 0b11_1111, childBps: 1_000 } as Model],
    [2, { id: 2, childKinds: 0, childBps: 0 } as Model],
    [3, { id: 3, childKinds: 0b10_0000, childBps: 0 } as Model],
    [9, null],
  ]),
  datasets: new Map([
    [1, { id: 1, versions: 2, streamBps: 5_000, training: 0 } as Dataset],
    [2, { id: 2, versions: 0, streamBps: 0, training: 0 } as Dataset],
    [3, { id: 3, versions: 3, streamBps: 0, training: 1 } as Dataset],
    [9, null],
  ]),
  permissions: new Map([
    ["3/1", { proof: ["0x01"], because: "Your wallet is on the list." }],
    ["3/2", { fault: "Your wallet isn't on the list." }],
  ]),
};

function source(id: string, share: string, version = "1"): EnteredSource {
  return { id, share, version };
}

/** What is said of one parent, and of one dataset. */
function said(parent: EnteredSource | undefined, dataset: EnteredSource | undefined): readonly (string | undefined)[] {
  const entered = { kind: FINE_TUNE, parents: [parent ?? []].flat(), datasets: [dataset ?? []].flat() };
  const { parents, datasets } = checkRegistration(entered, KNOWN);
  return [...parents, ...datasets].map(({ fault }) => fault);
}

describe("the check of a registration", () => {
  it("takes what the registry takes, and leaves the rest to the developer", () => {
    const entered = { kind: FINE_TUNE, parents: [source("1", "10")], datasets: [source("1", "50", "2")] };
    const { developerBps, fault, waits, parents, datasets } = checkRegistration(entered, KNOWN);
    expect([developerBps, fault, waits]).to.deep.equal([4_000, undefined, false]);
    expect([...parents, ...datasets].map(({ bps, fault: own }) => [bps, own])).to.deep.equal([
      [1_000, undefined],
      [5_000, undefined],
    ]);
  });

  it("says of each parent what is wrong", () => {
    expect(said(source("1", "9.99"), undefined)[0]).to.equal("Model 1 asks for 10 % or more.");
    expect(said(source("1", ""), undefined)[0]).to.equal("Enter its share: model 1 asks for 10 % or more.");
    expect(said(source("2", "5"), undefined)[0]).to.equal("Model 2 allows no models made from it.");
    expect(said(source("3", "5"), undefined)[0]).to.equal("Model 3 doesn’t allow a fine-tune made from it.");
    expect(said(source("9", "5"), undefined)[0]).to.equal("There is no model 9.");
    expect(said(source("x", "5"), undefined)[0]).to.equal("Enter the model’s number.");
    expect(said(source("1", "101"), undefined)[0]).to.match(/percentage from 0 to 100/);
  });

  it("says of each dataset what is wrong", () => {
    expect(said(undefined, source("1", "49.99"))[0]).to.equal("Dataset 1 asks for 50 % or more.");
    expect(said(undefined, source("1", "50", "3"))[0]).to.equal("Enter a version of dataset 1, from 1 to 2.");
    expect(said(undefined, source("2", "50"))[0]).to.equal("Dataset 2 has no frozen version yet.");
    expect(said(undefined, source("3", "50", "2"))[0]).to.equal("Your wallet isn't on the list.");
    expect(said(undefined, source("9", "50"))[0]).to.equal("There is no dataset 9.");
  });

  it("lets a wallet name a dataset whose list of trainers it is on, once that is known", () => {
    const finding = (version: string) =>
      checkRegistration({ kind: FINE_TUNE, parents: [], datasets: [source("3", "5", version)] }, KNOWN).datasets[0];
    expect([finding("1")?.fault, finding("1")?.waits, finding("1")?.permission?.proof]).to.deep.equal([
      undefined,
      false,
      ["0x01"],
    ]);
    expect([finding("3")?.waits, finding("3")?.permission]).to.deep.equal([true, undefined]);
  });

  it("refuses what is named twice, shares above the whole, and parents of a base model", () => {
    const twice = { kind: FINE_TUNE, parents: [source("1", "10"), source("1", "10")], datasets: [] };
    expect(checkRegistration(twice, KNOWN).parents[1]?.fault).to.equal("Model 1 is named twice.");
    const much = { kind: FINE_TUNE, parents: [source("1", "60")], datasets: [source("1", "50")] };
    expect(checkRegistration(much, KNOWN).fault).to.match(/get 110 % together/);
    const base = { kind: 0, parents: [source("1", "10")], datasets: [] };
    expect(checkRegistration(base, KNOWN).fault).to.match(/base model has no parents/);
  });

  it("waits for what isn't known yet", () => {
    const entered = { kind: FINE_TUNE, parents: [source("5", "10")], datasets: [] };
    const { waits, parents } = checkRegistration(entered, KNOWN);
    expect([waits, parents[0]?.fault]).to.deep.equal([true, undefined]);
  });
});
