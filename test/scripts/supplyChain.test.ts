import { expect } from "chai";
import { installScripts, licencesPage, lockfile, pins } from "../../scripts/supplyChain/checks.ts";
import { licenceOf } from "../../scripts/supplyChain/licences.ts";
import {
  installed,
  type Locked,
  type Lockfile,
  type Manifest,
  type Package,
} from "../../scripts/supplyChain/packages.ts";

const MANIFEST: Manifest = {
  dependencies: { ethers: "6.17.0" },
  devDependencies: { solc: "0.8.37", chai: "^6.0.0" },
  allowScripts: { esbuild: true },
};
const entry = (version: string, more: Partial<Locked> = {}): Locked => ({
  version,
  integrity: "sha512-AA==",
  license: "MIT",
  ...more,
});

function lockWith(more: Readonly<Record<string, Locked>> = {}): Lockfile {
  const packages = {
    "": { dependencies: MANIFEST.dependencies, devDependencies: MANIFEST.devDependencies } as Locked,
    "node_modules/ethers": entry("6.17.0"),
    "node_modules/solc": entry("0.8.37", { dev: true }),
    "node_modules/chai": entry("6.3.0", { dev: true }),
    "node_modules/esbuild": entry("0.28.2", { hasInstallScript: true }),
  };
  return { lockfileVersion: 3, packages: { ...packages, ...more } };
}

describe("The supply chain", () => {
  it("is in order where pins are exact, the lockfile agrees, and scripts are approved", () => {
    expect([
      ...pins(MANIFEST),
      ...lockfile(MANIFEST, lockWith()),
      ...installScripts(MANIFEST, lockWith()),
    ]).to.deep.equal([]);
  });

  describe("pins", () => {
    const refuses = (manifest: Manifest, name: string) =>
      expect(pins(manifest))
        .to.have.length(1)
        .and.to.satisfy(([problem]: string[]) => problem!.startsWith(name));

    it("refuse a range of anything that runs", () => refuses({ dependencies: { a: "^1.0.0" } }, "a "));
    it("refuse a range of the compiler", () => refuses({ devDependencies: { solc: "~0.8.37" } }, "solc "));
    it("refuse a tag", () => refuses({ dependencies: { a: "latest" } }, "a "));
    it("refuse a range in an override, however deep", () => refuses({ overrides: { a: { b: ">=1" } } }, "b "));
    it("allow ranges of what only tests use", () => {
      expect(pins({ devDependencies: { chai: "^6.0.0" } })).to.deep.equal([]);
    });
  });

  describe("the lockfile", () => {
    const problems = (lock: Lockfile, manifest = MANIFEST) => lockfile(manifest, lock).join("\n");

    it("must ask for what package.json asks for", () => {
      expect(problems(lockWith(), { ...MANIFEST, dependencies: { ethers: "6.17.1" } })).to.match(
        /ethers 6\.17\.0 in its dependencies/,
      );
      expect(problems(lockWith(), { ...MANIFEST, dependencies: {} })).to.match(/ethers 6\.17\.0/);
      expect(problems(lockWith(), { ...MANIFEST, dependencies: { ...MANIFEST.dependencies, a: "1.0.0" } })).to.match(
        / a not /,
      );
    });
    it("must install the pinned version", () => {
      expect(problems(lockWith({ "node_modules/ethers": entry("6.16.0") }))).to.match(/installs ethers 6\.16\.0/);
    });
    it("must hash every package", () => {
      const bare: Locked = { version: "1.0.0", license: "MIT" };
      expect(problems(lockWith({ "node_modules/a/node_modules/b": bare }))).to.match(
        /a\/node_modules\/b has no sha-512/,
      );
      expect(problems(lockWith({ "node_modules/a": entry("1.0.0", { integrity: "sha1-AA==" }) }))).to.match(
        /no sha-512/,
      );
    });
    it("must take nothing from elsewhere than the registry", () => {
      const elsewhere = entry("1.0.0", { resolved: "git+ssh://git@example.org/a.git" });
      expect(problems(lockWith({ "node_modules/a": elsewhere }))).to.match(/not from the registry/);
    });
  });

  describe("install scripts", () => {
    it("are refused unless approved, also of nested packages", () => {
      const lock = lockWith({ "node_modules/a/node_modules/@b/c": entry("1.0.0", { hasInstallScript: true }) });
      expect(installScripts(MANIFEST, lock).join()).to.match(/^@b\/c runs a script/);
      expect(installScripts({ ...MANIFEST, allowScripts: { esbuild: false } }, lockWith()).join()).to.match(
        /^esbuild runs/,
      );
    });
    it("that are approved for nothing are told", () => {
      const approved = { ...MANIFEST, allowScripts: { esbuild: true, gone: true } };
      expect(installScripts(approved, lockWith()).join()).to.match(/names gone/);
    });
  });

  describe("licences", () => {
    const of = (declared: string | undefined, name = "a"): Package => ({
      name,
      version: "1.0.0",
      path: "",
      declared,
      dev: false,
    });

    it("that ask for a notice at most pass, alone and together", () => {
      for (const licence of ["MIT", "(Apache-2.0 OR MIT)", "MIT AND Zlib", "Apache-2.0 WITH LLVM-exception"])
        expect(licenceOf(of(licence)).problems).to.deep.equal([]);
    });
    it("that nobody looked at are refused, as is none", () => {
      for (const licence of ["GPL-3.0", "(MIT OR GPL-3.0)", "SEE LICENSE IN LICENSE", undefined])
        expect(licenceOf(of(licence)).problems).to.have.length(1);
    });
    it("that were looked at pass as long as they stay what they were", () => {
      expect(licenceOf(of("MPL-2.0", "axe-core")).problems).to.deep.equal([]);
      expect(licenceOf(of("GPL-3.0", "axe-core")).problems).to.have.length(1);
    });
    it("are listed once for each version, under what they run for", () => {
      const lock = lockWith({ "node_modules/x/node_modules/chai": entry("6.3.0") });
      const packages = installed(lock).map((each) => ({ ...each, licence: licenceOf(each) }));
      const [run, develop] = licencesPage(packages).split("## To develop");
      expect(run).to.include("**MIT** (3): chai 6.3.0, esbuild 0.28.2, ethers 6.17.0.");
      expect(develop).to.include("**MIT** (1): solc 0.8.37.");
    });
  });
});
