import { AbiCoder, concat, keccak256 } from "ethers";
import { item } from "./fixture.ts";

/** A list of wallets as a Merkle tree with sorted pairs, as OpenZeppelin's libraries read it. */
export interface AllowList {
  readonly root: string;
  /** Siblings of a wallet's leaf, bottom up. */
  proof(wallet: string): string[];
}

/** The tree over a list of wallets; a node without sibling moves up as it is. */
export function allowList(...wallets: readonly string[]): AllowList {
  const leaf = (wallet: string) => keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["address"], [wallet])));
  const parent = (pair: readonly string[]) => (pair.length === 1 ? item(pair, 0) : keccak256(concat(pair.toSorted())));
  const levels = [wallets.map(leaf)];
  for (let level = item(levels, 0); level.length > 1; level = item(levels, levels.length - 1)) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => level.slice(2 * i, 2 * i + 2));
    levels.push(pairs.map(parent));
  }
  return {
    root: item(item(levels, levels.length - 1), 0),
    proof: (wallet) => {
      const place = item(levels, 0).indexOf(leaf(wallet));
      if (place < 0) throw new Error(`${wallet} is not on the list`);
      return levels.slice(0, -1).flatMap((level, height) => level[(place >> height) ^ 1] ?? []);
    },
  };
}
