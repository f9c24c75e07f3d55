import { MetadataError } from "../errors.ts";
import { type GreyImage, hammingDistance, HASH_BITS, HASH_WORDS, variantHashes } from "./images.ts";

/** An image like another one. */
export interface NearImage {
  /** Number of the image, in the order of `add`. */
  readonly image: number;
  /** Bits of 255 in which their perceptual hashes differ, of the best of the variants. */
  readonly distance: number;
}

/** Chosen from the curve of `bench/gaming/intake.ts`; docs/intake.md has it. */
export const DEFAULT_IMAGE_DISTANCE = 24;

/**
 * Finds images like earlier ones, by the Hamming distance of their perceptual hashes. Every earlier image is compared, so
 * none within the distance is missed, and each takes 32 bytes.
 */
export class NearImages {
  readonly distance: number;
  #hashes = new Uint32Array(HASH_WORDS * 1024);
  #size = 0;

  /**
   * @param distance - most bits in which a reported image differs
   * @throws MetadataError `bad-search` for a distance below 0 or above 255
   */
  constructor(distance = DEFAULT_IMAGE_DISTANCE) {
    if (!Number.isSafeInteger(distance) || distance < 0 || distance > HASH_BITS) {
      throw new MetadataError(
        "bad-search",
        `the distance is ${distance}, expected a whole number from 0 to ${HASH_BITS}`,
      );
    }
    this.distance = distance;
  }

  /** Images that were added. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an image after saying what it is like; its number is the `size` before.
   *
   * @returns the earlier images within the distance, the nearest first
   * @throws MetadataError `bad-image`
   */
  add(image: GreyImage): NearImage[] {
    const variants = variantHashes(image);
    const found = this.#near(variants);
    if (HASH_WORDS * (this.#size + 1) > this.#hashes.length) {
      const hashes = new Uint32Array(2 * this.#hashes.length);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    this.#hashes.set(variants[0]!, HASH_WORDS * this.#size++);
    return found;
  }

  /** The added images within the distance of one, the nearest first. @throws MetadataError `bad-image` */
  near(image: GreyImage): NearImage[] {
    return this.#near(variantHashes(image));
  }

  #near(variants: readonly Uint32Array[]): NearImage[] {
    const found: NearImage[] = [];
    for (let number = 0; number < this.#size; number++) {
      const hash = this.#hashes.subarray(HASH_WORDS * number, HASH_WORDS * (number + 1));
      let distance = HASH_BITS + 1;
      for (const variant of variants) distance = Math.min(distance, hammingDistance(variant, hash));
      if (distance <= this.distance) found.push({ image: number, distance });
    }
    return found.sort((a, b) => a.distance - b.distance || a.image - b.image);
  }
}
