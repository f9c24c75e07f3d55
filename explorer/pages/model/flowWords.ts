import type { Named, Names } from "../../data/names.ts";
import { shortHash } from "../../words/hashes.ts";
import { nameLabel, type NamedKind } from "../../words/names.ts";
import { capitalised } from "../../words/text.ts";
import type { FlowNode } from "./moneyFlow.ts";

/** Models and datasets of a flow, whose names its labels need. */
export function namedNodes(nodes: readonly FlowNode[]): readonly Named[] {
  return nodes.map(namedOf).filter((named) => named !== undefined);
}

function namedOf({ model, dataset }: FlowNode): { readonly kind: NamedKind; readonly id: number } | undefined {
  if (model !== null) return { kind: "model", id: model };
  return dataset === null ? undefined : { kind: "dataset", id: dataset };
}

/** A node's name with the number that it has on the chain. */
export function nodeLabel(node: FlowNode, names: Names): string {
  const named = node.count > 1 ? undefined : namedOf(node);
  return named === undefined
    ? nodeName(node, names)
    : capitalised(nameLabel(named.kind, named.id, names(named.kind, named.id)));
}

/** What a node of a flow is called; short enough for a label. */
export function nodeName(node: FlowNode, names: Names): string {
  const { role, account, count } = node;
  switch (role) {
    case "caller":
      return count > 1 ? `${count} other callers` : payer(account);
    case "child":
    case "model":
    case "dataset": {
      if (count > 1) return `${count} other models`;
      const { kind, id } = namedOf(node) ?? { kind: "model", id: 0 };
      return names(kind, id) ?? capitalised(nameLabel(kind, id, undefined));
    }
    case "contributor":
      return count > 1 ? `${count} others` : shortHash(account ?? "");
    case "developer":
      return `Developer ${shortHash(account ?? "")}`;
    case "scorer":
      return `Scorer ${shortHash(account ?? "")}`;
    case "treasury":
      return "Protocol fee";
    case "open":
      return "Not divided yet";
    case "unread":
      return "Lines without a file";
  }
}

function payer(account: string | null): string {
  return account === null || account === "unknown" ? "Unknown payers" : shortHash(account);
}

/** Path of a node's page, if it has one. */
export function nodePath({ role, account, model, dataset }: FlowNode): string | undefined {
  if (model !== null) return `/model/${model}`;
  if (dataset !== null) return `/dataset/${dataset}`;
  return account?.startsWith("0x") && role !== "treasury" ? `/account/${account}` : undefined;
}

const COLOURS: Readonly<Record<FlowNode["role"], string>> = {
  caller: "caller",
  child: "parent",
  model: "model",
  dataset: "dataset",
  contributor: "contributor",
  developer: "model",
  scorer: "info",
  treasury: "other",
  open: "other",
  unread: "other",
};

/** A node's colour; of models that money only passes through, that of parents. */
export function nodeColour({ role, column }: FlowNode): string {
  return `var(--${role === "model" && column > 1 ? "parent" : COLOURS[role]})`;
}
