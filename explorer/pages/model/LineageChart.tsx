import "@xyflow/react/dist/style.css";
import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from "@dagrejs/dagre";
import {
  Controls,
  type Edge,
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
import { percentOfBps } from "../../words/amounts.ts";
import type { LineageGraph, LineageNode } from "./lineageGraph.ts";

const NODE = { width: 168, height: 58 };
const LABEL = { width: 56, height: 20 };

type ChartNode = Node<{ readonly node: LineageNode; readonly isDown: boolean }, "lineage">;

const NODE_TYPES = { lineage: Box };

interface LineageChartProps {
  readonly graph: LineageGraph;
  /** In CSS pixels; a narrow chart goes from top to bottom. */
  readonly width: number;
}

/** What a model is made from, and what was made from it, as a graph that can be walked with the keyboard. */
export function LineageChart({ graph, width }: LineageChartProps) {
  const isDown = width < 640;
  const { nodes, edges, height } = useMemo(() => placed(graph, isDown), [graph, isDown]);
  const frame = Math.min(640, Math.max(200, height + 60));
  return (
    <div className="lineage" style={{ height: frame }}>
      <ReactFlowProvider>
        <ReactFlow
          key={`${width} ${nodes.length}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          fitView
          fitViewOptions={{ padding: 0.08, maxZoom: 1 }}
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
          {nodes.length > 6 && <Controls showInteractive={false} position="bottom-right" />}
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}

function placed(
  { nodes, links }: LineageGraph,
  isDown: boolean,
): { readonly nodes: ChartNode[]; readonly edges: Edge[]; readonly height: number } {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ rankdir: isDown ? "TB" : "LR", nodesep: 28, ranksep: isDown ? 34 : 60 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...NODE });
  for (const { from, to } of links) graph.setEdge(from, to, { ...LABEL, labelpos: "c" });
  layout(graph);
  const centre = (id: string): { readonly x: number; readonly y: number } => {
    const { x = 0, y = 0 } = graph.node(id);
    return { x, y };
  };
  const height = Math.max(...nodes.map(({ id }) => centre(id).y + NODE.height / 2));
  return {
    height,
    nodes: nodes.map((node) => {
      const { x, y } = centre(node.id);
      return {
        id: node.id,
        type: "lineage",
        data: { node, isDown },
        position: { x: x - NODE.width / 2, y: y - NODE.height / 2 },
        ...NODE,
      };
    }),
    edges: links.map(({ from, to, shareBps }) => ({
      id: `${from} ${to}`,
      source: from,
      target: to,
      label: percentOfBps(shareBps),
      labelBgPadding: [5, 3],
      labelBgBorderRadius: 4,
      markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18 },
    })),
  };
}

function Box({ data: { node, isDown } }: NodeProps<ChartNode>) {
  const { kind, number, version, isOwn } = node;
  const name = kind === "model" ? `Model ${number}` : `Dataset ${number}`;
  const style = { "--node-colour": `var(--${kind})` } as React.CSSProperties;
  const what = isOwn ? "this model" : version === undefined ? "model" : `version ${version}`;
  const text = (
    <>
      <strong>{name}</strong>
      <span className="note">{what}</span>
    </>
  );
  return (
    <>
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      {isOwn ? (
        <div className="lineage-node own" style={style}>
          {text}
        </div>
      ) : (
        <Link to={`/${kind}/${number}`} className="lineage-node nodrag nopan" style={style}>
          {text}
        </Link>
      )}
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  );
}
