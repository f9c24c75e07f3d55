import { expect } from "chai";
import { AttributionHistory } from "../referee/attributionHistory.ts";
import { prepareStage } from "../referee/attributionStage.ts";
import { randomFrom } from "../support/random.ts";
import { deploySuite } from "../support/suite.ts";
import { contentOf, indexOf } from "./support.ts";
import { expectSameState } from "./state.ts";

describe("the index of a history of statements, challenges and claims", function () {
  this.timeout(120_000);
  it("says what the contracts say, however it is read", async () => {
    const suite = await deploySuite();
    const stage = await prepareStage(suite);
    const live = await indexOf(suite, { reorgDepth: 16 });
    await live.sync.catchUp();
    const history = await AttributionHistory.begin(stage, randomFrom(7));
    await history.play(200);
    await live.sync.catchUp();
    const counts = await expectSameState(suite, live.store);
    console.log(counts);
    const again = await indexOf(suite, { reorgDepth: 16, maxRange: 7 });
    await again.sync.catchUp();
    expect(contentOf(again.store)).to.deep.equal(contentOf(live.store));
  });
});
