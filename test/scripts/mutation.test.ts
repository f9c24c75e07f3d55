import { createRequire } from "node:module";
import { expect } from "chai";
import { changesOf } from "../../scripts/mutation/solidity.ts";
import { type Change, Source, type SyntaxNode } from "../../scripts/mutation/mutants.ts";
import { quotas, shuffled } from "../../scripts/mutation/sample.ts";
import { failedTest } from "../../scripts/mutation/trial.ts";

const solc = createRequire(import.meta.url)("solc") as { compile: (input: string) => string };

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: { readonly a: { readonly ast: SyntaxNode } };
}

function compile(content: string): Output {
  const input = {
    language: "Solidity",
    sources: { a: { content } },
    settings: { outputSelection: { a: { "": ["ast"] } } },
  };
  return JSON.parse(solc.compile(JSON.stringify(input))) as Output;
}

/** The body of a function with one of its changes, for each of them. */
function mutantsOf(body: string, before = ""): string[] {
  const head = `pragma solidity 0.8.37; contract C { /* ≥ ⌊⌋ */ ${before} function f(uint a, uint b, bool p, bool q) external returns (uint r) {`;
  const content = `${head} ${body} } }`;
  const { errors, sources } = compile(content);
  const wrong = errors?.filter(({ severity }) => severity === "error") ?? [];
  if (wrong.length > 0) throw new Error(wrong[0]!.formattedMessage);
  const source = new Source(content);
  return changesOf(sources.a.ast, source)
    .map((change) => source.with(change))
    .map((mutated) => (mutated.startsWith(head) ? mutated.slice(head.length, -3).trim() : mutated));
}

describe("Mutants", () => {
  describe("of Solidity", () => {
    const cases: readonly (readonly [what: string, body: string, mutants: readonly string[]])[] = [
      ["arithmetic", "r = a + b;", ["{}", "r = a - b;"]],
      ["a relation, to its neighbour and its opposite", "p = a < b;", ["{}", "p = a <= b;", "p = a >= b;"]],
      ["an equality", "p = a == b;", ["{}", "p = a != b;"]],
      ["logic", "p = !p && q;", ["{}", "p = !p || q;", "p = p && q;"]],
      ["shifts", "r = a >> b;", ["{}", "r = a << b;"]],
      ["a compound assignment", "r += a;", ["{}", "r -= a;"]],
      ["an increment", "++r;", ["{}", "--r;"]],
      ["constants by one", "r = 1_000;", ["{}", "r = 1001;", "r = 999;"]],
      ["zero, upwards only", "r = 0;", ["{}", "r = 1;"]],
      ["time units", "r = 2 days;", ["{}", "r = 3 days;", "r = 1 days;"]],
      ["truth", "p = true;", ["{}", "p = false;"]],
      ["a condition without a relation", "if (p) revert();", ["if (!(p)) revert();", "if (p) {}"]],
      ["a quotient, which is also rounded up", "r = a / b;", ["{}", "r = a * b;", "r = ((a) + (b) - 1) / (b);"]],
      ["what is returned", "return a;", ["return 0;"]],
      ["a loop", "while (p) { break; }", ["while (!(p)) { break; }", "while (p) { {} }"]],
    ];
    for (const [what, body, mutants] of cases)
      it(`change ${what}`, () => expect(mutantsOf(body)).to.have.members(mutants));

    it("swap arguments of one type, and no others", () => {
      const before = "function g(uint x, uint y, bool z) internal {}";
      expect(mutantsOf("g(a, b, p);", before)).to.have.members(["{}", "g(b, a, p);"]);
    });

    it("take modifiers off a function", () => {
      const [, ...others] = mutantsOf(
        "",
        "modifier m() { require(msg.sender != address(1)); _; } function g() external m {}",
      );
      expect(others.some((mutated) => /function g\(\) external {2}?\{\}/.test(mutated))).to.equal(true);
    });

    it("leave events, errors, imports and types alone", () => {
      const body = "";
      expect(mutantsOf(body, "event E(uint a); error F(uint b); uint256 constant N = 2; uint[7] m;")).to.have.length(2);
    });
  });

  describe("of assembly", () => {
    const cases: readonly (readonly [what: string, body: string, mutants: readonly string[]])[] = [
      ["arithmetic and its order", "r := sub(a, b)", ["", "r := add(a, b)", "r := sub(b, a)"]],
      ["sums, of which the order is nothing", "r := add(a, b)", ["", "r := sub(a, b)"]],
      ["relations", "r := lt(a, b)", ["", "r := iszero(lt(a, b))", "r := iszero(gt(a, b))"]],
      ["constants", "r := 0x10", ["", "r := 17", "r := 15"]],
      ["conditions", "if a { r := b }", ["if iszero(a) { r := b }", "if a {  }"]],
      ["negations", "r := iszero(a)", ["", "r := a"]],
    ];
    for (const [what, assembly, mutants] of cases)
      it(`change ${what}`, () =>
        expect(mutantsOf(`assembly { ${assembly} }`)).to.have.members(
          mutants.map((mutated) => `assembly { ${mutated} }`),
        ));
  });

  it("are all Solidity again, where types allow it", () => {
    const content =
      "pragma solidity 0.8.37; contract C { function f(uint a) external pure returns (uint r) { for (uint i = 0; i < a; ++i) { if (i % 2 == 0) continue; r += i; } assembly { for {} lt(r, 9) {} { r := add(r, 1) break } } } }";
    const source = new Source(content);
    for (const change of changesOf(compile(content).sources.a.ast, source)) {
      const errors = compile(source.with(change)).errors ?? [];
      expect(
        errors.filter(({ severity }) => severity === "error").map(({ formattedMessage }) => formattedMessage),
      ).to.deep.equal([]);
    }
  });

  it("tell the line that they change", () => {
    const source = new Source("// ⌊x⌋\n  a +\n  b;\n  c;\n");
    const change: Change = { operator: "arithmetic", start: 19, length: 1, replacement: "-" };
    expect(source.locate("f", change)).to.deep.include({ line: 3, before: "b;", after: "-;" });
  });
});

describe("The sample of mutants", () => {
  it("takes as many of each contract, and of small ones all", () => {
    expect(quotas([100, 3, 50], 43)).to.deep.equal([20, 3, 20]);
    expect(quotas([1, 2], 10)).to.deep.equal([1, 2]);
    expect(quotas([5, 5, 5], 4)).to.deep.equal([2, 1, 1]);
  });

  it("is decided by the seed alone, whatever the order of the mutants", () => {
    const mutants = Array.from({ length: 20 }, (_, start) => ({
      file: "f",
      operator: "constant",
      start,
      length: 1,
      replacement: "1",
      line: 1,
      before: "",
      after: "",
    }));
    const order = shuffled(mutants, "a").map(({ start }) => start);
    expect(shuffled([...mutants].reverse(), "a").map(({ start }) => start)).to.deep.equal(order);
    expect(shuffled(mutants, "b").map(({ start }) => start)).to.not.deep.equal(order);
  });
});

describe("What a run of tests tells of a mutant", () => {
  const ran = "  the vault\n    ✔ pays\n    1) obeys nobody else\n";

  it("is the test that failed first", () => {
    const summary = "\n  1 passing\n  1 failing\n\n  1) the vault\n       obeys nobody else:\n     Error: no\n";
    expect(failedTest(ran + summary)).to.equal("the vault obeys nobody else");
  });

  it("is that test too when it ended the process before the summary", () => {
    expect(failedTest(`${ran}\nUnhandled promise rejection:\n`)).to.equal("obeys nobody else");
  });

  it("is nothing where no test failed", () => {
    expect(failedTest("  the vault\n    ✔ pays\n")).to.equal(undefined);
    expect(failedTest("Error: can't start\n")).to.equal(undefined);
  });
});
