import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { getAddress, type Wallet } from "ethers";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";
import { datasetDomain, INVITATION_TYPES, NO_ADMISSION } from "./contributions.ts";
import { ClientError } from "./clientError.ts";
import type { Suite } from "./suite.ts";

/** A list of wallets as the chain has it: wallets that may contribute to a dataset, or train on it. */
export interface WalletList {
  /** Root of OpenZeppelin's standard Merkle tree over the wallets. */
  readonly root: string;
  readonly wallets: readonly string[];
  /** Siblings of a wallet's leaf, bottom up. @throws ClientError `bad-input` for a wallet that isn't on the list */
  readonly proofOf: (wallet: string) => string[];
}

/**
 * The list of some wallets; their order doesn't matter.
 *
 * @throws ClientError `bad-input` for an empty list, or a wallet that stands on it twice
 */
export function walletList(wallets: readonly string[]): WalletList {
  const listed = wallets.map((wallet) => getAddress(wallet));
  if (listed.length === 0) throw new ClientError("bad-input", "a list needs at least one wallet");
  const twice = listed.find((wallet, i) => listed.indexOf(wallet) !== i);
  if (twice !== undefined) throw new ClientError("bad-input", `${twice} stands on the list twice: remove one of them`);
  const tree = StandardMerkleTree.of(
    listed.map((wallet) => [wallet]),
    ["address"],
  );
  return {
    root: tree.root,
    wallets: listed,
    proofOf: (wallet) => {
      const place = listed.indexOf(getAddress(wallet));
      if (place < 0) throw new ClientError("bad-input", `${wallet} isn't on the list of ${listed.length} wallets`);
      return tree.getProof(place);
    },
  };
}

/** What a curator signs: that a wallet may contribute to an allow-list dataset, until the deadline (in seconds). */
export interface Invitation {
  readonly dataset: bigint;
  readonly contributor: string;
  readonly deadline: bigint;
}

/** Signs an invitation as the dataset's owner or one of its curators (EIP-712). */
export async function signInvitation(
  suite: Suite,
  curator: Wallet,
  invitation: Invitation,
): Promise<IDatasetRegistry.AdmissionStruct> {
  const signature = await curator.signTypedData(datasetDomain(suite), INVITATION_TYPES, invitation);
  return { ...NO_ADMISSION, inviter: curator.address, deadline: invitation.deadline, signature };
}
