import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Claim, claimsOf, vacuousIn } from "../../scripts/prove/claims.ts";
import { tableOf, withTable } from "../../scripts/prove/page.ts";
import { findSolver } from "../../scripts/prove/solver.ts";

const CLAIMS = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
library Halves {
    function half(uint256 x) internal pure returns (uint256) {
        assert(x < 10);
        return x / 2;
    }
}
contract Claims {
    function halves(uint256 x) external pure {
        require(x < 10);
        Halves.half(x);
    }
    function halvesOfMore(uint256 x) external pure {
        require(x < 20);
        Halves.half(x);
    }
    function floorsAreBelow(uint256 x, uint256 y) external pure {
        require(x < 2 ** 128 && y < 2 ** 128);
        assert((x * y) / 10_000 <= x * y); // ⌊xy/10,000⌋ ≤ xy
    }
    function floorsAddUp(uint128 x, uint128 y) external pure {
        assert(uint256(x) / 10 + uint256(y) / 10 == (uint256(x) + y) / 10);
    }
    function holdsOfNothing(uint256 x) external pure {
        require(x < 5 && x > 5);
        assert(x == 7);
    }
    function quotient(uint256 x, uint256 y) external pure returns (uint256) {
        return x / y;
    }
}
`;

describe("Proofs", function () {
  this.timeout(60_000);

  describe("of a contract", () => {
    let folder: string;
    let file: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "proofs-"));
      file = join(folder, "Claims.sol");
      await writeFile(file, CLAIMS);
    });
    after(() => rm(folder, { recursive: true }));

    const brief = ({ of, line, kind, proved }: Claim) => ({ of, line, kind, proved });

    describe("with the solver that is installed", () => {
      let claims: readonly Claim[];
      let vacuous: readonly string[];
      before(function () {
        const solver = findSolver();
        if (solver === undefined) {
          process.stderr.write("        skipped: z3 isn't installed. On Debian: apt-get install z3\n");
          this.skip();
        }
        claims = claimsOf(file, "Claims", solver.solve);
        vacuous = vacuousIn(file, "Claims", solver.solve);
      });

      it("are found where a claim holds, and where its operations can't overflow", () => {
        const found = claims.filter(({ of }) => of === "floorsAreBelow").map(brief);
        expect(found).to.deep.include({ of: "floorsAreBelow", line: 20, kind: "assertion", proved: true });
        expect(found).to.deep.include({ of: "floorsAreBelow", line: 20, kind: "overflow", proved: true });
        expect(found.every(({ proved }) => proved)).to.equal(true);
      });

      it("stay open where it doesn't, by line, and in a library where it doesn't at one of its uses", () => {
        const open = claims.filter(({ proved }) => !proved);
        expect(open.map(brief)).to.deep.equal([
          { of: "half", line: 5, kind: "assertion", proved: false },
          { of: "floorsAddUp", line: 23, kind: "assertion", proved: false },
          { of: "quotient", line: 30, kind: "division by zero", proved: false },
        ]);
        expect(open[1]?.text).to.match(/^assert\(uint256\(x\)/);
      });

      it("prove nothing where no arguments meet the premises, which is told", () => {
        expect(claims.filter(({ of }) => of === "holdsOfNothing").every(({ proved }) => proved)).to.equal(true);
        expect(vacuous).to.deep.equal(["holdsOfNothing"]);
      });
    });

    it("are open, each of them, where the solver knows no answer", () => {
      const claims = claimsOf(file, "Claims", () => "unknown\n");
      expect(claims.filter(({ proved }) => proved)).to.deep.equal([]);
      expect(new Set(claims.map(({ kind }) => kind))).to.deep.equal(
        new Set(["assertion", "overflow", "division by zero"]),
      );
    });

    it("of what doesn't compile, or of code that the checker doesn't look into, are an error that says so", async () => {
      const wrong = join(folder, "Wrong.sol");
      await writeFile(
        wrong,
        CLAIMS.replace("uint256 x, uint256 y) external pure returns", "uint256 x) external returns"),
      );
      expect(() => claimsOf(wrong, "Claims", () => "unknown\n")).to.throw("Undeclared identifier");
      await writeFile(wrong, CLAIMS.replace("return x / y;", "assembly { return(x, y) }"));
      expect(() => claimsOf(wrong, "Claims", () => "unknown\n")).to.throw(
        /the model checker says what isn't understood \(\d+\)/,
      );
    });
  });

  describe("on their page", () => {
    const claim = { contract: "C", file: "C.sol", line: 1, of: "f", kind: "assertion", text: "", proved: true };
    const claims: readonly Claim[] = [claim, { ...claim, line: 2, proved: false }, { ...claim, kind: "overflow" }];
    const table = tableOf(claims);

    it("are counted by function", () => {
      expect(table.split("\n").at(-1)).to.equal("| C | f | 1 of 2 | 1 |");
    });

    it("replace the table between its marks, and nothing else", () => {
      const page = "a\n<!-- proofs:begin -->\nold\n<!-- proofs:end -->\nb\n";
      expect(withTable(page, table)).to.equal(`a\n<!-- proofs:begin -->\n${table}\n<!-- proofs:end -->\nb\n`);
    });

    for (const page of ["a\n", "<!-- proofs:begin -->\n", "<!-- proofs:end -->\n"])
      it(`are refused by a page that lost its marks: ${JSON.stringify(page)}`, () =>
        expect(() => withTable(page, table)).to.throw("has lost its marks"));
  });
});
