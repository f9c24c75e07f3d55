import "../../styles/forms.css";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Challenge, ChallengeView, Statement } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { useDisputeTerms } from "../../chain/useParameters.ts";
import { Amount } from "../../components/Amount.tsx";
import { Events } from "../../components/Events.tsx";
import { Address } from "../../components/Hash.tsx";
import { Badge, Fact, Facts, Page, Proves, Section } from "../../components/Layout.tsx";
import { challengePath, DatasetLink, ModelLink, modelOf, StatementLink } from "../../components/Links.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { Countdown, Time } from "../../components/Time.tsx";
import { useNameLabel } from "../../data/names.ts";
import { useAnswer } from "../../data/queries.ts";
import { useChainTime } from "../../data/tip.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { CHALLENGES, STATEMENTS } from "../../words/states.ts";
import { nodeName } from "../lists/columns.tsx";
import { rootLevel, settleAction, silenceAction } from "../statement/actions.ts";
import { AnswerStep } from "./AnswerStep.tsx";
import { DescendStep } from "./DescendStep.tsx";

/** A challenged node: where its walk came from and went, what is due, and who may do it. */
export function ChallengePage({ params }: PageProps) {
  const { hash = "", level, position } = params;
  const [at, place] = [Number(level), Number(position)];
  const challenge = useAnswer(["challenge", hash, at, place], (api) => api.challenge(hash, at, place));
  return (
    <Shown query={challenge} what="the challenge" lines={10} alone>
      {({ data, indexedTo }) => <View view={data} source={<Source upTo={indexedTo} />} />}
    </Shown>
  );
}

function View({ view, source }: { readonly view: ChallengeView; readonly source: ReactNode }) {
  const { challenge, statement, above, below, events } = view;
  const { name, tone, meaning } = CHALLENGES[challenge.state];
  const terms = useDisputeTerms();
  const root = rootLevel(statement);
  const model = useNameLabel({ kind: "model", id: modelOf(statement.stream) });
  const titleOf = ({ level, position }: Pick<Challenge, "level" | "position">): string =>
    level === root && level > 0 ? "The root" : nodeName(level, position);
  return (
    <Page
      kind="Challenge"
      title={`${titleOf(challenge)} of interval ${statement.interval}, ${model}`}
      lead={
        <>
          <Badge tone={tone}>{name}</Badge> {meaning}
        </>
      }
    >
      <Due view={view} />
      <Section title="The walk" lead="From where it began down to a line, where its weight must be proved.">
        <ol className="walk">
          {above !== null && <Step statement={statement} node={above} title={titleOf(above)} />}
          <Step statement={statement} node={challenge} title={titleOf(challenge)} here />
          {below.map((node) => (
            <Step key={node.id} statement={statement} node={node} title={titleOf(node)} />
          ))}
          {challenge.level > 0 && below.length === 0 && (
            <li className="ahead">
              <strong>{challenge.level <= 8 ? "A line" : `A node of level ${challenge.level - 8}`}</strong>
              <span className="note">if somebody challenges what the answer shows</span>
            </li>
          )}
        </ol>
      </Section>
      <Section title="What is at stake">
        <Facts>
          <Fact name="Statement">
            <StatementLink hash={statement.hash} interval={statement.interval} />{" "}
            <Badge tone={STATEMENTS[statement.state].tone}>{STATEMENTS[statement.state].name}</Badge>
          </Fact>
          <Fact name="Model">
            <ModelLink id={modelOf(statement.stream)} />
          </Fact>
          <Fact name="Dataset">
            <DatasetLink id={statement.dataset} />
          </Fact>
          <Fact name="Challenger">
            <Address value={challenge.challenger} />
          </Fact>
          <Fact name="Challenger’s bond" hint="Goes to those who answered if the statement becomes final, else back">
            {terms.data === undefined ? (
              <span className="note">read from the chain</span>
            ) : (
              <Amount value={terms.data.data.challengeBond} />
            )}
            {challenge.turns === 0 && <span className="note"> moved on or settled</span>}
          </Fact>
          <Fact name="Scorer">
            <Address value={statement.scorer} />
          </Fact>
          <Fact name="Scorer’s bond" hint="Half goes to the challenger if the statement is voided">
            <Amount value={statement.bond} />
          </Fact>
          <Fact name="Begun">
            <Time at={challenge.begunAt} />
          </Fact>
          <Fact name="To be answered by">
            <Time at={challenge.deadline} />
          </Fact>
          <Fact name="Answered by">
            {challenge.answeredBy === null ? (
              <span className="note">nobody yet</span>
            ) : (
              <Address value={challenge.answeredBy} />
            )}
          </Fact>
          {challenge.stands !== null && (
            <Fact name="Settled">
              {challenge.stands === 1 ? "the bond went to those who answered" : "the bond went back"}
            </Fact>
          )}
        </Facts>
        {source}
        <Proves
          proven="what was shown hashes and adds up to the statement’s root, or nobody showed it in time; a defended line’s weight was recomputed by the chain."
          unproven="why a challenger doubts: only a line that was defended or refuted says who was right about it."
        />
      </Section>
      <Section title="Evidence" lead="The events in which the node was challenged and answered.">
        {events.length === 0 ? (
          <Empty title="No events">The index has none of this node.</Empty>
        ) : (
          <Events events={events} />
        )}
        {source}
      </Section>
    </Page>
  );
}

interface StepProps {
  readonly statement: Statement;
  readonly node: Challenge;
  readonly title: string;
  readonly here?: boolean;
}

function Step({ statement, node, title, here = false }: StepProps) {
  const { name, tone } = CHALLENGES[node.state];
  return (
    <li className={here ? "here" : undefined} aria-current={here ? "step" : undefined}>
      <strong>
        {here ? title : <Link to={challengePath(statement.hash, node.level, node.position)}>{title}</Link>}
      </strong>
      <Badge tone={tone}>{name}</Badge>
      <span className="note">
        {node.state === "open" ? (
          <>
            to be answered within <Countdown until={node.deadline} over="no time any more" />
          </>
        ) : (
          <>
            begun <Time at={node.begunAt} />
          </>
        )}
      </span>
    </li>
  );
}

/** The one thing that is due now, and for whom. */
function Due({ view }: { readonly view: ChallengeView }) {
  const { challenge, statement } = view;
  const now = useChainTime();
  const { account } = useWallet();
  if (now === undefined) return null;
  const { text, step } = dueOf(view, now);
  const role =
    account === statement.scorer
      ? "You are the statement’s scorer. "
      : account === challenge.challenger
        ? "You are the challenger. "
        : "";
  return (
    <Section title="What is due" lead={role + text}>
      {step}
    </Section>
  );
}

/** What is due, and the step that does it. */
function dueOf(
  { challenge, statement }: ChallengeView,
  now: number,
): { readonly text: string; readonly step: ReactNode } {
  if (statement.state !== "live") {
    return challenge.turns > 0 && challenge.stands === null
      ? {
          text: "The statement is decided, and the challenger’s bond waits: anybody can have it paid out.",
          step: <ActionButton primary action={settleAction(statement, challenge)} />,
        }
      : { text: "The statement is decided, and nothing is left to do here.", step: null };
  }
  if (challenge.state === "open") {
    return now > challenge.deadline
      ? {
          text: "The time for an answer is over: anybody can call the silence, which voids the statement.",
          step: <ActionButton primary action={silenceAction(statement, challenge)} />,
        }
      : {
          text: "An answer is due. The scorer loses its bond without one; anybody with the published weights can give it.",
          step: <AnswerStep statement={statement} challenge={challenge} />,
        };
  }
  if (challenge.state === "opened") {
    return {
      text: "The answer shows what is below. Who finds a wrong one among it goes on there.",
      step: <DescendStep statement={statement} challenge={challenge} now={now} />,
    };
  }
  return { text: "It was answered. Its bond is settled when the statement is decided.", step: null };
}
