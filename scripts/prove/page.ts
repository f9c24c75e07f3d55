import type { Claim } from "./claims.ts";

/** The page on what is proved. */
export const PAGE = "docs/proofs.md";
const [BEGIN, END] = ["<!-- proofs:begin -->", "<!-- proofs:end -->"];

/** What each function of the proofs claims, in Markdown: its assertions, and how many operations can't go wrong. */
export function tableOf(claims: readonly Claim[]): string {
  const rows = new Map<string, { assertions: Claim[]; operations: Claim[] }>();
  for (const claim of claims) {
    const key = `${claim.contract} | ${claim.of}`;
    const row = rows.get(key) ?? { assertions: [], operations: [] };
    (claim.kind === "assertion" ? row.assertions : row.operations).push(claim);
    rows.set(key, row);
  }
  const count = (some: readonly Claim[]): string => {
    const proved = some.filter((claim) => claim.proved).length;
    return some.length === 0 ? "" : proved === some.length ? `${proved}` : `${proved} of ${some.length}`;
  };
  return [
    "| contract | function | assertions proved | operations that can't overflow or divide by zero |",
    "|---|---|---:|---:|",
    ...[...rows].map(([key, { assertions, operations }]) => `| ${key} | ${count(assertions)} | ${count(operations)} |`),
  ].join("\n");
}

/** The page with another table between its marks. */
export function withTable(page: string, table: string): string {
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${PAGE} has lost its marks ${BEGIN} … ${END}`);
  return `${head}${BEGIN}\n${table}\n${END}${tail}`;
}
