/** Blocks after which nothing that was decided is looked at again. */
const DEPTH = 64;

/**
 * What is decided and needs no look any more. Something counts once it has been decided for many blocks, so that a reorg
 * brings it back; after a restart all is looked at once.
 */
export class Settled {
  readonly #since = new Map<string, number>();
  readonly #depth: number;

  constructor(depth = DEPTH) {
    this.#depth = depth;
  }

  /** Whether it was decided long ago. */
  has(key: string, block: number): boolean {
    const since = this.#since.get(key);
    return since !== undefined && block - since >= this.#depth;
  }

  /** Notes whether it is decided as of a block. */
  note(key: string, decided: boolean, block: number): void {
    const since = this.#since.get(key);
    if (!decided) this.#since.delete(key);
    else if (since === undefined || since > block) this.#since.set(key, block);
  }
}
