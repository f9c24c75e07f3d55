import { ScorerError } from "../core/errors.ts";

/** Kinds of heads. */
export type HeadName = "ridge" | "softmax";

/** How the two sides of a head's vectors are whitened. */
export const WHITENINGS = { ridge: "cholesky", softmax: "kfac" } as const satisfies Record<HeadName, string>;

/** Rules that credit rows. They are one rule with several values of α; of half-credited ones it can be chosen. */
export const CREDITING_RULES = ["half-credited", "influence", "hat"] as const;

export type CreditingRule = (typeof CREDITING_RULES)[number];

/** α of the rules that say it by their name. */
export const RULE_ALPHAS = { influence: 1, hat: 0 } as const satisfies Partial<Record<CreditingRule, number>>;

/** A rule that credits rows by a head. Plain JSON; a model commits its `jsonDigest` once. */
export interface CreditingDescription {
  readonly rule: CreditingRule;
  readonly version: 1;
  /** α, 0 … 1 */
  readonly alpha: number;
  readonly whitening: (typeof WHITENINGS)[HeadName];
  readonly head: HeadName;
  /** λ of the head */
  readonly lambda: number;
  /** C */
  readonly classes: number;
  /** d */
  readonly features: number;
  /** k: lanes of a row and of a query */
  readonly lanes: number;
}

/** Everything divided by row count: there is no index, and no row is credited. */
export interface ProRataDescription {
  readonly rule: "pro-rata";
  readonly version: 1;
  readonly head: HeadName;
  readonly lambda: number;
  readonly classes: number;
  readonly features: number;
}

/** The rule by which contributions are paid. */
export type MethodDescription = CreditingDescription | ProRataDescription;

/**
 * Describes a rule that credits rows.
 *
 * @throws ScorerError `out-of-range` for α, `inconsistent` for another α than the rule's name says
 */
export function describeCrediting(
  rule: CreditingRule,
  alpha: number,
  head: HeadName,
  lambda: number,
  sides: { readonly classes: number; readonly features: number; readonly lanes: number },
): CreditingDescription {
  assertAlpha(alpha);
  if (rule !== "half-credited" && alpha !== RULE_ALPHAS[rule]) {
    throw new ScorerError(
      "inconsistent",
      `alpha is ${alpha}, but the rule "${rule}" is alpha ${RULE_ALPHAS[rule]}: choose another rule`,
    );
  }
  const { classes, features, lanes } = sides;
  return { rule, version: 1, alpha, whitening: WHITENINGS[head], head, lambda, classes, features, lanes };
}

/** @throws ScorerError `out-of-range` unless 0 ≤ α ≤ 1 */
export function assertAlpha(alpha: number): void {
  if (!(alpha >= 0 && alpha <= 1))
    throw new ScorerError("out-of-range", `alpha is ${alpha}: it must be between 0 and 1`);
}
