import type { Suite } from "../../../client/suite.ts";

/** A number that was fixed when the suite was deployed, or in the code. */
export interface Parameter {
  readonly name: string;
  readonly meaning: string;
  readonly value: bigint;
  readonly unit: "seconds" | "money" | "bps" | "count";
  /** What its constructor refuses to go beyond; undefined for what stands in the code. */
  readonly cap: string | undefined;
}

const YEAR = "at most 365 days";

/** All parameters of a deployment, asked of its contracts. None can be changed by anybody. */
export async function readParameters(suite: Suite): Promise<readonly Parameter[]> {
  const { datasets, ledger, market, vault, indexes, usage, attribution, models } = suite;
  const asked: readonly (readonly [
    name: string,
    meaning: string,
    unit: Parameter["unit"],
    cap: string | undefined,
    read: Promise<bigint>,
  ])[] = [
    ["Protocol fee", "taken once of every payment", "bps", "at most 5 %", ledger.PROTOCOL_FEE_BPS()],
    ["Scorer’s fee, at most", "of an interval’s pool", "bps", undefined, attribution.SCORER_FEE_CAP_BPS()],
    [
      "Statement bond",
      "of the pool, and at least the floor; doubles with each void",
      "bps",
      undefined,
      attribution.BOND_BPS(),
    ],
    ["Bond floor", "least bond of a statement", "money", "any", attribution.BOND_FLOOR()],
    [
      "Challenge bond",
      "goes to those who answer if the statement stands",
      "money",
      "any",
      attribution.CHALLENGE_BOND(),
    ],
    ["Row bond", "goes to who shows a demanded row", "money", "any", indexes.ROW_BOND()],
    [
      "Review time",
      "after it a contributor may take back what nobody decided on",
      "seconds",
      YEAR,
      datasets.REVIEW_TIME(),
    ],
    ["Cutting period", "between two intervals of a model", "seconds", YEAR, usage.CUTTING_PERIOD()],
    [
      "Index delay",
      "for rejecting an index or demanding its rows",
      "seconds",
      `at least 1 hour, ${YEAR}`,
      indexes.INDEX_DELAY(),
    ],
    ["Window", "in which a statement can be challenged", "seconds", "at least the response time", attribution.WINDOW()],
    [
      "Response time",
      "for every answer and every step of a walk",
      "seconds",
      "at least 1 hour",
      attribution.RESPONSE_TIME(),
    ],
    [
      "Proposing period",
      "for another scorer after a void",
      "seconds",
      "at least the response time",
      attribution.PROPOSING_PERIOD(),
    ],
    [
      "Fallback time",
      "after it an interval without a statement goes pro-rata",
      "seconds",
      "longer than window and seven response times",
      attribution.FALLBACK_TIME(),
    ],
    [
      "Prepaid delay",
      "before a payer takes prepaid money back",
      "seconds",
      `at least 1 hour, ${YEAR}`,
      market.PREPAID_DELAY(),
    ],
    ["Withdrawal delay", "before a bond leaves the vault", "seconds", YEAR, vault.WITHDRAWAL_DELAY()],
    ["Voids", "of an interval, before it can only go pro-rata", "count", undefined, attribution.MAX_VOIDS()],
    ["Parents and datasets", "that a model names, each at most", "count", undefined, models.MAX_EDGES()],
    ["Contributions", "of a dataset, at most", "count", undefined, datasets.MAX_CONTRIBUTIONS()],
    ["Exponent bound", "of an influence index, at most", "count", undefined, indexes.MAX_EXPONENT_BOUND()],
  ];
  return Promise.all(
    asked.map(async ([name, meaning, unit, cap, read]) => ({ name, meaning, unit, cap, value: await read })),
  );
}
