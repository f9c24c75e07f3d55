import { casesOf, withSeed } from "../referee/seeds.ts";
import { ProtocolReplay } from "../referee/protocolReplay.ts";
import { prepareReplay } from "../referee/replayStage.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const USUAL = 2;
const { first, count } = casesOf("REFEREE_HISTORIES", USUAL);
const CALLS = Number(process.env.REFEREE_CALLS ?? 100);

describe("The handlers of the invariants and the referee agree to the wei", () => {
  const stage = firstStage(deploySuite).step(prepareReplay);
  for (let seed = first; seed < first + count; seed++) {
    it(`at every call of the history with seed ${seed}`, () =>
      withSeed(seed, async () => {
        const replay = await ProtocolReplay.begin(await stage.load(), seed);
        await replay.play(seed, CALLS);
        console.log(replay.met);
      }));
  }
});
