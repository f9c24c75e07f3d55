import type { Hex } from "../../scorer/index.ts";
import { DigestIndex, type RowCopy, type RowPlace } from "./digestIndex.ts";
import type { GreyImage } from "./images.ts";
import { DEFAULT_IMAGE_DISTANCE, NearImages } from "./nearImages.ts";
import { DEFAULT_TEXT_SEARCH, NearTexts, type TextSearch } from "./nearTexts.ts";
import { DEFAULT_COSINE, NearVectors } from "./nearVectors.ts";

/** What a row is compared by. */
export type RowContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly image: GreyImage }
  | { readonly kind: "vector"; readonly vector: ArrayLike<number> };

/** How alike a row and an earlier one are, by what they were compared by. */
export type Likeness =
  | { readonly kind: "text"; readonly jaccard: number; readonly containment: number }
  | { readonly kind: "image"; readonly distance: number }
  | { readonly kind: "vector"; readonly cosine: number };

/** A row that is nearly an earlier one: evidence for a curator, no verdict. */
export interface NearCopy {
  readonly row: number;
  readonly earlier: RowPlace;
  readonly likeness: Likeness;
}

/** What the rows of a contribution have to do with the rows before them. */
export interface Findings {
  /** Number of the contribution, in the order of `add`. */
  readonly contribution: number;
  /** Rows with the bytes of an earlier row. */
  readonly copies: readonly RowCopy[];
  /** Of each other row the most alike earlier row, if it is alike enough: of another contribution where there is one. */
  readonly near: readonly NearCopy[];
  /** Rows, copies left out, that were compared by their content. */
  readonly compared: number;
}

/** Thresholds of an intake; those that are left out are the defaults. */
export interface IntakeOptions {
  readonly text?: TextSearch;
  /** Most bits in which the perceptual hashes of images like each other differ. */
  readonly imageDistance?: number;
  /** Least cosine of vectors like each other. */
  readonly cosine?: number;
}

/** A row in the order in which rows of its kind were added. */
interface Alike {
  readonly number: number;
  readonly likeness: Likeness;
}

/**
 * Compares contributions with those before them. Add them by the time of their roots on the chain, the earliest first:
 * rows are published after their root, so who copies a published row comes later.
 */
export class Intake {
  readonly #digests = new DigestIndex();
  readonly #texts: NearTexts;
  readonly #images: NearImages;
  readonly #cosine: number;
  #vectors: NearVectors | undefined;
  /** Where the texts, images and vectors stand. */
  readonly #places: Record<RowContent["kind"], RowPlace[]> = { text: [], image: [], vector: [] };

  /** @throws MetadataError `bad-search` for thresholds out of range */
  constructor({
    text = DEFAULT_TEXT_SEARCH,
    imageDistance = DEFAULT_IMAGE_DISTANCE,
    cosine = DEFAULT_COSINE,
  }: IntakeOptions = {}) {
    this.#texts = new NearTexts(text);
    this.#images = new NearImages(imageDistance);
    this.#cosine = cosine;
  }

  /**
   * Adds the next contribution.
   *
   * @param digests - SHA-256 of each row, in order
   * @param contentOf - what a row is compared by; undefined where it isn't at hand
   * @throws ScorerError `bad-hex`, MetadataError `bad-image`, `bad-vector`
   */
  add(digests: readonly Hex[], contentOf: (row: number) => RowContent | undefined = () => undefined): Findings {
    const contribution = this.#digests.contributions;
    const copies = this.#digests.add(digests);
    const copied = new Set(copies.map(({ row }) => row));
    const near: NearCopy[] = [];
    let compared = 0;
    for (let row = 0; row < digests.length; row++) {
      const content = copied.has(row) ? undefined : contentOf(row);
      if (content === undefined) continue;
      compared++;
      const places = this.#places[content.kind];
      const alike = this.#add(content);
      const found = alike.find(({ number }) => places[number]!.contribution < contribution) ?? alike[0];
      if (found !== undefined) near.push({ row, earlier: places[found.number]!, likeness: found.likeness });
      places.push({ contribution, row });
    }
    return { contribution, copies, near, compared };
  }

  /** Adds a row to those of its kind; earlier ones that are like it, the most alike first. */
  #add(content: RowContent): Alike[] {
    switch (content.kind) {
      case "text":
        return this.#texts.add(content.text).map(({ text: number, jaccard, containment }) => ({
          number,
          likeness: { kind: "text", jaccard, containment },
        }));
      case "image":
        return this.#images
          .add(content.image)
          .map(({ image: number, distance }) => ({ number, likeness: { kind: "image", distance } }));
      case "vector":
        this.#vectors ??= new NearVectors(content.vector.length, this.#cosine);
        return this.#vectors
          .add(content.vector)
          .map(({ vector: number, cosine }) => ({ number, likeness: { kind: "vector", cosine } }));
    }
  }
}
