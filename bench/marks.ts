import { readFile, writeFile } from "node:fs/promises";

/**
 * Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in a page.
 *
 * @param sections - by name, Markdown
 * @throws Error when a page lacks the marks of a section
 */
export async function fillPage(path: string, sections: Readonly<Record<string, string>>): Promise<void> {
  let page = await readFile(path, "utf8");
  for (const [name, text] of Object.entries(sections)) {
    const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from)
      throw new Error(`${path} has no ${begin.trim()} … ${end}: put them where the figures go`);
    page = `${page.slice(0, from + begin.length)}${text}\n${page.slice(to)}`;
  }
  await writeFile(path, page);
}

/** A table in Markdown: the first column to the left, the others to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? "---" : "---:")).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
