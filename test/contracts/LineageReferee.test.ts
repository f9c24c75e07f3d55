import { DagGame, setUpBoard } from "../referee/dagGame.ts";
import { casesOf, withSeed } from "../referee/seeds.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const { first, count } = casesOf("REFEREE_DAGS", 200);
const BATCH = 25;
const STEPS = 14;

/** REFEREE_DAGS=2000 plays that many from a random seed, and REFEREE_SEED=… from a given one. */
describe("The ledger and the referee agree to the wei on lineages of every shape", () => {
  const board = firstStage(deploySuite).step(setUpBoard);

  for (let from = first; from < first + count; from += BATCH) {
    const to = Math.min(from + BATCH, first + count);
    it(`after every step on those with seeds ${from} to ${to - 1}`, async () => {
      for (let seed = from; seed < to; seed++) {
        await withSeed(seed, async () => new DagGame(await board.load(), randomFrom(seed)).play(STEPS));
      }
    });
  }
});
