// Names of the contracts' enumerations, in their order: contracts/types and docs/protocol.md.

const MODALITIES = ["text", "image", "audio", "tabular"] as const;
const CURATIONS = ["open", "curated", "allow-list"] as const;
const TRAINING = ["anyone", "wallets on a list", "approved wallets"] as const;
/** In the order of their numbers. */
export const MODEL_KINDS = ["base model", "fine-tune", "adapter", "merge", "quantised model", "agent"] as const;

function nameOf(names: readonly string[]): (place: number) => string {
  return (place) => names[place] ?? `unknown (${place})`;
}

export const modalityName = nameOf(MODALITIES);
export const curationName = nameOf(CURATIONS);
export const trainingName = nameOf(TRAINING);
export const modelKindName = nameOf(MODEL_KINDS);

/** Names of the kinds in a mask of child terms, one bit each. */
export function kindsOf(mask: number): readonly string[] {
  return MODEL_KINDS.filter((_, bit) => ((mask >> bit) & 1) === 1);
}
