/** Where the tokens of a text are, in UTF-16 code units. */
export interface TokenBounds {
  readonly count: number;
  /** uint32 [count] */
  readonly starts: Uint32Array;
  /** uint32 [count], each one past its token's end */
  readonly ends: Uint32Array;
}

const SPACE = 0;
const LETTER_OR_DIGIT = 1;
const MARK = 2;

/** What each ASCII character is: controls and the space separate, the rest beside letters and digits stands alone. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) =>
  code <= 0x20 || code === 0x7f ? SPACE : /[0-9A-Za-z]/.test(String.fromCharCode(code)) ? LETTER_OR_DIGIT : MARK,
);

/**
 * Splits a text into tokens: runs of ASCII letters and digits, every other visible ASCII character by itself, and every
 * code point above 127 by itself, but for white space (Unicode's White_Space) and controls up to U+009F. Depends on
 * nothing but the text: a part of a text that begins and ends where tokens do has the same tokens.
 */
export function tokenise(text: string): TokenBounds {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at++);
    const kind = code < 128 ? CLASSES[code]! : isWideSpace(code) ? SPACE : MARK;
    if (kind === SPACE) continue;
    if (kind === LETTER_OR_DIGIT) {
      while (at < text.length && CLASSES[text.charCodeAt(at)] === LETTER_OR_DIGIT) at++;
    } else if (text.codePointAt(start)! > 0xffff) at++;
    starts[count] = start;
    ends[count++] = at;
  }
  return { count, starts: starts.slice(0, count), ends: ends.slice(0, count) };
}

/** The token between two bounds of `tokenise`, as it is compared: ASCII letters in lower case. */
export function tokenText(text: string, start: number, end: number): string {
  const token = text.slice(start, end);
  // A token with ASCII letters has nothing else whose case could be folded.
  return token.charCodeAt(0) < 128 ? token.toLowerCase() : token;
}

/** The tokens of a text, as they are compared. */
export function tokensOf(text: string): string[] {
  const { starts, ends } = tokenise(text);
  return Array.from(starts, (start, i) => tokenText(text, start, ends[i]!));
}

/**
 * Finds the tokens of `span` in a text as they follow each other, to show a span where it comes from.
 *
 * @returns the first place, in UTF-16 code units; nothing when they are not in the text
 */
export function locate(text: string, span: string): { readonly start: number; readonly end: number } | undefined {
  const wanted = tokensOf(span);
  const { count, starts, ends } = tokenise(text);
  const tokens = tokensOf(text);
  for (let i = 0; wanted.length > 0 && i + wanted.length <= count; i++) {
    if (wanted.every((token, j) => tokens[i + j] === token)) {
      return { start: starts[i]!, end: ends[i + wanted.length - 1]! };
    }
  }
  return undefined;
}

function isWideSpace(code: number): boolean {
  return (
    code <= 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}
