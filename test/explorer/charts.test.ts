import { expect } from "chai";
import type { Page } from "playwright-core";
import { onStage } from "./support/onStage.ts";

/** Where something is drawn, in CSS pixels, with what it says. */
interface Drawn {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Neighbours may touch: what is drawn is rounded to pixels. */
const TOUCH = 1;

describe("charts of the explorer", function () {
  this.timeout(180_000);
  const on = onStage();

  for (const width of ["desk", "phone"] as const) {
    it(`draw every lineage so that shares meet neither boxes nor each other: ${width}`, async () => {
      const open = await on.open({ width });
      for (const model of Object.values(on.stage.world.models)) {
        await open.go(`/model/${model}`);
        await open.page.locator(".lineage-node").first().waitFor();
        const shares = await drawn(open.page, ".lineage-share");
        const boxes = await drawn(open.page, ".lineage-node");
        expect(shares.length, `shares of model ${model}`).to.be.greaterThan(0);
        expect(meeting([...shares, ...boxes]), `model ${model}`).to.deep.equal([]);
        const [frame] = await drawn(open.page, ".lineage");
        const outside = [...shares, ...boxes].filter((one) => !isWithin(one, frame!));
        expect(outside, `outside of the chart of model ${model}`).to.deep.equal([]);
      }
    });
  }

  it("draw every flow of money so that labels don't meet and stay inside", async () => {
    const open = await on.open();
    let flows = 0;
    for (const model of Object.values(on.stage.world.models)) {
      await open.go(`/model/${model}`);
      const labels = await drawn(open.page, ".sankey-label, .sankey-column");
      if (labels.length === 0) continue;
      flows++;
      expect(meeting(labels), `model ${model}`).to.deep.equal([]);
      const [frame] = await drawn(open.page, ".flow-frame");
      expect(
        labels.filter((one) => !isWithin(one, frame!)),
        `outside of the flow of model ${model}`,
      ).to.deep.equal([]);
    }
    expect(flows).to.be.greaterThan(3);
  });

  it("call models and datasets by name, and by number where a card can't be had", async () => {
    const open = await on.open();
    const { page, go } = open;
    const { filter } = on.stage.world.models;
    await go(`/model/${filter}`);
    expect((await drawn(page, ".lineage-node")).map(({ text }) => text).join()).to.contain("Post room");
    expect((await drawn(page, ".sankey-label")).map(({ text }) => text).join()).to.contain("Spam filter");
    await page.route(`${on.stage.api}/files/**`, (route) => route.abort());
    await page.reload();
    await page.locator(".lineage-node").first().waitFor();
    await page.getByText(`Model ${filter}`).first().waitFor();
    expect((await drawn(page, ".lineage-node")).map(({ text }) => text).join()).to.match(/Model\s5/);
  });

  it("ask for each name once, however often it is shown and however many blocks pass", async () => {
    const open = await on.open();
    const { page, go } = open;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url().slice(on.stage.api.length)));
    await go("/payments");
    await page
      .getByRole("link", { name: /^Critic/ })
      .first()
      .waitFor();
    await on.stage.world.chain.connection.provider.request({ method: "evm_mine", params: [] });
    const lists = (): number => asked.filter((path) => path.startsWith("/payments")).length;
    const before = lists();
    while (lists() === before) await page.waitForTimeout(200);
    const rows = await page.locator("tbody tr").count();
    const names = asked.filter((path) => /^\/(models\/\d+$|files\/)/.test(path));
    expect(rows).to.be.greaterThan(20);
    expect(names.length).to.be.within(2, 10);
    expect(new Set(names).size, names.join(" ")).to.equal(names.length);
  });
});

/** Everything that a selector finds, as the browser has laid it out. */
function drawn(page: Page, selector: string): Promise<readonly Drawn[]> {
  return page.evaluate<readonly Drawn[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return { text: element.textContent, left, top, right, bottom };
    })`,
  );
}

function meeting(all: readonly Drawn[]): readonly string[] {
  return all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter(
        (b) =>
          a.left < b.right - TOUCH && b.left < a.right - TOUCH && a.top < b.bottom - TOUCH && b.top < a.bottom - TOUCH,
      )
      .map((b) => `"${a.text}" and "${b.text}"`),
  );
}

function isWithin(one: Drawn, frame: Drawn): boolean {
  return (
    one.left >= frame.left - TOUCH &&
    one.right <= frame.right + TOUCH &&
    one.top >= frame.top - TOUCH &&
    one.bottom <= frame.bottom + TOUCH
  );
}
