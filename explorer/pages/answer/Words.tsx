import { useQuery } from "@tanstack/react-query";
import { type ChangeEvent, type ReactNode, useId, useState } from "react";
import type { Contribution } from "../../../client/indexApi/index.ts";
import type { Receipt } from "../../../scorer/core/receipts.ts";
import { sha256 } from "../../../scorer/core/hash.ts";
import { locate } from "../../../scorer/spans/tokens.ts";
import type { Span } from "../../../scorer/spans/trace.ts";
import { Address } from "../../components/Hash.tsx";
import { Section } from "../../components/Layout.tsx";
import { Empty, Failure, Loading } from "../../components/States.tsx";
import { grouped } from "../../words/amounts.ts";
import type { Explanation } from "./explain.ts";
import type { Sources } from "./receipt.ts";
import { type Evidence, findWords, textOf } from "./texts.ts";

/** Characters of a text that are shown. */
const MOST = 4_000;
/** Characters of a row that are shown around a span. */
const AROUND = 160;

interface WordsProps {
  readonly sources: Sources;
  readonly receipt: Receipt;
  readonly explanation: Explanation;
}

/** What was asked and answered, where it is published, and which words of the answer stand in contributions. */
export function Words({ sources, receipt, explanation }: WordsProps) {
  const { requestDigest, responseDigest } = receipt;
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const texts = useQuery({
    queryKey: ["texts", requestDigest, responseDigest],
    queryFn: async () => ({
      request: await textOf(sources, requestDigest),
      answer: await textOf(sources, responseDigest),
    }),
  });
  const request = given[requestDigest] ?? texts.data?.request;
  const answer = given[responseDigest] ?? texts.data?.answer;
  const { supporters, contributions, stream } = explanation;
  const evidence = useQuery({
    queryKey: ["words", responseDigest, stream.id, answer, request],
    queryFn: () => {
      const others = [...contributions.keys()].filter((place) => !supporters.includes(place));
      return findWords(sources, contributions, [...supporters, ...others], answer ?? "", request ?? "");
    },
    enabled: answer !== undefined,
  });
  const give = (digest: string) => (text: string) => setGiven((known) => ({ ...known, [digest]: text }));
  if (texts.error !== null) return <Failure error={texts.error} retry={() => void texts.refetch()} />;
  if (texts.data === undefined) return <Loading what="request and answer" />;
  return (
    <>
      <div className="columns">
        <Section title="What was asked">
          {request === undefined ? (
            <Unpublished what="request" digest={requestDigest} give={give(requestDigest)} />
          ) : (
            <blockquote className="text" tabIndex={0}>
              {request.slice(0, MOST)}
            </blockquote>
          )}
        </Section>
        <Section title="What was answered">
          {answer === undefined ? (
            <Unpublished what="answer" digest={responseDigest} give={give(responseDigest)} />
          ) : (
            <blockquote className="text" tabIndex={0}>
              <Marked text={answer.slice(0, MOST)} spans={evidence.data?.spans ?? []} />
            </blockquote>
          )}
        </Section>
      </div>
      {answer !== undefined && (
        <Section
          title="Where its words stand"
          lead="Parts of the answer that stand in a contribution word for word, long and rare enough to mean something, and not in what was asked."
        >
          {evidence.error !== null ? (
            <Failure error={evidence.error} retry={() => void evidence.refetch()} />
          ) : evidence.data === undefined ? (
            <Loading what="the rows of the contributions" />
          ) : (
            <Spans answer={answer} evidence={evidence.data} explanation={explanation} />
          )}
        </Section>
      )}
    </>
  );
}

/** A text with the parts that stand in contributions. */
function Marked({ text, spans }: { readonly text: string; readonly spans: readonly Span[] }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [i, { start, end }] of spans.entries()) {
    // Spans may overlap: what is marked already stays with the first.
    if (end <= at) continue;
    const from = Math.max(start, at);
    parts.push(text.slice(at, from), <mark key={i}>{text.slice(from, end)}</mark>);
    at = end;
  }
  parts.push(text.slice(at));
  return parts;
}

function Spans({
  answer,
  evidence,
  explanation,
}: {
  readonly answer: string;
  readonly evidence: Evidence;
  readonly explanation: Explanation;
}) {
  const { spans, texts, read } = evidence;
  const { contributions } = explanation;
  if (read === 0) {
    return (
      <Empty title="The rows aren’t published here">
        Whoever has them can look: tributary explain receipt with --rows and --answer.
      </Empty>
    );
  }
  return (
    <>
      {spans.length === 0 ? (
        <Empty title="No words of their own">
          No part of the answer that is long and rare enough stands in the rows word for word. A classifier’s answer
          never does.
        </Empty>
      ) : (
        <ol className="spans">
          {spans.map(({ start, end, holders, contributionCount, rowCount }) => (
            <li key={start} className="panel">
              <p>
                “<mark>{shortened(answer.slice(start, end))}</mark>”
              </p>
              <p className="note">
                in {grouped(rowCount)} {rowCount === 1 ? "row" : "rows"} of {grouped(contributionCount)}{" "}
                {contributionCount === 1 ? "contribution" : "contributions"}
              </p>
              <ul className="plain stack">
                {holders.slice(0, 3).map(({ contribution, rows }) => (
                  <li key={contribution}>
                    <span className="inline">
                      Contribution {contribution}, row {rows[0]} <Holder contribution={contributions[contribution]} />
                    </span>
                    <Around row={texts[contribution]?.[rows[0] ?? 0] ?? ""} span={answer.slice(start, end)} />
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      )}
      <p className="source">
        From the published rows of {grouped(read)} of {grouped(contributions.length)} contributions, each checked
        against the root that its wallet signed.
      </p>
    </>
  );
}

function Holder({ contribution }: { readonly contribution: Contribution | undefined }) {
  return contribution === undefined ? null : <Address value={contribution.contributor} />;
}

function shortened(text: string): string {
  return text.length <= AROUND ? text : `${text.slice(0, AROUND)}…`;
}

/** A row's text around a span. */
function Around({ row, span }: { readonly row: string; readonly span: string }) {
  const found = locate(row, span);
  if (found === undefined) return null;
  const { start, end } = found;
  const from = Math.max(0, start - AROUND);
  const to = Math.min(row.length, end + AROUND);
  return (
    <blockquote className="text small" tabIndex={0}>
      {from > 0 && "…"}
      {row.slice(from, start)}
      <mark>{row.slice(start, end)}</mark>
      {row.slice(end, to)}
      {to < row.length && "…"}
    </blockquote>
  );
}

interface UnpublishedProps {
  readonly what: string;
  readonly digest: string;
  readonly give: (text: string) => void;
}

/** Takes a text from whoever has it, if it has the digest. */
function Unpublished({ what, digest, give }: UnpublishedProps) {
  const id = useId();
  const [wrong, setWrong] = useState(false);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const file = target.files?.[0];
    if (file === undefined) return;
    void file.arrayBuffer().then((buffer) => {
      const bytes = new Uint8Array(buffer);
      const isIt = sha256(bytes) === digest;
      setWrong(!isIt);
      if (isIt) give(new TextDecoder().decode(bytes));
    });
  };
  return (
    <Empty title={`The ${what} isn’t published`}>
      Only its digest is on record. If you have it, choose the file: it stays in this browser.{" "}
      <label htmlFor={id} className="sr-only">
        File of the {what}
      </label>
      <input id={id} type="file" onChange={choose} />
      {wrong && (
        <span className="bad-text" role="alert">
          {" "}
          This file has another SHA-256.
        </span>
      )}
    </Empty>
  );
}
