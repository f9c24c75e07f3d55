import { MODEL_KINDS, type Modality, type ModelKind } from "../metadata/index.ts";

export { MODEL_KINDS, type ModelKind };

/** Words for the numbers of the contracts' enumerations, in their order. */
export const MODALITIES = ["text", "image", "audio", "tabular"] as const satisfies readonly Modality[];

/** How a contribution gets into a dataset. */
export const CURATIONS = ["open", "curated", "allow-list"] as const;

/** Who may train on a dataset. */
export const TRAININGS = ["anyone", "list", "approval"] as const;

/** States of a submitted contribution. */
export const SUBMISSION_STATES = ["none", "pending", "accepted", "rejected", "withdrawn"] as const;

/** The word for a number. */
export function wordOf<const W extends string>(words: readonly W[], number: bigint): W | "unknown" {
  return words[Number(number)] ?? "unknown";
}

/** Kinds as the bits of child terms. */
export function maskOfKinds(kinds: readonly ModelKind[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << MODEL_KINDS.indexOf(kind)), 0);
}

/** Bits of child terms as kinds. */
export function kindsOfMask(mask: bigint): ModelKind[] {
  return MODEL_KINDS.filter((_, bit) => (mask >> BigInt(bit)) % 2n === 1n);
}
