import { ScorerError } from "../core/errors.ts";
import { PackedIntegers } from "./packed.ts";
import { tokenise, tokenText } from "./tokens.ts";

/** What stands after each row: no token of a text has it, so that no span runs over a row's end. */
export const ROW_END = 0;
/** What stands for a token that the corpus hasn't: it is equal to nothing. */
export const UNKNOWN = -1;

/** The rows of all contributions as one sequence of token ids. */
export interface Corpus {
  /** From 1 by falling frequency; tokens as frequent as each other in the order of their UTF-16 code units. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Ids [n], each row followed by 0. */
  readonly tokens: PackedIntegers;
  /** uint32 [rows + 1]: where each row begins, and n */
  readonly rowStarts: Uint32Array;
  /** uint32 [contributions + 1]: the first row of each, and the number of rows */
  readonly contributionStarts: Uint32Array;
}

/** A row by its contribution, the contribution's place in the dataset version, and its place in there. */
export interface RowPlace {
  readonly contribution: number;
  readonly row: number;
}

/**
 * Reads the rows of contributions, in the order of a dataset version.
 *
 * @param contributions - the texts of each one's rows
 * @throws ScorerError `empty-input` when there is not a single token
 */
export function readCorpus(contributions: readonly (readonly string[])[]): Corpus {
  const reader = new Reader();
  const contributionStarts = new Uint32Array(contributions.length + 1);
  const rowStarts: number[] = [0];
  contributions.forEach((rows, i) => {
    for (const row of rows) {
      reader.read(row);
      rowStarts.push(reader.length);
    }
    contributionStarts[i + 1] = rowStarts.length - 1;
  });
  const { vocabulary, tokens } = reader.finish();
  if (vocabulary.size === 0) {
    throw new ScorerError("empty-input", "the contributions hold no token: a corpus needs text to compare with");
  }
  return { vocabulary, tokens, rowStarts: Uint32Array.from(rowStarts), contributionStarts };
}

/** Ids [tokens of the text]: `UNKNOWN` where the corpus hasn't the token. */
export function idsOf(corpus: Corpus, text: string): Int32Array {
  const { starts, ends } = tokenise(text);
  return Int32Array.from(starts, (start, i) => corpus.vocabulary.get(tokenText(text, start, ends[i]!)) ?? UNKNOWN);
}

export function rowCount(corpus: Corpus): number {
  return corpus.rowStarts.length - 1;
}

/** @param row - counted through the corpus */
export function placeOfRow(corpus: Corpus, row: number): RowPlace {
  const starts = corpus.contributionStarts;
  // The last contribution that starts at or before the row: those without rows start where the next one does.
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle;
  }
  return { contribution: low, row: row - starts[low]! };
}

/** Gives ids in the order of first appearance, and those by frequency at the end. */
class Reader {
  readonly #ids = new Map<string, number>();
  readonly #counts: number[] = [0];
  #tokens = new Uint32Array(1024);
  length = 0;

  read(text: string): void {
    const { count, starts, ends } = tokenise(text);
    this.#reserve(count + 1);
    for (let i = 0; i < count; i++) {
      const token = tokenText(text, starts[i]!, ends[i]!);
      let id = this.#ids.get(token);
      if (id === undefined) {
        id = this.#counts.push(0) - 1;
        this.#ids.set(token, id);
      }
      this.#counts[id]!++;
      this.#tokens[this.length++] = id;
    }
    this.#tokens[this.length++] = ROW_END;
  }

  finish(): Pick<Corpus, "vocabulary" | "tokens"> {
    const counts = this.#counts;
    const ordered = [...this.#ids].sort(
      ([tokenA, a], [tokenB, b]) => counts[b]! - counts[a]! || (tokenA < tokenB ? -1 : 1),
    );
    const newIds = new Uint32Array(counts.length);
    ordered.forEach(([, id], i) => (newIds[id] = i + 1));
    const tokens = this.#tokens.subarray(0, this.length);
    for (let i = 0; i < tokens.length; i++) tokens[i] = newIds[tokens[i]!]!;
    return {
      vocabulary: new Map(ordered.map(([token], i) => [token, i + 1])),
      tokens: PackedIntegers.from(tokens, ordered.length),
    };
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#tokens.length) return;
    const larger = new Uint32Array(2 * (this.length + more));
    larger.set(this.#tokens.subarray(0, this.length));
    this.#tokens = larger;
  }
}
