import { type LineageEdge, readAncestors, readChildren, type Suite } from "../../client/index.ts";
import { argument, command, flag, option, type Outcome } from "../command.ts";
import { UsageError } from "../exit.ts";
import { id, whole } from "../readers.ts";
import { percent, table } from "../style.ts";
import { MODEL_KINDS, wordOf } from "../words.ts";

const DEPTH = 16;
const PAGE = 100;

export const lineage = command({
  name: "lineage",
  role: "model developer",
  summary: "print the tree of a model's ancestors with their shares, or its children",
  details:
    "Each line has the share that a parent gets of its child's income, and what that is of MODEL's income along this path. An ancestor that is reached again is printed again without its own parents.",
  arguments: { model: argument("MODEL", "number of the model", id(48)) },
  options: {
    depth: option("N", `generations to climb (default: ${DEPTH})`, whole(1, 1_000)),
    children: flag("list the models that name this one as parent instead"),
    offset: option("N", "children to leave out at the start (default: 0)", whole(0, 2 ** 48)),
    limit: option("N", `children to list at the most (default: ${PAGE})`, whole(1, 1_000)),
  },
  examples: ["lineage 3", "lineage 3 --depth 2", "lineage 1 --children"],
  run: async (context, { model, depth, children, offset, limit }) => {
    if (children && depth !== undefined) throw new UsageError("--depth is for ancestors: leave it or --children out");
    if (!children && (offset !== undefined || limit !== undefined)) {
      throw new UsageError("--offset and --limit are for --children");
    }
    const suite = await context.suite();
    await suite.models.modelOf(model);
    return children
      ? listChildren(suite, model, offset ?? 0, limit ?? PAGE)
      : climb(suite, model, depth ?? DEPTH, context.note);
  },
});

async function listChildren(suite: Suite, model: bigint, offset: number, limit: number): Promise<Outcome> {
  const { items, total } = await readChildren(suite, model, { offset, limit });
  const kinds = await readKinds(
    suite,
    items.map(({ child }) => child),
  );
  const listed = items.map(({ child, shareBps }) => ({ model: child, kind: kinds.get(child) ?? "unknown", shareBps }));
  const left = total - offset - items.length;
  return {
    data: { model, total, offset, children: listed },
    render: () =>
      total === 0
        ? `model ${model} has no children`
        : [
            table(
              ["child", "kind", "share of its income"],
              listed.map(({ model: child, kind, shareBps }) => [child, kind, percent(shareBps)]),
              [0, 2],
            ),
            `${items.length} of ${total} ${total === 1 ? "child" : "children"}`,
          ].join("\n"),
    ...(left > 0 ? { next: `tributary lineage ${model} --children --offset ${offset + items.length}` } : {}),
  };
}

async function climb(suite: Suite, model: bigint, depth: number, note: (text: string) => void): Promise<Outcome> {
  const { edges, truncated } = await readAncestors(suite, model, depth);
  const parents = new Map<bigint, LineageEdge[]>();
  for (const edge of edges) parents.set(edge.child, [...(parents.get(edge.child) ?? []), edge]);
  const known = new Set([model, ...edges.map(({ parent }) => parent)]);
  const kinds = await readKinds(suite, known);
  if (truncated) note("There are more ancestors: climb higher with --depth N.");
  const label = (number: bigint): string => `${number} ${kinds.get(number) ?? "unknown"}`;
  return {
    data: {
      model,
      kind: kinds.get(model) ?? "unknown",
      depth,
      edges: edges.map((edge) => ({ ...edge, kind: kinds.get(edge.parent) ?? "unknown" })),
      truncated,
    },
    render: (style) =>
      [label(model), ...treeLines(parents, model, label, style.dim), ...(truncated ? [style.dim("…")] : [])].join("\n"),
  };
}

/**
 * The tree above a model, one line for each link. Every ancestor's parents are printed once, so that diamonds don't
 * multiply.
 */
export function treeLines(
  parents: ReadonlyMap<bigint, readonly LineageEdge[]>,
  model: bigint,
  label: (model: bigint) => string,
  dim: (text: string) => string,
): string[] {
  const printed = new Set<bigint>([model]);
  const lines: string[] = [];
  // Depth first with a stack of its own: a lineage may be a thousand generations deep.
  const stack: { readonly edge: LineageEdge; readonly indent: string; readonly last: boolean; readonly of: number }[] =
    [];
  const push = (child: bigint, indent: string, of: number): void => {
    const links = parents.get(child) ?? [];
    links.forEach((_, i) => {
      const place = links.length - 1 - i;
      const edge = links[place];
      if (edge !== undefined) stack.push({ edge, indent, last: i === 0, of: (of * edge.shareBps) / 10_000 });
    });
  };
  push(model, "", 10_000);
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { edge, indent, last, of } = top;
    const { parent, child, shareBps } = edge;
    const again = printed.has(parent) && parents.has(parent);
    const ofModel = child === model ? "" : dim(`, ${percent(Number(of.toFixed(4)))} of ${model}'s`);
    lines.push(
      `${indent}${last ? "└─" : "├─"} ${label(parent)}  ${percent(shareBps)}${ofModel}${again ? dim("  (see above)") : ""}`,
    );
    if (!printed.has(parent)) push(parent, `${indent}${last ? "   " : "│  "}`, of);
    printed.add(parent);
  }
  return lines;
}

async function readKinds({ models }: Suite, numbers: Iterable<bigint>): Promise<Map<bigint, string>> {
  const read = [...new Set(numbers)].map(
    async (number) => [number, wordOf(MODEL_KINDS, (await models.modelOf(number)).kind)] as const,
  );
  return new Map(await Promise.all(read));
}
