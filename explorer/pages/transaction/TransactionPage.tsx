import type { PageProps } from "../../app/pages.ts";
import { Events } from "../../components/Events.tsx";
import { WholeHash } from "../../components/Hash.tsx";
import { Page, Section } from "../../components/Layout.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { useAnswer } from "../../data/queries.ts";
import { shortHash } from "../../words/hashes.ts";

/** What happened to the suite in a transaction. */
export function TransactionPage({ params }: PageProps) {
  const { hash = "" } = params;
  const events = useAnswer(["transaction", hash], (api) => api.transaction(hash));
  return (
    <Page kind="Transaction" title={shortHash(hash, 6)} lead={<WholeHash value={hash} what="the transaction’s hash" />}>
      <Section title="What happened" lead="Events of this deployment’s contracts, in their order.">
        <Shown query={events} what="the transaction">
          {({ data, indexedTo }) => (
            <>
              {data.length === 0 ? (
                <Empty title="Nothing of this deployment">
                  The transaction isn’t mined yet, failed, or called other contracts only.
                </Empty>
              ) : (
                <Events events={data} />
              )}
              <Source upTo={indexedTo} />
            </>
          )}
        </Shown>
      </Section>
    </Page>
  );
}
