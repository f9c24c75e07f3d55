import type { Likeness, RowPlace } from "../metadata/index.ts";
import type { Examined } from "./intake.ts";
import { count } from "./style.ts";
import { nameOf } from "./submissions.ts";

/** Pairs that people are shown of a contribution; `--json` gives all. */
const SHOWN_PAIRS = 3;
/** Characters that they are shown of a row. */
const SHOWN_TEXT = 120;

/** A row, and the earlier one that it is held against. */
type Pair = {
  readonly row: number;
  /** The earlier row, and the contribution that it stands in: `CONTRIBUTOR/ROOT`. */
  readonly earlier: { readonly contribution: string; readonly row: number };
};

/** What an intake found of a contribution, as `--json` gives it. */
export type IntakeReport = {
  /** False where the rows aren't at hand: then nothing else says anything. */
  readonly rowsAtHand: boolean;
  /** Rows that stand, byte for byte, in an earlier contribution. */
  readonly copies: readonly Pair[];
  /** Rows that repeat a row of the same contribution. */
  readonly repeats: readonly Pair[];
  /** Rows that are nearly an earlier one, with what can be seen of both. */
  readonly near: readonly (Pair & {
    readonly likeness: Likeness;
    readonly shown: string;
    readonly earlierShown: string;
  })[];
  /** Rows that were compared by their content; the others only by their bytes. */
  readonly compared: number;
};

/** @param place - the contribution's, in the order on the chain */
export function intakeOf(examined: readonly Examined[], place: number): IntakeReport {
  const findings = examined[place]?.findings;
  if (findings === undefined) return { rowsAtHand: false, copies: [], repeats: [], near: [], compared: 0 };
  const pairOf = ({ row, earlier }: { readonly row: number; readonly earlier: RowPlace }): Pair => ({
    row,
    earlier: { contribution: contributionName(examined, earlier.contribution), row: earlier.row },
  });
  const stolen = findings.copies.filter(({ earlier }) => earlier.contribution !== place);
  const repeated = findings.copies.filter(({ earlier }) => earlier.contribution === place);
  return {
    rowsAtHand: true,
    copies: stolen.map(pairOf),
    repeats: repeated.map(pairOf),
    near: findings.near.map((found) => ({
      ...pairOf(found),
      likeness: found.likeness,
      shown: shownRow(examined[place], found.row),
      earlierShown: shownRow(examined[found.earlier.contribution], found.earlier.row),
    })),
    compared: findings.compared,
  };
}

/** Whether rows of a contribution stand in earlier ones. */
export function isCopied(report: IntakeReport | null): boolean {
  return report !== null && report.copies.length > 0;
}

/** The same for people. */
export function intakeFields(report: IntakeReport): [name: string, value: string][] {
  if (!report.rowsAtHand) return [["  compared", "no: its rows aren't at hand"]];
  const { copies, repeats, near, compared } = report;
  return [
    ["  exact copies", copies.length === 0 ? "none" : overlapText(copies)],
    ...(repeats.length === 0
      ? []
      : [
          ["  repeats itself", `${count(repeats.length, "row")}: ${listed(repeats.map(({ row }) => row))}`] as [
            string,
            string,
          ],
        ]),
    [
      "  nearly copies",
      near.length === 0 ? `none of ${count(compared, "row")}` : `${near.length} of ${count(compared, "row")}`,
    ],
    ...near.slice(0, SHOWN_PAIRS).flatMap(({ row, earlier, likeness, shown, earlierShown }): [string, string][] => [
      [`    row ${row}`, shown],
      [`    ${likenessText(likeness)}`, `${earlierShown} (row ${earlier.row} of ${earlier.contribution})`],
    ]),
  ];
}

/** How many rows stand in which earlier contributions, and which they are. */
export function overlapText(copies: readonly Pair[]): string {
  const rows = new Map<string, number[]>();
  for (const { row, earlier } of copies) {
    const known = rows.get(earlier.contribution);
    if (known === undefined) rows.set(earlier.contribution, [row]);
    else known.push(row);
  }
  return [...rows]
    .map(([contribution, places]) => `${count(places.length, "row")} of ${contribution} (here ${listed(places)})`)
    .join("; ");
}

/** The contribution at a place in the order on the chain. */
export function contributionName(examined: readonly Pick<Examined, "submission">[], place: number): string {
  const submission = examined[place]?.submission;
  return submission === undefined ? "" : nameOf(submission);
}

function likenessText(likeness: Likeness): string {
  switch (likeness.kind) {
    case "text":
      return `${hundredths(likeness.jaccard)} alike, ${hundredths(likeness.containment)} contained`;
    case "image":
      return `${likeness.distance} of 255 bits apart`;
    case "vector":
      return `cosine ${likeness.cosine.toFixed(3)}`;
  }
}

function hundredths(part: number): string {
  return `${Math.round(100 * part)} %`;
}

/** Places of rows: the first of them, and how many there are. */
function listed(places: readonly number[]): string {
  const shown = places.slice(0, 5).join(", ");
  return `${places.length === 1 ? "row" : "rows"} ${shown}${places.length > 5 ? `, … ${places.length} in all` : ""}`;
}

/** The beginning of a text, or the name of the file where a row is a whole file of another medium. */
function shownRow(examined: Examined | undefined, row: number): string {
  const found = examined?.rows?.rows?.[row];
  if (found === undefined) return "";
  if (/\.(png|jpe?g|webp|gif|wav|mp3|flac)$/i.test(found.file)) return found.file;
  const text = new TextDecoder()
    .decode(found.bytes)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return text.length <= SHOWN_TEXT ? text : `${text.slice(0, SHOWN_TEXT)}…`;
}
