import { expect } from "chai";
import { onStage } from "./support/onStage.ts";
import { expectAccessible, expectNoSideways, WIDTHS } from "./support/visit.ts";

describe("dialogs of the explorer", function () {
  this.timeout(180_000);
  const on = onStage();

  for (const width of ["desk", "phone"] as const) {
    for (const colours of ["light", "dark"] as const) {
      it(`are accessible and fit: ${WIDTHS[width]} pixels, ${colours}`, async () => {
        const open = await on.open({ width, colours });
        const { page, go, connect, wallet } = open;
        const check = async (what: string): Promise<void> => {
          await expectAccessible(page, what);
          await expectNoSideways(page, what);
          const wider =
            "[...document.querySelectorAll('dialog, .menu')].filter((e) => e.scrollWidth > e.clientWidth).length";
          expect(await page.evaluate<number>(wider), `${what} scrolls sideways in itself`).to.equal(0);
        };
        await go(`/model/${on.stage.world.models.critic}`);
        await page.getByRole("button", { name: /^Connect/ }).click();
        await page.getByRole("button", { name: "Test wallet" }).waitFor();
        await check("the wallet picker");
        await page.keyboard.press("Escape");
        await connect();
        await page.getByRole("button", { name: /^0x/ }).click();
        await page.getByRole("button", { name: /^Disconnect/ }).waitFor();
        await check("the wallet's menu");
        await page.keyboard.press("Escape");

        const dialog = page.getByRole("dialog");
        const close = async (): Promise<void> => {
          await page.keyboard.press("Escape");
          await dialog.waitFor({ state: "detached" });
        };
        await page.getByRole("button", { name: "Prepay", exact: true }).click();
        await dialog.getByRole("button", { name: "Send with Test wallet" }).waitFor();
        for (const call of await dialog.locator("summary").all()) await call.click();
        await check("a simulated action");
        wallet.refuseNext();
        await dialog.getByRole("button", { name: "Send with Test wallet" }).click();
        await dialog.getByText("You said no in Test wallet").waitFor();
        await check("an action that was refused by its owner");
        await close();

        await page.getByText("A signed permit").click();
        await page.getByRole("button", { name: "Prepay", exact: true }).click();
        await dialog.getByRole("button", { name: "Sign with Test wallet" }).waitFor();
        await check("a message to sign");
        await close();

        await page.getByLabel("Amount in USD").fill("99999999");
        await page.getByText("An approval of exactly this amount").click();
        await page.getByRole("button", { name: "Prepay", exact: true }).click();
        await dialog.getByText("Not enough money").waitFor();
        await check("an action that fails");
        await close();
      });
    }
  }
});
