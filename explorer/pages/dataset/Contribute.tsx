import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Dataset } from "../../../client/indexApi/index.ts";
import type { DatasetRows } from "../../../metadata/index.ts";
import { Amount } from "../../components/Amount.tsx";
import { Choices, Field } from "../../components/Field.tsx";
import { Hash } from "../../components/Hash.tsx";
import { Fact, Facts, Proves, Section } from "../../components/Layout.tsx";
import { Table } from "../../components/PagedTable.tsx";
import { Failure, Loading } from "../../components/States.tsx";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { grouped } from "../../words/amounts.ts";
import { AdmissionField, useContributorAdmission } from "../admission/ContributorAdmission.tsx";
import { contributeAction, depositFor, rootFor, signContributionAction } from "./contributeActions.ts";

/** Rows of a contribution that are shown. */
const SHOWN = 5;

type Way = "send" | "sign";

/** From files on this computer to a contribution: the rows' digests are computed here, and never sent. */
export function Contribute({ dataset }: { readonly dataset: Dataset }) {
  const [read, setRead] = useState<DatasetRows>();
  const [state, setState] = useState<"ready" | "reading" | Error>("ready");
  const [uri, setUri] = useState("");
  const [way, setWay] = useState<Way>("send");
  const latest = useRef(0);
  const choose = (files: readonly File[]): void => {
    if (files.length === 0) return;
    const own = ++latest.current;
    setState("reading");
    setRead(undefined);
    import("./rows.ts")
      .then(({ rowsOfFiles }) => rowsOfFiles(files))
      .then(
        (rows) => {
          if (latest.current !== own) return;
          setRead(rows);
          setState("ready");
        },
        (error: unknown) => {
          if (latest.current === own) setState(error instanceof Error ? error : new Error(String(error)));
        },
      );
  };
  const digests = read?.rows.map(({ digest }) => digest) ?? [];
  const admission = useContributorAdmission(dataset);
  const rows = { dataset, digests, uri: uri.trim(), admission: admission.query.data?.admission };
  const unavailable = admission.unavailable ?? (read === undefined ? "Choose files first" : undefined);
  return (
    <Section
      title="Contribute"
      lead="Choose files: rows are cut and hashed in this browser. A record of a .csv is a row, a line of a .jsonl, any other file as a whole."
    >
      <div className="split">
        <div className="form">
          <Files choose={choose} />
          {state === "reading" && <Loading what="the files" />}
          {state instanceof Error && <Failure error={state} />}
          {read !== undefined && <Rows read={read} dataset={dataset} />}
        </div>
        <div className="panel form">
          {admission.isAsked && <AdmissionField {...admission} />}
          <Field
            label="Where the rows will be published (optional)"
            hint="A curator can look at them there before deciding."
          >
            {(control) => (
              <input
                {...control}
                value={uri}
                onChange={({ target }) => setUri(target.value)}
                placeholder="https://… or ipfs://…"
                spellCheck={false}
              />
            )}
          </Field>
          <Choices<Way>
            legend="How"
            value={way}
            choose={setWay}
            of={[
              { value: "send", name: "Send it", hint: "One transaction of your wallet, which pays the gas." },
              {
                value: "sign",
                name: "Sign it for somebody else to send",
                hint: "A message (EIP-712), no gas: you get a file for tributary contribute relay.",
              },
            ]}
          />
          {dataset.deposit > 0n && (
            <p>
              Deposit: <Amount value={depositFor(dataset, Math.max(1, digests.length))} />. It comes back with the
              decision.
            </p>
          )}
          <ActionButton
            primary
            action={way === "send" ? contributeAction(rows) : signContributionAction(rows)}
            unavailable={unavailable}
          />
        </div>
      </div>
      <dl className="privacy">
        <div>
          <dt>Published</dt>
          <dd>your wallet’s address, one root over all rows, their number, and the address you give, if any</dd>
        </div>
        <div>
          <dt>Private</dt>
          <dd>the rows, their digests and the files’ names: nothing of them leaves this browser</dd>
        </div>
      </dl>
      <Proves
        proven="that your wallet committed to exactly these rows, no later than the block. Every leaf names the wallet, so nobody else can contribute the same root."
        unproven="that the rows are yours to give, or new. Keep the files: they alone prove what you contributed."
      />
    </Section>
  );
}

function Files({ choose }: { readonly choose: (files: readonly File[]) => void }) {
  const [over, setOver] = useState(false);
  return (
    <div
      className={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        choose([...event.dataTransfer.files]);
      }}
    >
      <Field
        label="Files with rows"
        hint="csv, jsonl, txt, md, png, jpg, webp, gif, wav, mp3 or flac. You can drop them here."
      >
        {(control) => (
          <input {...control} type="file" multiple onChange={({ target }) => choose([...(target.files ?? [])])} />
        )}
      </Field>
    </div>
  );
}

function Rows({ read, dataset }: { readonly read: DatasetRows; readonly dataset: Dataset }) {
  const { account } = useWallet();
  const { rows, files, duplicates, passedOver } = read;
  const root = useQuery({
    queryKey: ["root", account, rows.length, rows[0]?.digest, rows.at(-1)?.digest],
    queryFn: () =>
      rootFor(
        account ?? "",
        rows.map(({ digest }) => digest),
      ),
    enabled: account !== undefined,
    gcTime: 0,
  });
  const repeated = duplicates.reduce((sum, { indices }) => sum + indices.length - 1, 0);
  return (
    <div className="form" aria-live="polite">
      <Facts>
        <Fact name="Rows">{grouped(rows.length)}</Fact>
        <Fact name="Files">{grouped(files.length)}</Fact>
        <Fact name="Root" hint="What goes to the chain; your wallet is in every leaf">
          {account === undefined ? (
            <span className="note">connect the wallet that contributes</span>
          ) : root.data === undefined ? (
            "…"
          ) : (
            <Hash value={root.data} what="the root" />
          )}
        </Fact>
      </Facts>
      {rows.length > dataset.rowCap && (
        <p className="note">{grouped(dataset.rowCap)} of them count: the dataset caps what one contribution counts.</p>
      )}
      {repeated > 0 && (
        <p className="fault">
          {grouped(repeated)} {repeated === 1 ? "row repeats" : "rows repeat"} others: a curator may reject the
          contribution for it.
        </p>
      )}
      {passedOver.length > 0 && <p className="note">Passed over, as they hold no rows: {passedOver.join(", ")}</p>}
      <Table
        caption="First rows and their digests"
        columns={[
          { header: "Row", figures: true, cell: ({ index }) => index },
          { header: "From", cell: ({ row }) => row.file },
          { header: "Bytes", figures: true, cell: ({ row }) => grouped(row.bytes.length) },
          { header: "SHA-256", cell: ({ row }) => <Hash value={row.digest} what="the row's digest" /> },
        ]}
        rows={rows.slice(0, SHOWN).map((row, index) => ({ row, index }))}
        rowKey={({ index }) => index}
      />
      {rows.length > SHOWN && <p className="note">and {grouped(rows.length - SHOWN)} more</p>}
    </div>
  );
}
