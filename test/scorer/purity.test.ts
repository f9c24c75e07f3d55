import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../scorer/", import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.startsWith("kernels/assembly/"),
);

describe("the scorer's core", () => {
  it("is there", () => expect(sources.length).to.be.above(15));

  for (const name of sources) {
    const code = readFileSync(root + name, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

    it(`${name} imports nothing but itself and hash functions`, () => {
      const imports = [...code.matchAll(/from "([^"]+)"/g)].map((match) => match[1]!);
      expect(
        imports.filter(
          (path) => !/^\.\.?\/.+\.ts$/.test(path) && !path.startsWith("@noble/hashes/") && path !== "hash-wasm",
        ),
      ).to.deep.equal([]);
    });

    it(`${name} computes with what every engine computes alike`, () => {
      expect(
        code.match(
          /Math\.(?!abs|ceil|floor|imul|max|min|sqrt)\w+|\bDate\b|\bIntl\b|toLocale|localeCompare|\.normalize\(/g,
        ) ?? [],
      ).to.deep.equal([]);
    });
  }
});
