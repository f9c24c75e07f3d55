import { shortHash } from "../../words/hashes.ts";
import type { FlowNode } from "./moneyFlow.ts";

/** What a node of a flow is called; short enough for a label. */
export function nodeName({ role, account, model, dataset, count }: FlowNode): string {
  switch (role) {
    case "caller":
      return count > 1 ? `${count} other callers` : payer(account);
    case "child":
      return count > 1 ? `${count} other models` : `Model ${model ?? "?"}`;
    case "model":
      return `Model ${model ?? "?"}`;
    case "dataset":
      return `Dataset ${dataset ?? "?"}`;
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
