import { decode, encode } from "fast-png";

/** Colours of a picture with one byte a pixel. */
const COLOURS = 64;
/** The most frequent colours, which are kept in any case: backgrounds may differ by little. */
const FREQUENT = 24;
/** Bits of each channel that count when colours are too many. */
const COARSER = [8, 7, 6, 5, 4, 3, 2] as const;

/**
 * A screenshot with a palette: a page has few colours but at the edges of its letters, so that hardly anything is lost,
 * in about a third of the bytes. The colours that most pixels have are kept as they are, all others become the nearest.
 */
export function smallPng(png: Uint8Array): Uint8Array {
  const { width, height, data, channels } = decode(png);
  const pixels = width * height;
  const at = (pixel: number): number =>
    ((data[pixel * channels] ?? 0) << 16) |
    ((data[pixel * channels + 1] ?? 0) << 8) |
    (data[pixel * channels + 2] ?? 0);
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < pixels; pixel++) counts.set(at(pixel), (counts.get(at(pixel)) ?? 0) + 1);
  const kept = palette(counts);
  const places = new Map<number, number>(kept.map((colour, place) => [colour, place]));
  const indexes = new Uint8Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const colour = at(pixel);
    let place = places.get(colour);
    if (place === undefined) {
      place = nearest(kept, colour);
      places.set(colour, place);
    }
    indexes[pixel] = place;
  }
  const colours = kept.map((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255] as [number, number, number]);
  return encode({ width, height, data: indexes, depth: 8, channels: 1, palette: colours }, { zlib: { level: 9 } });
}

/** Colours to keep: the most frequent ones, and of each group of like others the most frequent, groups as fine as fit. */
function palette(counts: ReadonlyMap<number, number>): number[] {
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const [kept, others] = [sorted.slice(0, FREQUENT), sorted.slice(FREQUENT)];
  for (const bits of COARSER) {
    const groups = new Map<number, number>();
    const mask = (0xff << (8 - bits)) & 0xff;
    const wide = (mask << 16) | (mask << 8) | mask;
    for (const colour of others) if (!groups.has(colour & wide)) groups.set(colour & wide, colour);
    if (kept.length + groups.size <= COLOURS) return [...kept, ...groups.values()];
  }
  return sorted.slice(0, COLOURS);
}

function nearest(kept: readonly number[], colour: number): number {
  const [r, g, b] = [colour >> 16, (colour >> 8) & 255, colour & 255];
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  kept.forEach((other, place) => {
    const distance = (r - (other >> 16)) ** 2 + (g - ((other >> 8) & 255)) ** 2 + (b - (other & 255)) ** 2;
    if (distance < least) [best, least] = [place, distance];
  });
  return best;
}
