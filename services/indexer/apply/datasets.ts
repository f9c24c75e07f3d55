import { ZeroAddress, ZeroHash } from "ethers";
import type {
  AllowListsSetEvent,
  ContributionAcceptedEvent,
  ContributionRejectedEvent,
  ContributionRetiredEvent,
  ContributionSubmittedEvent,
  ContributionWithdrawnEvent,
  CuratorSetEvent,
  DatasetCreatedEvent,
  MetadataSetEvent,
  NonceSpentEvent,
  NoncesCancelledEvent,
  RowsOpenedEvent,
  TermsSetEvent,
  TrainerApprovedEvent,
  TransferEvent,
  VersionFrozenEvent,
} from "../../../typechain-types/dataset/DatasetRegistry.ts";
import { CONTRIBUTIONS, CURATORS, DATASETS, NONCES, PLACES, TRAINERS, VERSIONS } from "../tables.ts";
import { account, count, type Handler, type Happening, on, whole } from "./handler.ts";

/** Members of IDatasetRegistry.Curation that the deposit depends on. */
const OPEN = 0;
const CURATED = 1;

function spend({ changes }: Happening, contributor: string, word: bigint, mask: bigint): void {
  changes.upsert(NONCES, { contributor, word: String(word), bits: "0" }, ({ bits }) => ({
    bits: String(BigInt(bits) | mask),
  }));
}

/** What events of the dataset registry do to the index. */
export const datasetHandlers: Readonly<Record<string, Handler>> = {
  // A mint comes before everything else of a dataset; its terms follow in the same transaction.
  Transfer: on((happening, { from, to, tokenId }: TransferEvent.OutputObject) => {
    const { changes, time } = happening;
    const id = whole(tokenId);
    if (from !== ZeroAddress) {
      changes.update(DATASETS, [id], () => ({ owner: to }));
      return;
    }
    count(happening, "datasets");
    changes.put(DATASETS, {
      id,
      owner: to,
      metadataDigest: ZeroHash,
      uri: "",
      licence: "",
      modality: 0,
      curation: 0,
      training: 0,
      streamBps: 0,
      proRataBps: 0,
      rowCap: 0,
      deposit: "0",
      accepted: 0,
      rows: 0,
      versions: 0,
      contributors: ZeroHash,
      trainers: ZeroHash,
      createdAt: time,
    });
  }),
  DatasetCreated: on(({ changes }, { dataset, metadataDigest, uri }: DatasetCreatedEvent.OutputObject) =>
    changes.update(DATASETS, [whole(dataset)], () => ({ metadataDigest, uri })),
  ),
  TermsSet: on(({ changes }, { dataset, terms, licence }: TermsSetEvent.OutputObject) =>
    changes.update(DATASETS, [whole(dataset)], (row) => ({
      modality: Number(terms.modality),
      curation: Number(terms.curation),
      training: Number(terms.training),
      streamBps: Number(terms.streamBps),
      proRataBps: Number(terms.proRataBps),
      rowCap: Number(terms.rowCap),
      deposit: String(terms.deposit),
      // Terms are edited without naming the licence again.
      licence: licence === "" ? row.licence : licence,
    })),
  ),
  MetadataSet: on(({ changes }, { dataset, metadataDigest, uri }: MetadataSetEvent.OutputObject) =>
    changes.update(DATASETS, [whole(dataset)], () => ({ metadataDigest, uri })),
  ),
  CuratorSet: on(({ changes }, { dataset, curator, appointed }: CuratorSetEvent.OutputObject) => {
    const { id, owner } = changes.get(DATASETS, whole(dataset));
    changes.put(CURATORS, { dataset: id, owner, curator, appointed: Number(appointed) });
  }),
  AllowListsSet: on(({ changes }, { dataset, contributors, trainers }: AllowListsSetEvent.OutputObject) =>
    changes.update(DATASETS, [whole(dataset)], () => ({ contributors, trainers })),
  ),
  TrainerApproved: on(({ changes }, { dataset, trainer, approved }: TrainerApprovedEvent.OutputObject) =>
    changes.put(TRAINERS, { dataset: whole(dataset), trainer, approved: Number(approved) }),
  ),
  NonceSpent: on((happening, { contributor, nonce }: NonceSpentEvent.OutputObject) =>
    spend(happening, contributor, nonce >> 8n, 1n << (nonce & 255n)),
  ),
  NoncesCancelled: on((happening, { contributor, word, mask }: NoncesCancelledEvent.OutputObject) =>
    spend(happening, contributor, word, mask),
  ),
  ContributionSubmitted: on(
    (happening, { dataset, contributor, root, rows, uri }: ContributionSubmittedEvent.OutputObject) => {
      const { changes, event, time } = happening;
      count(happening, "contributions");
      account(happening, contributor, ({ contributions }) => {
        if (contributions === 0) count(happening, "contributors");
        return { contributions: contributions + 1 };
      });
      const { id, curation, deposit } = changes.get(DATASETS, whole(dataset));
      changes.put(CONTRIBUTIONS, {
        dataset: id,
        contributor,
        root,
        id: event.id,
        rows: Number(rows),
        uri,
        // Where no curator decides, the acceptance follows in the same transaction, and keeps the deposit locked.
        status: curation === CURATED ? "pending" : "accepted",
        submittedAt: time,
        position: null,
        counted: null,
        retiredFrom: null,
        opened: 0,
        // The event doesn't say what was locked: it follows from the terms of this moment.
        deposit: curation === OPEN ? String(BigInt(deposit) * rows) : deposit,
        reason: null,
      });
    },
  ),
  ContributionAccepted: on(
    ({ changes }, { dataset, position, contributor, root, rows }: ContributionAcceptedEvent.OutputObject) => {
      const id = whole(dataset);
      changes.update(CONTRIBUTIONS, [id, contributor, root], ({ status, deposit }) => ({
        status: "accepted",
        position: Number(position),
        counted: Number(rows),
        deposit: status === "pending" ? "0" : deposit,
      }));
      changes.put(PLACES, { dataset: id, position: Number(position), contributor, root });
      changes.update(DATASETS, [id], (row) => ({ accepted: row.accepted + 1, rows: row.rows + Number(rows) }));
    },
  ),
  ContributionRejected: on(
    ({ changes }, { dataset, contributor, root, reason }: ContributionRejectedEvent.OutputObject) =>
      changes.update(CONTRIBUTIONS, [whole(dataset), contributor, root], () => ({
        status: "rejected",
        deposit: "0",
        reason,
      })),
  ),
  ContributionWithdrawn: on(({ changes }, { dataset, contributor, root }: ContributionWithdrawnEvent.OutputObject) =>
    changes.update(CONTRIBUTIONS, [whole(dataset), contributor, root], () => ({ status: "withdrawn", deposit: "0" })),
  ),
  RowsOpened: on(({ changes }, { dataset, contributor, root }: RowsOpenedEvent.OutputObject) =>
    changes.update(CONTRIBUTIONS, [whole(dataset), contributor, root], ({ status, deposit }) => ({
      opened: 1,
      deposit: status === "accepted" ? "0" : deposit,
    })),
  ),
  ContributionRetired: on(({ changes }, { dataset, position, fromVersion }: ContributionRetiredEvent.OutputObject) => {
    const { dataset: id, contributor, root } = changes.get(PLACES, whole(dataset), Number(position));
    changes.update(CONTRIBUTIONS, [id, contributor, root], () => ({ retiredFrom: Number(fromVersion) }));
    const { counted } = changes.get(CONTRIBUTIONS, id, contributor, root);
    changes.update(DATASETS, [id], ({ rows }) => ({ rows: rows - (counted ?? 0) }));
  }),
  VersionFrozen: on(({ changes, time }, { dataset, version, contributions, rows }: VersionFrozenEvent.OutputObject) => {
    const id = whole(dataset);
    changes.put(VERSIONS, {
      dataset: id,
      version: Number(version),
      contributions: Number(contributions),
      rows: Number(rows),
      frozenAt: time,
    });
    changes.update(DATASETS, [id], () => ({ versions: Number(version) }));
  }),
};
