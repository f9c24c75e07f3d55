import { MetadataError } from "../errors.ts";

/** An image without colours. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** Brightness from 0 to 255, row by row: [height × width]. */
  readonly pixels: Uint8Array;
}

/** Side of the thumbnail that is hashed. */
const SIDE = 32;
/** Frequencies in each direction that the hash keeps: the lowest ones, but for the constant. */
const FREQUENCIES = 16;

/** Bits of a hash, and the 32-bit words that hold them. */
export const HASH_BITS = FREQUENCIES * FREQUENCIES - 1;
export const HASH_WORDS = Math.ceil(HASH_BITS / 32);

/** cos and sin of 3° and 6°. */
const TURNS = [
  [0.9986295347545738, 0.05233595624294383],
  [0.9945218953682733, 0.10452846326765347],
] as const;

/**
 * The perceptual hash of an image from its discrete cosine transform (Zauner, "Implementation and Benchmarking of
 * Perceptual Image Hash Functions", 2010, section 3.2.1): the lowest frequencies of a thumbnail, one bit each, whether it
 * is above their median. A change of brightness or contrast moves none of them, noise and compression few.
 *
 * @returns `HASH_BITS` bits in 32-bit words, the last one filled up with zeros
 * @throws MetadataError `bad-image` for an image without pixels, or with another number of them than its sides say
 */
export function perceptualHash(image: GreyImage): Uint32Array {
  return hashThumbnail(thumbnail(image));
}

/**
 * The hashes of an image and of what a copier would make of it: moved by 1/32 of its side in each of eight directions, and
 * turned by 3° and 6° to either side, its edges drawn out. The hash itself stands neither.
 *
 * @returns thirteen hashes, the image's own first
 * @throws MetadataError `bad-image`
 */
export function variantHashes(image: GreyImage): Uint32Array[] {
  const small = thumbnail(image);
  const moved = [-1, 0, 1].flatMap((dy) =>
    [-1, 0, 1].filter((dx) => dx !== 0 || dy !== 0).map((dx) => warp(small, 1, 0, dx, dy)),
  );
  const turned = TURNS.flatMap(([cos, sin]) => [warp(small, cos, sin, 0, 0), warp(small, cos, -sin, 0, 0)]);
  return [small, ...moved, ...turned].map(hashThumbnail);
}

/** Each pixel from where it lay before the thumbnail was turned about its middle and moved: bilinear. */
function warp(small: Float64Array, cos: number, sin: number, dx: number, dy: number): Float64Array {
  const middle = (SIDE - 1) / 2;
  const inside = (place: number): number => Math.max(0, Math.min(SIDE - 1, place));
  const warped = new Float64Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const fromX = inside(cos * (x - middle) - sin * (y - middle) + middle + dx);
      const fromY = inside(sin * (x - middle) + cos * (y - middle) + middle + dy);
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, bottom] = [inside(left + 1), inside(top + 1)];
      const [u, v] = [fromX - left, fromY - top];
      const above = (1 - u) * small[top * SIDE + left]! + u * small[top * SIDE + right]!;
      const below = (1 - u) * small[bottom * SIDE + left]! + u * small[bottom * SIDE + right]!;
      warped[y * SIDE + x] = (1 - v) * above + v * below;
    }
  }
  return warped;
}

function hashThumbnail(small: Float64Array): Uint32Array {
  const frequencies = lowFrequencies(small);
  const middle = medianOf(frequencies);
  const hash = new Uint32Array(HASH_WORDS);
  frequencies.forEach((value, bit) => {
    if (value > middle) hash[bit >>> 5]! |= 1 << (bit & 31);
  });
  return hash;
}

/** Bits in which two hashes differ: their Hamming distance. */
export function hammingDistance(a: Uint32Array, b: Uint32Array): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) distance += bitsOf(a[i]! ^ b[i]!);
  return distance;
}

function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Scales to `SIDE` × `SIDE`: each new pixel is the mean of the area that it covers, parts of pixels by their part. */
function thumbnail({ width, height, pixels }: GreyImage): Float64Array {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height) {
    throw new MetadataError(
      "bad-image",
      `an image of ${width} × ${height} has ${pixels.length} pixels: decode it again from its file`,
    );
  }
  const narrow = new Float64Array(height * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < SIDE; x++) narrow[y * SIDE + x] = areaMean(pixels, y * width, 1, width, x);
  }
  const small = new Float64Array(SIDE * SIDE);
  for (let x = 0; x < SIDE; x++) {
    for (let y = 0; y < SIDE; y++) small[y * SIDE + x] = areaMean(narrow, x, SIDE, height, y);
  }
  return small;
}

/** Mean of place `at` of `SIDE` places over a line of `length` values, `step` apart. */
function areaMean(values: ArrayLike<number>, start: number, step: number, length: number, at: number): number {
  // In units of 1 / SIDE of a value the place covers [at · length, (at + 1) · length).
  const [from, to] = [at * length, (at + 1) * length];
  let sum = 0;
  for (let i = Math.floor(from / SIDE); i * SIDE < to; i++) {
    sum += (Math.min(to, (i + 1) * SIDE) - Math.max(from, i * SIDE)) * values[start + i * step]!;
  }
  return sum / length;
}

/** cos(π / 64); the other cosines follow by recurrence, so that they are the same numbers on every engine. */
const COSINE = 0.9987954562051724;
const COSINES = cosines();

/** cos((2x + 1) · u · π / 64) of frequency u and place x: [FREQUENCIES × SIDE]. */
function cosines(): Float64Array {
  const turn = new Float64Array(4 * SIDE);
  turn[0] = 1;
  turn[1] = COSINE;
  // cos((j + 1)θ) = 2 cos θ cos jθ − cos((j − 1)θ)
  for (let j = 2; j < turn.length; j++) turn[j] = 2 * COSINE * turn[j - 1]! - turn[j - 2]!;
  const table = new Float64Array(FREQUENCIES * SIDE);
  for (let u = 0; u < FREQUENCIES; u++) {
    for (let x = 0; x < SIDE; x++) table[u * SIDE + x] = turn[((2 * x + 1) * u) % (4 * SIDE)]!;
  }
  return table;
}

/** DCT-II of the thumbnail, but for scale: the frequencies below `FREQUENCIES` in each direction, without the first. */
function lowFrequencies(small: Float64Array): Float64Array {
  const rows = new Float64Array(SIDE * FREQUENCIES);
  for (let y = 0; y < SIDE; y++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += small[y * SIDE + x]! * COSINES[u * SIDE + x]!;
      rows[y * FREQUENCIES + u] = sum;
    }
  }
  const frequencies = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += rows[y * FREQUENCIES + u]! * COSINES[v * SIDE + y]!;
      frequencies[v * FREQUENCIES + u] = sum;
    }
  }
  return frequencies.slice(1);
}

function medianOf(values: Float64Array): number {
  return values.toSorted()[values.length >>> 1]!;
}
