import type { Suite } from "./suite.ts";

/** A state of a test chain that tests start from, with the objects that describe it. */
export interface Stage<T> {
  /** Puts the chain into this state, from a snapshot where there is one, and returns its objects. */
  load(): Promise<T>;
  /** A state that is reached from this one. */
  step<U>(build: (before: T) => Promise<U>): Stage<U>;
}

function stage<T>(suiteOf: () => Promise<Suite>, build: () => Promise<T>): Stage<T> {
  let taken: { readonly value: T; id: unknown } | undefined;
  const load = async (): Promise<T> => {
    const { provider } = await suiteOf();
    // Going back to a stage drops the snapshots taken after it; those are then built anew.
    if (taken !== undefined && (await provider.request({ method: "evm_revert", params: [taken.id] })) === true) {
      taken.id = await provider.request({ method: "evm_snapshot" });
      return taken.value;
    }
    const value = await build();
    taken = { value, id: await provider.request({ method: "evm_snapshot" }) };
    return value;
  };
  return { load, step: (next) => stage(suiteOf, async () => next(await load())) };
}

/** The first state of a chain of its own: what `deploy` leaves behind. The chain is made when it is first needed. */
export function firstStage(deploy: () => Promise<Suite>): Stage<Suite> {
  let deployed: Promise<Suite> | undefined;
  const suiteOf = (): Promise<Suite> => (deployed ??= deploy());
  return stage(suiteOf, suiteOf);
}
