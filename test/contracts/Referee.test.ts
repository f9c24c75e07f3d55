import { History } from "../referee/history.ts";
import { casesOf, withSeed } from "../referee/seeds.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const { first, count } = casesOf("REFEREE_HISTORIES", 25);
const STEPS = 60;

/** REFEREE_HISTORIES=250 plays that many from a random seed, and REFEREE_SEED=… from a given one. */
describe("The chain and the referee agree to the wei", () => {
  const suite = firstStage(deploySuite);

  for (let seed = first; seed < first + count; seed++) {
    it(`at every step of the history with seed ${seed}, and in the books at its end`, () =>
      withSeed(seed, async () => new History(await suite.load(), randomFrom(seed)).play(STEPS)));
  }
});
