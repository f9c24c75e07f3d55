import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { ClientError } from "../client/index.ts";
import { options, run } from "./commandLine.ts";
import { findChromium, launchChromium, NO_CHROMIUM } from "./explorer/chromium.ts";
import { type Place, placesOf, UNSETTLED } from "./explorer/places.ts";
import { smallPng } from "./explorer/smallPng.ts";
import { type Stage, startStage } from "./explorer/stage.ts";
import { bar, step } from "./progress.ts";

/** Widths in CSS pixels, by their names in the files. */
const WIDTHS = { desk: 1_280, phone: 390 } as const;
const COLOURS = ["light", "dark"] as const;
/** A page longer than this is cut; none of the local chain's is. */
const LONGEST = 12_000;
const SHORTEST = 700;

/** Pictures of every page of the explorer on the local chain, light and dark, wide and narrow. */
async function main(): Promise<number> {
  const { out, only } = options({ out: { type: "string", default: "docs/screenshots" }, only: { type: "string" } });
  const executable = await findChromium();
  if (executable === undefined) throw new ClientError("bad-input", NO_CHROMIUM);
  const folder = await mkdtemp(join(tmpdir(), "tributary-screenshots-"));
  const stage = await startStage({ folder });
  const browser = await launchChromium(executable);
  try {
    const places = placesOf(stage).filter(({ name }) => only === undefined || only.split(",").includes(name));
    if (only === undefined) await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    let done = 0;
    const all = places.length * COLOURS.length * Object.keys(WIDTHS).length;
    await step(`Taking pictures into ${out}`, async (show) => {
      for (const width of ["desk", "phone"] as const) {
        for (const colours of COLOURS) {
          await picture(stage, browser, { width, colours, places, out }, () => show(bar(++done, all)));
        }
      }
    });
  } finally {
    await browser.close();
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}

interface Look {
  readonly width: keyof typeof WIDTHS;
  readonly colours: (typeof COLOURS)[number];
  readonly places: readonly Place[];
  readonly out: string;
}

async function picture(stage: Stage, browser: Browser, look: Look, taken: () => void): Promise<void> {
  const { width, colours, places, out } = look;
  const context = await browser.newContext({
    viewport: { width: WIDTHS[width], height: SHORTEST },
    colorScheme: colours,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  for (const { name, path } of places) {
    await page.setViewportSize({ width: WIDTHS[width], height: SHORTEST });
    await page.goto(`${stage.page.url}#${path}`);
    await page.locator("main h1, main .state").first().waitFor();
    await page.waitForFunction(`document.querySelectorAll("${UNSETTLED}").length === 0`);
    const height = await page.evaluate<number>("document.documentElement.scrollHeight");
    await page.setViewportSize({ width: WIDTHS[width], height: Math.min(LONGEST, Math.max(SHORTEST, height)) });
    await page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))");
    await writeFile(join(out, `${name}-${width}-${colours}.png`), smallPng(await page.screenshot()));
    taken();
  }
  await context.close();
}

await run(main);
