import { expect } from "chai";
import { progress, seldom } from "../../cli/progress.ts";

describe("progress", () => {
  const shown = (total: number, ...steps: [seconds: number, done: number][]): string[] => {
    let milliseconds = 1000;
    const texts: string[] = [];
    const tell = progress(
      total,
      "rows",
      (text) => texts.push(text),
      () => milliseconds,
    );
    for (const [seconds, done] of steps) {
      milliseconds = 1000 + 1000 * seconds;
      tell(done);
    }
    return texts;
  };

  it("says how many are done, how fast it goes, and how long it will take", () => {
    expect(shown(8110, [2, 2000], [4, 4055])).to.deep.equal([
      "2,000/8,110 rows, 1,000/s, 7 s left",
      "4,055/8,110 rows, 1,014/s, 4 s left",
    ]);
  });
  it("says of slow work how slow it is, and of long work minutes and hours", () => {
    expect(shown(1000, [2, 5], [2, 1], [100, 1])).to.deep.equal([
      "5/1,000 rows, 2.5/s, 6 min 38 s left",
      "1/1,000 rows, 0.5/s, 33 min 18 s left",
      "1/1,000 rows, 0.01/s, 27 h 45 min left",
    ]);
  });
  it("says at the end how long it took, and of nothing no rate", () => {
    expect(shown(3, [0, 0], [5, 0], [0, 1], [6, 3])).to.deep.equal([
      "0/3 rows",
      "0/3 rows",
      "1/3 rows",
      "3/3 rows, 0.5/s, 6 s",
    ]);
  });

  it("goes to a log only now and then", () => {
    let now = 0;
    const lines: string[] = [];
    const write = seldom(
      (text) => lines.push(text),
      5,
      () => now,
    );
    for (; now <= 12_000; now += 1000) write(String(now));
    expect(lines).to.deep.equal(["5000", "10000"]);
  });
});
