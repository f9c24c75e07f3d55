import { expect } from "chai";
import { attackFiles, attacksIn, readCases } from "../../scripts/attacks/list.ts";

describe("The page on attacks", () => {
  it("has the forty-six cases in order, each with a test that is there", async () => {
    const [cases, files] = [await readCases(), await attackFiles()];
    expect(cases.map(({ number }) => number)).to.deep.equal(Array.from({ length: 46 }, (_, i) => i + 1));
    for (const { number, name, tests } of cases) {
      expect(name, `attack ${number}`).not.to.equal("");
      expect(tests, `attack ${number}`).not.to.deep.equal([]);
      for (const { file, title } of tests) {
        expect(files.get(file) ?? "", file).to.match(/./);
        const written = ['"', "`"].some((quote) => files.get(file)?.includes(`${quote}attack ${number}: ${title}`));
        expect(written, `${file}: attack ${number}: ${title}`).to.equal(true);
      }
    }
  });

  it("has a line for every test that names an attack", async () => {
    const numbers = new Set((await readCases()).map(({ number }) => number));
    for (const [file, text] of await attackFiles()) {
      for (const number of attacksIn(text)) expect(numbers.has(number), `${file}: attack ${number}`).to.equal(true);
      expect(text, `${file}: an attack without a number`).not.to.match(/(it|describe)\(\s*["`]attack:/);
    }
  });
});
