/** Events that one range should have: few enough for memory and a node's limits, many enough for one transaction. */
const WANTED = 10_000;
/** Blocks of the first range: a node that refuses it would be asked again, and a full one could be too much for it. */
const FIRST = 32;

/** How many blocks to ask for at once: halved when a node refuses or there is much in them, grown when there is little. */
export class RangeSize {
  readonly #most: number;
  #blocks: number;

  constructor(most: number) {
    this.#most = most;
    this.#blocks = Math.min(FIRST, most);
  }

  get blocks(): number {
    return this.#blocks;
  }

  /** A range was read, with this many events. */
  took(events: number): void {
    if (events > WANTED) this.failed();
    else if (events < WANTED / 4) this.#blocks = Math.min(this.#most, this.#blocks * 2);
  }

  /** A range could not be read. */
  failed(): void {
    this.#blocks = Math.max(1, Math.floor(this.#blocks / 2));
  }
}
