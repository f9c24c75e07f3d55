import type { Random } from "../support/random.ts";

/** A model of a lineage that is still to be registered. */
export interface PlannedModel {
  /** Number of its owner. */
  readonly owner: number;
  /** Models before it, ascending, numbered from 1. */
  readonly parents: readonly { readonly model: number; readonly bps: bigint }[];
  /** Datasets, ascending, numbered from 1. */
  readonly sources: readonly { readonly dataset: number; readonly bps: bigint }[];
}

const WHOLE = 10_000;
const MOST_PARENTS = 16;

/** Random lineages of every shape, none of more than 18 models: models in order, parents before their children. */
export function randomDag(random: Random, owners: number, datasets: number): PlannedModel[] {
  const shape = random.pick([chain, diamonds, fan, thicket]);
  return shape(random).map((parents) => {
    const sources = Array.from({ length: datasets }, (_, i) => i + 1).filter(() => random.chance(0.4));
    const shares = randomShares(random, parents.length + sources.length).map(BigInt);
    const shareAt = (place: number): bigint => shares[place] ?? 0n;
    return {
      owner: random.integer(0, owners - 1),
      parents: parents.map((model, i) => ({ model, bps: shareAt(i) })),
      sources: sources.map((dataset, i) => ({ dataset, bps: shareAt(parents.length + i) })),
    };
  });
}

/** Up to twelve generations, one model each. */
function chain(random: Random): number[][] {
  return Array.from({ length: random.integer(2, 12) }, (_, i) => (i === 0 ? [] : [i]));
}

/** Diamonds on top of one another, some of them with an edge straight through. */
function diamonds(random: Random): number[][] {
  const models: number[][] = [[]];
  for (let left = random.integer(1, 3); left > 0; left--) {
    const top = models.length;
    const facets = Array.from({ length: random.integer(2, 4) }, (_, i) => top + 1 + i);
    for (let i = 0; i < facets.length; i++) models.push([top]);
    models.push(random.chance(0.5) ? [top, ...facets] : facets);
  }
  return models;
}

/** One child of many parents, up to sixteen, of which the last has the first as parent. */
function fan(random: Random): number[][] {
  const parents = random.pick([2, 4, 5, 15, MOST_PARENTS]);
  const models = Array.from({ length: parents }, (_, i) => (i === parents - 1 ? [1] : []));
  return [...models, models.map((_, i) => i + 1)];
}

/** Every earlier model is a parent by chance. */
function thicket(random: Random): number[][] {
  const density = random.pick([0.2, 0.5, 0.9]);
  return Array.from({ length: random.integer(2, 9) }, (_, i) =>
    Array.from({ length: i }, (_, parent) => parent + 1).filter(() => random.chance(density)),
  );
}

/** Shares that come to the whole at the most, often at the edges of what is allowed. */
function randomShares(random: Random, count: number): number[] {
  if (count === 0) return [];
  const shares = new Array<number>(count).fill(0);
  const some = (): number => random.integer(0, count - 1);
  switch (random.integer(0, 6)) {
    case 0:
      return shares;
    case 1:
      return shares.fill(1);
    case 2:
      return shares.fill(Math.floor(WHOLE / count));
    case 3:
      shares[some()] = WHOLE;
      return shares;
    case 4:
      shares[some()] = WHOLE - 1;
      return shares;
    case 5: {
      const [most, least] = [some(), some()];
      shares[least] = 1;
      shares[most] = WHOLE - 1;
      return shares;
    }
    default: {
      let left = WHOLE;
      return random.shuffle(
        shares.map(() => {
          const share = random.integer(0, random.chance(0.3) ? left : Math.ceil(left / 3));
          left -= share;
          return share;
        }),
      );
    }
  }
}
