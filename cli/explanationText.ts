import { option } from "./command.ts";
import type { RowScore } from "./explanations.ts";
import { whole } from "./readers.ts";
import type { Removal } from "./removal.ts";
import type { Repeats } from "./repeats.ts";
import { count, table } from "./style.ts";

/** Lines of each table, unless asked for more. */
export const TOP = 5;

export const SHOWN = option("N", `how many of each are shown (default: ${TOP})`, whole(1, 1_000));

/** 0.0312 → 3.12 % */
export function percentOf(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

/** How much speaks for something, and how much against it. */
export function balanceText(support: number, harm: number): string {
  if (support + harm === 0) return "neither weighs anything";
  if (harm === 0) return "nothing weighs against it";
  return support >= harm
    ? `what speaks against is ${percentOf(harm / support)} of what speaks for`
    : `what speaks for is only ${percentOf(support / harm)} of what speaks against`;
}

/** An answer that a contribution spoke for, or against. */
interface ShownAnswer {
  readonly receipt: number;
  readonly payer: string;
  readonly amount: bigint;
  readonly requestDigest: string;
  readonly part: number;
}

/** The answers that a contribution supported and opposed most. */
export function answerTables(
  {
    mostSupported,
    mostOpposed,
  }: { readonly mostSupported: readonly ShownAnswer[]; readonly mostOpposed: readonly ShownAnswer[] },
  paid: (amount: bigint) => string,
): string[] {
  const shown = (what: string, answers: readonly ShownAnswer[]): string[] =>
    answers.length === 0
      ? []
      : [
          table(
            ["receipt", "request", "paid", what],
            answers.map(({ receipt, requestDigest, amount, part }) => [
              receipt,
              `${requestDigest.slice(0, 18)}…`,
              paid(amount),
              percentOf(part),
            ]),
            [0, 2, 3],
          ),
        ];
  return [...shown("of its support", mostSupported), ...shown("of its harm", mostOpposed)];
}

/** A contribution that spoke for an answer, or against it. */
interface ShownContribution {
  readonly contribution: number;
  readonly contributor: string;
  readonly rows: number;
  readonly part: number;
  readonly mostRows: readonly RowScore[] | null;
}

/** Contributions and their foremost rows. */
export function contributionTables(what: string, contributions: readonly ShownContribution[]): string[] {
  if (contributions.length === 0) return [];
  const lines = contributions.map(({ contribution, contributor, rows, part }) => [
    contribution,
    contributor,
    rows,
    percentOf(part),
  ]);
  const rows = contributions.flatMap(({ contribution, mostRows }) =>
    (mostRows ?? []).map(({ row, label, part, excerpt }) => [
      contribution,
      row,
      label ?? "–",
      percentOf(part),
      excerpt ?? "–",
    ]),
  );
  return [
    table(["contribution", "contributor", "rows", what], lines, [0, 2, 3]),
    ...(rows.length === 0
      ? []
      : [table(["contribution", "row", "label", "of its score", "begins"], rows, [0, 1, 2, 3])]),
  ];
}

/** What training without a contribution would change. */
export function removalText({ rows, answers, margin, lost, changed }: Removal): string {
  if (rows === 0) return "It has none of the rows, so nothing would change without it.";
  if (answers === 0) return "Nothing was paid for, so no answer would change without it.";
  const size = lost === 0 ? 0 : Math.abs(lost / margin);
  const surer = size < 5e-5 ? "as sure as they were" : `${percentOf(size)} ${lost > 0 ? "less" : "more"} sure`;
  return `Had the model been trained without it, the paid answers would be ${surer} in all (margins of ${margin.toPrecision(4)} would be ${(margin - lost).toPrecision(4)}), and ${changed} of ${answers} would be another answer.`;
}

/** How many rows are new. */
export function repeatsText({
  rows,
  copies,
  own,
  near,
  part,
  peersPart,
}: Repeats & { readonly part: number; readonly peersPart: number | null }): string {
  const found = [
    copies === 0 ? "" : `${copies} the same as a row of an earlier contribution`,
    own === 0 ? "" : `${own} the same as an earlier row of its own`,
    near === 0 ? "" : `${near} nearly an earlier row`,
  ].filter((said) => said !== "");
  const peers =
    peersPart === null ? "" : ` Of contributions of its size, half have ${percentOf(peersPart)} of such rows or less.`;
  return found.length === 0
    ? `None of its ${count(rows, "row")} repeats an earlier one.${peers}`
    : `Of its ${count(rows, "row")}, ${found.join(", ")}: ${percentOf(part)} are not new.${peers}`;
}
