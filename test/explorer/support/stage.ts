import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { findChromium, launchChromium, NO_CHROMIUM } from "../../../scripts/explorer/chromium.ts";
import { type Stage, startStage } from "../../../scripts/explorer/stage.ts";

/** One chain, index, page and browser for all tests. */
export interface TestStage extends Stage {
  readonly browser: Browser;
}

let started: Promise<TestStage> | undefined;
let folder: string | undefined;

/**
 * The stage, started by whoever asks first. Skips the tests of whoever asks where there is no browser.
 *
 * @param hook - of a `before`
 */
export async function useStage(hook: Mocha.Context): Promise<TestStage> {
  hook.timeout(300_000);
  const executable = await findChromium();
  if (executable === undefined) {
    process.stderr.write(`${NO_CHROMIUM}; the explorer's tests are skipped\n`);
    hook.skip();
  }
  started ??= start(executable);
  return started;
}

async function start(executable: string): Promise<TestStage> {
  folder = await mkdtemp(join(tmpdir(), "tributary-explorer-"));
  const stage = await startStage({ folder });
  return { ...stage, browser: await launchChromium(executable) };
}

after(async function () {
  this.timeout(60_000);
  const stage = await started?.catch(() => undefined);
  await stage?.browser.close();
  await stage?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});
