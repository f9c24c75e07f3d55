import { lazy, Suspense, useMemo } from "react";
import { Link } from "wouter";
import type { MoneyGraph } from "../../../client/indexApi/index.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Section } from "../../components/Layout.tsx";
import { type Column, Table } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty, Loading } from "../../components/States.tsx";
import { useWidth } from "../../components/useWidth.ts";
import { useAnswer } from "../../data/queries.ts";
import { type Names, useNames } from "../../data/names.ts";
import { percent } from "../../words/amounts.ts";
import { namedNodes, nodeLabel, nodePath } from "./flowWords.ts";
import { nameLabel } from "../../words/names.ts";
import { FlowList } from "./FlowList.tsx";
import { type FlowBand, type FlowNode, type MoneyFlow, moneyFlow } from "./moneyFlow.ts";
import { leastWidth } from "./sankeySizes.ts";

const Sankey = lazy(() => import("./Sankey.tsx").then(({ Sankey: Chart }) => ({ default: Chart })));

/** Callers, contributors and developers that are shown alone. */
const TOP = 8;

/** Where all that came into a model went. */
export function MoneySection({ model }: { readonly model: number }) {
  const graph = useAnswer(["model", model, "money"], (api) => api.moneyGraph(model, { top: TOP }));
  return (
    <Section
      title="Where the money went"
      lead="From callers through the model to its parents, their datasets, and the wallets that contributed."
    >
      <Shown query={graph} what="the flow of money" lines={8}>
        {({ data, indexedTo }) =>
          data.income === 0n ? (
            <Empty title="Nothing was paid yet">With the first payment you see here whom it reached.</Empty>
          ) : (
            <>
              <Flow graph={data} />
              <p className="note">
                Shares are divided as the contracts divide them, whether or not anybody has asked for it yet. Of an
                ancestor only what comes from this model is followed.
              </p>
              <Source of="the index and published statements" upTo={indexedTo} />
            </>
          )
        }
      </Shown>
    </Section>
  );
}

function Flow({ graph }: { readonly graph: MoneyGraph }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const currency = useCurrency();
  const flow = useMemo(() => moneyFlow(graph), [graph]);
  const names = useNames(namedNodes(flow.nodes));
  return (
    <figure className="flow">
      <div ref={frame} className="flow-frame">
        {width === 0 || currency === undefined ? (
          <Loading what="the flow of money" lines={8} />
        ) : width < leastWidth(flow) ? (
          <FlowList flow={flow} names={names} />
        ) : (
          <Suspense fallback={<Loading what="the flow of money" lines={8} />}>
            <Sankey
              flow={flow}
              names={names}
              currency={currency}
              width={width}
              title={`Money of ${nameLabel("model", graph.model, names("model", graph.model))}, from callers to contributors`}
            />
          </Suspense>
        )}
      </div>
      <details>
        <summary>The same as a table</summary>
        <FlowTable flow={flow} names={names} />
      </details>
    </figure>
  );
}

interface Row extends FlowBand {
  readonly from: FlowNode;
  readonly to: FlowNode;
}

function FlowTable({ flow, names }: { readonly flow: MoneyFlow; readonly names: Names }) {
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]));
  const rows = flow.bands
    .flatMap((band): Row[] => {
      const [from, to] = [nodes.get(band.source), nodes.get(band.target)];
      return from === undefined || to === undefined ? [] : [{ ...band, from, to }];
    })
    .sort((a, b) => a.from.column - b.from.column || (a.amount < b.amount ? 1 : -1));
  const columns: readonly Column<Row>[] = [
    { header: "From", cell: ({ from }) => <NodeLink node={from} names={names} /> },
    { header: "To", cell: ({ to }) => <NodeLink node={to} names={names} /> },
    { header: "Amount", figures: true, cell: ({ amount }) => <Amount value={amount} digits={COLUMN_DIGITS} /> },
    { header: "Of what came in", figures: true, cell: ({ amount }) => percent(amount, flow.income) },
  ];
  return (
    <Table
      caption="Money from one to another"
      columns={columns}
      rows={rows}
      rowKey={({ source, target }) => `${source} ${target}`}
    />
  );
}

function NodeLink({ node, names }: { readonly node: FlowNode; readonly names: Names }) {
  const path = nodePath(node);
  const label = nodeLabel(node, names);
  return path === undefined ? label : <Link to={path}>{label}</Link>;
}
