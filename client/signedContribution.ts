import { ClientError } from "./clientError.ts";
import type { Suite } from "./suite.ts";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";

/** A signed contribution as it was read from a file. */
export interface ReadContribution {
  readonly dataset: bigint;
  readonly contributor: string;
  readonly root: string;
  readonly rows: bigint;
  readonly nonce: bigint;
  readonly deadline: bigint;
  readonly uri: string;
  readonly admission: IDatasetRegistry.AdmissionStruct;
  readonly signature: string;
}

const KIND = "tributary-contribution";
const VERSION = 1;

/** A contribution that its wallet signed, for one deployment. */
export interface SignedContribution {
  readonly chainId: number;
  /** The dataset registry. */
  readonly datasets: string;
  readonly contribution: IDatasetRegistry.SignedContributionStruct;
}

/** A signed contribution as a file: JSON, integers as decimal strings. */
export function encodeSignedContribution(signed: SignedContribution): string {
  const plain = (_name: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
  return `${JSON.stringify({ kind: KIND, version: VERSION, ...signed }, plain, 2)}\n`;
}

/**
 * Reads a signed contribution against a deployment. Whether the signature is right only the chain can say: the wallet may
 * be a contract.
 *
 * @param record - the file's content
 * @throws ClientError `bad-input` for a damaged file, or one of another deployment
 */
export function decodeSignedContribution(
  record: Record<string, unknown>,
  suite: Suite,
  path: string,
): ReadContribution {
  if (record.kind !== KIND || record.version !== VERSION) {
    throw new ClientError(
      "bad-input",
      `${path} isn't a signed contribution of version ${VERSION}: "contribute … --sign FILE" writes them`,
    );
  }
  const { chainId, datasets, contribution } = record as unknown as SignedContribution;
  const { book } = suite;
  if (chainId !== book.chainId || datasets !== book.contracts.datasets) {
    throw new ClientError(
      "bad-input",
      `${path} is for the registry ${datasets} on chain ${chainId}, the deployment's is ${book.contracts.datasets} on chain ${book.chainId}`,
    );
  }
  try {
    const data = suite.datasets.interface.encodeFunctionData("contributeSigned", [contribution]);
    return plain(suite.datasets.interface.decodeFunctionData("contributeSigned", data)[0] as ReadContribution);
  } catch (cause) {
    throw new ClientError("bad-input", `${path} is damaged: its contribution can't be encoded; have it signed again`, {
      cause,
    });
  }
}

/** What ethers decodes is frozen, and its names are no properties; this can be sent. */
function plain(decoded: ReadContribution): ReadContribution {
  const { admission } = decoded;
  return {
    dataset: decoded.dataset,
    contributor: decoded.contributor,
    root: decoded.root,
    rows: decoded.rows,
    nonce: decoded.nonce,
    deadline: decoded.deadline,
    uri: decoded.uri,
    admission: {
      proof: Array.from(admission.proof),
      inviter: admission.inviter,
      deadline: admission.deadline,
      signature: admission.signature,
    },
    signature: decoded.signature,
  };
}
