import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Challenge, Statement } from "../../../client/indexApi/index.ts";
import { levelsShown } from "../../../scorer/audit/game.ts";
import { Field } from "../../components/Field.tsx";
import { PagedTable } from "../../components/PagedTable.tsx";
import { Failure, Loading } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useLocalRows } from "../../data/localPages.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { FROM_CHAIN } from "../../data/queries.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useSuite } from "../../wallet/useSuite.ts";
import { grouped } from "../../words/amounts.ts";
import { nodeName } from "../lists/columns.tsx";
import { descendAction, refuteAction } from "../statement/actions.ts";
import { type NodesBelow, nodesBelow } from "./nodes.ts";
import { recomputeStatement, type WrongNode, wrongNodes } from "./recomputed.ts";
import { useChosenFiles } from "./useChosenFiles.ts";

/** Further wrong nodes that are listed at once. */
const LISTED = 10;

interface DescendStepProps {
  readonly statement: Statement;
  readonly challenge: Challenge;
  /** The chain's time. */
  readonly now: number;
}

/** Finds the wrong node among those that an answer has shown, and has it challenged or refuted. */
export function DescendStep({ statement, challenge, now }: DescendStepProps) {
  const { hash } = statement;
  const { level, position, shownUntil } = challenge;
  const [api, config, openSuite] = [useIndex(), useConfig(), useSuite()];
  const { bytes, choice, choose } = useChosenFiles();
  const closed = now >= shownUntil ? "What was shown can’t be challenged any more" : undefined;
  const recomputed = useQuery({
    // Files and report stay what they are: only what was challenged changes with the blocks.
    queryKey: ["recomputed", hash, choice],
    queryFn: async ({ signal }) =>
      recomputeStatement(await openSuite(), { api: api.until(signal), config, chosen: bytes }, statement),
    enabled: closed === undefined,
  });
  const found = useQuery({
    queryKey: [FROM_CHAIN, "wrong nodes", hash, level, position, choice],
    queryFn: () => (recomputed.data === undefined ? [] : wrongNodes(recomputed.data, challenge)),
    enabled: recomputed.data !== undefined,
  });
  const below = nodesBelow(challenge, statement.lines, levelsShown(level));
  const error = recomputed.error ?? found.error;
  return (
    <div className="panel stack">
      {closed !== undefined ? (
        <p className="note">{closed}.</p>
      ) : error !== null ? (
        <>
          <Failure error={error} retry={() => void (recomputed.error === null ? found : recomputed).refetch()} />
          <Field
            label="Your own index file"
            hint="It stays in this browser, and is checked against the root on the chain."
          >
            {(control) => <input {...control} type="file" accept=".trix" onChange={choose} />}
          </Field>
        </>
      ) : found.data === undefined ? (
        <>
          <p>Recomputing what was shown from the published index and the report…</p>
          <Loading what="what was shown" lines={2} />
        </>
      ) : (
        <Proposal statement={statement} challenge={challenge} below={below} wrong={found.data} />
      )}
      <Typed statement={statement} challenge={challenge} below={below} closed={closed} />
    </div>
  );
}

interface ProposalProps {
  readonly statement: Statement;
  readonly challenge: Challenge;
  readonly below: NodesBelow;
  readonly wrong: readonly WrongNode[];
}

/** What to challenge, and why. */
function Proposal({ statement, challenge, below: { level, first, last }, wrong }: ProposalProps) {
  const proposed = wrong.find(({ challenged }) => !challenged);
  const others = wrong.filter((node) => node !== proposed);
  const list = useLocalRows(others, LISTED);
  const all = `${grouped(last - first + 1)} ${level === 0 ? "lines" : "nodes"}`;
  if (wrong.length === 0) {
    return (
      <p className="good-text">
        All {all} that the answer shows are what index and report give: there is nothing to go on to, and a bond on one
        of them would be lost.
      </p>
    );
  }
  const refutable = wrong.find(({ evidence }) => evidence !== undefined);
  return (
    <>
      <p>
        {proposed === undefined
          ? `Every wrong one of the ${all} that the answer shows is challenged already: the walk goes on there.`
          : `Of the ${all} that the answer shows, ${reasonOf(level, proposed)}`}
      </p>
      <div className="actions">
        {proposed !== undefined && (
          <ActionButton primary action={descendAction(statement, challenge, proposed.position)}>
            Challenge {nodeName(level, proposed.position).toLowerCase()}
          </ActionButton>
        )}
        {refutable?.evidence !== undefined && <ActionButton action={refuteAction(statement, refutable.evidence)} />}
      </div>
      {refutable !== undefined && (
        <p className="note">
          Refuting voids the statement at once. Who challenges the line first, and refutes it in a later block, can’t be
          overtaken by a copy of the refutation.
        </p>
      )}
      {others.length > 0 && (
        <>
          <PagedTable
            caption="Other wrong nodes"
            columns={[
              { header: "Also wrong", cell: (node) => nodeName(level, node.position) },
              { header: "Claims", figures: true, cell: ({ claimed }) => grouped(claimed) },
              { header: "Recomputed", figures: true, cell: ({ expected }) => grouped(expected) },
              { header: "Challenged", cell: ({ challenged }) => (challenged ? "already" : "not yet") },
            ]}
            list={list}
            rowKey={(node) => node.position}
            source="the answer on the chain and the published index, recomputed in this browser"
            empty={null}
          />
        </>
      )}
    </>
  );
}

/** Why a node is proposed, in a sentence that goes on. */
function reasonOf(level: number, { position, claimed, expected }: WrongNode): string {
  const name = nodeName(level, position).toLowerCase();
  if (claimed === expected) {
    return `${name} claims the sum ${grouped(claimed)}, which is right, and yet its hash is another: something below it is wrong.`;
  }
  return `${name} claims the ${level === 0 ? "weight" : "sum"} ${grouped(claimed)}, recomputed ${grouped(expected)}.`;
}

interface TypedProps extends Omit<ProposalProps, "wrong"> {
  readonly closed: string | undefined;
}

/** A node by its number, for whoever knows better. */
function Typed({ statement, challenge, below: { level, first, last }, closed }: TypedProps) {
  const [entered, setEntered] = useState("");
  const place = Number(entered);
  const isThere = /^\d{1,7}$/.test(entered) && place >= first && place <= last;
  const range = `from ${first} to ${last}`;
  return (
    <details>
      <summary>Challenge another {level === 0 ? "line" : "node"} by its number</summary>
      <div className="form">
        <Field
          label={level === 0 ? "Line" : `Node of level ${level}`}
          hint={`A number ${range}`}
          fault={entered === "" || isThere ? undefined : `Give a number ${range}.`}
        >
          {(control) => (
            <input
              {...control}
              inputMode="numeric"
              size={7}
              value={entered}
              onChange={({ target }) => setEntered(target.value)}
            />
          )}
        </Field>
        <ActionButton
          action={descendAction(statement, challenge, place)}
          unavailable={closed ?? (isThere ? undefined : `Give a number ${range}`)}
        >
          Challenge it
        </ActionButton>
      </div>
    </details>
  );
}
