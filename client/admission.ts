import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { getAddress, isAddress, type Wallet } from "ethers";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";
import type { AddressBook } from "./addressBook.ts";
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
  const places = new Map<string, number>();
  for (const wallet of wallets) {
    const listed = getAddress(wallet);
    if (places.has(listed)) {
      throw new ClientError("bad-input", `${listed} stands on the list twice: remove one of them`);
    }
    places.set(listed, places.size);
  }
  if (places.size === 0) throw new ClientError("bad-input", "a list needs at least one wallet");
  const listed = [...places.keys()];
  const tree = StandardMerkleTree.of(
    listed.map((wallet) => [wallet]),
    ["address"],
  );
  return {
    root: tree.root,
    wallets: listed,
    proofOf: (wallet) => {
      const place = places.get(getAddress(wallet));
      if (place === undefined) {
        throw new ClientError(
          "bad-input",
          `${wallet} isn't on the list of ${listed.length} ${listed.length === 1 ? "wallet" : "wallets"}`,
        );
      }
      return tree.getProof(place);
    },
  };
}

/**
 * Reads a list of wallets: one address a line, empty lines left out.
 *
 * @param name - of the file, for errors
 * @throws ClientError `bad-input` with the number of the first bad line, or as `walletList`
 */
export function decodeWalletList(text: string, name: string): WalletList {
  const wallets = text.split("\n").flatMap((line, i) => {
    const given = line.trim();
    if (given === "") return [];
    if (given.startsWith("0x") && isAddress(given)) return [getAddress(given)];
    throw new ClientError(
      "bad-input",
      `line ${i + 1} of ${name} is "${given.slice(0, 60)}": expected an address, 0x and 40 hexadecimal digits, in one case or with the right checksum`,
    );
  });
  return walletList(wallets);
}

/** A list of wallets as a file: one address a line. */
export function encodeWalletList({ wallets }: WalletList): string {
  return wallets.map((wallet) => `${wallet}\n`).join("");
}

/** Roots of a dataset's lists of wallets; zero for nobody. */
export interface AllowLists {
  readonly contributors: string;
  readonly trainers: string;
}

/** The lists that a dataset's owner set last, read from the chain's events; undefined before the first. */
export async function readAllowLists({ datasets, book }: Suite, dataset: bigint): Promise<AllowLists | undefined> {
  const events = await datasets.queryFilter(datasets.filters.AllowListsSet(dataset), book.fromBlock);
  const last = events.at(-1)?.args;
  return last && { contributors: last.contributors, trainers: last.trainers };
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

const KIND = "tributary-invitation";
const VERSION = 1;

type Invited = Pick<Invitation, "dataset" | "contributor">;

/** What an invitation to a deployment's dataset is of. */
function aboutOf({ chainId, contracts }: AddressBook, { dataset, contributor }: Invited) {
  return {
    kind: KIND,
    version: VERSION,
    chainId,
    datasets: contracts.datasets,
    dataset: String(dataset),
    contributor,
  };
}

/** A signed invitation as a file: JSON, integers as decimal strings. */
export function encodeInvitation(
  book: AddressBook,
  invited: Invited,
  { inviter, deadline, signature }: IDatasetRegistry.AdmissionStruct,
): string {
  const record = { ...aboutOf(book, invited), inviter, deadline: String(deadline), signature };
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Reads an invitation of a wallet to a dataset; whether the signature is a curator's, the chain says.
 *
 * @param name - of the file, for errors
 * @throws ClientError `bad-input` for an invitation of another wallet or dataset, or a damaged one
 */
export function decodeInvitation(
  book: AddressBook,
  invited: Invited,
  record: Readonly<Record<string, unknown>>,
  name: string,
): IDatasetRegistry.AdmissionStruct & { readonly inviter: string } {
  const differing = Object.entries(aboutOf(book, invited)).find(([member, value]) => record[member] !== value);
  if (differing !== undefined) {
    throw new ClientError(
      "bad-input",
      `${name} invites to something else: its ${differing[0]} is ${JSON.stringify(record[differing[0]])}, expected ${differing[1]}`,
    );
  }
  const { inviter, deadline, signature } = record;
  if (typeof inviter !== "string" || typeof signature !== "string" || !/^\d+$/.test(String(deadline))) {
    throw new ClientError("bad-input", `${name} is damaged: have the invitation signed again`);
  }
  return { ...NO_ADMISSION, inviter, deadline: BigInt(String(deadline)), signature };
}
