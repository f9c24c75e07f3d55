import type { Lineage } from "../../../client/indexApi/index.ts";

/** A model or dataset of a lineage. */
export interface LineageNode {
  readonly id: string;
  readonly kind: "model" | "dataset";
  readonly number: number;
  /** The version that is named; of datasets. */
  readonly version: number | undefined;
  /** The model that the page is of. */
  readonly isOwn: boolean;
}

/** What one is made from; money goes the other way. */
export interface LineageLink {
  readonly from: string;
  readonly to: string;
  /** Basis points of the maker's income. */
  readonly shareBps: number;
}

export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly links: readonly LineageLink[];
  /** Links that aren't drawn, as they are too far away. */
  readonly left: number;
}

/** Links that are drawn at most: more can't be told apart. */
const MOST = 40;

/** The nearest part of a lineage: what a model is made from, and what was made from it. */
export function lineageGraph({ model, ancestors, descendants, streams }: Lineage): LineageGraph {
  const edges = [...ancestors, ...descendants].toSorted((a, b) => a.distance - b.distance);
  const models = new Set([model]);
  const links: LineageLink[] = [];
  for (const { model: child, parent, shareBps } of edges.slice(0, MOST)) {
    models.add(child).add(parent);
    links.push({ from: `model:${parent}`, to: `model:${child}`, shareBps });
  }
  const nodes: LineageNode[] = [...models].map((number) => ({
    id: `model:${number}`,
    kind: "model",
    number,
    version: undefined,
    isOwn: number === model,
  }));
  const named = streams.filter((stream) => models.has(stream.model));
  const shown = named.slice(0, MOST);
  const datasets = new Map(
    shown.map(({ dataset, version }): [string, LineageNode] => {
      const id = `dataset:${dataset}@${version}`;
      return [id, { id, kind: "dataset", number: dataset, version, isOwn: false }];
    }),
  );
  for (const { dataset, version, model: user, shareBps } of shown) {
    links.push({ from: `dataset:${dataset}@${version}`, to: `model:${user}`, shareBps });
  }
  return { nodes: [...nodes, ...datasets.values()], links, left: edges.length + streams.length - links.length };
}
