import { ZeroAddress } from "ethers";
import type { Queries } from "./queries.ts";
import type { FlowRow, ParentRow, StreamRow } from "./rows.ts";
import { proRataAt, type StreamBooks, type StreamMoney } from "./streamMoney.ts";

const WHOLE = 10_000n;

/**
 * - `caller`: who paid for inferences; `child`: models whose royalties came in;
 * - `model`: the one that was asked about, and its ancestors; `dataset`; `contributor`;
 * - `developer`, `treasury`, `scorer`: who else got a part;
 * - `open`: what no interval has divided yet; `unread`: lines of final statements whose file isn't at hand.
 */
export type MoneyRole =
  "caller" | "child" | "model" | "dataset" | "contributor" | "developer" | "treasury" | "scorer" | "open" | "unread";

/** A place that money comes from or goes to. A wallet has one node for each of its roles: the graph has no cycle. */
export interface MoneyNode {
  /** Its name in links. */
  readonly id: string;
  readonly role: MoneyRole;
  readonly account: string | null;
  readonly model: number | null;
  readonly dataset: number | null;
  /** How many are in it: above 1 for those that are too small to be shown alone. */
  readonly count: number;
}

/** Money from one node to another, in the currency's smallest unit. */
export interface MoneyLink {
  readonly source: string;
  readonly target: string;
  readonly amount: string;
}

/** Where all that came into a model went. */
export interface MoneyGraph {
  readonly model: number;
  /** Paid by callers, and royalties of other models. */
  readonly income: string;
  readonly nodes: readonly MoneyNode[];
  readonly links: readonly MoneyLink[];
}

/** How much of a graph is shown. */
export interface MoneyGraphSize {
  /** Callers, children, developers and contributors that are shown alone. */
  readonly top: number;
  /** How far from the model the money of ancestors is divided further. */
  readonly hops: number;
}

/** What came into a model and is followed: its own fees, and what came as royalties. */
interface Inflow {
  fees: bigint;
  royalties: bigint;
}

/**
 * Follows the money of one model: in from callers and children, out to developers, ancestors, datasets and contributors.
 * Shares divide it as the ledger does, whether or not somebody has asked the ledger for it yet; of an ancestor only what
 * comes from this model is followed, which is divided by row count as all royalties are.
 */
export class MoneyGraphs {
  readonly #queries: Queries;
  readonly #books: StreamBooks;

  constructor(queries: Queries, books: StreamBooks) {
    [this.#queries, this.#books] = [queries, books];
  }

  /**
   * @param id - the model
   * @throws IndexError `not-found`
   */
  async of(id: number, { top, hops }: MoneyGraphSize): Promise<MoneyGraph> {
    const { income, ...model } = this.#queries.model(id);
    const graph = new Graph(top);
    const [gross, fees, royalties] = [BigInt(income.gross), BigInt(income.fees), BigInt(income.royalties)];
    graph.model(id);
    this.#incoming(graph, id, "payment", gross);
    this.#incoming(graph, id, "royalty", royalties);
    graph.add(modelId(id), graph.node("treasury", "treasury"), gross - fees);
    // Parents have smaller numbers than their children: each is met after all that pay it.
    const inflows = new Map<number, Inflow & { hops: number }>([[model.id, { fees, royalties, hops }]]);
    for (;;) {
      const next = Math.max(...inflows.keys());
      const inflow = inflows.get(next);
      if (inflow === undefined) break;
      inflows.delete(next);
      for (const [parent, amount] of await this.#divide(graph, next, inflow, next === id)) {
        if (inflow.hops === 0) continue;
        const known = inflows.get(parent) ?? { fees: 0n, royalties: 0n, hops: 0 };
        inflows.set(parent, {
          fees: 0n,
          royalties: known.royalties + amount,
          hops: Math.max(known.hops, inflow.hops - 1),
        });
      }
      if (inflows.size === 0) break;
    }
    return { model: id, income: String(gross + royalties), ...graph.done() };
  }

  /** Who money came from: those that sent most, and all others together. */
  #incoming(graph: Graph, model: number, kind: "payment" | "royalty", total: bigint): void {
    const { store } = this.#queries;
    const to = [modelId(model), kind];
    const [counted] = store.all<{ count: number }>(
      "SELECT count(*) AS count FROM flows WHERE target = ? AND kind = ?",
      ...to,
    );
    const rows = store.all<FlowRow>(
      "SELECT * FROM flows WHERE target = ? AND kind = ? ORDER BY length(amount) DESC, amount DESC LIMIT ?",
      ...to,
      graph.top,
    );
    let rest = total;
    const role = kind === "payment" ? "caller" : "child";
    for (const { source, amount } of rows) {
      const node =
        role === "child"
          ? graph.node(role, `child:${source}`, { model: Number(source.slice("model:".length)) })
          : graph.node(role, `caller:${source}`, { account: source });
      graph.add(node, modelId(model), BigInt(amount));
      rest -= BigInt(amount);
    }
    const others = (counted?.count ?? 0) - rows.length;
    if (others > 0) graph.add(graph.node(role, `${role}:others`, { count: others }), modelId(model), rest);
  }

  /** Divides what came into a model; gives what its parents get. */
  async #divide(graph: Graph, id: number, { fees, royalties }: Inflow, own: boolean): Promise<Map<number, bigint>> {
    const { store } = this.#queries;
    const from = modelId(id);
    const share = (bps: number): bigint => (fees * BigInt(bps)) / WHOLE + (royalties * BigInt(bps)) / WHOLE;
    let left = fees + royalties;
    const parents = new Map<number, bigint>();
    for (const { parent, shareBps } of store.all<ParentRow>(
      "SELECT * FROM parents WHERE model = ? ORDER BY place",
      id,
    )) {
      const amount = share(shareBps);
      left -= amount;
      graph.model(parent);
      graph.add(from, modelId(parent), amount);
      parents.set(parent, amount);
    }
    for (const stream of store.all<StreamRow>("SELECT * FROM streams WHERE model = ? ORDER BY id", id)) {
      const amount = share(stream.shareBps);
      left -= amount;
      const dataset = graph.node("dataset", `dataset:${stream.dataset}`, { dataset: stream.dataset });
      graph.add(from, dataset, amount);
      const money = await this.#books.of(stream);
      if (own) this.#divideOwn(graph, dataset, money);
      else {
        for (let place = 0; place < money.rows.length; place++) {
          const rows = BigInt(money.rows[place] ?? 0);
          graph.pay(dataset, money.contributors[place] ?? "", (amount * rows) / (money.allRows || 1n));
        }
      }
    }
    const { owner, payout } = this.#queries.model(id);
    const payee = payout === ZeroAddress ? owner : payout;
    graph.add(from, graph.node("developer", `developer:${payee}`, { account: payee }), left);
    return parents;
  }

  #divideOwn(graph: Graph, dataset: string, money: StreamMoney): void {
    const { stream, contributors, lines, pools, open } = money;
    for (const { target, amount } of this.#queries.store.all<FlowRow>(
      "SELECT * FROM flows WHERE source = ? AND kind = 'scorer'",
      `stream:${stream.id}`,
    )) {
      graph.add(dataset, graph.node("scorer", `scorer:${target}`, { account: target }), BigInt(amount));
    }
    contributors.forEach((contributor, place) =>
      graph.pay(dataset, contributor, (lines[place] ?? 0n) + proRataAt(money, place)),
    );
    graph.add(dataset, graph.node("open", "open"), open);
    const shown = lines.reduce((sum, line) => sum + line, 0n);
    if (money.unread.length > 0) graph.add(dataset, graph.node("unread", "unread"), pools - shown);
  }
}

function modelId(model: number): string {
  return `model:${model}`;
}

/** Nodes and links under construction. */
class Graph {
  readonly top: number;
  readonly #nodes = new Map<string, MoneyNode>();
  readonly #links = new Map<string, { source: string; target: string; amount: bigint }>();
  /** Of datasets to wallets. */
  readonly #paid = new Map<string, Map<string, bigint>>();

  constructor(top: number) {
    this.top = top;
  }

  node(role: MoneyRole, id: string, names: Partial<Omit<MoneyNode, "id" | "role">> = {}): string {
    if (!this.#nodes.has(id)) {
      this.#nodes.set(id, { id, role, account: null, model: null, dataset: null, count: 1, ...names });
    }
    return id;
  }

  model(model: number): void {
    this.node("model", modelId(model), { model });
  }

  add(source: string, target: string, amount: bigint): void {
    const id = `${source} ${target}`;
    const before = this.#links.get(id)?.amount ?? 0n;
    this.#links.set(id, { source, target, amount: before + amount });
  }

  /** Money of a dataset to a contributor. */
  pay(dataset: string, contributor: string, amount: bigint): void {
    if (amount === 0n) return;
    const paid = this.#paid.get(contributor) ?? new Map<string, bigint>();
    paid.set(dataset, (paid.get(dataset) ?? 0n) + amount);
    this.#paid.set(contributor, paid);
  }

  /** With the contributors that got most, and all others of a dataset together; without links that carry nothing. */
  done(): Pick<MoneyGraph, "nodes" | "links"> {
    const total = (paid: ReadonlyMap<string, bigint>): bigint =>
      [...paid.values()].reduce((sum, each) => sum + each, 0n);
    const sorted = [...this.#paid]
      .map(([contributor, paid]) => ({ contributor, paid, all: total(paid) }))
      .sort((a, b) => (a.all === b.all ? (a.contributor < b.contributor ? -1 : 1) : a.all > b.all ? -1 : 1));
    const others = sorted.length - this.top;
    sorted.forEach(({ contributor, paid }, i) => {
      const node =
        i < this.top || others === 1
          ? this.node("contributor", `contributor:${contributor}`, { account: contributor })
          : this.node("contributor", "contributor:others", { count: others });
      for (const [dataset, amount] of paid) this.add(dataset, node, amount);
    });
    const links = [...this.#links.values()].filter(({ amount }) => amount > 0n);
    const used = new Set(links.flatMap(({ source, target }) => [source, target]));
    return {
      nodes: [...this.#nodes.values()].filter(({ id, role }) => used.has(id) || role === "model"),
      links: links.map(({ source, target, amount }) => ({ source, target, amount: String(amount) })),
    };
  }
}
