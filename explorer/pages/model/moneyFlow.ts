import type { MoneyGraph } from "../../../client/indexApi/index.ts";

type Role = MoneyGraph["nodes"][number]["role"];

/** A place that money comes from or goes to, in one of the columns of a flow. */
export interface FlowNode {
  readonly id: string;
  readonly role: Role;
  readonly account: string | null;
  readonly model: number | null;
  readonly dataset: number | null;
  /** How many are in it. */
  readonly count: number;
  readonly column: number;
  /** What goes through it. */
  readonly amount: bigint;
}

/** Money from one node to another. */
export interface FlowBand {
  readonly source: string;
  readonly target: string;
  readonly amount: bigint;
}

/** Money of a model by columns: who paid, models, datasets, and where it ended. */
export interface MoneyFlow {
  readonly nodes: readonly FlowNode[];
  readonly bands: readonly FlowBand[];
  /** Headings of the columns. */
  readonly columns: readonly string[];
  readonly income: bigint;
}

/** The order in which nodes of a column are drawn; the model's own developer comes before all. */
const ORDER: readonly Role[] = [
  ...(["caller", "child", "model", "dataset"] as const),
  ...(["contributor", "unread", "open", "scorer", "developer", "treasury"] as const),
];

/** The columns of a model's money: callers → model → parents → datasets → contributors and other ends. */
export function moneyFlow({ model, income, nodes, links }: MoneyGraph): MoneyFlow {
  const depths = modelDepths(`model:${model}`, links);
  const deepest = Math.max(1, ...depths.values());
  const hasDatasets = nodes.some(({ role }) => role === "dataset");
  const datasets = deepest + 1;
  const ends = hasDatasets ? datasets + 1 : datasets;
  const columnOf = ({ id, role }: { readonly id: string; readonly role: Role }): number =>
    role === "caller" || role === "child"
      ? 0
      : role === "model"
        ? (depths.get(id) ?? 1)
        : role === "dataset"
          ? datasets
          : ends;
  const through = new Map<string, bigint>();
  for (const { source, target, amount } of links) {
    const into = links.some((link) => link.target === source) ? 0n : amount;
    through.set(source, (through.get(source) ?? 0n) + into);
    through.set(target, (through.get(target) ?? 0n) + amount);
  }
  const own = links.filter(({ source }) => source === `model:${model}`).map(({ target }) => target);
  const orderOf = ({ id, role }: FlowNode): number =>
    role === "developer" && own.includes(id) ? -1 : ORDER.indexOf(role);
  const placed = nodes
    .filter(({ id }) => through.has(id))
    .map((node): FlowNode => ({ ...node, column: columnOf(node), amount: through.get(node.id) ?? 0n }))
    .sort(
      (a, b) =>
        a.column - b.column ||
        orderOf(a) - orderOf(b) ||
        Number(a.count > 1) - Number(b.count > 1) ||
        (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0),
    );
  const columns = ["Paid by", "This model"];
  for (let depth = 2; depth <= deepest; depth++) columns.push(["Parents", "Their parents"][depth - 2] ?? "Ancestors");
  if (hasDatasets) columns.push("Datasets");
  columns.push("Reached");
  return { nodes: placed, bands: links, columns, income };
}

/** Columns of models: the asked one is in column 1, an ancestor right of all that pay it. */
function modelDepths(from: string, links: readonly FlowBand[]): ReadonlyMap<string, number> {
  const depths = new Map([[from, 1]]);
  const royalties = links.filter(({ source, target }) => isModel(source) && isModel(target));
  // A lineage has no cycle: after as many rounds as there are models nothing moves.
  for (let moved = true; moved;) {
    moved = false;
    for (const { source, target } of royalties) {
      const depth = (depths.get(source) ?? 0) + 1;
      if (depths.has(source) && depth > (depths.get(target) ?? 0)) {
        depths.set(target, depth);
        moved = true;
      }
    }
  }
  return depths;
}

function isModel(id: string): boolean {
  return id.startsWith("model:");
}
