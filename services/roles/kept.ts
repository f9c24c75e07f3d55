/** Results that are kept: each holds an index in memory. */
const MOST = 8;

/** The last few results of a computation whose keys name all that they follow from. */
export class Kept<T> {
  readonly #results = new Map<string, T>();

  /** A result that is kept, or computed now. */
  async of(key: string, compute: () => Promise<T>): Promise<T> {
    const found = this.#results.get(key) ?? (await compute());
    this.#results.delete(key);
    this.#results.set(key, found);
    const [oldest] = this.#results.keys();
    if (this.#results.size > MOST && oldest !== undefined) this.#results.delete(oldest);
    return found;
  }
}
