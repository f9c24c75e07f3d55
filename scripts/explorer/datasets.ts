import { NO_ADMISSION, type Sender, type Suite, type WalletList } from "../../client/index.ts";
import { sha256 } from "../../scorer/index.ts";
import { buildCroissant, writeCroissant } from "../../metadata/index.ts";
import type { PublishedFiles } from "../../services/index.ts";
import { createdId, type Member } from "../demo/lineage.ts";
import { rowsFile } from "./texts.ts";

/** Terms as the contract takes them. */
interface Terms {
  readonly modality: number;
  readonly curation: number;
  readonly training: number;
  readonly streamBps: number;
  readonly proRataBps: number;
  readonly rowCap: number;
  readonly deposit: bigint;
}

/** What a dataset is said to be. */
export interface About {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly keywords: readonly string[];
  readonly terms: Terms;
}

export const MAILS: About = {
  name: "Mail by sender's domain",
  description:
    "Mails of the SpamAssassin public corpus. Each sender's domain is a wallet; addresses are replaced by a mark. Labelled as wanted or spam.",
  licence: "CC0-1.0",
  keywords: ["mail", "spam", "English"],
  terms: { modality: 0, curation: 1, training: 0, streamBps: 5_000, proRataBps: 1_000, rowCap: 500, deposit: 0n },
};

export const REVIEWS: About = {
  name: "Film reviews",
  description: "Reviews of films, as their writers put them, labelled as favourable or not. For models that quote.",
  licence: "CC-BY-4.0",
  keywords: ["film", "reviews", "sentiment", "English"],
  terms: { modality: 0, curation: 1, training: 0, streamBps: 1_500, proRataBps: 2_000, rowCap: 200, deposit: 0n },
};

export const NOTES: About = {
  name: "Field notes, open call",
  description: "Anybody may add notes in their own words; a deposit for each row keeps idle counts out. No model yet.",
  licence: "CC-BY-SA-4.0",
  keywords: ["notes", "open call"],
  terms: { modality: 0, curation: 0, training: 2, streamBps: 2_000, proRataBps: 5_000, rowCap: 50, deposit: 20_000n },
};

export const LETTERS: About = {
  name: "Letters, for members",
  description:
    "Letters of wallets on the owner's list, or with an invitation. A second list says who may train on them.",
  licence: "CC-BY-4.0",
  keywords: ["letters", "members"],
  terms: { modality: 0, curation: 2, training: 1, streamBps: 2_500, proRataBps: 3_000, rowCap: 50, deposit: 0n },
};

/** Publishes a dataset's description, which names the files of its contributors, and creates it. */
export async function createDataset(
  suite: Suite,
  files: PublishedFiles,
  owner: Sender,
  { name, description, licence, keywords, terms }: About,
  members: readonly Member[],
): Promise<bigint> {
  const card = writeCroissant(
    buildCroissant({
      name,
      description,
      licences: [licence],
      creators: [{ type: "Organization", name: "Tributary's local chain" }],
      url: "https://example.org/",
      datePublished: "2026-01-01",
      keywords,
      modality: "text",
      files: members.map(({ contributor }) => {
        const bytes = rowsFile(contributor);
        const digest = sha256(bytes);
        const file = `${contributor.name}.jsonl`;
        return {
          id: file,
          name: file,
          contentUrl: `sha256:${digest.slice(2)}`,
          encodingFormats: ["application/jsonlines"],
          sha256: digest,
          size: bytes.length,
          rowCount: contributor.rows.length,
        };
      }),
      fileSets: [],
      recordSets: [],
    }),
  );
  const uri = await files.publishContent(card);
  const digest = sha256(new TextEncoder().encode(card));
  const create = suite.datasets.createDataset.populateTransaction(terms, licence, digest, uri);
  return createdId(await owner.send("creating a dataset", create), suite, "DatasetCreated", "dataset");
}

/**
 * Publishes the rows of a contribution, and sends it from its wallet.
 *
 * @param list - the wallets that may contribute, where the dataset has a list
 */
export async function contributeRows(
  suite: Suite,
  files: PublishedFiles,
  dataset: bigint,
  { contributor, sender, root }: Member,
  list?: WalletList,
): Promise<void> {
  const uri = await files.publishContribution(root, rowsFile(contributor));
  const given = [dataset, root, contributor.rows.length, uri] as const;
  const call =
    list === undefined
      ? suite.datasets.contribute.populateTransaction(...given)
      : suite.datasets.contributeAdmitted.populateTransaction(...given, {
          ...NO_ADMISSION,
          proof: list.proofOf(sender.address),
        });
  await sender.send(`the contribution of ${contributor.name}`, call);
}
