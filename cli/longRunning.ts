import { JsonRpcProvider, parseUnits } from "ethers";
import type { Suite } from "../client/index.ts";
import type { FeePolicy } from "../services/runtime/fees.ts";
import { untilReached } from "../services/runtime/rpc.ts";
import type { Context } from "./context.ts";
import { SERVICE } from "./serviceDefaults.ts";

/** How a process that runs for long sends transactions; gas in gwei, times in seconds. */
export interface SendingChoice {
  readonly gasCap: number | undefined;
  readonly stuckAfter: number | undefined;
}

/** The same as the transactor takes it. */
export function sendingOf({ gasCap, stuckAfter = SERVICE.stuckAfter }: SendingChoice): {
  readonly fees: FeePolicy;
  readonly stuckAfter: number;
} {
  const fees = gasCap === undefined ? {} : { cap: parseUnits(gasCap.toFixed(9), "gwei") };
  return { fees, stuckAfter: stuckAfter * 1000 };
}

/** What runs for long waits for its node; who only looks is told that there is none. */
export async function whenReached<T>(context: Context, runs: boolean, act: () => Promise<T>): Promise<T> {
  if (!runs) return act();
  return untilReached("connecting", act, (reason) => context.note(`${reason}; trying again`));
}

/** A process that runs for long connects by itself, to the same node: its requests are tried again where a command's fail. */
export function addressOf({ provider }: Suite): string {
  if (provider instanceof JsonRpcProvider) return provider._getConnection().url;
  throw new Error("the command line connects by HTTP");
}
