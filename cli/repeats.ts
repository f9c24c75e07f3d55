import { Intake, type RowContent } from "../metadata/index.ts";
import { embeddedText, type Hex, type Matrix, sha256 } from "../scorer/index.ts";
import type { TrainingRow } from "./rows.ts";

/** What the rows of a contribution have in common with rows before them, as `--json` gives it. */
export type Repeats = {
  /** Rows of the contribution that are at hand */
  readonly rows: number;
  /** Rows that are, to the byte, a row of an earlier contribution */
  readonly copies: number;
  /** Rows that are, to the byte, an earlier row of the same contribution */
  readonly own: number;
  /** Other rows whose text is nearly an earlier row's, of this contribution or another */
  readonly near: number;
};

/**
 * Compares the rows of each contribution with all before them, in the order of the dataset version: texts by their bytes
 * and by likeness, rows without text by their features.
 *
 * @param features - x of each row, where rows without text are to be compared too
 * @param contributions - their number
 * @returns of each contribution; undefined when no row has anything to compare
 */
export function repeatsOf(
  rows: readonly TrainingRow[],
  features: Matrix | undefined,
  contributions: number,
): Repeats[] | undefined {
  const textOf = (row: number): string => embeddedText(rows[row]!);
  if (features === undefined && rows.every((_, row) => textOf(row) === "")) return undefined;
  const members = Array.from({ length: contributions }, (): number[] => []);
  rows.forEach(({ contribution }, row) => members[contribution]?.push(row));
  const intake = new Intake();
  return members.map((own, contribution) => {
    const content = (at: number): RowContent | undefined => {
      const text = textOf(own[at]!);
      return text === "" ? undefined : { kind: "text", text };
    };
    const { copies, near } = intake.add(
      own.map((row) => digestOf(textOf(row), features, row)),
      content,
    );
    const before = copies.filter(({ earlier }) => earlier.contribution !== contribution).length;
    return { rows: own.length, copies: before, own: copies.length - before, near: near.length };
  });
}

/** The part of a contribution's rows that are not new. */
export function repeatedPart({ rows, copies, own, near }: Repeats): number {
  return rows === 0 ? 0 : (copies + own + near) / rows;
}

function digestOf(text: string, features: Matrix | undefined, row: number): Hex {
  if (text !== "" || features === undefined) return sha256(new TextEncoder().encode(text));
  const { columns, data } = features;
  return sha256(new Uint8Array(data.slice(row * columns, (row + 1) * columns).buffer));
}
