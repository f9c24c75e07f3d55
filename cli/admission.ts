import { decodeInvitation, decodeWalletList, NO_ADMISSION, type Suite, type WalletList } from "../client/index.ts";
import type { IDatasetRegistry } from "../typechain-types/dataset/DatasetRegistry.ts";
import { option } from "./command.ts";
import { readJsonObject, readText } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import { text } from "./readers.ts";

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
 * @throws ClientError `bad-input` as `decodeWalletList`, or when the file can't be read
 */
export async function readWalletList(path: string): Promise<WalletList> {
  return decodeWalletList(await readText(path, "the list of wallets"), path);
}

/**
 * What shows that a wallet may contribute; nothing where neither option is given.
 *
 * @throws ClientError `bad-input` for a wallet that isn't on the list, or an invitation of another wallet or dataset
 */
export async function readAdmission(
  { list, invitation }: AdmissionOptions,
  { book }: Suite,
  dataset: bigint,
  contributor: string,
): Promise<IDatasetRegistry.AdmissionStruct | undefined> {
  if (list !== undefined && invitation !== undefined) {
    throw new UsageError("--list and --invitation each show that a wallet may contribute: give one of them");
  }
  if (list !== undefined) return { ...NO_ADMISSION, proof: (await readWalletList(list)).proofOf(contributor) };
  if (invitation === undefined) return undefined;
  const record = await readJsonObject(invitation, "the invitation");
  return decodeInvitation(book, { dataset, contributor }, record, invitation);
}
