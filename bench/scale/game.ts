import { keccak256, toBeHex, Wallet } from "ethers";
import type { ChainStatement, Sender } from "../../client/index.ts";
import {
  levelsShown,
  packQ,
  SumTree,
  toHex,
  type UsageReport,
  Weights,
  WEIGHT_BYTES,
  writeWeight,
} from "../../scorer/index.ts";
import { connectChain } from "../../scripts/network.ts";
import { closeInterval, createDataset, openStream, PRICE, propose } from "../gas/actions.ts";
import { World } from "../gas/world.ts";
import type { ScoredStream } from "./measure.ts";

/** Gas of what happens to a statement, by name, in the order in which it happened. */
export type GameGas = Record<string, number>;

/**
 * Plays a statement over all contributions of a scored stream on a local chain: it is posted, challenged from the root
 * down to the chosen line, defended, made final and claimed; then one with a wrong weight at that line is posted and
 * refuted. So many contributions can't be sent: the registry's counters and the chosen line are put into its storage.
 */
export async function playStatement(scored: ScoredStream, show: (detail: string) => void): Promise<GameGas> {
  const { index, line, row, tree, weights } = scored;
  const world = await World.create(await connectChain("bench"));
  await checkPlacing(world);
  await world.fund(world.sender(0), 2n * PRICE, world.suite.book.contracts.market);
  const contributor = new Wallet(keccak256(toBeHex(4000))).address;
  const { model, stream } = await openStream(
    world,
    {
      accepted: BigInt(weights.length),
      rows: scored.rows,
      touched: new Map([[line, { contributor, rows: BigInt(row.rows) }]]),
    },
    { lanes: index.lanes, root: index.root, exponentBound: index.exponentBound },
  );
  const [scorer, challenger] = [world.sender(1), world.sender(2)];
  const { attribution, challenges, payouts } = world.suite;
  const gas: GameGas = {};
  const send = async (name: string, sender: Sender, call: Parameters<Sender["send"]>[1]): Promise<void> => {
    gas[name] = Number((await sender.send(name, call)).gasUsed);
    show(name);
  };
  const evidence = (stated: SumTree, usage: UsageReport) => ({
    index: line,
    weight: stated.node(0, line).sum,
    sumProof: stated.proof(line),
    exponent: row.exponent,
    lanes: row.lanes,
    indexProof: [...row.proof],
    usage,
  });

  const q = toHex(packQ(scored.q));
  const first = await closeInterval(world, model, 0, q);
  const right = await propose(world, stream, 0, tree);
  gas.propose = Number(right.receipt.gasUsed);
  await world.bond(challenger, await attribution.CHALLENGE_BOND());
  const walk = (level: number) => [level, Math.floor(line / 2 ** level)] as const;
  await send(`challenge ${place(...walk(tree.depth))}`, challenger, challenge(right.statement, ...walk(tree.depth)));
  for (let level = tree.depth; level > 0;) {
    const [, position] = walk(level);
    const generations = levelsShown(level);
    const [nodes, proof] = [tree.descendants(level, position, generations), tree.proof(position, level)];
    const open = challenges.open.populateTransaction(right.statement, level, position, nodes, proof);
    await send(`open ${place(level, position)}, ${2 ** generations} nodes`, scorer, open);
    const [below, shown] = walk(level - generations);
    const descend = challenges.descend.populateTransaction(right.statement, level, position, shown);
    await send(`descend to ${place(below, shown)}`, challenger, descend);
    level = below;
  }
  const defend = challenges.defend.populateTransaction(right.statement, evidence(tree, first.report));
  await send(`defend line ${line}`, scorer, defend);
  await world.wait(await attribution.WINDOW());
  await send("finalise", challenger, attribution.finalise.populateTransaction(right.statement));
  await send("settle the challenge", scorer, challenges.settle.populateTransaction(right.statement, 0, line));
  const lines = [{ index: line, weight: tree.node(0, line).sum, proof: tree.proof(line) }];
  const claim = payouts.claim.populateTransaction([{ payout: right.statement.payout, lines }]);
  await send(`claim line ${line}`, challenger, claim);

  const second = await closeInterval(world, model, 1, q);
  const wrong = new SumTree(raised(weights, line));
  const { statement } = await propose(world, stream, 1, wrong);
  const refute = challenges.refute.populateTransaction(statement, evidence(wrong, second.report));
  await send(`refute line ${line}`, challenger, refute);
  const [{ voids }, paid] = await Promise.all([
    attribution.settlementOf(stream, 1),
    world.suite.currency.balanceOf(contributor),
  ]);
  if (voids !== 1n || paid === 0n) throw new Error(`after the game: ${voids} voids, ${paid} wei paid for the line`);
  return gas;

  function challenge(challenged: ChainStatement, level: number, position: number) {
    return challenges.challenge.populateTransaction(challenged, level, position);
  }
}

/** Sends one contribution through the registry, and makes sure that it writes what `placeContributions` would. */
async function checkPlacing(world: World): Promise<void> {
  const { datasets } = world.suite;
  const [owner, contributor] = [world.sender(0), world.sender(3)];
  const { id } = await createDataset(world, owner);
  const root = keccak256("0x02");
  await contributor.send("contribute", datasets.contribute.populateTransaction(id, root, 7, ""));
  const submissions = [{ contributor: contributor.address, root }];
  await owner.send("accept", datasets.accept.populateTransaction(id, submissions));
  await world.checkLayout(id, contributor.address, 1n, 7n);
}

/** The same weights with one unit more at a line. */
function raised(weights: Weights, line: number): Weights {
  const bytes = Uint8Array.from(weights.bytes);
  writeWeight(new DataView(bytes.buffer), WEIGHT_BYTES * line, (weights.at(line) ?? 0n) + 1n);
  return new Weights(bytes);
}

function place(level: number, position: number): string {
  return level === 0 ? `line ${position}` : `node ${position} of level ${level}`;
}
