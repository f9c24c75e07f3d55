import { expect } from "chai";
import { ClientError } from "../../client/index.ts";
import { amountText, grouped, percent, percentOfBps } from "../../explorer/words/amounts.ts";
import { failureText } from "../../explorer/words/failures.ts";
import { shortHash } from "../../explorer/words/hashes.ts";
import { nameInCard, nameLabel, tidyName } from "../../explorer/words/names.ts";
import { cutText } from "../../explorer/words/text.ts";
import { relativeText, spanText } from "../../explorer/words/times.ts";

describe("how the page writes", () => {
  it("amounts: rounded towards zero, with more digits below one, never with an invented one", () => {
    const cases: [bigint, number, number | undefined, string, string][] = [
      [0n, 6, undefined, "0.00", "0.000000"],
      [1_234_567_891n, 6, undefined, "1,234.56", "1,234.567891"],
      [999_999n, 6, undefined, "0.999", "0.999999"],
      [49n, 6, undefined, "0.000049", "0.000049"],
      [12_345n, 6, undefined, "0.0123", "0.012345"],
      [12_345n, 6, 6, "0.012345", "0.012345"],
      [-1_500_000n, 6, undefined, "−1.50", "−1.500000"],
      [7n, 0, undefined, "7", "7"],
      [10n ** 24n + 1n, 18, undefined, "1,000,000.00", "1,000,000.000000000000000001"],
      [1n, 18, undefined, "0.000000000000000001", "0.000000000000000001"],
    ];
    for (const [amount, decimals, digits, shown, exact] of cases) {
      expect(amountText(amount, decimals, digits), `${amount}`).to.deep.equal({ shown, exact });
    }
  });

  it("amounts so that what is shown is never more than there is, and off by less than its last digit", () => {
    for (let i = 0; i < 2_000; i++) {
      const amount = BigInt(Math.floor(Math.random() * 10 ** (i % 14)));
      const { shown, exact } = amountText(amount, 6);
      const digits = shown.split(".")[1]!.length;
      const read = BigInt(shown.replaceAll(",", "").replace(".", "")) * 10n ** BigInt(6 - digits);
      expect(read <= amount && amount - read < 10n ** BigInt(6 - digits), `${amount} as ${shown}`).to.equal(true);
      expect(BigInt(exact.replaceAll(",", "").replace(".", ""))).to.equal(amount);
    }
  });

  it("names of cards on one line, with the number that tells them apart", () => {
    expect(tidyName("  Spam\n\tfilter \u202Eretlif ")).to.equal("Spam filter retlif");
    expect(tidyName("x".repeat(60))).to.equal(`${"x".repeat(47)}…`);
    expect(cutText("👩‍🔬👩‍🔬👩‍🔬", 2)).to.equal("👩‍🔬…");
    expect(nameLabel("model", 2, "Spam filter")).to.equal("Spam filter · model\u00a02");
    expect([nameLabel("dataset", 1, null), nameLabel("dataset", 1, "")]).to.deep.equal([
      "dataset\u00a01",
      "dataset\u00a01",
    ]);
    const markdown = "---\nlicense: mit\n# no heading\n---\n\n# A card\n\nIts text.\n";
    expect([nameInCard('{"name": "A set"}'), nameInCard(markdown), nameInCard("[1]")]).to.deep.equal([
      "A set",
      "A card",
      "",
    ]);
  });

  it("numbers, shares and hashes", () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).to.deep.equal(["0", "999", "1,000", "1,234,567"]);
    expect([0, 250, 3_333].map(percentOfBps)).to.deep.equal(["0 %", "2.5 %", "33.33 %"]);
    expect([percent(1n, 3n), percent(1n, 40n), percent(1n, 10n ** 5n), percent(0n, 5n), percent(0n, 0n)]).to.deep.equal(
      ["33.3 %", "2.50 %", "< 0.01 %", "0.00 %", "–"],
    );
    expect(shortHash(`0x${"ab".repeat(20)}`)).to.equal("0xabab…abab");
    expect(shortHash("0x1234")).to.equal("0x1234");
  });

  it("spans and moments", () => {
    expect([0, 1, 59, 3_600, 3_661, 2 * 86_400 + 3 * 3_600 + 5].map(spanText)).to.deep.equal([
      "0 seconds",
      "1 second",
      "59 seconds",
      "1 hour",
      "1 hour 1 minute",
      "2 days 3 hours",
    ]);
    const now = 1_800_000_000;
    expect([now, now - 61, now + 7_200, now - 3 * 86_400].map((at) => relativeText(at, now))).to.deep.equal([
      "just now",
      "1 minute ago",
      "in 2 hours",
      "3 days ago",
    ]);
  });

  it("failures as what they are and what to do, with the contract's error in words", () => {
    const revert = { name: "WindowClosed", args: { closedAt: "1" } };
    expect(
      failureText(new ClientError("reverted", "the challenge was refused: WindowClosed(closedAt = 1)", { revert })),
    ).to.deep.equal({
      title: "Refused by the contract",
      message: "New challenges begin within the window only (the challenge was refused: WindowClosed(closedAt = 1)).",
    });
    expect(failureText(new ClientError("not-found", "there is no model 9"))).to.deep.equal({
      title: "Not found",
      message: "There is no model 9.",
    });
    expect(failureText("odd").title).to.equal("Something failed");
  });
});
