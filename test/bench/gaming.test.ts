import { expect } from "chai";
import { ALTERNATIVES } from "../../bench/gaming/alternatives.ts";
import { DIGIT_ATTACKS, NEAR_ATTACKS } from "../../bench/gaming/attacks.ts";
import { DigitSource } from "../../bench/gaming/digitRows.ts";
import { bars, type Headline } from "../../bench/gaming/figures.ts";
import { Guard, LENIENT, STRICT } from "../../bench/gaming/guard.ts";
import { MAIL_ATTACKS, mailScene } from "../../bench/gaming/mailAttacks.ts";
import { contributionsOf, labelledRows, type Market, type Row } from "../../bench/gaming/market.ts";
import { digitScene } from "../../bench/gaming/measureAttacks.ts";
import { FEE, halfCreditedRule, paidQueries, payouts, train, walletShares } from "../../bench/gaming/money.ts";
import { walletPay } from "../../bench/gaming/rules.ts";
import { Arena, type HonestScene } from "../../bench/gaming/scene.ts";
import { SETTINGS, type SettingName } from "../../bench/gaming/settings.ts";
import { truthsOf } from "../../bench/gaming/truths.ts";
import { betweenMarks } from "../../bench/marks.ts";
import { svgOf } from "../../bench/plots.ts";
import { type Matrix, predict, queryVector, Random } from "../../scorer/index.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import { expectClose } from "../scorer/close.ts";

const SIZE = { rows: 200, wallets: 10, paid: 40, heldOut: 60, senders: 10 };

function others(scene: HonestScene) {
  return scene.market.contributions.filter(({ wallet }) => wallet !== scene.attacker);
}

describe("playing against the payout rule", function () {
  this.timeout(60_000);
  let scene: HonestScene;
  before(() => {
    scene = digitScene(11, true);
  });

  it("draws settings of their size, each row once, the same for the same seed", () => {
    for (const name of Object.keys(SETTINGS) as SettingName[]) {
      const { market, paid, heldOut } = SETTINGS[name](SIZE, new Random(5));
      const rows = market.contributions.flatMap((contribution) => contribution.rows);
      expect(new Set(rows.map((row) => row.content)).size, name).to.equal(rows.length);
      expect(new Set(market.contributions.map(({ wallet }) => wallet)).size, name).to.equal(market.wallets);
      expect(market.contributions.every((one) => one.rows.length >= 1 && one.rows.length <= 20)).to.equal(true);
      expect(paid.length * heldOut.length).to.be.above(0);
      const again = SETTINGS[name](SIZE, new Random(5)).market.contributions.flatMap((one) => one.rows);
      expect(again.map(({ label }) => label)).to.deep.equal(rows.map(({ label }) => label));
    }
    const { market } = SETTINGS.rare(SIZE, new Random(6));
    const labels = market.contributions.map((one) => new Set(one.rows.map(({ label }) => label)));
    const special = [...labels[0]!][0]!;
    expect(labels[0]!.size).to.equal(1);
    expect(labels.slice(1).some((some) => some.has(special))).to.equal(false);
    expect(() => new DigitSource(new Random(1)).rows(55_001)).to.throw("used up");
  });

  it("pays in whole units what inner products in float64 say", () => {
    const { market, paid } = SETTINGS.unequal(SIZE, new Random(7));
    const trained = train(market);
    const sides = halfCreditedRule(0.5)(trained);
    const { features } = labelledRows(paid);
    const receipts = paidQueries(trained, sides, features);
    const money = payouts(trained, sides, receipts);
    expect(money.reduce((sum, amount) => sum + amount, 0n)).to.equal(FEE * BigInt(paid.length));
    const { model } = trained;
    const weights = market.contributions.map((_, s) => {
      let sum = 0;
      for (let r = 0; r < features.rows; r++) {
        const x = rowView(features, r);
        const psi = queryVector(model.whitening, 10, x, predict(model.head, x).label);
        rowView(sides.phi, s).forEach((value, j) => (sum += value * psi[j]!));
      }
      return Math.max(0, sum);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    money.forEach((amount, s) => expectClose(Number(amount) / Number(FEE) / paid.length, weights[s]! / total, 1e-4));
    const shares = walletShares(trained, sides, receipts);
    expectClose(
      shares.reduce((sum, share) => sum + share, 0),
      1,
      1e-12,
    );
  });

  it("measures worth by training again", () => {
    const setting = SETTINGS.unequal(SIZE, new Random(8));
    const { market, heldOut } = setting;
    const trained = train(market);
    const truths = truthsOf(trained, setting, { subsets: 60, pairs: 2 }, 1);
    const marginWithout = (left: number): number => {
      // Class weights stay those of all rows, which the head of a smaller market hasn't: so by hand.
      const { rows, model } = trained;
      const walletOf = market.contributions.map(({ wallet }) => wallet);
      const d = rows.features.columns;
      const gram = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
      const sides = Array.from({ length: 10 }, () => new Array<number>(d).fill(0));
      for (let i = 0; i < rows.features.rows; i++) {
        if (walletOf[rows.contributionOf[i]!] === left) continue;
        const [x, label] = [rowView(rows.features, i), rows.labels[i]!];
        const weight = model.classWeights[label]!;
        for (let a = 0; a < d; a++) {
          for (let b = 0; b < d; b++) gram[a]![b]! += weight * x[a]! * x[b]!;
          for (let c = 0; c < 10; c++) sides[c]![a]! += weight * x[a]! * ((c === label ? 1 : 0) - 0.1);
        }
      }
      const solved = gaussJordan(gram, sides);
      const { features, labels } = labelledRows(heldOut);
      let sum = 0;
      for (let r = 0; r < features.rows; r++) {
        rowView(features, r).forEach((value, j) => (sum += value * solved[labels[r]!]![j]!));
      }
      return sum / features.rows;
    };
    const full = marginWithout(-1);
    for (const wallet of [0, 3]) expectClose(truths["leaveOut"]![wallet], full - marginWithout(wallet), 1e-9);
    const pay = walletPay(trained, setting);
    for (const [rule, amounts] of Object.entries(pay)) {
      expect(amounts.length, rule).to.equal(market.wallets);
      expect(Math.min(...amounts), rule).to.be.at.least(0);
    }
    expect([...pay["row-count"]!]).to.deep.equal(
      Array.from({ length: market.wallets }, (_, wallet) =>
        market.contributions.reduce((sum, one) => sum + (one.wallet === wallet ? one.rows.length : 0), 0),
      ),
    );
  });

  it("has rules to compare that pay as the default does where they do not differ", () => {
    const { market } = SETTINGS.equals(SIZE, new Random(9));
    const trained = train(market);
    const sides = Object.fromEntries(Object.entries(ALTERNATIVES).map(([name, rule]) => [name, rule(trained)]));
    for (const [name, { phi }] of Object.entries(sides)) {
      expect(phi.rows, name).to.equal(market.contributions.length);
      expect(phi.data.every(Number.isFinite), name).to.equal(true);
    }
    // Shapley values add up to the head, as the hat matrix does; forty heads come near.
    const head = summed(halfCreditedRule(0)(trained).phi);
    const values = summed(sides["shapley of rows"]!.phi);
    const difference = values.map((value, j) => value - head[j]!);
    expect(norm(difference) / norm(head)).to.be.below(0.25);
    // A row without neighbours but itself is paid as by the default rule.
    const apart = sides["shared by neighbours"]!.phi.data;
    const plain = sides["α = 0.5"]!.phi.data;
    const same = plain.filter((value, at) => Math.abs(value - apart[at]!) < 1e-9).length;
    expect(same / plain.length).to.be.above(0.5);
  });

  it("keeps exact and near copies out, and honest rows in", () => {
    const guard = new Guard(others(scene), STRICT);
    expect(guard.leftOut).to.be.below(0.05);
    const rival = contributionsOf(scene.attacker, scene.rival);
    expect(guard.admit(rival).every(({ rows }) => rows.length === 0)).to.equal(true);
    expect(rowsIn(guard.admit(contributionsOf(scene.attacker, scene.own)))).to.be.above(0.9 * scene.own.length);
    const twice = guard.admit(contributionsOf(scene.attacker, [...scene.own, ...scene.own], 2 * scene.own.length));
    expect(rowsIn(twice)).to.equal(0);
    const lenient = new Guard(others(scene), LENIENT);
    const left = lenient.admit(contributionsOf(scene.attacker, [...scene.own, ...scene.own], 2 * scene.own.length));
    expect(rowsIn(left)).to.be.above(0.9 * scene.own.length);
  });

  it("plays attacks that gain without intake, and not with it", () => {
    const [open, guarded] = [new Arena(scene, undefined), new Arena(scene, new Guard(others(scene), STRICT))];
    const gain = (arena: Arena, attack: string): number => arena.play(DIGIT_ATTACKS[attack]!).gain;
    expect(gain(open, "duplicate")).to.be.above(2);
    expectClose(gain(guarded, "duplicate"), 1, 1e-12);
    expectClose(gain(guarded, "copyRival"), 1, 1e-12);
    expectClose(gain(open, "scale"), 1, 1e-9);
    expect(gain(open, "flip100")).to.equal(0);
    expect(gain(open, "flip20")).to.be.below(1);
    expect(gain(open, "noiseJunk")).to.be.below(1.5);
    expect(gain(open, "wash40")).to.be.above(gain(open, "wash5"));
    expect(NEAR_ATTACKS.length).to.equal(8);
    for (const attack of [
      "split",
      "recut",
      "prototypes",
      "synthetic",
      "cherryPick",
      "queryFrozenPicked",
      NEAR_ATTACKS[1]!,
    ]) {
      expect(gain(open, attack), attack).to.be.above(0.3).and.below(5);
    }
    expect(guarded.play(DIGIT_ATTACKS["nearPassing"]!).rows).to.be.above(2);
  });

  it("plays with mails", () => {
    const mails = mailScene(3, true);
    const [open, guarded] = [new Arena(mails, undefined), new Arena(mails, new Guard(others(mails), LENIENT))];
    expect(open.play(MAIL_ATTACKS["duplicate"]!).gain).to.be.above(1.5);
    expectClose(guarded.play(MAIL_ATTACKS["duplicate"]!).gain, 1, 1e-12);
    expect(open.play(MAIL_ATTACKS["flip100"]!).gain).to.be.below(0.5);
  });

  it("says which bars are missed", () => {
    const headline: Headline = {
      value: {
        unequalPearson: 0.75,
        twoClassPearson: 0.6,
        rarePearson: 0.89,
        spamPearson: 0,
        spamWithFlipsPearson: 0,
        rowCountUnequalPearson: 0.4,
      },
      fairness: { spread: 0.12, underQuarter: 0.02 },
      attacks: {
        split: 1.03,
        recut: 1.15,
        flip100: 0,
        flip20: 9,
        noiseJunk: 1,
        labelJunk: 1,
        scale: 1,
        duplicate: 1,
        nearDuplicate: 1.2,
        copyRival: 1,
        queryFrozen: 1.36,
        cherryPick: 9,
        wash20: 9,
      },
    };
    const missed = bars(headline).filter(({ met }) => !met);
    expect(missed.map(({ figure }) => figure)).to.deep.equal([
      "unequalPearson",
      "rarePearson",
      "underQuarter",
      "split",
      "nearDuplicate",
      "queryFrozen",
    ]);
  });

  it("draws the same plot twice, and writes between marks only", async () => {
    const spec = {
      data: { values: [{ a: "x", b: 1 }] },
      mark: "bar" as const,
      encoding: { x: { field: "b", type: "quantitative" as const }, y: { field: "a", type: "nominal" as const } },
    };
    const svg = await svgOf(spec);
    expect(svg).to.match(/^<svg .*fill="white"/);
    expect(await svgOf(spec)).to.equal(svg);
    const page = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nafter\n";
    const written = betweenMarks(page, "a", "new");
    expect(written).to.equal("before\n<!-- a:begin -->\nnew\n<!-- a:end -->\nafter\n");
    expect(betweenMarks(written, "a", "new")).to.equal(written);
    expect(() => betweenMarks(page, "b", "new")).to.throw("no marks");
  });
});

function summed({ rows, columns, data }: Matrix): Float64Array {
  const sums = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) sums[at % columns]! += data[at]!;
  return sums;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

function rowsIn(contributions: Market["contributions"]): number {
  return contributions.flatMap(({ rows }): readonly Row[] => rows).length;
}

/** Solutions of A x = b for several b, without pivoting: A is positive definite. */
function gaussJordan(a: readonly number[][], sides: readonly number[][]): number[][] {
  const rows = a.map((row, i) => [...row, ...sides.map((side) => side[i]!)]);
  rows.forEach((pivot, i) => {
    const scale = pivot[i]!;
    pivot.forEach((value, j) => (pivot[j] = value / scale));
    rows.forEach((row, other) => {
      const factor = row[i]!;
      if (other !== i) row.forEach((value, j) => (row[j] = value - factor * pivot[j]!));
    });
  });
  return sides.map((_, s) => rows.map((row) => row[rows.length + s]!));
}
