import { type AddressLike, type BigNumberish, type Signer, id, ZeroAddress } from "ethers";
import type { IDatasetRegistry, IModelRegistry } from "../../typechain-types/index.ts";
import type { Suite } from "./suite.ts";

/** What a dataset is, how a contribution gets in, and who may train on it, in the order of the contract's enums. */
export const Modality = { Text: 0n, Image: 1n, Audio: 2n, Tabular: 3n } as const;
export const Curation = { Open: 0n, Curated: 1n, AllowList: 2n } as const;
export const Training = { Anyone: 0n, AllowList: 1n, Approval: 2n } as const;

/** Terms of a dataset, in the order of the contract's struct. */
export interface Terms {
  readonly modality: bigint;
  readonly curation: bigint;
  readonly training: bigint;
  readonly streamBps: bigint;
  readonly proRataBps: bigint;
  readonly rowCap: bigint;
  readonly deposit: bigint;
}

export type Registration = IModelRegistry.RegistrationStruct;

/** A contribution as the curator names it, with the rows that were submitted. */
export interface Contributed extends IDatasetRegistry.SubmissionStruct {
  contributor: string;
  root: string;
  rows: bigint;
}

/** A curated text dataset that anyone may train on, without deposit. */
export const TERMS: Terms = {
  modality: Modality.Text,
  curation: Curation.Curated,
  training: Training.Anyone,
  streamBps: 1_000n,
  proRataBps: 2_000n,
  rowCap: 1_000n,
  deposit: 0n,
};

export const LICENCE = "CC-BY-4.0";

/** Submission states, in the order of the contract's enum. */
export const SubmissionStatus = { None: 0n, Pending: 1n, Accepted: 2n, Rejected: 3n, Withdrawn: 4n } as const;

/** Kinds of models, in the order of the contract's enum. */
export const ModelKind = { Base: 0n, Finetune: 1n, Adapter: 2n, Merge: 3n, Quantized: 4n, Agent: 5n } as const;

/** What a model asks of its children when nothing else is said: any kind, and no share. */
export const OPEN_TO_CHILDREN = { kinds: 0x3fn, leastBps: 0n } as const;

/** The share that a model leaves to a dataset version which anyone may train on. */
export function source(dataset: bigint, shareBps: bigint, version = 1n): IModelRegistry.SourceStruct {
  return { dataset, version, shareBps, permission: [] };
}

/** A dataset of `owner`'s; its id. */
export async function createDataset(suite: Suite, owner: Signer, terms: Partial<Terms> = {}): Promise<bigint> {
  await suite.datasets.connect(owner).createDataset({ ...TERMS, ...terms }, LICENCE, id("description"), "");
  return suite.datasets.datasetCount();
}

/** A contribution of `contributor`'s that waits for the curator; without a root of its own it gets one from `label`. */
export async function contribute(
  suite: Suite,
  dataset: bigint,
  contributor: Signer,
  rows: bigint,
  label = "rows",
): Promise<Contributed> {
  const root = id(label);
  await suite.datasets.connect(contributor).contribute(dataset, root, rows, "");
  return { contributor: await contributor.getAddress(), root, rows };
}

/** A dataset of `owner`'s with one frozen version, to which `contributor` gave `rows` rows; its id. */
export async function frozenDataset(
  suite: Suite,
  owner: Signer,
  contributor: Signer,
  terms: Partial<Terms> = {},
  rows = 10n,
): Promise<bigint> {
  const dataset = await createDataset(suite, owner, terms);
  const submission = await contribute(suite, dataset, contributor, rows);
  await suite.datasets.connect(owner).accept(dataset, [submission]);
  await suite.datasets.connect(owner).freeze(dataset);
  return dataset;
}

/** What a model is registered with when nothing else is said: a base model that keeps everything. */
export function registration(parts: Partial<Registration> = {}): Registration {
  return {
    kind: ModelKind.Base,
    artifactDigest: id("weights"),
    recipeDigest: id("recipe"),
    operator: ZeroAddress,
    children: OPEN_TO_CHILDREN,
    supersedes: 0n,
    priceHint: 0n,
    parents: [],
    sources: [],
    uri: "",
    ...parts,
  };
}

/** A model of `owner`'s; its id. */
export async function registerModel(suite: Suite, owner: Signer, parts: Partial<Registration> = {}): Promise<bigint> {
  await suite.models.connect(owner).register(registration(parts));
  return suite.models.modelCount();
}

/** Id of a model's stream at a place in its list of datasets. */
export function streamOf(model: bigint, slot: bigint): bigint {
  return (model << 8n) | slot;
}

/** A place in the storage of a mapping from a number. */
export function mappingSlot(suite: Suite, key: BigNumberish, slot: bigint): bigint {
  const { AbiCoder, keccak256 } = suite.ethers;
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [key, slot])));
}

/** Lets a contract of the suite send transactions, as its own code would. */
export async function asContract(suite: Suite, contract: AddressLike): Promise<Signer> {
  const address = await suite.ethers.resolveAddress(contract);
  await suite.networkHelpers.impersonateAccount(address);
  await suite.networkHelpers.setBalance(address, 10n ** 18n);
  return suite.ethers.getSigner(address);
}
