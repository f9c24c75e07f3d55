import { Link } from "wouter";
import { Amount } from "../../components/Amount.tsx";
import type { Names } from "../../data/names.ts";
import { percent } from "../../words/amounts.ts";
import { nodeColour, nodeLabel, nodePath } from "./flowWords.ts";
import type { FlowNode, MoneyFlow } from "./moneyFlow.ts";

/** The same flow from top to bottom, where there is no room for bands: each step with its parts, the largest first. */
export function FlowList({ flow, names }: { readonly flow: MoneyFlow; readonly names: Names }) {
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]));
  const payers = flow.nodes.filter(({ column }) => column === 0);
  const middle = flow.nodes.filter((node) => flow.bands.some(({ source }) => source === node.id) && node.column > 0);
  return (
    <ol className="flow-list">
      <Step
        names={names}
        title="Paid by"
        total={flow.income}
        parts={payers.map((node) => ({ node, amount: node.amount }))}
      />
      {middle.map((from) => (
        <Step
          key={from.id}
          names={names}
          title={`${nodeLabel(from, names)} passed on`}
          total={from.amount}
          parts={flow.bands
            .filter(({ source }) => source === from.id)
            .flatMap(({ target, amount }) => {
              const node = nodes.get(target);
              return node === undefined ? [] : [{ node, amount }];
            })}
        />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly names: Names;
  readonly title: string;
  readonly total: bigint;
  readonly parts: readonly { readonly node: FlowNode; readonly amount: bigint }[];
}

function Step({ names, title, total, parts }: StepProps) {
  const sorted = parts.toSorted((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0));
  return (
    <li>
      <h3>
        {title} <Amount value={total} />
      </h3>
      <ul className="plain">
        {sorted.map(({ node, amount }) => {
          const path = nodePath(node);
          const name = nodeLabel(node, names);
          return (
            <li key={node.id}>
              <span className="flow-name">{path === undefined ? name : <Link to={path}>{name}</Link>}</span>
              <Amount value={amount} bare />
              <span className="note number">{percent(amount, total)}</span>
              <span className="flow-bar" aria-hidden="true">
                <span
                  style={{
                    width: `${total === 0n ? 0 : Number((amount * 1_000n) / total) / 10}%`,
                    background: nodeColour(node),
                  }}
                />
              </span>
            </li>
          );
        })}
      </ul>
    </li>
  );
}
