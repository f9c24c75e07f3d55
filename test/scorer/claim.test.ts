import { expect } from "chai";
import { amounts, type Claim, decodeClaim, encodeClaim, isClaim, SumTree } from "../../scorer/index.ts";
import { expectScorerError, Random } from "./support.ts";

const random = new Random(12);

function claimOf(lines: number, own: readonly number[]): Claim {
  const weights = Array.from({ length: lines }, () => BigInt(random.integer(1, 2 ** 40)));
  const tree = new SumTree(weights);
  const pool = BigInt(random.integer(2 ** 40, 2 ** 50));
  const paid = amounts(weights, pool);
  return {
    chainId: 31_337,
    payouts: random.hex(20),
    contributor: random.hex(20),
    payout: { stream: 512n, interval: 3, dataset: 7n, lines, root: tree.root, total: tree.total, pool },
    lines: own.map((index) => ({ index, weight: weights[index]!, amount: paid[index]!, proof: tree.proof(index) })),
  };
}

describe("claim file", () => {
  it("comes back as it was", () => {
    for (const [lines, own] of [
      [1, [0]],
      [2, [0, 1]],
      [37, [5, 6, 36]],
      [300, [0, 299]],
    ] as const) {
      const claim = claimOf(lines, own);
      expect(isClaim(encodeClaim(claim))).to.equal(true);
      expect(decodeClaim(encodeClaim(claim))).to.deep.equal(claim);
    }
  });

  it("says what it is", () => {
    for (const text of ["", "[]", "{}", '{"kind":"tributary-evidence"}']) expect(isClaim(text)).to.equal(false);
  });

  describe("is refused", () => {
    const claim = claimOf(37, [5, 20]);
    const text = encodeClaim(claim);
    const { payout, lines } = claim;
    const [first, second] = [lines[0]!, lines[1]!];
    const changed = (changes: Partial<Claim>): string => {
      const plain = (_: string, value: unknown): unknown =>
        typeof value === "bigint" || typeof value === "number" ? String(value) : value;
      const members = JSON.stringify({ kind: "tributary-claim", ...claim, ...changes }, plain);
      return members.replace("{", '{"formatVersion":1,');
    };

    it("not for the order of its members", () => expect(decodeClaim(changed({}))).to.deep.equal(claim));
    for (const [code, what, file] of [
      ["bad-json", "when it is not JSON", text.slice(1)],
      ["bad-json", "without its payout", text.replace('"payout":', '"other":')],
      ["bad-json", "with a number for an integer", text.replace('"chainId":"31337"', '"chainId":31337')],
      ["bad-version", "of another kind", text.replace("tributary-claim", "tributary-evidence")],
      ["bad-version", "of another version", text.replace('"formatVersion":1', '"formatVersion":2')],
      ["bad-hex", "with a short address", changed({ payouts: "0x12" })],
      ["empty-input", "without lines", changed({ lines: [] })],
      ["inconsistent", "with lines out of order", changed({ lines: [second, first] })],
      ["inconsistent", "with a line twice", changed({ lines: [first, first] })],
      ["inconsistent", "with another amount", changed({ lines: [{ ...first, amount: first.amount + 1n }] })],
      ["inconsistent", "with another pool", changed({ payout: { ...payout, pool: 2n * payout.pool } })],
      ["root-mismatch", "with another weight", changed({ lines: [{ ...first, weight: first.weight + 1n }] })],
      ["root-mismatch", "with another line's proof", changed({ lines: [{ ...first, proof: second.proof }] })],
      ["root-mismatch", "with another total", changed({ payout: { ...payout, total: payout.total + 1n } })],
      ["root-mismatch", "with another root", changed({ payout: { ...payout, root: random.hex(32) } })],
      ["bad-length", "with another number of lines", changed({ payout: { ...payout, lines: 300 } })],
      ["out-of-range", "with a line that isn't there", changed({ lines: [{ ...first, index: 37 }] })],
    ] as const) {
      it(what, () => expectScorerError(code, () => decodeClaim(file)));
    }
  });
});
