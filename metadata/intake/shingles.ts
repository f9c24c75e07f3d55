/** Scripts that are written without spaces: each character counts as a word. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}";
const WORD = new RegExp(`[${UNSPACED}]|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+`, "gu");

/**
 * The words of a text, without what an editor changes unseen: compatibility forms (NFKC), case, punctuation and white
 * space. They are compared and never hashed into anything that is kept: engines may differ in characters that Unicode
 * has only just assigned.
 */
export function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
}

/**
 * The set of k-shingles of a text (Broder, "On the resemblance and containment of documents", 1997), as 53-bit hashes of
 * `k` neighbouring words; a text of fewer words is one shingle, a text without words has none.
 *
 * @param k - words of a shingle, from 1
 * @returns the hashes, ascending, each once: float64, so that they sort natively and take no objects
 */
export function shinglesOf(text: string, k: number): Float64Array {
  const words = wordsOf(text);
  if (words.length === 0) return new Float64Array(0);
  const hashes = new Float64Array(Math.max(1, words.length - k + 1));
  for (let i = 0; i < hashes.length; i++) hashes[i] = hashWords(words, i, Math.min(i + k, words.length));
  hashes.sort();
  let size = 0;
  for (let i = 0; i < hashes.length; i++) if (i === 0 || hashes[i] !== hashes[i - 1]) hashes[size++] = hashes[i]!;
  return hashes.slice(0, size);
}

/** How much of two texts is the same, by their shingles. */
export interface Resemblance {
  /** |A ∩ B| / |A ∪ B|, from 0 to 1: the Jaccard index. */
  readonly jaccard: number;
  /** |A ∩ B| / min(|A|, |B|), from 0 to 1: what shows a copy that was cut short, or stands in a longer text. */
  readonly containment: number;
}

/** Broder's resemblance and containment of two sets, exactly. @param a, b - ascending, each value once */
export function resemblanceOf(a: Float64Array, b: Float64Array): Resemblance {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  if (shared === 0) return { jaccard: 0, containment: 0 };
  return { jaccard: shared / (a.length + b.length - shared), containment: shared / Math.min(a.length, b.length) };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SECOND_OFFSET = 0x9747b28c;
const SECOND_PRIME = 0x5bd1e995;

/** 32-bit FNV-1a, with its own and with other constants, over the UTF-16 of words `from` to `to`, each ended by a zero: 53 bits of them. */
function hashWords(words: readonly string[], from: number, to: number): number {
  let first = FNV_OFFSET;
  let second = SECOND_OFFSET;
  for (let i = from; i < to; i++) {
    const word = words[i]!;
    for (let j = 0; j <= word.length; j++) {
      const unit = j < word.length ? word.charCodeAt(j) : 0;
      first = Math.imul(first ^ unit, FNV_PRIME);
      second = Math.imul(second ^ unit, SECOND_PRIME);
    }
  }
  return (mix(second) >>> 11) * 2 ** 32 + mix(first);
}

/** The finaliser of MurmurHash3: a permutation of 32 bits. */
export function mix(state: number): number {
  let hash = state ^ (state >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
