import { expect } from "chai";
import type { MoneyGraph } from "../../client/indexApi/index.ts";
import { nodeName } from "../../explorer/pages/model/flowWords.ts";
import { moneyFlow } from "../../explorer/pages/model/moneyFlow.ts";
import { placeFlow } from "../../explorer/pages/model/sankeyLayout.ts";
import { fitLabel, leastWidth } from "../../explorer/pages/model/sankeySizes.ts";
import type { Names } from "../../explorer/data/names.ts";
import { Random } from "../../scorer/index.ts";

type Node = MoneyGraph["nodes"][number];

/** Height of a label, and the width of one of its characters at most, in CSS pixels: 13 px, semibold. */
const LABEL = { height: 18, character: 8.5 };

/** Names of every length, and some that have none. */
const names: Names = (_kind, id) => (id % 4 === 0 ? undefined : "A model with a long name ".repeat(id % 4).trim());

describe("the flow of a model's money", () => {
  it("puts callers, model, parents, datasets and ends into columns from left to right", () => {
    const { nodes, columns, bands } = moneyFlow(chain(2));
    expect(columns).to.deep.equal(["Paid by", "This model", "Parents", "Their parents", "Datasets", "Reached"]);
    const byId = new Map(nodes.map(({ id, column }) => [id, column]));
    expect([byId.get("caller:a"), byId.get("model:9"), byId.get("model:8"), byId.get("model:7")]).to.deep.equal([
      0, 1, 2, 3,
    ]);
    expect([byId.get("dataset:1"), byId.get("contributor:a"), byId.get("treasury")]).to.deep.equal([4, 5, 5]);
    for (const { source, target } of bands) expect(byId.get(source)! < byId.get(target)!).to.equal(true);
  });

  it("puts an ancestor right of all models that pay it, by the longest way", () => {
    const graph = chain(2);
    const short = { source: "model:9", target: "model:7", amount: 1n };
    const { nodes } = moneyFlow({ ...graph, links: [...graph.links, short] });
    expect(nodes.find(({ id }) => id === "model:7")?.column).to.equal(3);
  });

  it("has no empty column for a model without datasets", () => {
    const graph = chain(0);
    const links = graph.links.filter(({ target }) => !/dataset|contributor/.test(target));
    expect(
      moneyFlow({ ...graph, links, nodes: graph.nodes.filter(({ role }) => role !== "dataset") }).columns,
    ).to.deep.equal(["Paid by", "This model", "Reached"]);
  });

  it("gives each node what goes through it", () => {
    const { nodes } = moneyFlow(chain(1));
    const amounts = new Map(nodes.map(({ id, amount }) => [id, amount]));
    expect([amounts.get("caller:a"), amounts.get("model:9"), amounts.get("model:8")]).to.deep.equal([60n, 100n, 50n]);
  });

  it("keeps labels apart, whatever the graph", () => {
    const random = new Random(7);
    for (let round = 0; round < 60; round++) {
      const flow = moneyFlow(randomGraph(random));
      const placed = placeFlow(flow, leastWidth(flow));
      flow.columns.forEach((_, column) => {
        const middles = placed.nodes
          .filter(({ node }) => node.column === column)
          .map(({ y, height }) => y + height / 2)
          .sort((a, b) => a - b);
        middles.slice(1).forEach((middle, i) => {
          expect(middle - middles[i]!, `round ${round}, column ${column}`).to.be.at.least(LABEL.height);
        });
      });
      const inner = placed.nodes.filter(({ node }) => node.column > 0 && node.column < flow.columns.length - 1);
      const labels = inner.map(({ node }) => fitLabel(nodeName(node, names), "12.34", placed.spacing, true));
      const widest = Math.max(
        ...labels.map(({ name, amount = "" }) => (name.length + amount.length) * LABEL.character),
      );
      expect(widest).to.be.at.most(placed.spacing);
      for (const { y, height } of placed.nodes) expect(y + height).to.be.at.most(placed.height);
    }
  });
});

function node(role: Node["role"], id: string, names: Partial<Node> = {}): Node {
  return { id, role, account: null, model: null, dataset: null, count: 1, ...names };
}

/** Two callers, a model, so many parents above each other, and a dataset of the last. */
function chain(parents: number): MoneyGraph {
  const models = Array.from({ length: parents + 1 }, (_, i) => 9 - i);
  const last = models.at(-1)!;
  return {
    model: 9,
    income: 100n,
    nodes: [
      node("caller", "caller:a", { account: "0xa" }),
      node("caller", "caller:others", { count: 3 }),
      ...models.map((model) => node("model", `model:${model}`, { model })),
      node("treasury", "treasury"),
      node("dataset", "dataset:1", { dataset: 1 }),
      node("contributor", "contributor:a", { account: "0xa" }),
    ],
    links: [
      { source: "caller:a", target: "model:9", amount: 60n },
      { source: "caller:others", target: "model:9", amount: 40n },
      { source: "model:9", target: "treasury", amount: 10n },
      ...models.slice(1).map((model) => ({ source: `model:${model + 1}`, target: `model:${model}`, amount: 50n })),
      { source: `model:${last}`, target: "dataset:1", amount: 30n },
      { source: "dataset:1", target: "contributor:a", amount: 30n },
    ],
  };
}

/** Lineages of up to nine models, with amounts that differ by a factor of up to 10^9. */
function randomGraph(random: Random): MoneyGraph {
  const below = (limit: number): number => Math.floor(random.uniform() * limit);
  const amount = (): bigint => 10n ** BigInt(below(9)) + BigInt(below(1_000));
  const models = 1 + below(9);
  const own = 1_000 + models;
  const ids = Array.from({ length: models }, (_, i) => own - i);
  const nodes: Node[] = ids.map((model) => node("model", `model:${model}`, { model }));
  const links: { source: string; target: string; amount: bigint }[] = [];
  for (let i = 0; i < 1 + below(9); i++) {
    nodes.push(node("caller", `caller:${i}`, { account: `0x${String(i).repeat(40)}` }));
    links.push({ source: `caller:${i}`, target: `model:${own}`, amount: amount() });
  }
  ids.forEach((model, i) => {
    nodes.push(node("developer", `developer:${i}`, { account: `0x${String(i).repeat(40)}` }));
    links.push({ source: `model:${model}`, target: `developer:${i}`, amount: amount() });
    if (i > 0) links.push({ source: `model:${ids[below(i)]!}`, target: `model:${model}`, amount: amount() });
    if (below(2) === 0) return;
    nodes.push(node("dataset", `dataset:${i}`, { dataset: i }));
    links.push({ source: `model:${model}`, target: `dataset:${i}`, amount: amount() });
    const contributor = `contributor:${below(4)}`;
    if (!nodes.some(({ id }) => id === contributor)) nodes.push(node("contributor", contributor, { account: "0xa" }));
    links.push({ source: `dataset:${i}`, target: contributor, amount: amount() });
  });
  return { model: own, income: 1n, nodes, links };
}
