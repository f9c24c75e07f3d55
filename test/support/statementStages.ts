import { buildReportedWorld, changed, DAY } from "./attributionWorld.ts";
import { firstStage } from "./stages.ts";
import { deploySuite } from "./suite.ts";

/** Stages that a statement of the small world goes through: reported, proposed right or wrong, challenged, fallen silent. */
export function statementStages() {
  const suite = firstStage(deploySuite);
  const reported = suite.step((deployed) => buildReportedWorld(deployed));
  const proposed = reported.step(async (world) => ({ world, proposal: await world.propose() }));
  const wrong = reported.step(async (world) => ({
    world,
    proposal: await world.propose({ weights: changed(world.weights, 0, (world.weights[0] ?? 0n) + 1n) }),
  }));
  const challenged = proposed.step(async (before) => {
    await before.world.challenge(before.proposal, 0, 0);
    return before;
  });
  const silent = challenged.step(async (before) => {
    await before.world.networkHelpers.time.increase(DAY);
    return before;
  });
  return { suite, reported, proposed, wrong, challenged, silent };
}
