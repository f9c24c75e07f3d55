import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../metadata/", import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && name !== "folder.ts")
  .map((name) => name.replaceAll("\\", "/"));

describe("datasets' and models' metadata", () => {
  it("is there", () => expect(sources.length).to.be.above(10));

  for (const name of sources) {
    const code = readFileSync(root + name, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

    it(`${name} knows no disk, chain or clock`, () => {
      const imports = [...code.matchAll(/from "([^"]+)"/g)].map((match) => match[1]!);
      const allowed = /^\.\.?\/(?!.*folder\.ts)(?!.*(client|services|cli|scripts)\/).+\.ts$|^yaml$|^csv-parse\/sync$/;
      expect(imports.filter((path) => !allowed.test(path))).to.deep.equal([]);
      // What an intake finds is evidence: everybody must find the same.
      if (name.startsWith("intake/")) {
        expect(code.match(/Math\.(?!abs|ceil|floor|imul|max|min|sqrt)\w+/g) ?? []).to.deep.equal([]);
      }
      expect(code.match(/new Date|Date\.|Math\.random|\bprocess\b|\bBuffer\b|localeCompare/g) ?? []).to.deep.equal([]);
    });
  }
});
