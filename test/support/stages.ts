import type { Suite } from "./suite.ts";

/** A state of a test chain that tests start from, with the objects that describe it. */
export interface Stage<T> {
  /** Puts the chain into this state, from a snapshot where there is one, and returns its objects. */
  load(): Promise<T>;
  /** A state that is reached from this one. */
  step<U>(build: (before: T) => Promise<U>): Stage<U>;
}

/** A test chain and the snapshots that it can still go back to, oldest first. */
class Chain {
  readonly #deploy: () => Promise<Suite>;
  #suite: Promise<Suite> | undefined;
  readonly #snapshots: { readonly owner: symbol; readonly id: unknown }[] = [];

  constructor(deploy: () => Promise<Suite>) {
    this.#deploy = deploy;
  }

  suite(): Promise<Suite> {
    this.#suite ??= this.#deploy();
    return this.#suite;
  }

  async take(owner: symbol): Promise<void> {
    const { provider } = await this.suite();
    this.#snapshots.push({ owner, id: await provider.request({ method: "evm_snapshot" }) });
  }

  /** Goes back to a stage; false if its snapshot was dropped by going back to an earlier one. */
  async restore(owner: symbol): Promise<boolean> {
    const place = this.#snapshots.findIndex((snapshot) => snapshot.owner === owner);
    const snapshot = this.#snapshots[place];
    if (snapshot === undefined) return false;
    const { provider } = await this.suite();
    this.#snapshots.length = place;
    if ((await provider.request({ method: "evm_revert", params: [snapshot.id] })) !== true) {
      throw new Error("the test chain has lost a snapshot");
    }
    await this.take(owner);
    return true;
  }
}

class ChainStage<T> implements Stage<T> {
  readonly #chain: Chain;
  readonly #build: () => Promise<T>;
  readonly #owner = Symbol("stage");
  #value: { readonly built: T } | undefined;

  constructor(chain: Chain, build: () => Promise<T>) {
    this.#chain = chain;
    this.#build = build;
  }

  async load(): Promise<T> {
    if (this.#value !== undefined && (await this.#chain.restore(this.#owner))) return this.#value.built;
    const built = await this.#build();
    this.#value = { built };
    await this.#chain.take(this.#owner);
    return built;
  }

  step<U>(build: (before: T) => Promise<U>): Stage<U> {
    return new ChainStage(this.#chain, async () => build(await this.load()));
  }
}

/** The first state of a chain of its own: what `deploy` leaves behind. The chain is made when it is first needed. */
export function firstStage(deploy: () => Promise<Suite>): Stage<Suite> {
  const chain = new Chain(deploy);
  return new ChainStage(chain, () => chain.suite());
}
