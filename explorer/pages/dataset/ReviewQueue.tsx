import { useState } from "react";
import type { Contribution, Dataset } from "../../../client/indexApi/index.ts";
import { Amount } from "../../components/Amount.tsx";
import { DownloadButton } from "../../components/DownloadButton.tsx";
import { Field } from "../../components/Field.tsx";
import { Address, Hash } from "../../components/Hash.tsx";
import { Badge, Section } from "../../components/Layout.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { PublishedAt } from "../../components/PublishedCard.tsx";
import { Empty } from "../../components/States.tsx";
import { Time } from "../../components/Time.tsx";
import { usePaged } from "../../data/queries.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { grouped } from "../../words/amounts.ts";
import { shortHash } from "../../words/hashes.ts";
import { acceptAction, rejectAction } from "./reviewActions.ts";
import { CURATION } from "./terms.ts";

/** Contributions that wait for a decision, and the decision. */
export function ReviewQueue({ dataset }: { readonly dataset: Dataset }) {
  const { id, curation, curators } = dataset;
  const { account } = useWallet();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [reason, setReason] = useState("");
  const list = usePaged(
    ["dataset", id, "review"],
    (api, paging) => api.contributions(id, { status: "pending", ...paging }),
    { order: "asc", limit: 20 },
  );
  if (curation !== CURATION.curated && list.rows?.length === 0) return null;
  const waiting = list.rows ?? [];
  const selected = waiting.filter(({ root }) => chosen.includes(root));
  const choose = (root: string, isChosen: boolean): void =>
    setChosen(isChosen ? [...chosen, root] : chosen.filter((one) => one !== root));
  const mined = (): void => setChosen([]);
  const isCurator = account !== undefined && curators.some((curator) => curator === account);
  const unavailable =
    account !== undefined && !isCurator
      ? `${shortHash(account)} is neither owner nor curator of this dataset: connect the wallet of one of them`
      : selected.length === 0
        ? "Choose contributions in the list first"
        : undefined;
  const columns: readonly Column<Contribution>[] = [
    {
      header: "Choose",
      cell: ({ root, contributor }) => (
        <input
          type="checkbox"
          className="check"
          aria-label={`Choose the contribution of ${contributor}`}
          checked={chosen.includes(root)}
          onChange={({ target }) => choose(root, target.checked)}
        />
      ),
    },
    { header: "Contributor", cell: ({ contributor }) => <Address value={contributor} /> },
    { header: "Root", cell: ({ root }) => <Hash value={root} what="the root over the rows" /> },
    { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
    {
      header: "Last row",
      cell: ({ opened }) => (opened > 0 ? <Badge tone="good">opened</Badge> : <span className="note">not opened</span>),
    },
    { header: "Deposit", figures: true, cell: ({ deposit }) => <Amount value={deposit} /> },
    { header: "Waits since", cell: ({ submittedAt }) => <Time at={submittedAt} /> },
    { header: "Rows at", cell: ({ uri }) => <PublishedAt uri={uri} /> },
  ];
  return (
    <Section
      title="Review queue"
      lead="Contributions that wait for a curator, the oldest first. Look at the rows before you decide; tributary review compares them with all that is in the dataset."
    >
      <PagedTable
        caption="Contributions that wait for a decision"
        columns={columns}
        list={list}
        rowKey={({ root }) => root}
        empty={
          <Empty title="Nothing waits">
            New contributions to this dataset are listed here until a curator decides.
          </Empty>
        }
      />
      {waiting.length > 0 && (
        <div className="panel split">
          <div className="form">
            <Field
              label="Reason, if you reject"
              hint="The chain gets its SHA-256 only. Keep the note and give it to the contributor, who can check it."
            >
              {(control) => <textarea {...control} value={reason} onChange={({ target }) => setReason(target.value)} />}
            </Field>
            {reason.trim() !== "" && (
              <DownloadButton
                make={() => Promise.resolve({ name: `reason-dataset-${id}.txt`, type: "text/plain", text: reason })}
              >
                Keep the note
              </DownloadButton>
            )}
          </div>
          <div className="form">
            <p>
              {selected.length === 0
                ? "None is chosen."
                : `${selected.length} of ${waiting.length} ${waiting.length === 1 ? "is" : "are"} chosen.`}
            </p>
            <div className="actions">
              <ActionButton primary action={{ ...acceptAction(id, selected), mined }} unavailable={unavailable}>
                Accept chosen
              </ActionButton>
              <ActionButton action={{ ...rejectAction(id, selected, reason), mined }} unavailable={unavailable}>
                Reject chosen
              </ActionButton>
            </div>
          </div>
        </div>
      )}
    </Section>
  );
}
