import { useQuery } from "@tanstack/react-query";
import type { Challenge, Statement } from "../../../client/indexApi/index.ts";
import { Field } from "../../components/Field.tsx";
import { PagedTable } from "../../components/PagedTable.tsx";
import { Share } from "../../components/Share.tsx";
import { Failure, Loading } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useLocalRows } from "../../data/localPages.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useSuite } from "../../wallet/useSuite.ts";
import { grouped } from "../../words/amounts.ts";
import { nodeName } from "../lists/columns.tsx";
import { answerAction, prepareAnswer, type PreparedAnswer } from "./answering.ts";
import { useChosenFiles } from "./useChosenFiles.ts";

/** Shown nodes that are listed at once. */
const LISTED = 8;

interface AnswerStepProps {
  readonly statement: Statement;
  readonly challenge: Challenge;
}

/** What answers an open challenge, from the published files or the reader's own, and the answer itself. */
export function AnswerStep({ statement, challenge }: AnswerStepProps) {
  const { level, position } = challenge;
  const [api, config, openSuite] = [useIndex(), useConfig(), useSuite()];
  const { bytes, choice, choose } = useChosenFiles();
  const prepared = useQuery({
    queryKey: ["answer", statement.hash, level, position, choice],
    queryFn: async ({ signal }) =>
      prepareAnswer(await openSuite(), { api: api.until(signal), config, chosen: bytes }, statement, challenge),
  });
  const { data, error } = prepared;
  const unavailable =
    data === undefined
      ? error === null
        ? "The answer is being prepared"
        : "Without the statement’s files there is nothing to answer with"
      : data.kind === "defend" && data.weight !== data.expected
        ? "The line is wrong: the chain lets nobody defend it"
        : undefined;
  return (
    <div className="panel stack">
      {error !== null ? (
        <Failure error={error} retry={() => void prepared.refetch()} />
      ) : data === undefined ? (
        <Loading what="the answer" lines={3} />
      ) : (
        <Shown answer={data} position={position} total={statement.total} />
      )}
      {error !== null && (
        <Field
          label="Your own files"
          hint="The statement’s file and, for a line, the index. They stay in this browser, and are checked against the chain."
        >
          {(control) => <input {...control} type="file" multiple onChange={choose} />}
        </Field>
      )}
      <ActionButton primary action={answerAction(statement, challenge, data)} unavailable={unavailable} />
    </div>
  );
}

interface ShownProps {
  readonly answer: PreparedAnswer;
  readonly position: number;
  readonly total: bigint;
}

function Shown({ answer, position, total }: ShownProps) {
  const list = useLocalRows(answer.kind === "open" ? answer.shown : [], LISTED);
  if (answer.kind === "defend") {
    const { weight, expected } = answer;
    return weight === expected ? (
      <p className="good-text">
        The statement gives line {position} the weight {grouped(weight)}, and so do index and report: it can be
        defended.
      </p>
    ) : (
      <p className="fault">
        The statement gives line {position} the weight {grouped(weight)}; index and report give {grouped(expected)}.
      </p>
    );
  }
  const { level, shown } = answer;
  return (
    <>
      <p>
        The published weights lead to the statement’s root. The answer shows{" "}
        {shown.length === 1 ? "one" : `these ${grouped(shown.length)}`}{" "}
        {level === 0 ? "lines" : `nodes of level ${level}`}:
      </p>
      <PagedTable
        caption="What the answer shows"
        columns={[
          { header: "Node", cell: (node) => nodeName(level, node.position) },
          { header: level === 0 ? "Weight" : "Sum", figures: true, cell: ({ sum }) => grouped(sum) },
          { header: "Of all", cell: ({ sum }) => <Share part={sum} whole={total} /> },
        ]}
        list={list}
        rowKey={(node) => node.position}
        source="the scorer’s published weights, checked against the root"
        empty={null}
      />
    </>
  );
}
