import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/**
 * A plot as an SVG file: the same bytes for the same specification. White behind it, so that it can be read on light and
 * dark pages alike.
 *
 * @param spec - of Vega-Lite, its data included
 */
export async function plotSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({ background: "white", padding: 10, ...spec });
  const view = new View(parse(compiled), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/** Puts text between the marks `<!-- name:begin -->` and `<!-- name:end -->`. @throws Error without the marks */
export function betweenMarks(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`the document has no marks ${begin} and ${end}: put them where the text goes`);
  return `${document.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
