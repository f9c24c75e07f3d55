import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import type { FlowNode, MoneyFlow } from "./moneyFlow.ts";
import { BANDS, LABELS, LINE, NODE_WIDTH, TOP } from "./sankeySizes.ts";

/** A node as a box, in CSS pixels. */
export interface PlacedNode {
  readonly node: FlowNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A band between two nodes. */
export interface PlacedBand {
  readonly source: FlowNode;
  readonly target: FlowNode;
  readonly amount: bigint;
  readonly path: string;
  readonly width: number;
}

export interface PlacedFlow {
  readonly nodes: readonly PlacedNode[];
  readonly bands: readonly PlacedBand[];
  /** Where each column stands. */
  readonly columns: readonly number[];
  /** From one column to the next. */
  readonly spacing: number;
  readonly height: number;
}

/** A chain through all columns that isn't drawn: d3-sankey makes as many columns as the longest way has steps. */
const RULER = "ruler:";

/**
 * Places a flow: columns side by side, bands as thick as they are worth. Labels stand beside their nodes and can't meet,
 * as nodes of a column are a line apart.
 */
export function placeFlow({ nodes, bands, columns }: MoneyFlow, width: number): PlacedFlow {
  const counts = columns.map((_, column) => nodes.filter((node) => node.column === column).length);
  const height = TOP + BANDS + (Math.max(...counts) + 1) * LINE;
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  const placeOf = ({ id }: LaidOut): number => places.get(id) ?? nodes.length;
  const layout = sankey<LaidOut, { readonly amount: bigint }>()
    .nodeId(({ id }) => id)
    .nodeAlign(({ column }) => column)
    .nodeSort((a, b) => placeOf(a) - placeOf(b))
    .nodeWidth(NODE_WIDTH)
    .nodePadding(LINE)
    .extent([
      [LABELS.left, TOP],
      [width - LABELS.right, height - LINE / 2],
    ]);
  const largest = Math.max(...bands.map(({ amount }) => Number(amount)));
  const graph = layout({
    nodes: [
      ...nodes.map((node) => ({ id: node.id, column: node.column, node })),
      ...columns.map((_, column) => ({ id: RULER + String(column), column, node: undefined })),
    ],
    links: [
      ...bands.map(({ source, target, amount }) => ({ source, target, amount, value: Number(amount) })),
      ...columns.slice(1).map((_, i) => ({
        ...{ source: RULER + String(i), target: RULER + String(i + 1) },
        ...{ amount: 0n, value: largest / 1e6 },
      })),
    ],
  });
  // By where they lead: bands of a node that go up don't cross those that go down.
  for (const { sourceLinks = [], targetLinks = [] } of graph.nodes) {
    sourceLinks.sort((a, b) => middleOf(a.target) - middleOf(b.target));
    targetLinks.sort((a, b) => middleOf(a.source) - middleOf(b.source));
  }
  layout.update(graph);
  const path = sankeyLinkHorizontal();
  const span = width - LABELS.left - LABELS.right - NODE_WIDTH;
  return {
    nodes: graph.nodes.flatMap(({ node, x0 = 0, x1 = 0, y0 = 0, y1 = 0 }) =>
      node === undefined ? [] : [{ node, x: x0, y: y0, width: x1 - x0, height: Math.max(1, y1 - y0) }],
    ),
    bands: graph.links.flatMap((link) => {
      const [source, target] = [(link.source as LaidOut).node, (link.target as LaidOut).node];
      return source === undefined || target === undefined
        ? []
        : [{ source, target, amount: link.amount, path: path(link) ?? "", width: Math.max(1, link.width ?? 0) }];
    }),
    columns: columns.map((_, i) => LABELS.left + (span * i) / (columns.length - 1)),
    spacing: span / (columns.length - 1),
    // The ruler's own line at the foot isn't shown.
    height: height - LINE / 2,
  };
}

/** The middle of a node that was laid out. */
function middleOf(node: unknown): number {
  const { y0 = 0, y1 = 0 } = node as { readonly y0?: number; readonly y1?: number };
  return y0 + y1;
}

interface LaidOut {
  readonly id: string;
  readonly column: number;
  /** Undefined for the ruler. */
  readonly node: FlowNode | undefined;
}
