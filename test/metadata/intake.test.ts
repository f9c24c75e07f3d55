import { expect } from "chai";
import {
  DigestIndex,
  hammingDistance,
  HASH_BITS,
  Intake,
  keepRows,
  NearImages,
  NearTexts,
  NearVectors,
  perceptualHash,
  readRows,
  resemblanceOf,
  type RowContent,
  shinglesOf,
  wordsOf,
  type GreyImage,
} from "../../metadata/index.ts";
import { type Hex, sha256, ScorerError } from "../../scorer/index.ts";
import { expectClose } from "../scorer/close.ts";
import { expectMetadataError, folder, Random, utf8 } from "./support.ts";

const digestOf = (text: string): Hex => sha256(utf8(text));

describe("the index of row digests", () => {
  it("says of each row where it stood first, as a Map over hexadecimal does", () => {
    const random = new Random(5);
    const index = new DigestIndex();
    const first = new Map<Hex, { contribution: number; row: number }>();
    for (let contribution = 0; contribution < 60; contribution++) {
      // Many repeats, some contributions of nothing but repeats, and more rows than the first table has room for.
      const digests = Array.from({ length: random.integer(1, 1200) }, () =>
        digestOf(String(random.integer(0, 40_000))),
      );
      const expected = digests.flatMap((digest, row) => {
        const earlier = first.get(digest);
        if (earlier !== undefined) return [{ row, earlier }];
        first.set(digest, { contribution, row });
        return [];
      });
      expect(index.add(digests)).to.deep.equal(expected);
      if (contribution % 20 === 0) {
        expect(index.copiesIn([...digests, digestOf("never")])).to.have.length(digests.length);
      }
    }
    expect(index.size)
      .to.equal(first.size)
      .and.to.be.above(2 ** 14);
    expect(index.contributions).to.equal(60);
  });

  it("numbers contributions without new rows, and empty ones", () => {
    const index = new DigestIndex();
    const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];
    expect(index.add([])).to.deep.equal([]);
    expect(index.add([a, b])).to.deep.equal([]);
    expect(index.add([b, a, b]).map(({ row }) => row)).to.deep.equal([0, 1, 2]);
    expect(index.add([])).to.deep.equal([]);
    expect(index.add([c, c])).to.deep.equal([{ row: 1, earlier: { contribution: 4, row: 0 } }]);
    expect(index.copiesIn([c, a])).to.deep.equal([
      { row: 0, earlier: { contribution: 4, row: 0 } },
      { row: 1, earlier: { contribution: 1, row: 0 } },
    ]);
  });

  it("adds nothing of a contribution with a digest that isn't one", () => {
    const index = new DigestIndex();
    expect(() => index.add([digestOf("a"), "0x12"])).to.throw(ScorerError, "row 1");
    expect([index.contributions, index.size]).to.deep.equal([0, 0]);
  });

  it("tells digests apart that begin alike", () => {
    const index = new DigestIndex();
    const ends = (end: string): Hex => `0x${"00".repeat(30)}${end}`;
    index.add([ends("0001"), ends("0002"), ends("0003")]);
    expect(index.copiesIn([ends("0003"), ends("0004")])).to.deep.equal([
      { row: 0, earlier: { contribution: 0, row: 2 } },
    ]);
  });
});

describe("shingles", () => {
  it("are of words without case, punctuation and white space, in any script", () => {
    expect(wordsOf("Ｆull  WIDTH,\tstraße\n¡Où? 東京 x2")).to.deep.equal([
      "full",
      "width",
      "straße",
      "où",
      "東",
      "京",
      "x2",
    ]);
    expect(shinglesOf("One two, THREE", 2)).to.deep.equal(shinglesOf("one\ttwo three!", 2));
    expect(shinglesOf("?!", 2)).to.have.length(0);
    expect(shinglesOf("alone", 3)).to.have.length(1);
  });

  it("have the Jaccard index and the containment of sets of strings", () => {
    const random = new Random(3);
    const text = (): string =>
      Array.from({ length: random.integer(0, 30) }, () => `w${random.integer(0, 8)}`).join(" ");
    const setOf = (from: string, k: number): Set<string> => {
      const words = from.split(" ").filter((word) => word !== "");
      if (words.length === 0) return new Set();
      return new Set(
        Array.from({ length: Math.max(1, words.length - k + 1) }, (_, i) => words.slice(i, i + k).join(" ")),
      );
    };
    for (let trial = 0; trial < 300; trial++) {
      const [a, b, k] = [text(), text(), random.integer(1, 3)];
      const [one, other] = [setOf(a, k), setOf(b, k)];
      const shared = [...one].filter((shingle) => other.has(shingle)).length;
      const found = resemblanceOf(shinglesOf(a, k), shinglesOf(b, k));
      expect(found.jaccard).to.equal(shared === 0 ? 0 : shared / (one.size + other.size - shared));
      expect(found.containment).to.equal(shared === 0 ? 0 : shared / Math.min(one.size, other.size));
    }
  });
});

describe("near-duplicate texts", () => {
  const random = new Random(11);
  const words = (number: number): string[] => Array.from({ length: number }, () => `w${random.integer(0, 5000)}`);
  const texts = Array.from({ length: 1500 }, () => words(80).join(" "));

  it("are found as comparing all pairs finds them, at the rate that bands and rows promise", () => {
    const search = { k: 1, bands: 32, rows: 2, jaccard: 0.15, containment: 2, leastShingles: 1 };
    const index = new NearTexts(search);
    for (const text of texts) index.add(text);
    let [pairs, found, promised] = [0, 0, 0];
    for (let trial = 0; trial < 300; trial++) {
      const all = texts[trial]!.split(" ").map((word) =>
        random.integer(0, 99) < 55 ? `x${random.integer(0, 5000)}` : word,
      );
      const near = index.near(all.join(" "));
      const { jaccard } = resemblanceOf(shinglesOf(all.join(" "), 1), shinglesOf(texts[trial]!, 1));
      if (jaccard < search.jaccard) continue;
      pairs++;
      promised += 1 - (1 - jaccard ** 2) ** 32;
      const hit = near.find(({ text }) => text === trial);
      if (hit === undefined) continue;
      found++;
      expect(hit.jaccard).to.equal(jaccard);
    }
    expect(pairs).to.be.above(250);
    // Four standard deviations of a sum of Bernoulli trials with these chances, at most.
    expectClose(found, promised, 4 * Math.sqrt(pairs * 0.25 * 0.5));
    expect(promised / pairs).to.be.below(0.99);
  });

  it("are the earlier ones only, the most alike first, and those of a text that was cut or joined", () => {
    const index = new NearTexts();
    const long = words(120);
    const half = long.slice(0, 60).join(" ");
    expect(index.add(long.join(" "))).to.deep.equal([]);
    expect(index.add(half)[0]).to.deep.include({ text: 0, containment: 1 });
    expect(index.add(`${words(60).join(" ")} ${half}`)[0]?.text).to.equal(1);
    const found = index.near(long.join(" ").toUpperCase());
    expect(found.map(({ text }) => text)).to.deep.equal([0, 1, 2]);
    expect([found[0]?.jaccard, found[1]?.containment]).to.deep.equal([1, 1]);
    expect(index.add("")).to.deep.equal([]);
    expect(index.near("")).to.deep.equal([]);
    expect(index.size).to.equal(4);
  });

  it("do not count a short text for being contained", () => {
    const index = new NearTexts();
    index.add(`${words(100).join(" ")} thank you very much`);
    expect(index.near("thank you very much")).to.deep.equal([]);
  });

  it("are looked for with whole numbers from 1 on", () => {
    const search = { k: 1, bands: 0, rows: 2, jaccard: 0, containment: 0, leastShingles: 1 };
    expectMetadataError("bad-search", () => new NearTexts(search), /bands/);
    expectMetadataError("bad-search", () => new NearTexts({ ...search, bands: 2, k: 1.5 }), /^k /);
  });
});

describe("near-duplicate images", () => {
  const random = new Random(23);
  /** Spots of light and dark: an image of many frequencies, as pictures are. */
  const blobs = (width: number, height: number): GreyImage => {
    const spots = Array.from({ length: 6 }, () => [
      random.integer(0, 99),
      random.integer(0, 99),
      random.integer(60, 250),
    ]);
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [(100 * (i % width)) / width, (100 * Math.floor(i / width)) / height];
      const light = spots.reduce((sum, [a, b, c]) => sum + c! / (1 + ((x - a!) ** 2 + (y - b!) ** 2) / 20), 120);
      return Math.max(0, Math.min(255, Math.round(light)));
    });
    return { width, height, pixels };
  };
  const changed = (image: GreyImage, change: (value: number, i: number) => number): GreyImage => ({
    ...image,
    pixels: image.pixels.map((value, i) => Math.max(0, Math.min(255, Math.round(change(value, i))))),
  });
  const images = Array.from({ length: 40 }, () => blobs(60, 48));

  it("have the hash of a cosine transform computed term by term", () => {
    const { width, height, pixels } = blobs(32, 32);
    const frequencies: number[] = [];
    for (let v = 0; v < 16; v++) {
      for (let u = 0; u < 16; u++) {
        if (u === 0 && v === 0) continue;
        let sum = 0;
        pixels.forEach((value, i) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          sum += value * Math.cos(((2 * x + 1) * u * Math.PI) / 64) * Math.cos(((2 * y + 1) * v * Math.PI) / 64);
        });
        frequencies.push(sum);
      }
    }
    const middle = frequencies.toSorted((a, b) => a - b)[127]!;
    const hash = perceptualHash({ width, height, pixels });
    frequencies.forEach((value, bit) => {
      // A sum so near to the median may fall on either side.
      if (Math.abs(value - middle) < 1e-6) return;
      expect((hash[bit >>> 5]! >>> (bit & 31)) & 1, `bit ${bit}`).to.equal(value > middle ? 1 : 0);
    });
  });

  it("differ in as many bits as are set in the exclusive or", () => {
    const bits = (words: Uint32Array): string =>
      Array.from(words, (word) => word.toString(2).padStart(32, "0")).join("");
    for (let trial = 0; trial < 50; trial++) {
      const [a, b] = [0, 1].map(() => Uint32Array.from({ length: 8 }, () => random.integer(0, 2 ** 32 - 1)));
      const expected = Array.from(bits(a!)).filter((bit, i) => bit !== bits(b!)[i]).length;
      expect(hammingDistance(a!, b!)).to.equal(expected);
    }
    expect(hammingDistance(perceptualHash(images[0]!), perceptualHash(images[0]!))).to.equal(0);
  });

  it("are found when brighter, noisy or of another size, and honest ones are not", () => {
    const index = new NearImages();
    for (const image of images) expect(index.add(image)).to.deep.equal([]);
    images.forEach((image, i) => {
      const noisy = changed(image, (value) => 0.8 * value + 20 + random.integer(-4, 4));
      expect(index.near(noisy)[0]?.image, `image ${i}`).to.equal(i);
    });
    const { width, height, pixels } = images[7]!;
    const doubled = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
      const [x, y] = [i % (2 * width), Math.floor(i / (2 * width))];
      return pixels[Math.floor(y / 2) * width + Math.floor(x / 2)]!;
    });
    const [found] = index.near({ width: 2 * width, height: 2 * height, pixels: doubled });
    expect(found).to.deep.equal({ image: 7, distance: 0 });
  });

  it("are of images with as many pixels as their sides say", () => {
    expectMetadataError("bad-image", () => perceptualHash({ width: 2, height: 2, pixels: new Uint8Array(3) }), /2 × 2/);
    expectMetadataError("bad-image", () => perceptualHash({ width: 0, height: 0, pixels: new Uint8Array(0) }));
    expectMetadataError("bad-search", () => new NearImages(HASH_BITS + 1), /255/);
  });
});

describe("near vectors", () => {
  it("have the cosine of the angle between them", () => {
    const random = new Random(2);
    const vectors = Array.from({ length: 100 }, () => Array.from({ length: 5 }, () => random.integer(-50, 50)));
    const index = new NearVectors(5, 0.6);
    vectors.forEach((vector, i) => {
      const expected = vectors
        .slice(0, i)
        .map((other, number) => {
          const dot = vector.reduce((sum, value, j) => sum + value * other[j]!, 0);
          return { number, cosine: dot / (Math.hypot(...vector) * Math.hypot(...other)) };
        })
        .filter(({ cosine }) => cosine >= 0.6)
        .sort((a, b) => b.cosine - a.cosine);
      const found = index.add(vector);
      expect(found.map((one) => one.vector)).to.deep.equal(expected.map(({ number }) => number));
      found.forEach(({ cosine }, j) => expectClose(cosine, expected[j]!.cosine, 1e-12));
    });
  });

  it("are of one length, and finite; zeros are like nothing", () => {
    const index = new NearVectors(2, 0.5);
    index.add([0, 0]);
    expect(index.add([0, 0])).to.deep.equal([]);
    expectMetadataError("bad-vector", () => index.add([1]), /expected 2/);
    expectMetadataError("bad-vector", () => index.add([1, Number.NaN]), /finite/);
    expectMetadataError("bad-search", () => new NearVectors(2, 1.5));
    expectMetadataError("bad-search", () => new NearVectors(0));
  });
});

describe("an intake", () => {
  const text = (content: string): RowContent => ({ kind: "text", text: content });
  const story = "the quick brown fox jumps over the lazy dog and runs into the dark wood where nobody has been before";

  it("finds copies by their bytes, near ones by their content, in earlier contributions first", () => {
    const intake = new Intake();
    const add = (...rows: string[]) => intake.add(rows.map(digestOf), (row) => text(rows[row]!));
    expect(add(story, "something else altogether")).to.deep.equal({
      contribution: 0,
      copies: [],
      near: [],
      compared: 2,
    });
    const found = add(`${story} today`, `${story} today!`, story);
    expect(found.copies).to.deep.equal([{ row: 2, earlier: { contribution: 0, row: 0 } }]);
    expect(found.compared).to.equal(2);
    // The second row is most like the one before it, but that is the same contributor's.
    expect(found.near.map(({ row, earlier }) => [row, earlier])).to.deep.equal([
      [0, { contribution: 0, row: 0 }],
      [1, { contribution: 0, row: 0 }],
    ]);
    expect(add("a b c d e f g", "a b c d e f g h").near.map(({ earlier }) => earlier)).to.deep.equal([
      { contribution: 2, row: 0 },
    ]);
  });

  it("compares rows without content by their bytes only, and each kind with its own", () => {
    const intake = new Intake({ cosine: 0.99 });
    const grey: GreyImage = { width: 2, height: 2, pixels: Uint8Array.of(0, 90, 180, 255) };
    const contents: (RowContent | undefined)[] = [
      undefined,
      text(story),
      { kind: "image", image: grey },
      { kind: "vector", vector: [0, 5] },
    ];
    const digests = (name: string): Hex[] => contents.map((_, i) => digestOf(`${name}${i}`));
    expect(intake.add(digests("a"), (row) => contents[row])).to.deep.include({ near: [], compared: 3 });
    const { near } = intake.add(digests("b"), (row) => contents[row]);
    expect(near).to.deep.equal([
      { row: 1, earlier: { contribution: 0, row: 1 }, likeness: { kind: "text", jaccard: 1, containment: 1 } },
      { row: 2, earlier: { contribution: 0, row: 2 }, likeness: { kind: "image", distance: 0 } },
      { row: 3, earlier: { contribution: 0, row: 3 }, likeness: { kind: "vector", cosine: 1 } },
    ]);
    expect(intake.add([digestOf("a0")]).copies).to.deep.equal([{ row: 0, earlier: { contribution: 0, row: 0 } }]);
  });
});

describe("the rows that are kept of a folder", () => {
  const files = folder({
    "a/c.txt": "a text\n",
    "b.csv": '\uFEFFid,note\r\n1,"say ""hi"",\nyou"\r\n2,two\r\n3,three',
    "b.jsonl": '{"id": 3}\r\n{"id": 4}',
    "d.png": new Uint8Array([1, 2]),
    "README.md": "no row",
  });
  const digests = readRows(files).rows.map(({ digest }) => digest);

  it("have the same bytes, whichever they are", () => {
    expect(digests).to.have.length(7);
    for (let kept = 1; kept < 2 ** digests.length; kept++) {
      const keep = (row: number): boolean => ((kept >> row) & 1) === 1;
      const left = readRows(keepRows(files, keep)).rows.map(({ digest }) => digest);
      expect(left, kept.toString(2)).to.deep.equal(digests.filter((_, row) => keep(row)));
    }
  });

  it("leave files out that have none of them", () => {
    expect(keepRows(files, (row) => row === 0).map(({ path }) => path)).to.deep.equal(["a/c.txt"]);
    expect(keepRows(files, () => false)).to.deep.equal([]);
  });
});
