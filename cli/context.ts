import type { Suite } from "../client/index.ts";

/** What a command works with beside its arguments: the outside, and a way to say what is going on. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  /** Connects to the deployment, once. */
  readonly suite: () => Promise<Suite>;
  /** URL of an index of the chain, where one is named. */
  readonly api: string | undefined;
  /** Says something to the person at the terminal (stderr). */
  readonly note: (text: string) => void;
  /** Does something that may take long, and says so (stderr); `show` is told how far it is. */
  readonly step: <T>(title: string, run: (show: (detail: string) => void) => T | Promise<T>) => Promise<T>;
}
