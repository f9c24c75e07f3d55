import { type AddressLike, id, type Signer, ZeroAddress } from "ethers";
import { CONTRIBUTION_TYPES, INVITATION_TYPES } from "../../client/index.ts";
import type { DatasetRegistry, IDatasetRegistry } from "../../typechain-types/index.ts";
import { positionalTree, rowLeaf } from "./formats.ts";
import { item } from "./fixture.ts";
import type { Contributed } from "./lineage.ts";
import type { Suite } from "./suite.ts";

export type Admission = IDatasetRegistry.AdmissionStruct;

/** What an open or curated dataset asks for as admission: nothing. */
export const NO_ADMISSION: Admission = { proof: [], inviter: ZeroAddress, deadline: 0n, signature: "0x" };

/** The end of time, as a deadline. */
export const NEVER = 2n ** 256n - 1n;

/** A contribution whose rows are there, so that they can be opened. */
export interface RowTree {
  readonly root: string;
  readonly digests: readonly string[];
  /** Siblings of a row's leaf, bottom up. */
  proof(index: number): string[];
}

/** The positional tree over `count` rows of a wallet's. */
export function rowsOf(contributor: string, count: number, label = "row"): RowTree {
  const digests = Array.from({ length: count }, (_, i) => id(`${label} ${i}`));
  const tree = positionalTree(digests.map((digest, i) => rowLeaf(contributor, i, digest)));
  return { root: tree.root, digests, proof: (index) => tree.proof(index) };
}

/** Submits rows that can be opened. */
export async function contributeRows(
  suite: Suite,
  dataset: bigint,
  contributor: Signer,
  count: number,
  label?: string,
): Promise<Contributed & { tree: RowTree }> {
  const wallet = await contributor.getAddress();
  const tree = rowsOf(wallet, count, label);
  await suite.datasets.connect(contributor).contribute(dataset, tree.root, count, "");
  return { contributor: wallet, root: tree.root, rows: BigInt(count), tree };
}

/** What the registry knows of a submitted contribution, by name. */
export async function submissionOf({ datasets }: Suite, dataset: bigint, contributor: AddressLike, root: string) {
  const [status, rows, submittedAt, position, opened, deposit] = await datasets.submissionOf(
    dataset,
    contributor,
    root,
  );
  return { status, rows, submittedAt, position, opened, deposit };
}

/** Opens the last row of a contribution, as anybody may. */
export function openLastRow(datasets: DatasetRegistry, dataset: bigint, { contributor, tree }: OpenableRows) {
  const last = tree.digests.length - 1;
  return datasets.review(dataset, { contributor, root: tree.root }, item(tree.digests, last), tree.proof(last));
}

/** A submitted contribution, and the tree that its rows are opened from. */
export interface OpenableRows {
  readonly contributor: string;
  readonly tree: RowTree;
}

/** The EIP-712 domain of the dataset registry. */
export async function registryDomain({ datasets, ethers }: Suite) {
  const { chainId } = await ethers.provider.getNetwork();
  return { name: "Tributary", version: "1", chainId, verifyingContract: await datasets.getAddress() };
}

/** What a contributor signs; the wallet is the one that is asked to, unless another is named. */
export interface Offer {
  readonly dataset: bigint;
  readonly contributor?: string;
  readonly root?: string;
  readonly rows?: bigint;
  readonly nonce?: bigint;
  readonly deadline?: bigint;
  readonly uri?: string;
}

/** A contribution with `signer`'s signature, ready to be sent by anybody. */
export async function signOffer(
  suite: Suite,
  signer: Signer,
  offer: Offer,
  domain: Partial<Awaited<ReturnType<typeof registryDomain>>> = {},
) {
  const message = {
    contributor: await signer.getAddress(),
    root: id("rows"),
    rows: 5n,
    nonce: 0n,
    deadline: NEVER,
    uri: "ipfs://rows",
    ...offer,
  };
  const full = { ...(await registryDomain(suite)), ...domain };
  const signature = await signer.signTypedData(full, CONTRIBUTION_TYPES, message);
  return { ...message, admission: NO_ADMISSION, signature };
}

/** `inviter`'s invitation of a wallet to an allow-list dataset. */
export async function invite(
  suite: Suite,
  inviter: Signer,
  invitation: { readonly dataset: bigint; readonly contributor: string; readonly deadline: bigint },
): Promise<Admission> {
  const signature = await inviter.signTypedData(await registryDomain(suite), INVITATION_TYPES, invitation);
  return { proof: [], inviter: await inviter.getAddress(), deadline: invitation.deadline, signature };
}

/** Deposits `amount` for `account`, out of nothing, under the dataset registry if no other controller is named. */
export async function depositFor(
  suite: Pick<Suite, "currency" | "vault" | "datasets">,
  account: Signer,
  amount: bigint,
  controller: AddressLike = suite.datasets,
): Promise<void> {
  await suite.currency.mint(account, amount);
  await suite.currency.connect(account).approve(suite.vault, amount);
  await suite.vault.connect(account).deposit(controller, account, amount);
}
