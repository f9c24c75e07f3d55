import { lazy, Suspense, useMemo } from "react";
import type { Lineage } from "../../../client/indexApi/index.ts";
import { Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty, Loading } from "../../components/States.tsx";
import { useWidth } from "../../components/useWidth.ts";
import { useLocalPages } from "../../data/localPages.ts";
import { useNames } from "../../data/names.ts";
import { useAnswer } from "../../data/queries.ts";
import { percentOfBps } from "../../words/amounts.ts";
import { lineageGraph } from "./lineageGraph.ts";

const LineageChart = lazy(() => import("./LineageChart.tsx").then(({ LineageChart: Chart }) => ({ default: Chart })));

interface Row {
  readonly model: number;
  readonly parent: number | undefined;
  readonly dataset: number | undefined;
  readonly version: number | undefined;
  readonly shareBps: number;
  readonly way: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: "Model", cell: ({ model }) => <ModelLink id={model} /> },
  {
    header: "Made from",
    cell: ({ parent, dataset, version }) =>
      parent !== undefined ? (
        <ModelLink id={parent} />
      ) : (
        <>
          {dataset !== undefined && <DatasetLink id={dataset} />}
          <span className="note"> version {version}</span>
        </>
      ),
  },
  { header: "Gives it of its income", figures: true, cell: ({ shareBps }) => percentOfBps(shareBps) },
  { header: "Relation", cell: ({ way }) => way },
];

/** What a model is made from, and what was made from it. */
export function LineageSection({ model }: { readonly model: number }) {
  const lineage = useAnswer(["model", model, "lineage"], (api) => api.lineage(model));
  const rows = useLocalPages(lineage, rowsOf, 15);
  return (
    <Section
      title="Lineage"
      lead="What it is made from, and what was made from it. Arrows point from sources to what uses them; a share of every payment goes the other way."
    >
      <Shown query={lineage} what="the lineage" lines={5}>
        {({ data, indexedTo }) =>
          data.ancestors.length + data.descendants.length + data.streams.length === 0 ? (
            <Empty title="It names no source">
              It was registered without parents and datasets, and no model names it.
            </Empty>
          ) : (
            <>
              <Chart lineage={data} />
              <Source of="the model registry, through the index" upTo={indexedTo} />
            </>
          )
        }
      </Shown>
      <details>
        <summary>The same as a table</summary>
        <PagedTable
          caption="Lineage"
          columns={COLUMNS}
          list={rows}
          rowKey={({ model: child, parent, dataset }) => `${child} ${parent ?? ""} ${dataset ?? ""}`}
          empty={<Empty title="It names no source" />}
        />
      </details>
    </Section>
  );
}

function Chart({ lineage }: { readonly lineage: Lineage }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const graph = useMemo(() => lineageGraph(lineage), [lineage]);
  const names = useNames(graph.nodes.map(({ kind, number }) => ({ kind, id: number })));
  return (
    <div ref={frame}>
      {width > 0 && (
        <Suspense fallback={<Loading what="the lineage" lines={5} />}>
          <LineageChart graph={graph} names={names} width={width} />
        </Suspense>
      )}
      {graph.left > 0 && <p className="note">{graph.left} links that are further away are in the table only.</p>}
    </div>
  );
}

function rowsOf({ ancestors, descendants, streams }: Lineage): readonly Row[] {
  return [
    ...ancestors.map(({ model, parent, shareBps, distance }) => ({
      ...{ model, parent, dataset: undefined, version: undefined, shareBps },
      way: distance === 1 ? "parent" : `ancestor, ${distance} steps up`,
    })),
    ...streams.map(({ model, dataset, version, shareBps }) => ({
      ...{ model, parent: undefined, dataset, version, shareBps },
      way: "dataset",
    })),
    ...descendants.map(({ model, parent, shareBps, distance }) => ({
      ...{ model, parent, dataset: undefined, version: undefined, shareBps },
      way: distance === 1 ? "child" : `descendant, ${distance} steps down`,
    })),
  ];
}
