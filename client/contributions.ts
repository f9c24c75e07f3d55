import type { Wallet } from "ethers";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";
import type { Suite } from "./suite.ts";

/** EIP-712 types of a contribution that its wallet signs and anybody may send. */
export const CONTRIBUTION_TYPES = {
  Contribution: [
    { name: "dataset", type: "uint256" },
    { name: "contributor", type: "address" },
    { name: "root", type: "bytes32" },
    { name: "rows", type: "uint32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "uri", type: "string" },
  ],
};

/** EIP-712 types of a curator's invitation to an allow-list dataset. */
export const INVITATION_TYPES = {
  Invitation: [
    { name: "dataset", type: "uint256" },
    { name: "contributor", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/** What an open or curated dataset asks for as admission: nothing. */
export const NO_ADMISSION = {
  proof: [] as string[],
  inviter: "0x0000000000000000000000000000000000000000",
  deadline: 0n,
  signature: "0x",
};

/** What a contributor signs. */
export interface ContributionMessage {
  readonly dataset: bigint;
  /** Positional Merkle root over the rows; its leaves name the signing wallet. */
  readonly root: string;
  readonly rows: number;
  /** Any number that the wallet hasn't used. */
  readonly nonce: bigint;
  /** Time until which it may be sent, in seconds. */
  readonly deadline: bigint;
  readonly uri: string;
}

/** Signs a contribution, so that somebody else can send it and pay its gas. */
export async function signContribution(
  suite: Suite,
  contributor: Wallet,
  message: ContributionMessage,
): Promise<IDatasetRegistry.SignedContributionStruct> {
  const signed = { ...message, contributor: contributor.address };
  const signature = await contributor.signTypedData(datasetDomain(suite), CONTRIBUTION_TYPES, signed);
  return { ...signed, admission: NO_ADMISSION, signature };
}

/** The EIP-712 domain of the dataset registry. */
export function datasetDomain({ book }: Suite) {
  return { name: "Tributary", version: "1", chainId: book.chainId, verifyingContract: book.contracts.datasets };
}
