import {
  decodeInvitation,
  decodeWalletList,
  readAllowLists,
  type AllowLists,
  type WalletList,
} from "../../../client/admission.ts";
import { ClientError } from "../../../client/clientError.ts";
import { NO_ADMISSION } from "../../../client/contributions.ts";
import { explainError } from "../../../client/errors.ts";
import type { IndexClient } from "../../../client/indexApi/index.ts";
import type { Suite } from "../../../client/suite.ts";
import type { IDatasetRegistry } from "../../../typechain-types/dataset/DatasetRegistry.ts";
import { publishedFile } from "../../data/files.ts";
import type { Config } from "../../config/config.ts";
import { ZERO_WORD } from "../../words/hashes.ts";
import { TRAINING } from "../dataset/terms.ts";

/** A file that the reader chose: a list of wallets, or an invitation. */
export interface ChosenFile {
  readonly name: string;
  readonly text: string;
}

/** Who is asked for what shows that a wallet is admitted. */
export interface AdmissionSources {
  readonly suite: Suite;
  readonly api: IndexClient;
  readonly config: Pick<Config, "ipfs">;
  readonly chosen: ChosenFile | undefined;
}

/** What shows that a wallet may contribute to a dataset that has a list. */
export interface Admitted {
  readonly admission: IDatasetRegistry.AdmissionStruct;
  /** How it is known, in a sentence. */
  readonly because: string;
}

/** What shows that a wallet may register models that name a dataset. */
export interface Permitted {
  /** Its place on the list of trainers; empty where the owner approved the wallet. */
  readonly proof: readonly string[];
  readonly because: string;
}

/**
 * What lets a wallet contribute to an allow-list dataset: its place on the list, or an invitation that the reader chose.
 *
 * @throws ClientError `bad-input` for a wallet that isn't on the list or an unreadable file, `mismatch` for a file of
 * another list, `file-missing` where the list isn't published
 */
export async function contributorAdmission(
  sources: AdmissionSources,
  dataset: number,
  account: string,
): Promise<Admitted> {
  const { suite, chosen } = sources;
  const invitation = chosen === undefined ? undefined : jsonIn(chosen);
  if (chosen !== undefined && invitation !== undefined) {
    const invited = { dataset: BigInt(dataset), contributor: account };
    const admission = decodeInvitation(suite.book, invited, invitation, chosen.name);
    const { inviter } = admission;
    if (!(await suite.datasets.isCurator(dataset, inviter))) {
      throw new ClientError("bad-input", `${chosen.name} is of ${inviter}, who is no curator of the dataset now`);
    }
    return { admission, because: `${chosen.name} invites your wallet.` };
  }
  const { proof, because } = await placeOn(sources, "contributors", dataset, account);
  return { admission: { ...NO_ADMISSION, proof: [...proof] }, because };
}

/**
 * What lets a wallet register models that were trained on a version of a dataset, which the chain has confirmed.
 *
 * @param training - the dataset's rule
 * @throws ClientError as `contributorAdmission`; `refused` for a wallet that the owner hasn't approved
 */
export async function trainerPermission(
  sources: AdmissionSources,
  { id, training }: { readonly id: number; readonly training: number },
  version: number,
  account: string,
): Promise<Permitted> {
  const permitted =
    training === TRAINING.allowList
      ? await placeOn(sources, "trainers", id, account)
      : { proof: [], because: "The dataset’s owner approved your wallet." };
  try {
    await sources.suite.datasets.offerTo(id, version, account, [...permitted.proof]);
  } catch (error) {
    const explained = explainError(error, "asking for the dataset's offer");
    if (explained instanceof ClientError && explained.revert?.name === "TrainingNotPermitted") {
      throw new ClientError("refused", `${account} isn't approved: ask the owner of dataset ${id} for it`);
    }
    throw explained;
  }
  return permitted;
}

const MAY: Readonly<Record<keyof AllowLists, string>> = {
  contributors: "contribute to",
  trainers: "train on",
};

/** A wallet's place on one of a dataset's lists, which must lead to the root on the chain. */
async function placeOn(
  { suite, api, config, chosen }: AdmissionSources,
  which: keyof AllowLists,
  dataset: number,
  account: string,
): Promise<Permitted> {
  const root = (await readAllowLists(suite, BigInt(dataset)))?.[which];
  if (root === undefined || root === ZERO_WORD) {
    throw new ClientError("bad-input", `nobody may ${MAY[which]} dataset ${dataset} by a list: its owner has set none`);
  }
  const name = chosen?.name ?? "the published list";
  const text = chosen?.text ?? new TextDecoder().decode(await publishedList(api, config, root, dataset));
  const list: WalletList = decodeWalletList(text, name);
  if (list.root !== root) {
    throw new ClientError(
      "mismatch",
      `${name} isn't the list that the chain has: its root is ${list.root}, the chain's ${root}; get the present list from the owner of dataset ${dataset}`,
    );
  }
  const count = `${list.wallets.length} ${list.wallets.length === 1 ? "wallet" : "wallets"}`;
  if (!list.wallets.includes(account)) {
    throw new ClientError(
      "bad-input",
      `${account} isn't on the list of ${count} that may ${MAY[which]} dataset ${dataset}: ask its owner${which === "contributors" ? " for an invitation, or" : ""} to be put on it`,
    );
  }
  return {
    proof: list.proofOf(account),
    because: `Your wallet is on the list of ${count}${chosen === undefined ? "" : ` in ${name}`}, whose root is the chain’s.`,
  };
}

async function publishedList(
  api: IndexClient,
  config: Pick<Config, "ipfs">,
  root: string,
  dataset: number,
): Promise<Uint8Array> {
  try {
    return await publishedFile(api, config, `list/${root}`, undefined);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "file-missing") throw error;
    throw new ClientError(
      "file-missing",
      `the list with the root ${root} isn't with the index's server: choose the file that you have from the owner of dataset ${dataset}`,
    );
  }
}

/** The object in a JSON file; undefined for a file of another kind. */
function jsonIn({ name, text }: ChosenFile): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw new ClientError("bad-input", `${name} is no JSON: have the invitation sent again`);
  }
}
