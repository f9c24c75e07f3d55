import "@xyflow/react/dist/style.css";
import {
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
} from "@xyflow/react";
import { useMemo } from "react";
import { Link } from "wouter";
import type { Names } from "../../data/names.ts";
import { percentOfBps } from "../../words/amounts.ts";
import { nameLabel } from "../../words/names.ts";
import { capitalised } from "../../words/text.ts";
import type { LineageGraph, LineageNode } from "./lineageGraph.ts";
import { type PlacedLineageLink, placeLineage, SHARE } from "./lineageLayout.ts";

const LEAST_HEIGHT = 140;
const MOST_HEIGHT = 640;

type ChartNode = Node<{ readonly node: LineageNode; readonly name: string | undefined; readonly isDown: boolean }>;
type ChartEdge = Edge<{ readonly placed: PlacedLineageLink }>;

const NODE_TYPES = { lineage: Box };
const EDGE_TYPES = { lineage: Arrow };

interface LineageChartProps {
  readonly graph: LineageGraph;
  readonly names: Names;
  /** In CSS pixels; a narrow chart goes from top to bottom. */
  readonly width: number;
}

/** What a model is made from, and what was made from it, as a graph that can be walked with the keyboard. */
export function LineageChart({ graph, names, width }: LineageChartProps) {
  const isDown = width < 640;
  const placed = useMemo(() => placeLineage(graph, isDown), [graph, isDown]);
  const nodes = placed.nodes.map(({ node, x, y, width: boxWidth, height }): ChartNode => ({
    id: node.id,
    type: "lineage",
    data: { node, name: names(node.kind, node.number), isDown },
    position: { x, y },
    width: boxWidth,
    height,
  }));
  const edges = placed.links.map((one): ChartEdge => ({
    id: `${one.link.from} ${one.link.to}`,
    type: "lineage",
    source: one.link.from,
    target: one.link.to,
    data: { placed: one },
    markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18 },
  }));
  const margin = isDown ? 14 : 28;
  const scale = Math.min(1, (width - 2 * margin) / placed.width);
  const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, placed.height * scale + 2 * margin));
  return (
    <div className="lineage" style={{ height }}>
      <ReactFlowProvider>
        <ReactFlow
          key={`${width} ${nodes.length}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          fitView
          fitViewOptions={{ padding: `${margin}px`, maxZoom: 1 }}
          minZoom={0.2}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          aria-label="Lineage as a graph"
        >
          {nodes.length > 8 && <Controls showInteractive={false} position="bottom-right" />}
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}

function Box({ data: { node, name, isDown } }: NodeProps<ChartNode>) {
  const { kind, number, version, isOwn } = node;
  const style = { "--node-colour": `var(--${kind})` } as React.CSSProperties;
  const what = [
    name === undefined || isOwn ? [] : `${kind} ${number}`,
    isOwn ? "this model" : [],
    version === undefined ? [] : `v${version}`,
  ].flat();
  const className = isDown ? "lineage-node tall" : "lineage-node";
  const text = (
    <>
      <strong>{name ?? capitalised(nameLabel(kind, number, name))}</strong>
      <span className="note">{what.join(", ")}</span>
    </>
  );
  return (
    <>
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      {isOwn ? (
        <div className={`${className} own`} style={style} title={name}>
          {text}
        </div>
      ) : (
        <Link to={`/${kind}/${number}`} className={`${className} nodrag nopan`} style={style} title={name}>
          {text}
        </Link>
      )}
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  );
}

function Arrow({ id, data, markerEnd }: EdgeProps<ChartEdge>) {
  if (data === undefined) return null;
  const { path, share, link } = data.placed;
  return (
    <>
      <BaseEdge id={id} path={path} {...(markerEnd === undefined ? {} : { markerEnd })} />
      <EdgeLabelRenderer>
        <span
          className="lineage-share"
          style={{ ...SHARE, left: share.x - SHARE.width / 2, top: share.y - SHARE.height / 2 }}
        >
          {percentOfBps(link.shareBps)}
        </span>
      </EdgeLabelRenderer>
    </>
  );
}
