import { useMemo, useState } from "react";
import { useHref } from "../../components/useHref.ts";
import type { Currency } from "../../config/config.ts";
import type { Names } from "../../data/names.ts";
import { amountText, percent } from "../../words/amounts.ts";
import { nodeColour, nodeLabel, nodeName, nodePath } from "./flowWords.ts";
import type { FlowNode, MoneyFlow } from "./moneyFlow.ts";
import { placeFlow, type PlacedBand, type PlacedNode } from "./sankeyLayout.ts";
import { fitLabel, LABELS } from "./sankeySizes.ts";

interface SankeyProps {
  readonly flow: MoneyFlow;
  readonly names: Names;
  readonly currency: Currency;
  /** In CSS pixels. */
  readonly width: number;
  readonly title: string;
}

/** Money as bands from left to right; what one points at stands out, with all that it touches. */
export function Sankey({ flow, names, currency, width, title }: SankeyProps) {
  const [active, setActive] = useState<string>();
  const placed = useMemo(() => placeFlow(flow, width), [flow, width]);
  const last = flow.columns.length - 1;
  const money = (amount: bigint): string => `${amountText(amount, currency.decimals).shown} ${currency.symbol}`;
  const dims = ({ source, target }: PlacedBand): boolean =>
    active !== undefined && source.id !== active && target.id !== active;
  return (
    <svg
      className="sankey"
      width={width}
      height={placed.height}
      viewBox={`0 0 ${width} ${placed.height}`}
      role="group"
      aria-label={title}
    >
      {flow.columns.map((name, i) => (
        <text
          key={i}
          className="sankey-column"
          x={(placed.columns[i] ?? 0) + (i === 0 ? 14 : i === last ? 0 : 7)}
          y={14}
          textAnchor={i === 0 ? "end" : i === last ? "start" : "middle"}
        >
          {name}
        </text>
      ))}
      <g>
        {placed.bands.map((band) => (
          <path
            key={`${band.source.id} ${band.target.id}`}
            className={dims(band) ? "sankey-band dim" : "sankey-band"}
            d={band.path}
            strokeWidth={band.width}
            stroke={nodeColour(band.target.column === last ? band.target : band.source)}
          >
            <title>
              {`${nodeLabel(band.source, names)} → ${nodeLabel(band.target, names)}: ${money(band.amount)}, ${percent(band.amount, flow.income)} of what came in`}
            </title>
          </path>
        ))}
      </g>
      {placed.nodes.map((one) => (
        <Node
          key={one.node.id}
          placed={one}
          last={last}
          names={names}
          room={one.node.column === 0 ? LABELS.left : one.node.column === last ? LABELS.right : placed.spacing}
          text={money(one.node.amount)}
          share={percent(one.node.amount, flow.income)}
          point={setActive}
        />
      ))}
    </svg>
  );
}

interface NodeProps {
  readonly placed: PlacedNode;
  readonly last: number;
  readonly names: Names;
  /** For its label, in CSS pixels. */
  readonly room: number;
  readonly text: string;
  readonly share: string;
  readonly point: (id: string | undefined) => void;
}

function Node({ placed: { node, x, y, width, height }, last, names, room, text, share, point }: NodeProps) {
  const isFirst = node.column === 0;
  const isInside = !isFirst && node.column < last;
  const label = fitLabel(nodeName(node, names), text.split(" ")[0] ?? "", room, isInside);
  const drawn = (
    <>
      <rect x={x} y={y} width={width} height={height} rx={2} fill={nodeColour(node)}>
        <title>{`${fullName(node, names)}: ${text}, ${share} of what came in`}</title>
      </rect>
      <text
        className={isInside ? "sankey-label inside" : "sankey-label"}
        x={isFirst ? x - 8 : isInside ? x + width / 2 : x + width + 8}
        y={isInside ? y - 7 : y + height / 2}
        dominantBaseline={isInside ? "auto" : "central"}
        textAnchor={isFirst ? "end" : isInside ? "middle" : "start"}
      >
        {label.name}
        {label.amount !== undefined && (
          <tspan className="sankey-amount" dx={2}>
            {" "}
            {label.amount}
          </tspan>
        )}
      </text>
    </>
  );
  const path = nodePath(node);
  const hover = {
    onPointerEnter: () => point(node.id),
    onPointerLeave: () => point(undefined),
    onFocus: () => point(node.id),
    onBlur: () => point(undefined),
  };
  const href = useHref(path);
  return href === undefined ? (
    <g {...hover}>{drawn}</g>
  ) : (
    <a href={href} {...hover}>
      {drawn}
    </a>
  );
}

/** A name with the whole address. */
function fullName(node: FlowNode, names: Names): string {
  const { account, count } = node;
  const label = nodeLabel(node, names);
  return account === null || count > 1 ? label : `${label} (${account})`;
}
