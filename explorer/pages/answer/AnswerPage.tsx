import { useQuery } from "@tanstack/react-query";
import { getAddress } from "ethers";
import { useState } from "react";
import type { Model } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { openSuite } from "../../chain/useChain.ts";
import { Amount } from "../../components/Amount.tsx";
import { Address, Hash } from "../../components/Hash.tsx";
import { Fact, Facts, Page, Proves, Section } from "../../components/Layout.tsx";
import { ModelLink } from "../../components/Links.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty, Failure, Loading } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { useNameLabel, useNames } from "../../data/names.ts";
import { FROM_CHAIN, useAnswer } from "../../data/queries.ts";
import { grouped } from "../../words/amounts.ts";
import { nameLabel } from "../../words/names.ts";
import { Contributions } from "./Contributions.tsx";
import { explainAnswer } from "./explain.ts";
import { explainable, findReceipt, type FoundReceipt, type Sources } from "./receipt.ts";
import { Words } from "./Words.tsx";

/** One paid answer: what was asked, and what the answer drew on. */
export function AnswerPage({ params }: PageProps) {
  const model = Number(params.model);
  const feesAfter = /^\d{1,40}$/.test(params.feesAfter ?? "") ? BigInt(params.feesAfter ?? "") : 0n;
  const found = useAnswer(["model", model], (api) => api.model(model));
  const label = useNameLabel({ kind: "model", id: model });
  return (
    <Shown query={found} what="the model" lines={10} alone>
      {({ data, indexedTo }) => (
        <Page
          kind="Answer"
          title={`A paid answer of ${label}`}
          lead="One receipt: what was asked, and which contributions spoke for what was answered."
        >
          <Receipt model={data} feesAfter={feesAfter} />
          <Source
            of="the index and the operator’s published receipts, checked against the report on the chain"
            upTo={indexedTo}
          />
        </Page>
      )}
    </Shown>
  );
}

function Receipt({ model, feesAfter }: { readonly model: Model; readonly feesAfter: bigint }) {
  const api = useIndex();
  const config = useConfig();
  const receipt = useQuery({
    queryKey: [FROM_CHAIN, "receipt", model.id, feesAfter.toString()],
    queryFn: async () => {
      const sources: Sources = { api, config, suite: await openSuite(config) };
      return { sources, reported: await findReceipt(sources, model.id, feesAfter) };
    },
  });
  if (receipt.error !== null) return <Failure error={receipt.error} retry={() => void receipt.refetch()} />;
  if (receipt.data === undefined) return <Loading what="the receipt" lines={6} />;
  const { sources, reported } = receipt.data;
  switch (reported.state) {
    case "uncut":
      return (
        <Empty title="Its interval isn’t over yet">
          The payment is on the chain. What the answer drew on can be said when the interval was cut and its operator
          has reported it; anybody may cut once the cutting period is over.
        </Empty>
      );
    case "unreported":
      return (
        <Empty title="Its interval isn’t reported yet">
          The model’s operator signs and posts a report for the interval. Without one, the interval is divided by row
          count.
        </Empty>
      );
    case "found":
      return <Found sources={sources} model={model} found={reported.receipt} />;
  }
}

interface FoundProps {
  readonly sources: Sources;
  readonly model: Model;
  readonly found: FoundReceipt;
}

function Found({ sources, model, found }: FoundProps) {
  const { interval, published, among } = found;
  const { receipt } = published;
  const streams = explainable(model.streamList);
  const [chosen, setChosen] = useState(streams[0]?.id);
  const names = useNames(streams.map(({ dataset }) => ({ kind: "dataset", id: dataset })));
  const stream = streams.find(({ id }) => id === chosen);
  const explanation = useQuery({
    queryKey: ["explanation", receipt.queryDigest, chosen],
    queryFn: () => (stream === undefined ? null : explainAnswer(sources, stream, published.query)),
  });
  return (
    <>
      <Section title="The receipt">
        <Facts>
          <Fact name="Model">
            <ModelLink id={model.id} />
          </Fact>
          <Fact name="Paid by">
            <Address value={getAddress(receipt.payer)} />
          </Fact>
          <Fact name="Paid">
            <Amount value={receipt.amount} />
          </Fact>
          <Fact name="Interval" hint="Between two cuts of the model’s fee counter">
            {interval.interval}, with {grouped(among)} {among === 1 ? "receipt" : "receipts"}
          </Fact>
          <Fact name="Request" hint="SHA-256 of what was asked">
            <Hash value={receipt.requestDigest} what="the request’s digest" />
          </Fact>
          <Fact name="Answer" hint="SHA-256 of what was answered">
            <Hash value={receipt.responseDigest} what="the answer’s digest" />
          </Fact>
        </Facts>
        <Proves
          proven="the operator reported this receipt: it hashes into the report that it signed, and its query vector is part of the sum that weights were computed from."
          unproven="that this was what the caller asked and the model answered. That is the operator’s word, and the caller’s if it kept the gateway’s signed receipt."
        />
      </Section>
      {stream === undefined ? (
        <Empty title="Nothing to explain it with">
          No stream of this model has an influence index: its money is divided by row count.
        </Empty>
      ) : (
        <>
          {streams.length > 1 && (
            <div className="inline">
              <label htmlFor="stream">Among the contributions to</label>
              <select id="stream" value={chosen} onChange={({ target }) => setChosen(Number(target.value))}>
                {streams.map(({ id, dataset }) => (
                  <option key={id} value={id}>
                    {nameLabel("dataset", dataset, names("dataset", dataset))}
                  </option>
                ))}
              </select>
            </div>
          )}
          {explanation.error !== null ? (
            <Failure error={explanation.error} retry={() => void explanation.refetch()} />
          ) : !explanation.data ? (
            <Loading what="what the answer drew on" lines={6} />
          ) : (
            <>
              <Words sources={sources} receipt={receipt} explanation={explanation.data} />
              <Contributions explanation={explanation.data} />
            </>
          )}
        </>
      )}
    </>
  );
}
