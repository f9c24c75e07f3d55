/**
 * Suffix arrays of strings of 32-bit symbols by induced sorting (SA-IS: Nong, Zhang & Chan, "Linear Suffix Array
 * Construction by Almost Pure Induced-Sorting", 2009). The wrapper drives the recursion and lays out the memory.
 *
 * A suffix is of type L when it is greater than the one after it, else S; the last one is L. A pass of type L reaches
 * the suffix before one that it has at hand if that is of type L too. So there are four kinds, by the type of the suffix
 * before in the text and its own: LL, from which a pass of type L goes on; SL, where it ends and one of type S starts;
 * SS, from which that goes on; and LMS (S after L), where it ends. The first suffix is of none. For each symbol the four
 * counts or places stand next to each other, so that one line of cache holds them.
 */

/** Bytes from one symbol's places to the next one's. */
const SHIFT: usize = 4;
/** Offsets of the places of a kind. */
const LL: usize = 0;
const SL: usize = 4;
const SS: usize = 8;
const LMS: usize = 12;
/** Marks an entry: while suffixes are induced, one from which the pass at hand induces nothing. */
const STOP: u32 = 0x80000000;

function at(base: usize, index: u32): u32 {
  return load<u32>(base + ((<usize>index) << 2));
}
function put(base: usize, index: u32, value: u32): void {
  store<u32>(base + ((<usize>index) << 2), value);
}
function kindOf(places: usize, symbol: u32, kind: usize): usize {
  return places + ((<usize>symbol) << SHIFT) + kind;
}

/**
 * Counts the suffixes of each symbol and kind, and collects the LMS positions in the order of the text.
 *
 * @param text - uint32 [n], n at least 1
 * @param counts - uint32 [symbols × 4], zeros on entry
 * @param positions - uint32, room for ⌊n / 2⌋: filled from its end downwards
 * @param room - ⌊n / 2⌋
 * @returns m, the number of LMS positions
 */
export function classify(text: usize, n: u32, counts: usize, positions: usize, room: u32): u32 {
  let next = at(text, n - 1);
  let kind: usize = LL;
  let isS = false;
  let to = room;
  // Each turn knows the type of suffix i + 1 and finds out that of suffix i, which makes i + 1's kind.
  for (let i = n - 1; i > 0; i--) {
    const symbol = at(text, i - 1);
    const before = symbol < next || (symbol == next && isS);
    if (isS) kind = before ? SS : LMS;
    else kind = before ? SL : LL;
    const place = kindOf(counts, next, kind);
    store<u32>(place, load<u32>(place) + 1);
    if (kind == LMS) put(positions, --to, i);
    next = symbol;
    isS = before;
  }
  return room - to;
}

/**
 * Turns counts into the places where each kind's list of LMS-substring sorting begins (L) or ends (S), symbol by
 * symbol.
 */
export function layLists(counts: usize, places: usize, symbols: u32): void {
  let ll: u32 = 0;
  let sl: u32 = 0;
  let ss: u32 = 0;
  let lms: u32 = 0;
  for (let c: u32 = 0; c < symbols; c++) {
    store<u32>(kindOf(places, c, LL), ll);
    store<u32>(kindOf(places, c, SL), sl);
    ll += load<u32>(kindOf(counts, c, LL));
    sl += load<u32>(kindOf(counts, c, SL));
    ss += load<u32>(kindOf(counts, c, SS));
    store<u32>(kindOf(places, c, SS), ss);
    store<u32>(kindOf(places, c, LMS), lms);
    lms += load<u32>(kindOf(counts, c, LMS));
  }
}

/**
 * Sorts the LMS substrings: each kind has a list of its own, so that a pass reads only what it induces from.
 *
 * @param positions - uint32 [m]
 * @param unsorted, sorted - uint32 [m]
 * @param ll, sl, ss - uint32, as long as there are suffixes of the kind
 */
export function sortSubstrings(
  text: usize,
  n: u32,
  symbols: u32,
  places: usize,
  positions: usize,
  m: u32,
  unsorted: usize,
  sorted: usize,
  ll: usize,
  sl: usize,
  ss: usize,
): void {
  for (let i: u32 = 0; i < m; i++) {
    const p = at(positions, i);
    const place = kindOf(places, at(text, p), LMS);
    const to = load<u32>(place);
    store<u32>(place, to + 1);
    put(unsorted, to, p);
  }
  induceLeft(text, n - 1, places, ll, sl);
  let i: u32 = 0;
  let j: u32 = 0;
  for (let c: u32 = 0; c < symbols; c++) {
    const own = kindOf(places, c, LL);
    for (; i < load<u32>(own); i++) induceLeft(text, at(ll, i) - 1, places, ll, sl);
    const end = load<u32>(kindOf(places, c, LMS));
    for (; j < end; j++) induceLeft(text, at(unsorted, j) - 1, places, ll, sl);
  }
  // Downwards: every place of SL is the end of its symbol's list by now.
  i = load<u32>(kindOf(places, symbols - 1, SS));
  j = load<u32>(kindOf(places, symbols - 1, SL));
  for (let c = symbols; c-- > 0;) {
    const own = kindOf(places, c, SS);
    while (i > load<u32>(own)) induceRight(text, at(ss, --i) - 1, places, ss, sorted);
    const from: u32 = c == 0 ? 0 : load<u32>(kindOf(places, c - 1, SL));
    while (j > from) induceRight(text, at(sl, --j) - 1, places, ss, sorted);
  }
}

function induceLeft(text: usize, q: u32, places: usize, ll: usize, sl: usize): void {
  if (q == 0) return;
  const symbol = at(text, q);
  const goesOn = at(text, q - 1) >= symbol;
  const place = kindOf(places, symbol, goesOn ? LL : SL);
  const to = load<u32>(place);
  store<u32>(place, to + 1);
  put(goesOn ? ll : sl, to, q);
}

function induceRight(text: usize, q: u32, places: usize, ss: usize, lms: usize): void {
  if (q == 0) return;
  const symbol = at(text, q);
  const goesOn = at(text, q - 1) <= symbol;
  const place = kindOf(places, symbol, goesOn ? SS : LMS);
  const to = load<u32>(place) - 1;
  store<u32>(place, to);
  put(goesOn ? ss : lms, to, q);
}

/**
 * Finds the LMS substrings that are equal to others. A suffix whose substring is equal to no other one is in its place
 * by now, and ends every comparison that comes to it.
 *
 * @param sorted - uint32 [m]: entries equal to the one before get the mark
 * @param bits - one bit for each position up to n: whether it is LMS; n counts as one. Zeros on entry
 * @param repeated - one bit for every two positions, where there is one LMS position at most. Zeros on entry
 * @returns how many there are
 */
export function markRepeated(
  text: usize,
  n: u32,
  positions: usize,
  m: u32,
  sorted: usize,
  bits: usize,
  repeated: usize,
): u32 {
  for (let i: u32 = 0; i < m; i++) setBit(bits, at(positions, i));
  setBit(bits, n);
  let count: u32 = 0;
  let before = at(sorted, 0);
  let inGroup = false;
  for (let i: u32 = 1; i < m; i++) {
    const p = at(sorted, i);
    const same = sameSubstring(text, n, bits, before, p);
    if (same) {
      if (!inGroup) {
        setBit(repeated, before >> 1);
        count++;
      }
      setBit(repeated, p >> 1);
      count++;
      put(sorted, i, p | STOP);
    }
    inGroup = same;
    before = p;
  }
  return count;
}

/**
 * Leaves only those LMS positions that decide the order of repeated substrings: them, and those right after one.
 *
 * @param positions - uint32 [m]: what is left on return, repeated ones with the mark
 * @param kept - one bit for every two positions: whether it is left. Zeros on entry
 * @returns how many are left
 */
export function keep(positions: usize, m: u32, repeated: usize, kept: usize): u32 {
  let to: u32 = 0;
  let before: u32 = 0;
  for (let i: u32 = 0; i < m; i++) {
    const p = at(positions, i);
    const own = bit(repeated, p >> 1);
    if (own | before) {
      setBit(kept, p >> 1);
      put(positions, to++, own ? p | STOP : p);
    }
    before = own;
  }
  return to;
}

/**
 * Names the substrings that are left by their rank, equal ones alike.
 *
 * @param sorted - uint32 [m], marked where equal to the one before; on return repeated ones have the mark
 * @param nameAt - uint32 [⌈n / 2⌉], for every two positions
 * @returns the number of different names
 */
export function name(sorted: usize, m: u32, repeated: usize, kept: usize, nameAt: usize): u32 {
  let names: u32 = 0;
  for (let i: u32 = 0; i < m; i++) {
    const entry = at(sorted, i);
    const p = entry & ~STOP;
    if (!bit(kept, p >> 1)) continue;
    if (entry == p) names++;
    put(nameAt, p >> 1, names - 1);
    put(sorted, i, bit(repeated, p >> 1) ? p | STOP : p);
  }
  return names;
}

/** The names in the order of the text: reduced[i] = that of positions[i]. */
export function reduce(positions: usize, left: u32, nameAt: usize, reduced: usize): void {
  for (let i: u32 = 0; i < left; i++) put(reduced, i, at(nameAt, (at(positions, i) & ~STOP) >> 1));
}

/**
 * Puts the repeated ones into their places, in the order that the reduced string's suffixes have.
 *
 * @param order - uint32 [left], its suffix array
 * @param sorted - uint32: marked entries are the places to fill
 */
export function fillIn(order: usize, positions: usize, left: u32, sorted: usize): void {
  let to: u32 = 0;
  for (let i: u32 = 0; i < left; i++) {
    const entry = at(positions, at(order, i));
    if (!(entry & STOP)) continue;
    while (!(at(sorted, to) & STOP)) to++;
    put(sorted, to++, entry ^ STOP);
  }
}

function setBit(bits: usize, index: u32): void {
  const byte = bits + (index >> 3);
  const bitOfByte: u32 = 1 << (index & 7);
  store<u8>(byte, <u8>(load<u8>(byte) | bitOfByte));
}
function bit(bits: usize, index: u32): u32 {
  return ((<u32>load<u8>(bits + (index >> 3))) >> (index & 7)) & 1;
}

function sameSubstring(text: usize, n: u32, bits: usize, p: u32, q: u32): bool {
  if (at(text, p) != at(text, q)) return false;
  let k: u32 = 1;
  let ends: u32 = 0;
  while (!ends) {
    ends = bit(bits, p + k);
    if (ends != bit(bits, q + k)) return false;
    // Past the text's end is less than any symbol.
    if (p + k == n || q + k == n) return false;
    if (at(text, p + k) != at(text, q + k)) return false;
    k++;
  }
  return true;
}

/**
 * Turns counts into the places where the suffixes of each symbol begin (LL, and SL to stay) and end (SS), and where its
 * sorted LMS suffixes end (LMS).
 *
 * @param first - the symbol of the first suffix, which is of no kind
 */
export function layBuckets(counts: usize, places: usize, symbols: u32, first: u32): void {
  let total: u32 = 0;
  let lms: u32 = 0;
  for (let c: u32 = 0; c < symbols; c++) {
    store<u32>(kindOf(places, c, LL), total);
    store<u32>(kindOf(places, c, SL), total);
    if (c == first) total++;
    total += load<u32>(kindOf(counts, c, LL)) + load<u32>(kindOf(counts, c, SL));
    total += load<u32>(kindOf(counts, c, SS)) + load<u32>(kindOf(counts, c, LMS));
    lms += load<u32>(kindOf(counts, c, LMS));
    store<u32>(kindOf(places, c, SS), total);
    store<u32>(kindOf(places, c, LMS), lms);
  }
}

/**
 * Induces the order of all suffixes from that of the LMS suffixes.
 *
 * @param sorted - uint32 [m], the LMS suffixes in order
 * @param places - see layBuckets, with the first suffix counted
 * @param array - uint32 [n]
 */
export function induce(text: usize, n: u32, symbols: u32, places: usize, sorted: usize, array: usize): void {
  placeLeft(text, n - 1, places, array);
  let j: u32 = 0;
  let i: u32 = 0;
  for (let c: u32 = 0; c < symbols; c++) {
    const own = kindOf(places, c, LL);
    for (; i < load<u32>(own); i++) {
      const p = at(array, i);
      if (!(p & STOP)) placeLeft(text, p - 1, places, array);
    }
    const end = load<u32>(kindOf(places, c, LMS));
    for (; j < end; j++) placeLeft(text, at(sorted, j) - 1, places, array);
    i = load<u32>(kindOf(places, c, SS));
  }
  for (let c = symbols; c-- > 0;) {
    const own = kindOf(places, c, SS);
    while (i > load<u32>(own)) {
      const p = at(array, --i);
      if (p & STOP) put(array, i, p ^ STOP);
      else placeRight(text, p - 1, places, array);
    }
    const begin = load<u32>(kindOf(places, c, SL));
    while (i > begin) {
      const p = at(array, --i);
      if (p & STOP) {
        put(array, i, p ^ STOP);
        if (p != STOP) placeRight(text, (p ^ STOP) - 1, places, array);
      }
    }
  }
}

function placeLeft(text: usize, q: u32, places: usize, array: usize): void {
  const symbol = at(text, q);
  const stops = q == 0 || at(text, q - 1) < symbol;
  const place = kindOf(places, symbol, LL);
  const to = load<u32>(place);
  store<u32>(place, to + 1);
  put(array, to, stops ? q | STOP : q);
}

function placeRight(text: usize, q: u32, places: usize, array: usize): void {
  const symbol = at(text, q);
  const stops = q == 0 || at(text, q - 1) > symbol;
  const place = kindOf(places, symbol, SS);
  const to = load<u32>(place) - 1;
  store<u32>(place, to);
  put(array, to, stops ? q | STOP : q);
}
