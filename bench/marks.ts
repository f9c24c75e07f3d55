import { readFile, writeFile } from "node:fs/promises";

/**
 * Puts text between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, in place of what stands there.
 *
 * @throws Error without the marks
 */
export function betweenMarks(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no marks ${begin} and ${end}: put them where the text goes`);
  return `${page.slice(0, from + begin.length)}\n${text.trim()}\n${page.slice(to)}`;
}

/**
 * Fills the marked sections of a page.
 *
 * @param sections - by name, Markdown
 * @throws Error when the page lacks the marks of a section
 */
export async function fillPage(path: string, sections: Readonly<Record<string, string>>): Promise<void> {
  const page = await readFile(path, "utf8");
  await writeFile(
    path,
    Object.entries(sections).reduce((text, [name, section]) => betweenMarks(text, name, section), page),
  );
}

/** A table in Markdown: the first column to the left, the others to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? "---" : "---:")).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
