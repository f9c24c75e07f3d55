import { utf8ToBytes } from "@noble/hashes/utils.js";
import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";
import { normaliseRow } from "./unitRows.ts";

/** A text to featurise; n-grams do not run from the one part into the other. */
export interface Text {
  readonly subject: string;
  readonly body: string;
}

/** How texts become features. Plain JSON, committed by `jsonDigest`. */
export interface TextConfig {
  readonly kind: "signed-hashed-ngrams";
  readonly version: 1;
  /** d: all but the last are buckets, the last one is the constant 1 */
  readonly features: number;
  /** The longest n-gram, 1 or 2 */
  readonly order: 1 | 2;
  /** ASCII characters that are tokens of their own */
  readonly marks: string;
  /** Whether all digits count as the digit 0 */
  readonly maskDigits: boolean;
  readonly termFrequency: "sqrt" | "binary";
}

/**
 * Chosen on a validation split of the SpamAssassin corpus. With 511 buckets bigrams crowd out the single words and cost
 * two points of accuracy.
 */
export const DEFAULT_TEXT_CONFIG: TextConfig = {
  kind: "signed-hashed-ngrams",
  version: 1,
  features: 512,
  order: 1,
  marks: "!$",
  maskDigits: true,
  termFrequency: "sqrt",
};

/**
 * Features without weights: signed hashed n-grams (Weinberger et al., "Feature Hashing for Large Scale Multitask
 * Learning", 2009, eq. 1), L2-normalised, and the constant 1 as the last one.
 * Tokens are runs of ASCII letters and digits in lower case, each mark, and each byte of UTF-8 above 127. An n-gram is
 * identified by the 32-bit FNV-1a hash of its tokens joined by a space, finished as in MurmurHash3; the lowest bit is
 * its sign, the others modulo d − 1 its bucket.
 *
 * @param texts - one or more
 * @returns float64, row-major [texts × d]
 * @throws ScorerError `empty-input` without texts, `out-of-range` for fewer than two features,
 * `bad-version` for a configuration of another kind or version
 */
export function textFeatures(texts: readonly Text[], config: TextConfig = DEFAULT_TEXT_CONFIG): Matrix {
  // A configuration may come from a file.
  const { kind, version }: { kind: string; version: number } = config;
  if (kind !== "signed-hashed-ngrams" || version !== 1) {
    throw new ScorerError("bad-version", `this scorer has no featurizer "${kind}" of version ${version}`);
  }
  const d = assertInteger(config.features, 2, 2 ** 20, "the number of features");
  if (texts.length === 0) throw new ScorerError("empty-input", "there are no texts to featurise");
  const byteClasses = classifyBytes(config);
  const data = new Float64Array(texts.length * d);
  texts.forEach((text, i) => {
    const counts = new Map<number, number>();
    countNgrams(utf8ToBytes(text.subject), byteClasses, config.order, counts);
    countNgrams(utf8ToBytes(text.body), byteClasses, config.order, counts);
    const row = data.subarray(i * d, (i + 1) * d);
    for (const [hash, count] of counts) {
      const value = config.termFrequency === "sqrt" ? Math.sqrt(count) : 1;
      row[(hash >>> 1) % (d - 1)]! += (hash & 1) === 1 ? value : -value;
    }
    normaliseRow(row);
    row[d - 1] = 1;
  });
  return matrix(texts.length, d, data);
}

const SEPARATOR = 0;
const STANDS_ALONE = 256;
const SPACE = 0x20;
const ZERO = 0x30;
const UPPER_A = 0x41;
const LOWER_A = 0x61;

/** For each byte: 0 when it separates tokens, else what it counts as, plus 256 when it is a token by itself. */
function classifyBytes(config: TextConfig): Uint16Array {
  const classes = new Uint16Array(256);
  for (let digit = 0; digit < 10; digit++) classes[ZERO + digit] = config.maskDigits ? ZERO : ZERO + digit;
  for (let letter = 0; letter < 26; letter++) {
    classes[LOWER_A + letter] = LOWER_A + letter;
    classes[UPPER_A + letter] = LOWER_A + letter;
  }
  for (let byte = 128; byte < 256; byte++) classes[byte] = STANDS_ALONE + byte;
  for (const byte of utf8ToBytes(config.marks)) classes[byte] = STANDS_ALONE + byte;
  return classes;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function countNgrams(text: Uint8Array, byteClasses: Uint16Array, order: 1 | 2, counts: Map<number, number>): void {
  // The states of FNV-1a after the token so far, and after the token before it, a space and the token so far.
  let single = FNV_OFFSET;
  let pair = FNV_OFFSET;
  let inToken = false;
  let afterToken = false;
  const add = (state: number): void => {
    const hash = finish(state);
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
  };
  const endToken = (): void => {
    if (!inToken) return;
    add(single);
    if (order === 2 && afterToken) add(pair);
    pair = absorb(single, SPACE);
    single = FNV_OFFSET;
    inToken = false;
    afterToken = true;
  };
  for (const byte of text) {
    const byteClass = byteClasses[byte]!;
    const standsAlone = byteClass >= STANDS_ALONE;
    if (standsAlone || byteClass === SEPARATOR) endToken();
    if (byteClass === SEPARATOR) continue;
    single = absorb(single, byteClass & 0xff);
    pair = absorb(pair, byteClass & 0xff);
    inToken = true;
    if (standsAlone) endToken();
  }
  endToken();
}

/** One step of 32-bit FNV-1a (RFC 9923). */
function absorb(state: number, byte: number): number {
  return Math.imul(state ^ byte, FNV_PRIME);
}

/** The finaliser of MurmurHash3: FNV-1a alone mixes its lowest bits badly. */
function finish(state: number): number {
  let hash = state ^ (state >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
