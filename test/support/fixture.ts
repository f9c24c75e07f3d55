import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";

/** Builds a state once for the enclosing `describe`, and puts the chain back to it before each of its tests. */
export function useFixture<T extends { networkHelpers: Pick<NetworkHelpers, "takeSnapshot"> }>(
  build: () => Promise<T>,
): () => T {
  let built: { fixture: T; restore: () => Promise<void> } | undefined;
  before(async () => {
    const fixture = await build();
    const snapshot = await fixture.networkHelpers.takeSnapshot();
    built = { fixture, restore: () => snapshot.restore() };
  });
  beforeEach(() => built?.restore());
  return () => {
    if (built === undefined) throw new Error("the fixture is there only while a test or a hook runs");
    return built.fixture;
  };
}

/** The item at a place, which must be there. */
export function item<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index} of ${list.length}`);
  return found;
}
