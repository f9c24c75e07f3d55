import { utf8ToBytes } from "@noble/hashes/utils.js";
import { DigestIndex, NearImages, NearTexts, type RowContent } from "../../metadata/index.ts";
import { type Hex, sha256 } from "../../scorer/index.ts";
import type { Contribution, Row } from "./market.ts";

/** What a curator makes of the evidence. */
export interface Policy {
  /** A contribution of which more than this part is flagged is refused; of others the flagged rows are left out */
  readonly refusedAbove: number;
}

/** For digits, where next to no honest row is flagged. */
export const STRICT: Policy = { refusedAbove: 0.25 };
/** For mails: those of one sender are alike by nature. */
export const LENIENT: Policy = { refusedAbove: 1 };

/**
 * An intake: rows with the bytes of an earlier row are flagged, and rows that are nearly an earlier one at the default
 * thresholds. Everybody's rows go through it, and whoever comes first owns a row.
 */
export class Guard {
  readonly #policy: Policy;
  readonly #digests = new DigestIndex();
  readonly #near = new NearRows();
  /** Whether a row is near one of the first does not depend on what else its contributor tries. */
  readonly #known = new WeakMap<RowContent, boolean>();
  /** What is left of the contributions that came first */
  readonly first: readonly Contribution[];
  /** Part of their rows that is not admitted: honest rows that are like others, and those refused along with them */
  readonly leftOut: number;

  /** @param first - contributions that are there before anybody plays */
  constructor(first: readonly Contribution[], policy: Policy) {
    this.#policy = policy;
    this.first = first.map((contribution) => {
      const copies = new Set(this.#digests.add(contribution.rows.map(digestOf)).map(({ row }) => row));
      return this.#decide(contribution, ({ content }, i) => !copies.has(i) && !this.#near.add(content));
    });
    this.leftOut = 1 - rowsIn(this.first) / rowsIn(first);
  }

  /** What is left of contributions that come after the first ones. */
  admit(contributions: readonly Contribution[]): Contribution[] {
    const isFlagged = this.visitor();
    return contributions.map((contribution) => this.#decide(contribution, (row) => !isFlagged(row)));
  }

  /** Says of one row after the other whether it is flagged. A copier can find that out as well as the curator. */
  visitor(): (row: Row) => boolean {
    const digests = new DigestIndex();
    const own = new NearRows();
    return (row) => {
      const mark = [digestOf(row)];
      if (this.#digests.copiesIn(mark).length > 0 || digests.add(mark).length > 0) return true;
      const { content } = row;
      let near = this.#known.get(content);
      if (near === undefined) this.#known.set(content, (near = this.#near.has(content)));
      return own.add(content) || near;
    };
  }

  #decide(contribution: Contribution, isNew: (row: Row, i: number) => boolean): Contribution {
    const rows = contribution.rows.filter(isNew);
    const flagged = 1 - rows.length / contribution.rows.length;
    return { ...contribution, rows: flagged > this.#policy.refusedAbove ? [] : rows };
  }
}

/** Rows of one kind or the other, compared by the searches of the intake. */
class NearRows {
  readonly #images = new NearImages();
  readonly #texts = new NearTexts();

  has(content: RowContent): boolean {
    if (content.kind === "image") return this.#images.near(content.image).length > 0;
    if (content.kind === "text") return this.#texts.near(content.text).length > 0;
    throw new Error("vectors are not contributed here");
  }

  /** @returns whether it is like one before */
  add(content: RowContent): boolean {
    if (content.kind === "image") return this.#images.add(content.image).length > 0;
    if (content.kind === "text") return this.#texts.add(content.text).length > 0;
    throw new Error("vectors are not contributed here");
  }
}

function rowsIn(contributions: readonly Contribution[]): number {
  return contributions.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** A row's bytes here are its label and its image or text. */
function digestOf({ label, content }: Row): Hex {
  const bytes =
    content.kind === "image" ? content.image.pixels : utf8ToBytes(content.kind === "text" ? content.text : "");
  const marked = new Uint8Array(1 + bytes.length).fill(label);
  marked.set(bytes, 1);
  return sha256(marked);
}
