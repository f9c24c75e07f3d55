import { readFile, writeFile } from "node:fs/promises";
import type { Tally } from "./campaign.ts";
import type { Mutant } from "./mutants.ts";

/** The page on what survived. */
export const PAGE = "docs/mutation.md";
/** Why survivors survive, by hand. */
const REASONS = "scripts/mutation/survivors.json";
const [BEGIN, END] = ["<!-- mutation:begin -->", "<!-- mutation:end -->"];

/** Why no test can kill a mutant. */
export interface Reason {
  readonly file: string;
  /** The changed lines, as a mutant has them. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export async function readReasons(): Promise<Reason[]> {
  return JSON.parse(await readFile(REASONS, "utf8")) as Reason[];
}

/** Survivors of which nobody said why. */
export function unexplained(tallies: readonly Tally[], reasons: readonly Reason[]): Mutant[] {
  return tallies.flatMap(({ survivors }) => survivors).filter((mutant) => reasonOf(mutant, reasons) === undefined);
}

/** Table and survivors, in Markdown. */
export function page(tallies: readonly Tally[], reasons: readonly Reason[], seed: string): string {
  const row = ({ target, total, mutants, killed, timeouts, passedOver }: Omit<Tally, "survivors">): string =>
    `| ${target} | ${total} | ${mutants} | ${killed} | ${percent(killed, mutants)} | ${timeouts} | ${passedOver} |`;
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((all, tally) => all + of(tally), 0);
  const all = {
    target: "all",
    total: sum(({ total }) => total),
    mutants: sum(({ mutants }) => mutants),
    killed: sum(({ killed }) => killed),
    timeouts: sum(({ timeouts }) => timeouts),
    passedOver: sum(({ passedOver }) => passedOver),
  };
  const survivors = tallies.flatMap((tally) => tally.survivors).map((mutant) => survivor(mutant, reasons));
  return [
    `Seed \`${seed}\`.`,
    "",
    "| contract | possible | tried | killed | | of those timed out | passed over |",
    "|---|---:|---:|---:|---:|---:|---:|",
    ...tallies.map(row),
    row(all),
    "",
    ...(survivors.length === 0 ? ["None survived."] : ["What survived:", "", ...survivors]),
  ].join("\n");
}

/** Writes table and survivors into the page, between its marks. */
export async function writePage(tallies: readonly Tally[], reasons: readonly Reason[], seed: string): Promise<void> {
  const before = await readFile(PAGE, "utf8");
  const [head, rest] = before.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${PAGE} has lost its marks ${BEGIN} … ${END}`);
  const text = `${head}${BEGIN}\n${page(tallies, reasons, seed)}\n${END}${tail}`;
  await writeFile(PAGE, text);
}

function survivor(mutant: Mutant, reasons: readonly Reason[]): string {
  const { file, line, before, after } = mutant;
  const reason = reasonOf(mutant, reasons) ?? "no reason given";
  return `- \`${file}\`, line ${line}: \`${before}\` → \`${after || "nothing"}\`. ${reason}`;
}

function reasonOf({ file, before, after }: Mutant, reasons: readonly Reason[]): string | undefined {
  return reasons.find((each) => each.file === file && each.before === before && each.after === after)?.reason;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}
