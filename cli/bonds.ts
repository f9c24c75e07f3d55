import type { Suite } from "../client/index.ts";
import type { Role } from "../client/index.ts";
import { chainTime } from "./chain.ts";

/** Contracts that bonds are put up for, by what they are called in commands. */
export const CONTROLLERS = ["attribution", "indexes", "datasets"] as const satisfies readonly Role[];

export type Controller = (typeof CONTROLLERS)[number];

/** What each controller takes bonds for. */
export const CONTROLLER_USES: Readonly<Record<Controller, string>> = {
  attribution: "statements and challenges",
  indexes: "demands of rows",
  datasets: "deposits of contributions",
};

/** An account's money under a controller, in the currency's smallest unit. */
export interface BondState {
  readonly controller: Controller;
  readonly free: bigint;
  readonly locked: bigint;
  readonly leaving: bigint;
  /** Unix seconds; null when nothing is leaving. */
  readonly leavesAt: bigint | null;
  /** Whether what is leaving can be taken now. */
  readonly ready: boolean;
}

/** What an account has in the vault. */
export async function readBonds(suite: Suite, account: string): Promise<BondState[]> {
  const now = await chainTime(suite);
  return Promise.all(
    CONTROLLERS.map(async (controller) => {
      const { free, locked, leaving, leavesAt } = await suite.vault.bondOf(suite.book.contracts[controller], account);
      const pending = leaving > 0n;
      return {
        controller,
        free,
        locked,
        leaving,
        leavesAt: pending ? leavesAt : null,
        ready: pending && leavesAt <= now,
      };
    }),
  );
}
