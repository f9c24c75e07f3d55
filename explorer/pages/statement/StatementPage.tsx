import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import type { Line, Statement } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { useDisputeTerms } from "../../chain/useParameters.ts";
import { Amount } from "../../components/Amount.tsx";
import { Command } from "../../components/Command.tsx";
import { Address, Hash } from "../../components/Hash.tsx";
import { Badge, Fact, Facts, Figure, Figures, Page, Proves, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink, modelOf } from "../../components/Links.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Countdown, Time } from "../../components/Time.tsx";
import { useNameLabel } from "../../data/names.ts";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { useChainTime } from "../../data/tip.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { grouped } from "../../words/amounts.ts";
import { capitalised } from "../../words/text.ts";
import { STATEMENTS } from "../../words/states.ts";
import { CHALLENGE_COLUMNS } from "../lists/columns.tsx";
import { challengeAction, finaliseAction, rejectAction, rootLevel } from "./actions.ts";
import { Lines } from "./Lines.tsx";
import { Recheck } from "./Recheck.tsx";

/** A statement: what a scorer says that each contribution did in an interval, and everything needed to check it. */
export function StatementPage({ params }: PageProps) {
  const hash = params.hash ?? "";
  const statement = useAnswer(["statement", hash], (api) => api.statement(hash));
  return (
    <Shown query={statement} what="the statement" lines={10} alone>
      {({ data, indexedTo }) => <StatementView key={data.hash} statement={data} source={<Source upTo={indexedTo} />} />}
    </Shown>
  );
}

function StatementView({ statement, source }: { readonly statement: Statement; readonly source: ReactNode }) {
  const [line, setLine] = useState<Line>();
  const { stream, interval, dataset, state, scorer, pool, fee, bond, lines, total, root, hash } = statement;
  const model = modelOf(stream);
  const slot = stream - 256 * model;
  const modelLabel = useNameLabel({ kind: "model", id: model });
  const datasetLabel = useNameLabel({ kind: "dataset", id: dataset });
  const { name, tone, meaning } = STATEMENTS[state];
  const challenges = usePaged(["statement challenges", hash], (api, paging) => api.statementChallenges(hash, paging));
  const feeBps = pool + fee === 0n ? 0n : (fee * 10_000n + pool + fee - 1n) / (pool + fee);
  return (
    <Page
      kind={`Statement for the contributors of ${datasetLabel}`}
      title={`Interval ${interval} of ${modelLabel}`}
      lead={
        <>
          <Badge tone={tone}>{name}</Badge> {meaning}
        </>
      }
      aside={<Actions statement={statement} />}
    >
      <Progress statement={statement} />
      <Section title="What it says">
        <Figures>
          <Figure name="Divided among contributors" note="the pool, after the scorer’s fee">
            <Amount value={pool} />
          </Figure>
          <Figure name="Contributions">{grouped(lines)}</Figure>
          <Figure name="Scorer’s fee">
            <Amount value={fee} />
          </Figure>
          <Figure name="Scorer’s bond" note={state === "live" ? "locked" : "was locked"}>
            <Amount value={bond} />
          </Figure>
        </Figures>
        <Facts>
          <Fact name="Scorer">
            <Address value={scorer} />
          </Fact>
          <Fact name="Model">
            <ModelLink id={model} />
          </Fact>
          <Fact name="Dataset">
            <DatasetLink id={dataset} />, version {statement.version}
          </Fact>
          <Fact name="Statement’s hash">
            <Hash value={hash} what="the statement’s hash" />
          </Fact>
          <Fact name="Root of the weights" hint="Commits to every weight and to their sum">
            <Hash value={root} what="the root" />
          </Fact>
          <Fact name="Sum of the weights">
            <span className="number breakable">{grouped(total)}</span>
          </Fact>
          <Fact name="Influence index" hint="One row of numbers for each contribution, committed before the interval">
            <Hash value={statement.indexRoot} what="the index’s root" />
          </Fact>
          <Fact name="Usage report" hint="The operator’s signed sum of what was asked, weighted by what was paid">
            <Hash value={statement.reportHash} what="the report’s hash" />
          </Fact>
          <Fact name="Attempt" hint="Statements of this interval that were voided before double the bond">
            {statement.attempt + 1}
          </Fact>
          {statement.rewarded !== null && statement.reward !== null && (
            <Fact name="Rewarded for the refutation">
              <Address value={statement.rewarded} /> with <Amount value={statement.reward} />
            </Fact>
          )}
        </Facts>
        {source}
        <Proves
          proven="each weight is the inner product of the contribution’s committed row and the report’s query vector; whoever shows a wrong one takes half of the bond. Amounts follow from weights and pool; nobody chooses them."
          unproven="that the committed rows were computed honestly from the data, or that the operator reported its traffic truthfully."
        />
      </Section>
      <Lines statement={statement} chosen={line?.line} choose={setLine} />
      {line !== undefined && <Recheck statement={statement} line={line} />}
      <Section
        title="Reproduce it"
        lead="The whole statement, from the published index and the chain, on your own machine:"
      >
        <Command
          text={`npx tributary verify statement ${model}/${slot} ${interval} --index index.trix\nnpx tributary score ${model}/${slot} ${interval} --index index.trix --fee-bps ${feeBps} --out statement.json`}
        />
      </Section>
      <ListSection
        title="Challenges"
        lead="A challenged node must be answered in time. All answers serve everybody."
        caption="Challenges of this statement"
        columns={CHALLENGE_COLUMNS.filter(({ header }) => header !== "Statement")}
        list={challenges}
        rowKey={({ id }) => id}
        nothing="Nobody has challenged it"
        until={
          state === "live"
            ? "Check a line above; if it is wrong, challenge or refute it."
            : "It was decided without one."
        }
      />
    </Page>
  );
}

/** What the connected wallet may do with it, and why not. */
function Actions({ statement }: { readonly statement: Statement }) {
  const terms = useDisputeTerms().data?.data;
  const now = useChainTime();
  const { account } = useWallet();
  const dataset = useAnswer(["dataset", statement.dataset], (api) => api.dataset(statement.dataset));
  const open = useAnswer(["open challenges", statement.hash], (api) =>
    api.statementChallenges(statement.hash, { state: "open", limit: 1 }),
  );
  const root = useAnswer(["challenge", statement.hash, rootLevel(statement), 0], (api) =>
    api.challenge(statement.hash, rootLevel(statement), 0),
  );
  if (statement.state !== "live") return null;
  const ends = terms && statement.proposedAt + terms.window;
  const isOpen = (open.data?.data.length ?? 0) > 0;
  const closed = ends !== undefined && now !== undefined && now >= ends;
  const owner = dataset.data?.data.owner;
  const notFinal =
    ends === undefined || now === undefined
      ? "Reading the window from the chain"
      : now < ends
        ? "The window is still open"
        : isOpen
          ? "A challenge is open"
          : now < statement.shownUntil
            ? "Shown nodes can still be challenged"
            : undefined;
  return (
    <>
      {notFinal === undefined || closed ? (
        <ActionButton primary action={finaliseAction(statement)} unavailable={notFinal} />
      ) : (
        <ActionButton action={finaliseAction(statement)} unavailable={notFinal} />
      )}
      <ActionButton
        action={challengeAction(statement, rootLevel(statement), 0)}
        unavailable={
          root.data !== undefined
            ? "It was challenged already, see below"
            : closed
              ? "The window for new challenges is over"
              : undefined
        }
      />
      {owner !== undefined && owner === account && <ActionButton action={rejectAction(statement)} />}
    </>
  );
}

/** From proposal to decision, with what is left of the window. */
function Progress({ statement }: { readonly statement: Statement }) {
  const terms = useDisputeTerms();
  const now = useChainTime();
  const { state, proposedAt, shownUntil } = statement;
  const ends = terms.data && proposedAt + terms.data.data.window;
  const isLive = state === "live";
  const windowOver = ends !== undefined && now !== undefined && now >= ends;
  return (
    <ol className="progress" aria-label="How far it is">
      <li className="past">
        <strong>Proposed</strong>
        <Time at={proposedAt} />
      </li>
      <li
        className={isLive && !windowOver ? "current" : "past"}
        aria-current={isLive && !windowOver ? "step" : undefined}
      >
        <strong>Window for challenges</strong>
        {ends === undefined ? (
          <span className="note">its length is read from the chain</span>
        ) : isLive ? (
          <span>
            {windowOver ? null : "closes in "}
            <Countdown until={ends} over="is over" />
          </span>
        ) : (
          <span>closed</span>
        )}
      </li>
      {shownUntil > 0 && isLive && (
        <li className={now !== undefined && now < shownUntil ? "current" : "past"}>
          <strong>Shown nodes</strong>
          <span>
            open to challenges for <Countdown until={shownUntil} over="no time any more" />
          </span>
        </li>
      )}
      <li
        className={isLive ? (windowOver ? "current" : undefined) : "past"}
        aria-current={isLive && windowOver ? "step" : undefined}
      >
        <strong>{capitalised(STATEMENTS[isLive ? "final" : state].name)}</strong>
        <span>
          {isLive ? "when the window is over and nothing is open" : state === "final" ? <Claimable /> : "decided"}
        </span>
      </li>
    </ol>
  );
}

function Claimable() {
  const { account } = useWallet();
  return account === undefined ? (
    "its lines can be claimed"
  ) : (
    <Link to={`/account/${account}`}>what you can claim of it</Link>
  );
}
