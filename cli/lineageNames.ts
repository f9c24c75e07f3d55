import { ClientError } from "../client/index.ts";

/** A parent or a dataset version that a model has on the chain. */
export interface Edge {
  /** How a card names it where it has no other name: `tributary:model/1`, `tributary:dataset/1@2`. */
  readonly name: string;
  /** What follows the slash in it. */
  readonly id: string;
}

type What = "parent" | "dataset";

/** A card's names: those of this suite, which say what they are on the chain, and others. */
function sortNames(what: What, names: readonly string[]): { readonly known: string[]; readonly others: string[] } {
  const prefix = what === "parent" ? "tributary:model/" : "tributary:dataset/";
  return {
    known: names.filter((name) => name.startsWith(prefix)),
    others: names.filter((name) => !name.startsWith(prefix)),
  };
}

/**
 * Checks that a registration has what its card names.
 *
 * @returns what to say of names that can't be compared; undefined when there is nothing to say
 * @throws ClientError `mismatch` where the card names something of the chain that the registration leaves out
 */
export function requireCovered(what: What, names: readonly string[], edges: readonly Edge[]): string | undefined {
  const { known, others } = sortNames(what, names);
  const given = new Set(edges.map(({ name }) => name));
  const missing = known.filter((name) => !given.has(name));
  if (missing.length > 0) {
    const how = what === "parent" ? "--parent ID:BPS" : "--source DATASET/VERSION:BPS";
    throw new ClientError("mismatch", `the card names ${missing.join(", ")}, and no share is given: add ${how}`);
  }
  const unnamed = edges.length - known.length;
  if (others.length <= unnamed) return undefined;
  return `The card names ${others.length} ${what}s that aren't on the chain by their names (${others.join(", ")}), and ${unnamed} get a share.`;
}

/**
 * The names of a model's parents or datasets: those of a card as they stand where they can be matched, and the chain's
 * where there are none.
 *
 * @param names - the card's
 * @param edges - the chain's
 * @throws ClientError `mismatch` where the card names something that the chain doesn't have, or can't be matched
 */
export function nameEdges(what: What, names: readonly string[], edges: readonly Edge[]): readonly string[] {
  const { known, others } = sortNames(what, names);
  const onChain = new Set(edges.map(({ name }) => name));
  const foreign = known.filter((name) => !onChain.has(name));
  if (foreign.length > 0) {
    throw new ClientError(
      "mismatch",
      `the card names the ${what} ${foreign.join(", ")}, which the model doesn't have on the chain: mend the card, or leave --card out`,
    );
  }
  const unnamed = edges.filter(({ name }) => !known.includes(name));
  if (unnamed.length === 0 || unnamed.length === others.length) return names;
  if (others.length === 0) return [...names, ...unnamed.map(({ name }) => name)];
  throw new ClientError(
    "mismatch",
    `the card names ${others.length} ${what}s (${others.join(", ")}), and ${unnamed.length} of the chain's have no name in it (${unnamed.map(({ name }) => name).join(", ")}): write these into the card for those that they are`,
  );
}
