import { NO_ADMISSION, ClientError, type Suite, type WalletList, walletList } from "../client/index.ts";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";
import { option } from "./command.ts";
import { readJsonObject, readText } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import { address, text } from "./readers.ts";

const KIND = "tributary-invitation";
const VERSION = 1;

/** The options of commands that show that a wallet may contribute. */
export const ADMISSION = {
  list: option("FILE", "for an allow-list dataset: the wallets on its list, one a line", text),
  invitation: option("FILE.json", 'for an allow-list dataset: what "dataset invite" wrote', text),
};

/** What is given for them. */
export interface AdmissionOptions {
  readonly list: string | undefined;
  readonly invitation: string | undefined;
}

/**
 * Reads a list of wallets: one address a line, empty lines left out.
 *
 * @throws ClientError `bad-input` with the number of the first bad line, or as `walletList`
 */
export async function readWalletList(path: string): Promise<WalletList> {
  const lines = (await readText(path, "the list of wallets")).split("\n");
  const wallets = lines.flatMap((line, i) => {
    const given = line.trim();
    if (given === "") return [];
    try {
      return [address(given)];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new ClientError("bad-input", `line ${i + 1} of ${path} is "${given.slice(0, 60)}": ${error.message}`);
    }
  });
  return walletList(wallets);
}

/**
 * What shows that a wallet may contribute; nothing where neither option is given.
 *
 * @throws ClientError `bad-input` for a wallet that isn't on the list, or an invitation of another wallet or dataset
 */
export async function readAdmission(
  { list, invitation }: AdmissionOptions,
  suite: Suite,
  dataset: bigint,
  contributor: string,
): Promise<IDatasetRegistry.AdmissionStruct | undefined> {
  if (list !== undefined && invitation !== undefined) {
    throw new UsageError("--list and --invitation each show that a wallet may contribute: give one of them");
  }
  if (list !== undefined) return { ...NO_ADMISSION, proof: (await readWalletList(list)).proofOf(contributor) };
  if (invitation === undefined) return undefined;
  const record = await readJsonObject(invitation, "the invitation");
  const { chainId, contracts } = suite.book;
  const named = {
    kind: KIND,
    version: VERSION,
    chainId,
    datasets: contracts.datasets,
    dataset: String(dataset),
    contributor,
  };
  const differing = Object.entries(named).find(([name, value]) => record[name] !== value);
  if (differing !== undefined) {
    throw new ClientError(
      "bad-input",
      `${invitation} invites to something else: its ${differing[0]} is ${JSON.stringify(record[differing[0]])}, expected ${differing[1]}`,
    );
  }
  const { inviter, deadline, signature } = record;
  if (typeof inviter !== "string" || typeof signature !== "string" || !/^\d+$/.test(String(deadline))) {
    throw new ClientError("bad-input", `${invitation} is damaged: have the invitation signed again`);
  }
  return { ...NO_ADMISSION, inviter, deadline: BigInt(String(deadline)), signature };
}

/** An invitation as a file: JSON, integers as decimal strings. */
export function encodeInvitation(
  { book }: Suite,
  dataset: bigint,
  contributor: string,
  { inviter, deadline, signature }: IDatasetRegistry.AdmissionStruct,
): string {
  const record = {
    kind: KIND,
    version: VERSION,
    chainId: book.chainId,
    datasets: book.contracts.datasets,
    dataset: String(dataset),
    contributor,
    inviter,
    deadline: String(deadline),
    signature,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
