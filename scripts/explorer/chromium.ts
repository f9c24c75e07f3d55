import { access, constants } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";

/** Where distributions put Chromium and Chrome. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const FLAGS = [
  ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** What to do where there is no browser. */
export const NO_CHROMIUM =
  "Chromium isn't installed: apt install chromium, or name a browser in TRIBUTARY_CHROMIUM=/path/to/it";

/** The browser that is installed; undefined if none is. */
export async function findChromium(): Promise<string | undefined> {
  const { TRIBUTARY_CHROMIUM: named } = process.env;
  for (const path of named === undefined ? PLACES : [named]) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Starts a browser without a window. */
export function launchChromium(executablePath: string): Promise<Browser> {
  // Containers have no user namespaces for the browser's own sandbox.
  return chromium.launch({ executablePath, args: FLAGS, chromiumSandbox: false });
}
