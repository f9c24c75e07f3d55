import { History } from "../referee/history.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const FIRST_SEED = Number(process.env.REFEREE_SEED ?? 2_026);
const HISTORIES = Number(process.env.REFEREE_HISTORIES ?? 25);
const STEPS = 60;

/** REFEREE_SEED and REFEREE_HISTORIES play other histories than those of every test run. */
describe("The chain and the referee agree to the wei", () => {
  const suite = firstStage(deploySuite);

  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    it(`at every step of the history with seed ${seed}, and in the books at its end`, async () => {
      try {
        await new History(await suite.load(), randomFrom(seed)).play(STEPS);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    });
  }
});
