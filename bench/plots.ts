import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/**
 * A chart as SVG, the same bytes for the same figures. The ground is white, so that it reads on dark pages as well.
 *
 * @param spec - a Vega-Lite specification
 */
export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile({ background: "white", ...spec }).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
