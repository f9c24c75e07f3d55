import { expect } from "chai";
import { aimAt } from "../../bench/gaming/chain/aimedQuery.ts";
import { playCrookedQuery } from "../../bench/gaming/chain/crookedQuery.ts";
import { type Crowd, drawCrowd } from "../../bench/gaming/chain/crowd.ts";
import { train } from "../../bench/gaming/chain/digits.ts";
import { playLateIndex } from "../../bench/gaming/chain/lateIndex.ts";
import { playRowAttacks } from "../../bench/gaming/chain/rowAttacks.ts";
import { playShortCuts } from "../../bench/gaming/chain/scorers.ts";
import { Stage } from "../../bench/gaming/chain/stage.ts";
import { playTerms } from "../../bench/gaming/chain/terms.ts";
import { playWashing } from "../../bench/gaming/chain/washing.ts";
import { expectClose } from "../scorer/close.ts";

/**
 * Six wallets of thirty rows each; twenty answers of $5 an interval. Of $100 the protocol keeps $1, half of $99 is the
 * stream's: $49.50. A tenth of it, $4.95, is always pro-rata; of the other $44.55 the scorer's fee is $0.891.
 */
const SIZE = { wallets: 6, rows: 30, queries: 20 };
const STREAM = 49.5;
const POOL = 43.659;
const FEE = 0.891;
/** Of one wallet, and of the five others together: of the $4.95, and of all of the stream. */
const [FIXED, FIXED_OTHERS] = [0.825, 4.125];
const [BY_ROWS, BY_ROWS_OTHERS] = [8.25, 41.25];

describe("attacks through contracts, scorer and claims", function () {
  this.timeout(120_000);
  let stage: Stage;
  let crowd: Crowd;

  before(async () => {
    stage = await Stage.create();
    crowd = drawCrowd(SIZE, 3);
  });

  it("refuses to score an interval by an index that came after its queries, and divides it by row count", async () => {
    const { wouldHaveGot, ...figures } = await playLateIndex(stage, crowd);
    expect(figures).to.deep.equal({
      outcome: "reverts",
      lateRows: "ContributionOutOfRange",
      lateIndex: "IndexDoesNotServe",
      nextInterval: "accepted",
      status: 3,
      byInfluence: 0,
      proRata: BY_ROWS,
      paidToAll: STREAM,
      rowShare: 1 / 6,
    });
    expect(wouldHaveGot).to.be.above(POOL / 2);
  });

  it("gives a crooked q the influence part and no more, until the dataset's owner takes it back", async () => {
    const { honest, ...crooked } = await playCrookedQuery(stage, crowd);
    const byRows = { byInfluence: 0, proRata: BY_ROWS, others: BY_ROWS_OTHERS };
    expect(crooked).to.deep.equal({
      contributions: 6,
      paidLines: 1,
      influencePart: POOL,
      crooked: { byInfluence: POOL, proRata: FIXED, others: FIXED_OTHERS },
      statementRejected: byRows,
      intervalRejected: byRows,
    });
    expect(honest.byInfluence).to.be.within(0.01, POOL / 2);
    expectClose(honest.byInfluence + honest.proRata + honest.others, POOL + FIXED + FIXED_OTHERS, 1e-9);
  });

  it("solves a q that is above 0 for the chosen row alone", () => {
    const { index } = train(crowd.hands).committed;
    const rowCounts = crowd.hands.map(({ length }) => length);
    for (const chosen of rowCounts.keys()) {
      const { lanes } = aimAt(index, chosen, rowCounts);
      const products = rowCounts.map((_, row) =>
        lanes.reduce((sum, lane, j) => sum + lane * index.lanes[row * index.lanesPerRow + j]!, 0),
      );
      expect(products.map((product) => product > 0)).to.deep.equal(rowCounts.map((_, row) => row === chosen));
    }
  });

  it("slashes scorers that state made-up, old or copied weights, and pays everybody what is due", async () => {
    const caught = { fee: FEE, lost: 20, reward: 10, treasury: 10, voids: 1, nextBond: 40, paid: POOL, due: POOL };
    expect(await playShortCuts(stage, crowd)).to.deep.equal({
      equalWeights: caught,
      staleWeights: caught,
      copiedRoot: caught,
    });
  });

  it("keeps to cap, deposit and list", async () => {
    const { rowCap, deposit, allowList } = await playTerms(stage, crowd);
    expect(rowCap).to.deep.equal({
      ...{ rows: 30, declared: 30_000, counted: 30, honest: BY_ROWS, capped: BY_ROWS },
      uncapped: Math.floor((STREAM * 1e6 * 30_000) / 30_150) / 1e6,
    });
    expect(deposit).to.deep.equal({
      ...{ perRow: 0.01, without: "InsufficientBond", withDeposit: "accepted", locked: 0.3 },
    });
    expect(allowList).to.deep.equal({ plain: "NotAdmitted", withoutProof: "NotAdmitted" });
  });

  it("makes a payer of its own questions lose what the client's formula says", async () => {
    const [wash] = await playWashing(stage, crowd, [0.2]);
    expect([wash!.callShare, wash!.seenShare, wash!.paid]).to.deep.equal([0.2, 0.2, 25]);
    expect(wash!.gain).to.be.below(0);
    expectClose(wash!.gain, wash!.predictedGain, 1e-5);
    expectClose(wash!.gain, wash!.back - wash!.honest - wash!.paid, 1e-9);
    expect(wash!.reached).to.be.below(wash!.breakEven);
  });

  it("refuses copies, and pays for flipped labels by row count only", async () => {
    const chosen = ["duplicate", "duplicate without intake", "flip100"];
    const { attacks } = await playRowAttacks(stage, crowd, () => undefined, chosen);
    expect(attacks.duplicate).to.include({ gain: 1, influenceGain: 1, rival: 1, refusedRows: 30 });
    expect(attacks["duplicate without intake"]).to.include({ refusedRows: 0 });
    expect(attacks["duplicate without intake"]!.gain).to.be.above(1.2);
    expect(attacks.flip100).to.include({ attacker: FIXED, byInfluence: 0, influenceGain: 0 });
  });
});
