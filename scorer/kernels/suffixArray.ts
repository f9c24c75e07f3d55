import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { suffixArray as module } from "./generated.ts";
import { instantiate, type Kernel } from "./kernel.ts";

/** The highest bit of a position marks it. */
const MAX_LENGTH = 2 ** 31 - 1;
/** Kinds of suffixes that the kernel counts for each symbol. */
const KINDS = 4;

interface Functions {
  readonly classify: (text: number, n: number, counts: number, positions: number, room: number) => number;
  readonly layLists: (counts: number, places: number, symbols: number) => void;
  readonly sortSubstrings: (
    text: number,
    n: number,
    symbols: number,
    places: number,
    positions: number,
    m: number,
    unsorted: number,
    sorted: number,
    ll: number,
    sl: number,
    ss: number,
  ) => void;
  readonly markRepeated: (
    text: number,
    n: number,
    positions: number,
    m: number,
    sorted: number,
    bits: number,
    repeated: number,
  ) => number;
  readonly keep: (positions: number, m: number, repeated: number, kept: number) => number;
  readonly name: (sorted: number, m: number, repeated: number, kept: number, nameAt: number) => number;
  readonly reduce: (positions: number, left: number, nameAt: number, reduced: number) => void;
  readonly fillIn: (order: number, positions: number, left: number, sorted: number) => void;
  readonly layBuckets: (counts: number, places: number, symbols: number, first: number) => void;
  readonly induce: (text: number, n: number, symbols: number, places: number, sorted: number, array: number) => void;
}

/**
 * The suffix array of a string of integers: the starts of its suffixes in lexicographic order, where a suffix that is a
 * beginning of another one comes first. By induced sorting (Nong, Zhang & Chan, "Linear Suffix Array Construction by
 * Almost Pure Induced-Sorting", 2009) in time linear in the length and the number of symbols; it takes about 20 bytes of
 * memory for each position, and 32 for each symbol, while it runs. Fastest when frequent symbols are small.
 *
 * @param text - uint32 [n], each below `symbols`
 * @param symbols - the size of the alphabet
 * @returns uint32 [n]
 * @throws ScorerError `out-of-range` for a symbol that is not below `symbols`, and for 2^31 symbols or positions or more;
 * `out-of-memory`
 */
export function suffixArray(text: Uint32Array, symbols: number): Uint32Array {
  assertSymbols(text, symbols);
  const n = text.length;
  if (n === 0) return new Uint32Array(0);
  // A memory of its own, to be given back: it never shrinks.
  const workspace = new Workspace(instantiate<Functions>(module));
  const source = workspace.take(n);
  workspace.view(source, n).set(text);
  return workspace.view(sortLevel(workspace, source, n, symbols), n).slice();
}

/** Blocks of 32-bit words in a kernel's memory, the last one given back first. */
class Workspace {
  readonly functions: Functions;
  readonly #kernel: Kernel<Functions>;
  readonly #sizes: number[] = [];

  constructor(kernel: Kernel<Functions>) {
    this.functions = kernel.functions;
    this.#kernel = kernel;
  }

  /** @returns the offset of a block of so many words, whose content is left over from before */
  take(words: number): number {
    this.#sizes.push(4 * words);
    return this.#kernel.layOut(this.#sizes).at(-1)!;
  }

  takeZeros(words: number): number {
    const offset = this.take(words);
    this.view(offset, words).fill(0);
    return offset;
  }

  /** Runs `use`, and gives back the blocks that it took. */
  within<T>(use: () => T): T {
    const kept = this.#sizes.length;
    const result = use();
    this.#sizes.length = kept;
    return result;
  }

  view(offset: number, words: number): Uint32Array {
    return new Uint32Array(this.#kernel.memory(), offset, words);
  }
}

/** @returns the offset of the suffix array of the text at `text`, the only block that is still taken afterwards */
function sortLevel(workspace: Workspace, text: number, n: number, symbols: number): number {
  const { functions } = workspace;
  const array = workspace.take(n);
  workspace.within(() => {
    const counts = workspace.takeZeros(KINDS * symbols);
    const places = workspace.take(KINDS * symbols);
    const room = Math.floor(n / 2);
    const from = workspace.take(room);
    const m = functions.classify(text, n, counts, from, room);
    const positions = from + 4 * (room - m);
    const sorted = workspace.take(m);
    if (m > 0) workspace.within(() => sortLms({ workspace, text, n, symbols, counts, places, positions, m, sorted }));
    functions.layBuckets(counts, places, symbols, workspace.view(text, 1)[0]!);
    functions.induce(text, n, symbols, places, sorted, array);
  });
  return array;
}

interface Level {
  readonly workspace: Workspace;
  readonly text: number;
  readonly n: number;
  readonly symbols: number;
  readonly counts: number;
  readonly places: number;
  readonly positions: number;
  readonly m: number;
  readonly sorted: number;
}

/** Sorts the LMS suffixes, by recursion where their first substrings don't tell all of them apart. */
function sortLms({ workspace, text, n, symbols, counts, places, positions, m, sorted }: Level): void {
  const { functions } = workspace;
  workspace.within(() => {
    functions.layLists(counts, places, symbols);
    // What is before the last symbol, and that of the last one.
    const last = KINDS * (symbols - 1);
    const before = workspace.view(places, KINDS * symbols).subarray(last);
    const own = workspace.view(counts, KINDS * symbols).subarray(last);
    const [llCount, slCount, ssCount] = [before[0]! + own[0]!, before[1]! + own[1]!, before[2]!];
    const unsorted = workspace.take(m);
    const [ll, sl, ss] = [workspace.take(llCount), workspace.take(slCount), workspace.take(ssCount)];
    functions.sortSubstrings(text, n, symbols, places, positions, m, unsorted, sorted, ll, sl, ss);
  });
  const repeated = workspace.takeZeros(bitWords(n / 2));
  const count = workspace.within(() => {
    const bits = workspace.takeZeros(bitWords(n));
    return functions.markRepeated(text, n, positions, m, sorted, bits, repeated);
  });
  if (count === 0) return;
  const kept = workspace.takeZeros(bitWords(n / 2));
  const left = functions.keep(positions, m, repeated, kept);
  const reduced = workspace.take(left);
  const names = workspace.within(() => {
    const nameAt = workspace.take(Math.ceil(n / 2));
    const different = functions.name(sorted, m, repeated, kept, nameAt);
    functions.reduce(positions, left, nameAt, reduced);
    return different;
  });
  functions.fillIn(sortLevel(workspace, reduced, left, names), positions, left, sorted);
}

/** Words for one bit for each position up to and including `last`. */
function bitWords(last: number): number {
  return Math.floor(last / 32) + 1;
}

/**
 * The same in plain TypeScript, by doubling (Manber & Myers, "Suffix Arrays: A New Method for On-Line String Searches",
 * 1993, with stable counting sorts): what the kernel is measured by, and compared with.
 */
export function plainSuffixArray(text: Uint32Array, symbols: number): Uint32Array {
  assertSymbols(text, symbols);
  const n = text.length;
  // ranks[i]: how the suffix at i compares by its first `length` symbols.
  let ranks = text;
  let classes = symbols;
  let order = countingSort(
    Uint32Array.from({ length: n }, (_, i) => i),
    ranks,
    classes,
  );
  for (let length = 1; ; length *= 2) {
    // By the second half first: suffixes that have none are least, and the order so far gives the others'.
    const bySecond = new Uint32Array(n);
    let to = 0;
    for (let i = Math.max(0, n - length); i < n; i++) bySecond[to++] = i;
    for (const i of order) if (i >= length) bySecond[to++] = i - length;
    order = countingSort(bySecond, ranks, classes);
    const doubled = new Uint32Array(n);
    classes = 0;
    for (let k = 0; k < n; k++) {
      const i = order[k]!;
      if (k === 0 || !sameHalves(ranks, order[k - 1]!, i, length)) classes++;
      doubled[i] = classes - 1;
    }
    if (classes === n) return order;
    ranks = doubled;
  }
}

function sameHalves(ranks: Uint32Array, i: number, j: number, length: number): boolean {
  return ranks[i] === ranks[j] && ranks[i + length] === ranks[j + length];
}

/** `items` by their keys, items of one key in the order in which they came. */
function countingSort(items: Uint32Array, keys: Uint32Array, classes: number): Uint32Array {
  const ends = new Uint32Array(classes + 1);
  for (const item of items) ends[keys[item]! + 1]!++;
  for (let c = 0; c < classes; c++) ends[c + 1]! += ends[c]!;
  const sorted = new Uint32Array(items.length);
  for (const item of items) sorted[ends[keys[item]!]!++] = item;
  return sorted;
}

function assertSymbols(text: Uint32Array, symbols: number): void {
  assertInteger(symbols, 0, MAX_LENGTH, "the number of symbols");
  assertInteger(text.length, 0, MAX_LENGTH, "the number of positions");
  for (let i = 0; i < text.length; i++) {
    if (text[i]! >= symbols) {
      throw new ScorerError("out-of-range", `symbol ${text[i]} at position ${i}: the alphabet ends below ${symbols}`);
    }
  }
}
