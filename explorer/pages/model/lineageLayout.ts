import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from "@dagrejs/dagre";
import type { LineageGraph, LineageLink, LineageNode } from "./lineageGraph.ts";

/** Of a share that stands on its arrow, in CSS pixels as all. */
export const SHARE = { width: 52, height: 20 };

/** A place in the chart. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** A node as a box, by its top left corner. */
export interface PlacedLineageNode extends Point {
  readonly node: LineageNode;
  readonly width: number;
  readonly height: number;
}

/** A link as the path of an arrow, and the middle of its share. */
export interface PlacedLineageLink {
  readonly link: LineageLink;
  readonly path: string;
  readonly share: Point;
}

export interface PlacedLineage {
  readonly nodes: readonly PlacedLineageNode[];
  readonly links: readonly PlacedLineageLink[];
  readonly width: number;
  readonly height: number;
}

/**
 * Places a lineage in layers. Shares have places of their own among the boxes, so that they meet neither boxes nor each
 * other, and arrows that pass a layer go between its boxes.
 *
 * @param isDown - from top to bottom and not from left to right
 */
export function placeLineage({ nodes, links }: LineageGraph, isDown: boolean): PlacedLineage {
  const box = isDown ? { width: 112, height: 68 } : { width: 196, height: 58 };
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({
    rankdir: isDown ? "TB" : "LR",
    nodesep: isDown ? 8 : 24,
    edgesep: isDown ? 8 : 16,
    ranksep: isDown ? 36 : 44,
  });
  for (const { id } of nodes) graph.setNode(id, { ...box });
  for (const { from, to } of links) graph.setEdge(from, to, { ...SHARE, labelpos: "c" });
  layout(graph);
  const centreOf = (id: string): Point => {
    const { x = 0, y = 0 } = graph.node(id);
    return { x, y };
  };
  const half = (isDown ? box.height : box.width) / 2;
  const shifted = (point: Point, by: number): Point =>
    isDown ? { x: point.x, y: point.y + by } : { x: point.x + by, y: point.y };
  const { width = 0, height = 0 } = graph.graph();
  return {
    nodes: nodes.map((node) => {
      const { x, y } = centreOf(node.id);
      return { node, ...box, x: x - box.width / 2, y: y - box.height / 2 };
    }),
    links: links.map((link) => {
      const { points = [], x = 0, y = 0 } = graph.edge(link.from, link.to);
      const way = [
        shifted(centreOf(link.from), half),
        // The first and the last lie on the boxes' borders, wherever the next one is seen from the middle.
        ...points.slice(1, -1),
        shifted(centreOf(link.to), -half),
      ];
      return { link, path: smooth(way, isDown), share: { x, y } };
    }),
    width,
    height,
  };
}

/** A curve through all points that leaves and enters each along the layers' direction. */
function smooth(points: readonly Point[], isDown: boolean): string {
  return points
    .map((to, i) => {
      const from = points[i - 1];
      if (from === undefined) return `M${to.x},${to.y}`;
      const [across, along] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
      return isDown
        ? `C${from.x},${along} ${to.x},${along} ${to.x},${to.y}`
        : `C${across},${from.y} ${across},${to.y} ${to.x},${to.y}`;
    })
    .join("");
}
