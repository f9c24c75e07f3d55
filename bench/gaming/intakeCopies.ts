import { type GreyImage, wordsOf } from "../../metadata/index.ts";

/** A reproducible stream of numbers from 0 to below 1: the 32-bit generator of Marsaglia, "Xorshift RNGs", 2003. */
export function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What a copier makes of a row. */
export type Alteration<T> = (row: T, random: () => number) => T;

/**
 * Copies of texts.
 *
 * @param texts - where words that replace others, and texts that are joined to others, come from
 */
export function textCopies(texts: readonly string[]): Record<string, Alteration<string>> {
  const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)]!;
  const words = texts.slice(0, 1000).flatMap(wordsOf);
  const replaced =
    (part: number): Alteration<string> =>
    (text, random) =>
      wordsOf(text)
        .map((word) => (random() < part ? pick(words, random) : word))
        .join(" ");
  const cut = (part: number, text: string): string => {
    const all = text.split(" ");
    return all.slice(0, Math.ceil(part * all.length)).join(" ");
  };
  return {
    "case, white space, punctuation": (text) => text.toUpperCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, " \n "),
    "5 % of words replaced": replaced(0.05),
    "10 % of words replaced": replaced(0.1),
    "20 % of words replaced": replaced(0.2),
    "30 % of words replaced": replaced(0.3),
    "50 % of words replaced": replaced(0.5),
    "cut to one half": (text) => cut(0.5, text),
    "cut to one quarter": (text) => cut(0.25, text),
    "joined with another": (text, random) => `${text} ${pick(texts, random)}`,
  };
}

/** Copies of images. */
export const IMAGE_COPIES: Readonly<Record<string, Alteration<GreyImage>>> = {
  "brighter, with less contrast": (image) => altered(image, (x, y) => 0.7 * pixel(image, x, y) + 40),
  "noise of 10 of 255": (image, random) => altered(image, (x, y) => pixel(image, x, y) + 10 * bell(random)),
  "noise of 25 of 255": (image, random) => altered(image, (x, y) => pixel(image, x, y) + 25 * bell(random)),
  "moved by a pixel": (image) => altered(image, (x, y) => pixel(image, x - 1, y)),
  "moved by a pixel both ways": (image) => altered(image, (x, y) => pixel(image, x - 1, y - 1)),
  "turned by 3°": (image) => turned(image, 3),
  "turned by 6°": (image) => turned(image, 6),
  "turned by 10°": (image) => turned(image, 10),
};

/** Of mean 0 and variance 1: a sum of three (Irwin and Hall). */
function bell(random: () => number): number {
  return 2 * (random() + random() + random() - 1.5);
}

function altered(image: GreyImage, brightness: (x: number, y: number) => number): GreyImage {
  const pixels = Uint8Array.from(image.pixels, (_, i) => {
    const value = brightness(i % image.width, Math.floor(i / image.width));
    return Math.max(0, Math.min(255, Math.round(value)));
  });
  return { ...image, pixels };
}

/** Black beyond the edges. */
function pixel({ width, height, pixels }: GreyImage, x: number, y: number): number {
  return x < 0 || y < 0 || x >= width || y >= height ? 0 : pixels[y * width + x]!;
}

/** Turned about its middle, bilinear. */
function turned(image: GreyImage, degrees: number): GreyImage {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [middleX, middleY] = [(image.width - 1) / 2, (image.height - 1) / 2];
  return altered(image, (x, y) => {
    const fromX = cos * (x - middleX) - sin * (y - middleY) + middleX;
    const fromY = sin * (x - middleX) + cos * (y - middleY) + middleY;
    const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
    const [u, v] = [fromX - left, fromY - top];
    const above = (1 - u) * pixel(image, left, top) + u * pixel(image, left + 1, top);
    const below = (1 - u) * pixel(image, left, top + 1) + u * pixel(image, left + 1, top + 1);
    return (1 - v) * above + v * below;
  });
}
