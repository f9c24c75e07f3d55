import { expect } from "chai";
import type { LineageGraph } from "../../explorer/pages/model/lineageGraph.ts";
import { type PlacedLineage, placeLineage, SHARE } from "../../explorer/pages/model/lineageLayout.ts";
import { Random } from "../../scorer/index.ts";

/** Edges of a box in CSS pixels. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

describe("the layout of a lineage", function () {
  this.timeout(30_000);

  for (const isDown of [false, true]) {
    it(`keeps boxes and shares apart, and arrows out of boxes, ${isDown ? "downwards" : "to the right"}`, () => {
      const random = new Random(11);
      for (let round = 0; round < 120; round++) {
        const graph = randomGraph(random);
        const placed = placeLineage(graph, isDown);
        const boxes = boxesOf(placed);
        const all = [...boxes, ...sharesOf(placed)];
        const meeting = all.flatMap((a, i) => all.slice(i + 1).filter((b) => overlaps(a, b)));
        expect(meeting, `round ${round}`).to.deep.equal([]);
        for (const { path } of placed.links) {
          const inside = pointsOf(path).filter((point) => boxes.some((box) => contains(box, point)));
          expect(inside, `round ${round}: ${path}`).to.deep.equal([]);
        }
      }
    });
  }

  it("has an arrow go by a box on its way", () => {
    const nodes = [1, 2, 3].map(node);
    const links = [link(1, 2), link(2, 3), link(1, 3)];
    const { nodes: placed, links: arrows } = placeLineage({ nodes, links, left: 0 }, false);
    expect(placed[0]!.x < placed[1]!.x && placed[1]!.x < placed[2]!.x).to.equal(true);
    const [, , past] = arrows;
    const middle = placed[1]!.y + placed[1]!.height / 2;
    expect(Math.abs(past!.share.y - middle)).to.be.greaterThan(placed[1]!.height / 2);
  });
});

function node(number: number): LineageGraph["nodes"][number] {
  return { id: `model:${number}`, kind: "model", number, version: undefined, isOwn: number === 1 };
}

function link(from: number, to: number): LineageGraph["links"][number] {
  return { from: `model:${from}`, to: `model:${to}`, shareBps: 2_000 };
}

/** Models that name some of those before them. */
function randomGraph(random: Random): LineageGraph {
  const count = 2 + Math.floor(11 * random.uniform());
  const nodes = Array.from({ length: count }, (_, i) => node(i + 1));
  const links = nodes.flatMap(({ number: to }) =>
    Array.from({ length: to - 1 }, (_, i) => i + 1)
      .filter((from) => from === to - 1 || random.uniform() < 0.25)
      .map((from) => link(from, to)),
  );
  return { nodes, links: links.slice(0, 40), left: 0 };
}

function boxesOf({ nodes }: PlacedLineage): readonly Box[] {
  return nodes.map(({ x, y, width, height }) => ({ left: x, top: y, right: x + width, bottom: y + height }));
}

function sharesOf({ links }: PlacedLineage): readonly Box[] {
  return links.map(({ share: { x, y } }) => ({
    left: x - SHARE.width / 2,
    top: y - SHARE.height / 2,
    right: x + SHARE.width / 2,
    bottom: y + SHARE.height / 2,
  }));
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** An arrow begins and ends on the border of a box. */
function contains({ left, top, right, bottom }: Box, [x, y]: readonly [number, number]): boolean {
  return x > left + 0.5 && x < right - 0.5 && y > top + 0.5 && y < bottom - 0.5;
}

/** Points along the cubic curves of a path. */
function pointsOf(path: string): readonly (readonly [number, number])[] {
  const numbers = (path.match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);
  const points: [number, number][] = [];
  for (let at = 0; at + 7 < numbers.length; at += 6) {
    const [x0, y0, x1, y1, x2, y2, x3, y3] = numbers.slice(at, at + 8) as [
      ...[number, number, number, number, number, number, number, number],
    ];
    for (let step = 0; step <= 32; step++) {
      const t = step / 32;
      const at3 = (a: number, b: number, c: number, d: number): number =>
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t ** 2 * (1 - t) * c + t ** 3 * d;
      points.push([at3(x0, x1, x2, x3), at3(y0, y1, y2, y3)]);
    }
  }
  return points;
}
