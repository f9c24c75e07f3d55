import { expect } from "chai";
import {
  ClientError,
  type LineageEdge,
  type Page,
  readAncestors,
  readChildren,
  readContributions,
  readParents,
  streamIdOf,
  type Suite,
  suiteAt,
} from "../../client/index.ts";
import { item, useFixture } from "../support/fixture.ts";
import { contribute, createDataset, ModelKind, registerModel, source } from "../support/lineage.ts";
import { bookOf, deploySuite } from "../support/suite.ts";

const NOBODY = 999n;
const ALL: Page = { offset: 0, limit: 1_000 };
const BAD_PAGES: [string, Page][] = [
  ["that begins below 0", { offset: -1, limit: 10 }],
  ["that begins between two entries", { offset: 0.5, limit: 10 }],
  ["that begins nowhere", { offset: Number.NaN, limit: 10 }],
  ["without entries", { offset: 0, limit: 0 }],
  ["of fewer entries than none", { offset: 0, limit: -5 }],
  ["of half an entry", { offset: 0, limit: 0.5 }],
  ["of more than 1,000 entries", { offset: 0, limit: 1_001 }],
  ["without end", { offset: 0, limit: Number.POSITIVE_INFINITY }],
];

async function build() {
  const deployed = await deploySuite();
  const { ethers, wallets } = deployed;
  const suite = suiteAt(await bookOf(deployed), ethers.provider);
  const [curator, alice, bob, carol] = [0, 1, 2, 3].map((place) => item(wallets, place));
  if (!curator || !alice || !bob || !carol) throw new Error("too few wallets");
  return { ...deployed, suite, curator, alice, bob, carol };
}

/** How a link is written in these tests: child, parent, share. */
function short(edges: readonly LineageEdge[]): string[] {
  return edges.map(({ child, parent, shareBps }) => `${child} → ${parent}: ${shareBps}`);
}

/** The client's handles, with a count of the models that are looked up. */
function counting(suite: Suite): { suite: Suite; asked: bigint[] } {
  const asked: bigint[] = [];
  const splitOf = (model: bigint) => {
    asked.push(model);
    return suite.models.splitOf(model);
  };
  return { suite: { ...suite, models: { splitOf } as unknown as Suite["models"] }, asked };
}

async function expectBadInput(promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(ClientError);
  expect((error as ClientError).code).to.equal("bad-input");
}

describe("client: lineage", () => {
  const at = useFixture(build);

  /** A model of alice's whose parents get 50, 100, … basis points. */
  const model = (...parents: bigint[]) =>
    registerModel(at(), at().alice, {
      parents: parents.map((parent, i) => ({ model: parent, shareBps: 50n * BigInt(i + 1) })),
    });

  /** Models 1 to `length`, each with the one before as parent. */
  async function chain(length: number): Promise<void> {
    await model();
    for (let i = 1; i < length; i++) await model(BigInt(i));
  }

  describe("readParents", () => {
    it("gives none for a base model", async () => {
      expect(await readParents(at().suite, await model())).to.deep.equal([]);
    });

    it("gives up to sixteen, with their shares, in ascending order", async () => {
      const parents: bigint[] = [];
      for (let i = 0; i < 16; i++) parents.push(await model());
      const child = await model(...parents);
      expect(await readParents(at().suite, child)).to.deep.equal(
        parents.map((parent, i) => ({ child, parent, shareBps: 50 * (i + 1) })),
      );
    });

    it("fails for a model that doesn't exist", async () => {
      const { suite, models } = at();
      await expect(readParents(suite, NOBODY)).to.be.revertedWithCustomError(models, "ModelNotFound").withArgs(NOBODY);
    });
  });

  describe("readAncestors", () => {
    it("gives nothing for a base model, at any depth", async () => {
      const base = await model();
      for (const depth of [0, 1, 10]) {
        expect(await readAncestors(at().suite, base, depth)).to.deep.equal({ edges: [], truncated: false });
      }
    });

    it("gives every link of a diamond once, nearest first", async () => {
      const top = await model();
      const [left, right] = [await model(top), await model(top)];
      const bottom = await model(top, left, right);
      const { edges, truncated } = await readAncestors(at().suite, bottom, 10);
      expect(short(edges)).to.deep.equal(["4 → 1: 50", "4 → 2: 100", "4 → 3: 150", "2 → 1: 50", "3 → 1: 50"]);
      expect(truncated).to.equal(false);
    });

    it("attack 11: asks for each model once, however many paths lead to it", async () => {
      await model();
      for (let i = 1; i <= 8; i++) await model(...Array.from({ length: i }, (_, parent) => BigInt(parent + 1)));
      const { suite, asked } = counting(at().suite);
      const { edges } = await readAncestors(suite, 9n, 100);
      expect(edges).to.have.lengthOf(36);
      expect([...asked].sort()).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    });

    for (const [depth, links] of [
      [0, []],
      [1, ["5 → 4: 50"]],
      [3, ["5 → 4: 50", "4 → 3: 50", "3 → 2: 50"]],
    ] as const) {
      it(`climbs ${depth} levels and says that there are more`, async () => {
        await chain(5);
        const { edges, truncated } = await readAncestors(at().suite, 5n, depth);
        expect(short(edges)).to.deep.equal(links);
        expect(truncated).to.equal(true);
      });
    }

    it("says that nothing is left out when it climbed exactly to the top, or could climb further", async () => {
      await chain(5);
      for (const depth of [4, 5, 1_000]) {
        const { edges, truncated } = await readAncestors(at().suite, 5n, depth);
        expect(edges).to.have.lengthOf(4);
        expect(truncated).to.equal(false);
      }
    });

    it("counts a link to a model that is known already as left out", async () => {
      const top = await model();
      const left = await model(top);
      const bottom = await model(top, left);
      const { edges, truncated } = await readAncestors(at().suite, bottom, 1);
      expect(short(edges)).to.deep.equal(["3 → 1: 50", "3 → 2: 100"]);
      expect(truncated, "2 → 1").to.equal(true);
    });

    it("attack 11: stops at the limit, and says whether it left something out", async () => {
      const parents = [await model(), await model(), await model()];
      const child = await model(...parents);
      for (const limit of [1, 2]) {
        const { edges, truncated } = await readAncestors(at().suite, child, 10, limit);
        expect(edges.map(({ parent }) => parent)).to.deep.equal(parents.slice(0, limit));
        expect(truncated).to.equal(true);
      }
      for (const limit of [3, 4]) {
        const { edges, truncated } = await readAncestors(at().suite, child, 10, limit);
        expect(edges).to.have.lengthOf(3);
        expect(truncated).to.equal(false);
      }
    });

    it("stops at the limit in the middle of a level", async () => {
      const top = await model();
      const [left, right] = [await model(top), await model(top)];
      const bottom = await model(left, right);
      const { edges, truncated } = await readAncestors(at().suite, bottom, 10, 3);
      expect(short(edges)).to.deep.equal(["4 → 2: 50", "4 → 3: 100", "2 → 1: 50"]);
      expect(truncated).to.equal(true);
    });

    it("gives 1,000 links when no limit is named", async () => {
      for (let i = 0; i < 72; i++) {
        const parents = Array.from({ length: Math.min(i, 16) }, (_, back) => BigInt(i - Math.min(i, 16) + back + 1));
        await model(...parents);
      }
      const { edges, truncated } = await readAncestors(at().suite, 72n, 100);
      expect(edges).to.have.lengthOf(1_000);
      expect(truncated).to.equal(true);
    });

    for (const [what, { offset: depth, limit }] of BAD_PAGES) {
      it(`refuses a depth or a limit like a page ${what}`, async () => {
        await expectBadInput(readAncestors(at().suite, await model(), depth, limit));
      });
    }
  });

  describe("readChildren", () => {
    it("gives none of a model that nobody named, and of one that doesn't exist", async () => {
      for (const childless of [await model(), NOBODY]) {
        expect(await readChildren(at().suite, childless, ALL)).to.deep.equal({ items: [], total: 0 });
      }
    });

    it("gives direct children of all owners with their shares, oldest first", async () => {
      const { suite, models, alice, bob } = at();
      const base = await model();
      const other = await model();
      const first = await model(base, other);
      const adapter = await registerModel(at(), bob, {
        kind: ModelKind.Adapter,
        parents: [{ model: base, shareBps: 10_000n }],
      });
      await model(first, adapter);
      await models.connect(alice).transferFrom(alice, bob, first);
      const { items, total } = await readChildren(suite, base, ALL);
      expect(short(items)).to.deep.equal(["3 → 1: 50", "4 → 1: 10000"]);
      expect(total).to.equal(2);
      expect(short((await readChildren(suite, other, ALL)).items)).to.deep.equal(["3 → 2: 100"]);
    });

    it("gives pages that together are the whole", async () => {
      const { suite } = at();
      const base = await model();
      for (let i = 0; i < 7; i++) await model(base);
      const whole = await readChildren(suite, base, ALL);
      expect(whole.items.map(({ child }) => child)).to.deep.equal([2n, 3n, 4n, 5n, 6n, 7n, 8n]);
      const pages: LineageEdge[] = [];
      for (let offset = 0; offset < 9; offset += 3) {
        const { items, total } = await readChildren(suite, base, { offset, limit: 3 });
        expect(total).to.equal(7);
        expect(items).to.have.lengthOf(offset === 6 ? 1 : 3);
        pages.push(...items);
      }
      expect(pages).to.deep.equal(whole.items);
      expect(await readChildren(suite, base, { offset: 7, limit: 3 })).to.deep.equal({ items: [], total: 7 });
      expect(await readChildren(suite, base, { offset: 10 ** 9, limit: 1 })).to.deep.equal({ items: [], total: 7 });
    });

    for (const [what, page] of BAD_PAGES) {
      it(`refuses a page ${what}`, async () => {
        await expectBadInput(readChildren(at().suite, await model(), page));
      });
    }
  });

  describe("readContributions", () => {
    /** A stream on a version of five contributions: one retired before it, one after, one above the cap of rows. */
    async function trained() {
      const { datasets, curator, bob, carol } = at();
      const dataset = await createDataset(at(), curator, { rowCap: 50n });
      for (const [i, rows] of [10n, 20n, 70n, 40n, 50n].entries()) {
        const submission = await contribute(at(), dataset, i % 2 === 0 ? bob : carol, rows, `rows ${i}`);
        await datasets.connect(curator).accept(dataset, [submission]);
      }
      await datasets.connect(carol).retire(dataset, 1);
      await datasets.connect(curator).freeze(dataset);
      await datasets.connect(carol).retire(dataset, 3);
      const later = await contribute(at(), dataset, bob, 9n, "a later one");
      await datasets.connect(curator).accept(dataset, [later]);
      await datasets.connect(curator).freeze(dataset);
      const first = await registerModel(at(), at().alice, { sources: [source(dataset, 1_000n)] });
      const second = await registerModel(at(), at().alice, { sources: [source(dataset, 1_000n, 2n)] });
      return { first: streamIdOf(first, 0), second: streamIdOf(second, 0), bob: bob.address, carol: carol.address };
    }

    it("gives wallets and rows that count: none of what was retired before the version", async () => {
      const { first, bob, carol } = await trained();
      expect(await readContributions(at().suite, first, ALL)).to.deep.equal({
        items: [
          { position: 0, contributor: bob, rows: 10 },
          { position: 1, contributor: carol, rows: 0 },
          { position: 2, contributor: bob, rows: 50 },
          { position: 3, contributor: carol, rows: 40 },
          { position: 4, contributor: bob, rows: 50 },
        ],
        total: 5,
      });
    });

    it("gives what the model's own version counts", async () => {
      const { second } = await trained();
      const { items, total } = await readContributions(at().suite, second, ALL);
      expect(items.map(({ rows }) => rows)).to.deep.equal([10, 0, 50, 0, 50, 9]);
      expect(total).to.equal(6);
    });

    it("gives pages that together are the whole", async () => {
      const { first } = await trained();
      const { items: whole } = await readContributions(at().suite, first, ALL);
      const pages: unknown[] = [];
      for (const offset of [0, 2, 4]) {
        const { items, total } = await readContributions(at().suite, first, { offset, limit: 2 });
        expect(total).to.equal(5);
        pages.push(...items);
      }
      expect(pages).to.deep.equal(whole);
      expect(await readContributions(at().suite, first, { offset: 5, limit: 2 })).to.deep.equal({
        items: [],
        total: 5,
      });
    });

    it("fails for a stream that doesn't exist", async () => {
      const { suite, models } = at();
      const base = await model();
      for (const [unknown, slot] of [
        [base, 0],
        [NOBODY, 3],
      ] as const) {
        await expect(readContributions(suite, streamIdOf(unknown, slot), ALL))
          .to.be.revertedWithCustomError(models, "StreamNotFound")
          .withArgs(unknown, slot);
      }
    });

    for (const [what, page] of BAD_PAGES) {
      it(`refuses a page ${what}`, async () => {
        const { first } = await trained();
        await expectBadInput(readContributions(at().suite, first, page));
      });
    }
  });
});
