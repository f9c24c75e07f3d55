import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";

const PAGES = "docs/reviews";

describe("Reviews", () => {
  it("name tests that are there, and every page stands in the index", async () => {
    const index = await readFile(`${PAGES}/README.md`, "utf8");
    const pages = (await readdir(PAGES)).filter((name) => name !== "README.md");
    for (const name of pages) {
      expect(index, name).to.contain(`](${name})`);
      const page = await readFile(`${PAGES}/${name}`, "utf8");
      for (const [, file = "", title = ""] of page.matchAll(/`(\w+\.test\.ts)`(?: "([^"]+)")?/g)) {
        expect(await readFile(`test/contracts/${file}`, "utf8"), `${file}, of ${name}`).to.contain(title);
      }
    }
  });
});
