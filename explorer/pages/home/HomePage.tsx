import { Link } from "wouter";
import { Amount } from "../../components/Amount.tsx";
import { Figure, Figures, Page, Section } from "../../components/Layout.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { grouped } from "../../words/amounts.ts";
import { CHALLENGE_COLUMNS, PAYMENT_COLUMNS, STATEMENT_COLUMNS } from "../lists/columns.tsx";

const LATEST = 6;

/** Where everything begins: totals, and what happened last. */
export function HomePage() {
  const totals = useAnswer(["totals"], (api) => api.totals());
  const payments = usePaged(["payments", "latest"], (api, paging) => api.payments(paging), { limit: LATEST });
  const statements = usePaged(["statements", "latest"], (api, paging) => api.statements(paging), { limit: LATEST });
  const challenges = usePaged(["challenges", "latest"], (api, paging) => api.challenges(paging), { limit: LATEST });
  return (
    <Page
      title="Where the value went"
      lead="Wallets contribute to datasets, models are trained on them, and every paid answer flows back along that path. Here is what was paid, who it reached, and why."
    >
      <Section title="In all" aside={<Link to="/register">Register a model</Link>}>
        <Shown query={totals} what="totals" lines={3}>
          {({ data, indexedTo }) => (
            <>
              <Figures>
                <Figure name="Paid for answers" note={`${grouped(data.payments)} payments`}>
                  <Amount value={data.volume} />
                </Figure>
                <Figure name="To contributors" note={`claimed so far, of ${grouped(data.contributors)}`}>
                  <Amount value={data.claimed} />
                </Figure>
                <Figure name="To developers" note={`${grouped(data.models)} models`}>
                  <Amount value={data.developers} />
                </Figure>
                <Figure
                  name="To scorers"
                  note={`${grouped(data.statements)} statements, ${grouped(data.liveStatements)} live`}
                >
                  <Amount value={data.scorers} />
                </Figure>
                <Figure name="Challenges" note={`${grouped(data.openChallenges)} open`}>
                  {grouped(data.challenges)}
                </Figure>
                <Figure
                  name="Contributions"
                  note={`in ${grouped(data.datasets)} ${data.datasets === 1 ? "dataset" : "datasets"}`}
                >
                  {grouped(data.contributions)}
                </Figure>
              </Figures>
              <Source upTo={indexedTo} />
            </>
          )}
        </Shown>
      </Section>
      <ListSection
        title="Latest payments"
        aside={<Link to="/payments">All payments</Link>}
        columns={PAYMENT_COLUMNS}
        list={payments}
        rowKey={({ id }) => id}
        nothing="Nothing was paid yet"
        until="Open a model and pay for an answer to be the first."
      />
      <ListSection
        title="Latest statements"
        lead="What a scorer says, against a bond, each contribution did for the answers of an interval."
        aside={<Link to="/statements">All statements</Link>}
        columns={STATEMENT_COLUMNS}
        list={statements}
        rowKey={({ hash }) => hash}
        nothing="No statement was proposed yet"
        until="A scorer proposes one when an operator has reported an interval: tributary run scorer."
      />
      <ListSection
        title="Latest challenges"
        aside={<Link to="/challenges">All challenges</Link>}
        columns={CHALLENGE_COLUMNS}
        list={challenges}
        rowKey={({ id }) => id}
        nothing="Nothing was challenged yet"
        until="Statements can be challenged on their pages."
      />
    </Page>
  );
}
