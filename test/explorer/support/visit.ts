import axe from "axe-core";
import { expect } from "chai";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { keyNamed } from "../../../scripts/demo/cast.ts";
import { UNSETTLED } from "../../../scripts/explorer/places.ts";
import type { TestStage } from "./stage.ts";
import { TestWallet, type WalletOptions as TestWalletOptions } from "./wallet.ts";

/** Widths in CSS pixels. */
export const WIDTHS = { desk: 1_280, phone: 390 } as const;
const HEIGHT = 900;
/** Milliseconds that anything on a page may take: a loaded machine has two cores. */
const PATIENCE = 30_000;

/** How a page is looked at. */
export interface VisitOptions {
  readonly width?: keyof typeof WIDTHS;
  readonly colours?: "light" | "dark";
  /** Name of the wallet's key, as `keyNamed`; no wallet without one. */
  readonly as?: string;
  readonly chainId?: number;
  readonly batches?: TestWalletOptions["batches"];
}

/** Somebody looks at the page. */
export interface Visit {
  readonly page: Page;
  readonly wallet: TestWallet;
  /** Opens a path of the page and waits until it has its content. */
  readonly go: (path: string) => Promise<void>;
  /** Connects the wallet with the header's button. */
  readonly connect: () => Promise<void>;
  /** Errors that the page has thrown or logged. */
  readonly errors: readonly string[];
  readonly close: () => Promise<void>;
}

/** Opens a fresh browser context with a wallet. */
export async function visit(stage: TestStage, options: VisitOptions = {}): Promise<Visit> {
  const { width = "desk", colours = "light", as = "visitor", batches = false } = options;
  const { node, world, browser } = stage;
  const context: BrowserContext = await browser.newContext({
    viewport: { width: WIDTHS[width], height: HEIGHT },
    colorScheme: colours,
    reducedMotion: "reduce",
    hasTouch: width === "phone",
  });
  context.setDefaultTimeout(PATIENCE);
  const wallet = new TestWallet({
    rpc: node.url,
    key: keyNamed(as),
    chainId: world.book.chainId,
    batches,
  });
  await wallet.install(context);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // The browser itself logs answers that are no success; the page shows them.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      errors.push(message.text());
  });
  return {
    ...{ page, wallet, errors },
    go: async (path) => {
      await page.goto(`${stage.page.url}#${path}`);
      await settled(page);
    },
    connect: async () => {
      // A narrow page has room for the first word only.
      await page.getByRole("button", { name: /^Connect/ }).click();
      await page.getByRole("button", { name: "Test wallet" }).click();
      await page.getByRole("button", { name: shortAddress(wallet.address) }).waitFor();
    },
    close: async () => {
      wallet.close();
      await context.close();
    },
  };
}

/** An address as the page shortens it. */
export function shortAddress(address: string): RegExp {
  return new RegExp(`^${address.slice(0, 6)}.${address.slice(-4)}$`);
}

/** Waits until nothing on the page is loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator("main h1, main .state").first().waitFor();
  await page.waitForFunction(`document.querySelectorAll("${UNSETTLED}").length === 0`, undefined, {
    timeout: PATIENCE,
  });
}

/** Impact of what axe must not find. */
const SERIOUS = ["serious", "critical"];

/** Holds a page against axe's rules: no serious fault. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  const found = violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ""))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(found, `axe on ${what}`).to.deep.equal([]);
}

/** Nothing on a page is wider than the window, but for boxes that scroll by themselves. */
export async function expectNoSideways(page: Page, what: string): Promise<void> {
  const [width, window] = await page.evaluate<readonly [number, number]>(
    "[document.documentElement.scrollWidth, innerWidth]",
  );
  expect(width, `${what} scrolls sideways`).to.be.at.most(window);
}

/** Goes through an action's dialog: what is simulated is sent, until it is mined and indexed. */
export async function confirm(page: Page, begin: Locator, signature = false): Promise<void> {
  await begin.click();
  const dialog = page.getByRole("dialog");
  try {
    if (signature) await dialog.getByRole("button", { name: "Sign with Test wallet" }).click();
    await dialog.getByRole("button", { name: "Send with Test wallet" }).click();
    await dialog.getByText("Done.").waitFor();
  } catch (cause) {
    const said = (await dialog.count()) === 0 ? "there is no dialog" : await dialog.innerText();
    throw new Error(`the action didn't come to its end: ${said}`, { cause });
  }
  await dialog.getByRole("button", { name: "Close" }).click();
}
