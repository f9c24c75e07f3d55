import { ClientError } from "./clientError.ts";
import type { Suite } from "./suite.ts";

/** A part of a longer list. */
export interface Page {
  /** How many to leave out at the start. */
  readonly offset: number;
  /** How many to give at the most, up to 1,000. */
  readonly limit: number;
}

/** A part of a list, and how long the whole is. */
export interface Paged<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** A model's link to another one. */
export interface LineageEdge {
  readonly child: bigint;
  readonly parent: bigint;
  /** Basis points of the child's income. */
  readonly shareBps: number;
}

/** What stands above a model, as far as it was asked for. */
export interface Ancestry {
  /** Every link once, nearest first. */
  readonly edges: readonly LineageEdge[];
  /** Whether links were left out because of the depth or the limit. */
  readonly truncated: boolean;
}

/** A contribution that a model pays. */
export interface PaidContribution {
  readonly position: number;
  readonly contributor: string;
  /** Rows that it counts in the model's version of the dataset. */
  readonly rows: number;
}

const LARGEST_PAGE = 1_000;

/** A model's parents, at most 16. */
export async function readParents(suite: Suite, model: bigint): Promise<LineageEdge[]> {
  const { parents } = await suite.models.splitOf(model);
  return parents.map(({ model: parent, shareBps }) => ({ child: model, parent, shareBps: Number(shareBps) }));
}

/**
 * A model's ancestors, level by level. A shared ancestor is asked once, however many paths lead to it.
 *
 * @param depth - levels to climb, 0 or more
 * @param limit - links to give at the most, up to 1,000
 * @throws ClientError `bad-input` for another depth or limit
 */
export async function readAncestors(
  suite: Suite,
  model: bigint,
  depth: number,
  limit = LARGEST_PAGE,
): Promise<Ancestry> {
  checkPage({ offset: depth, limit });
  const edges: LineageEdge[] = [];
  const seen = new Set<bigint>([model]);
  let level = [model];
  for (let climbed = 0; level.length > 0; climbed++) {
    if (climbed === depth) {
      const above = await Promise.all(level.map((child) => readParents(suite, child)));
      return { edges, truncated: above.some((links) => links.length > 0) };
    }
    const next: bigint[] = [];
    for (const child of level) {
      for (const edge of await readParents(suite, child)) {
        if (edges.length === limit) return { edges, truncated: true };
        edges.push(edge);
        if (!seen.has(edge.parent)) next.push(edge.parent);
        seen.add(edge.parent);
      }
    }
    level = next;
  }
  return { edges, truncated: false };
}

/** Models that name a model as parent, oldest first, from the registrations' events. */
export async function readChildren(suite: Suite, model: bigint, page: Page): Promise<Paged<LineageEdge>> {
  const { models, book } = suite;
  const events = await models.queryFilter(models.filters.ModelRegistered(), book.fromBlock);
  const edges = events.flatMap(({ args }) =>
    args.registration.parents
      .filter((parent) => parent.model === model)
      .map(({ shareBps }) => ({ child: args.model, parent: model, shareBps: Number(shareBps) })),
  );
  return { items: slice(edges, page), total: edges.length };
}

/** The contributions that a stream of a model pays, by their place in the dataset. */
export async function readContributions(suite: Suite, stream: bigint, page: Page): Promise<Paged<PaidContribution>> {
  const account = await suite.payouts.accountOf(stream);
  const total = Number(account.contributions);
  const positions = slice(
    Array.from({ length: total }, (_, position) => position),
    page,
  );
  const items = await Promise.all(
    positions.map(async (position) => {
      const { contributor, rows } = await suite.datasets.entitledAt(account.dataset, position, account.version);
      return { position, contributor, rows: Number(rows) };
    }),
  );
  return { items, total };
}

function slice<T>(items: readonly T[], page: Page): T[] {
  checkPage(page);
  return items.slice(page.offset, page.offset + page.limit);
}

function checkPage({ offset, limit }: Page): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new ClientError(
      "bad-input",
      `a list begins at 0 or above, and ancestors are 0 or more levels up: not ${offset}`,
    );
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw new ClientError("bad-input", `a page has 1 to ${LARGEST_PAGE} entries, not ${limit}`);
  }
}
