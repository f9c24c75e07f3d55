import { id, Wallet } from "ethers";
import { Sender, type Suite } from "../../client/index.ts";
import type { Chain } from "../network.ts";

const ROLES = [
  "curator",
  "baseLab",
  "tuner",
  "agentMaker",
  "scorer",
  "dishonestScorer",
  "challenger",
  "watchtower",
  "treasury",
] as const;

/** Everybody who acts in the demo besides the contributors and callers. */
export type Cast = Readonly<Record<(typeof ROLES)[number], Sender>> & { readonly callers: readonly Sender[] };

/** Wei for gas that each wallet gets from the development node's first account. */
const GAS_MONEY = 10n ** 17n;
const CALLERS = 8;

/** The demo's wallets have public keys' worth of secrecy: they are derived from their names, for development chains only. */
export function keyNamed(name: string): string {
  return id(`tributary demo: ${name}`);
}

/** The sender with the key of a name. */
export function senderNamed(chain: Chain, name: string): Sender {
  return new Sender(new Wallet(keyNamed(name)), chain.provider);
}

/** The cast, without funds. */
export function castOf(chain: Chain): Cast {
  const roles = Object.fromEntries(ROLES.map((role) => [role, senderNamed(chain, role)])) as Record<
    (typeof ROLES)[number],
    Sender
  >;
  const callers = Array.from({ length: CALLERS }, (_, i) => senderNamed(chain, `caller ${i + 1}`));
  return { ...roles, callers };
}

/** Sends gas money to wallets from the development node's first account, which the node itself signs for. */
export async function fundGas(
  chain: Chain,
  senders: readonly Sender[],
  onProgress: (done: number) => void,
): Promise<void> {
  const [faucet] = await chain.connection.ethers.getSigners();
  if (faucet === undefined) throw new Error("the node has no account of its own: start it with its default accounts");
  for (const [i, { address }] of senders.entries()) {
    const sent = await faucet.sendTransaction({ to: address, value: GAS_MONEY });
    if (i === senders.length - 1) await sent.wait();
    onProgress(i + 1);
  }
}

/** Mints demo dollars for a wallet and lets `spender` take them. */
export async function fundDollars(suite: Suite, holder: Sender, amount: bigint, spender: string): Promise<void> {
  const { currency } = suite;
  await holder.send("minting demo dollars", currency.mint.populateTransaction(holder.address, amount), 100_000n);
  await holder.send("approving the currency", currency.approve.populateTransaction(spender, 2n ** 256n - 1n), 100_000n);
}

/** Deposits a bond that the attribution registry can lock. */
export async function depositBond(suite: Suite, holder: Sender, amount: bigint): Promise<void> {
  const { vault, book } = suite;
  await fundDollars(suite, holder, amount, book.contracts.vault);
  await holder.send(
    "depositing a bond",
    vault.deposit.populateTransaction(book.contracts.attribution, holder.address, amount),
  );
}
