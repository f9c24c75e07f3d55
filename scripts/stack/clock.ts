import { rpc } from "../localNode.ts";

/** Milliseconds between two moves of the clock. */
const EVERY = 1_000;

/**
 * Lets a development chain's days pass quickly: mines a block every second, and moves the clock on with it.
 *
 * @param speed - seconds of the chain in a second
 * @returns stops it
 */
export function runClock(url: string, speed: number): () => Promise<void> {
  let moving = Promise.resolve();
  const move = async (): Promise<void> => {
    await rpc(url, "evm_increaseTime", [speed - EVERY / 1000]);
    await rpc(url, "evm_mine");
  };
  const timer = setInterval(() => {
    // A node that is gone is somebody else's news.
    moving = moving.then(move).catch(() => undefined);
  }, EVERY);
  return async () => {
    clearInterval(timer);
    await moving;
  };
}
