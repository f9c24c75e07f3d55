import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { trackTransaction, wipe } from "@nomicfoundation/ignition-core";
import { getAddress, type Provider } from "ethers";
import hre from "hardhat";
import { ClientError } from "../client/index.ts";
import { canMoveTime, type Chain } from "./network.ts";

/** Ignition's errors, by number: its journal announces a transaction and says no more of it. */
const TRANSACTION_LOST = 10_410;
/** The chain has yet to confirm transactions of the deployer's, or the journal counts them differently. */
const TRY_AGAIN = [10_402, 10_403, 10_411, 10_412];
/** Messages of its journal after which more must come. */
const EMPTY_STEPS = ["DEPLOYMENT", "CALL", "STATIC_CALL"].map((kind) => `${kind}_EXECUTION_STATE_INITIALIZE`);
const SECONDS_BETWEEN_TRIES = 2;
/** Five blocks of the slowest chains take a minute. */
const MOST_TRIES = 150;

/** The part of Hardhat's errors that is read here. */
interface IgnitionError {
  readonly number: number;
  readonly messageArguments: LostTransaction;
}

interface LostTransaction {
  readonly futureId: string;
  readonly sender: string;
  readonly nonce: number;
}

/** The folder of a deployment's journal. */
export function journalFolder(deploymentId: string): string {
  return join(hre.config.paths.ignition, "deployments", deploymentId);
}

/**
 * Deploys through Ignition. Where an earlier run was stopped in the middle of a send, the chain is asked what became
 * of the transaction, the journal is told, and the deployment goes on; where the chain has yet to mine or to confirm
 * what was sent before, this run waits for it.
 *
 * @throws what Ignition throws; ClientError `network` when the node doesn't show the block of such a transaction
 */
export async function deployResuming<T>(
  chain: Chain,
  deploymentId: string | undefined,
  deploy: () => Promise<T>,
): Promise<T> {
  if (deploymentId !== undefined) await repair(journalFolder(deploymentId));
  for (let tries = 1; ; tries++) {
    try {
      return await deploy();
    } catch (error) {
      const { number, messageArguments } = error as IgnitionError;
      if (deploymentId === undefined || tries === MOST_TRIES) throw error;
      if (number === TRANSACTION_LOST) await settle(chain, journalFolder(deploymentId), messageArguments);
      else if (TRY_AGAIN.includes(number)) await pause();
      else throw error;
    }
  }
}

/** Takes back what a killed run left half done on disk, and what Ignition can't go on from. */
async function repair(folder: string): Promise<void> {
  // A list for the reader: Ignition itself knows addresses from its journal, but refuses to add to half a file.
  const list = join(folder, "deployed_addresses.json");
  if (!isJson(await read(list))) await rm(list, { force: true });
  // Ignition begins a step, and only then writes what it is to do.
  const lines = (await read(join(folder, "journal.jsonl"))).split("\n").filter((line) => line !== "");
  const messages = lines.map((line) => JSON.parse(line) as { readonly type: string; readonly futureId?: string });
  const latest = new Map(messages.map(({ type, futureId }) => [futureId, type]));
  for (const [futureId, type] of latest) {
    if (futureId === undefined || !EMPTY_STEPS.includes(type)) continue;
    await wipe(folder, new HardhatArtifactResolver(hre.artifacts), futureId);
  }
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A transaction that was mined gets into the journal; the step of one that never reached the node is begun anew. */
async function settle(chain: Chain, journal: string, { futureId, sender, nonce }: LostTransaction): Promise<void> {
  const { provider } = chain;
  if ((await provider.getTransactionCount(sender, "pending")) <= nonce) {
    await wipe(journal, new HardhatArtifactResolver(hre.artifacts), futureId);
  } else if ((await provider.getTransactionCount(sender)) <= nonce) {
    await pause();
  } else {
    const block = await provider.getBlock(await blockOf(provider, sender, nonce), true);
    const from = getAddress(sender);
    const sent = block?.prefetchedTransactions.find((each) => each.from === from && each.nonce === nonce);
    if (sent === undefined) throw new ClientError("network", `the node doesn't show transaction ${nonce} of ${sender}`);
    // A development chain mines no blocks to wait for, should the nonce have gone to another transaction.
    await trackTransaction(journal, sent.hash, chain.connection.provider, canMoveTime(chain) ? 1 : undefined);
  }
}

async function pause(): Promise<void> {
  await setTimeout(1_000 * SECONDS_BETWEEN_TRIES);
}

/** The block in which an account's nonce was used: steps back that double, as a node may know recent states only. */
async function blockOf(provider: Provider, sender: string, nonce: number): Promise<number> {
  const isUsed = async (block: number) => (await provider.getTransactionCount(sender, block)) > nonce;
  let used = await provider.getBlockNumber();
  let unused = used - 1;
  for (let step = 2; unused > 0 && (await isUsed(unused)); step *= 2) {
    [used, unused] = [unused, Math.max(0, unused - step)];
  }
  while (used - unused > 1) {
    const middle = Math.floor((used + unused) / 2);
    if (await isUsed(middle)) used = middle;
    else unused = middle;
  }
  return used;
}
