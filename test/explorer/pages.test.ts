import { expect } from "chai";
import { placesOf } from "../../scripts/explorer/places.ts";
import { type TestStage, useStage } from "./support/stage.ts";
import { expectAccessible, expectNoSideways, visit, WIDTHS } from "./support/visit.ts";

describe("every page of the explorer", function () {
  this.timeout(240_000);
  let stage: TestStage;

  before(async function () {
    stage = await useStage(this);
  });

  for (const width of ["desk", "phone"] as const) {
    for (const colours of ["light", "dark"] as const) {
      it(`shows its content, fits and is accessible: ${WIDTHS[width]} pixels, ${colours}`, async () => {
        const { page, go, errors, close } = await visit(stage, { width, colours });
        const failed: string[] = [];
        const members = { name: "members only", path: `/dataset/${stage.story.members.dataset}`, heading: /Letters/ };
        for (const { name, path, heading } of [...placesOf(stage), members]) {
          try {
            await go(path);
            const said = await page.getByRole("heading", { level: 1 }).first().innerText({ timeout: 5_000 });
            expect(said, name).to.match(heading);
            expect(await page.locator(".failed").allInnerTexts(), `failures on ${name}`).to.deep.equal([]);
            await expectNoSideways(page, name);
            await expectAccessible(page, name);
          } catch (error) {
            failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
          }
        }
        await close();
        expect(failed).to.deep.equal([]);
        expect(errors).to.deep.equal([]);
      });
    }
  }
});
