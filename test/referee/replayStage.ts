import { parseEther, toQuantity } from "ethers";
import type { BatchReader } from "../../typechain-types/index.ts";
import type { Suite } from "../support/suite.ts";

type Deployed = Awaited<ReturnType<Suite["ethers"]["deployContract"]>>;

/** Parts of the protocol with handlers of their own, in the order in which Protocol.t.sol names them too. */
export const PARTS = [
  "Statement",
  "Challenge",
  "Index",
  "Market",
  "Money",
  "Payout",
  "Contribution",
  "Dataset",
  "Model",
  "Currency",
  "Usage",
  "Intruder",
] as const;

/** A suite with the compiled handlers of the Solidity invariants, whose actors are ready to play. */
export interface ReplayStage {
  readonly suite: Suite;
  readonly reader: BatchReader;
  readonly notebook: Deployed;
  readonly player: Deployed;
  readonly witness: Deployed;
  readonly parts: readonly Deployed[];
  readonly actors: readonly string[];
  readonly begunAt: number;
}

/** Deploys the player and its handlers, and gives the actors their code. */
export async function prepareReplay(suite: Suite): Promise<ReplayStage> {
  const { ethers, provider, networkHelpers } = suite;
  const deployed = {
    currency: suite.currency,
    vault: suite.vault,
    datasets: suite.datasets,
    models: suite.models,
    ledger: suite.ledger,
    market: suite.market,
    receivers: suite.receivers,
    indexes: suite.indexes,
    usage: suite.usage,
    attribution: suite.attribution,
    challenges: suite.challenges,
    payouts: suite.payouts,
  };
  const begunAt = (await networkHelpers.time.latest()) + 1_000;
  const notebook = await ethers.deployContract("Notebook", [deployed, begunAt]);
  const witness = await ethers.deployContract("Witness", [notebook]);
  const opening = await ethers.deployContract("Opening", [notebook]);
  const parts: Deployed[] = [];
  for (const part of PARTS) parts.push(await ethers.deployContract(`${part}Choices`, [notebook]));
  const player = await ethers.deployContract("TimedPlayer", [notebook, opening, witness, parts]);
  const actors = [...((await player.getFunction("actors").staticCall()) as string[])];
  const actor = await ethers.deployContract("Actor");
  const code = await actor.getDeployedCode();
  for (const account of actors) {
    await provider.request({ method: "hardhat_setCode", params: [account, code] });
    await provider.request({ method: "hardhat_impersonateAccount", params: [account] });
    await provider.request({ method: "hardhat_setBalance", params: [account, toQuantity(parseEther("100"))] });
  }
  const reader = await ethers.deployContract("BatchReader");
  return { suite, reader, notebook, player, witness, parts, actors, begunAt };
}
