import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { ClientError } from "../../client/clientError.ts";
import type { Hex } from "../../client/indexApi/index.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { useIndex } from "../data/IndexContext.ts";
import { FROM_CHAIN, FROM_INDEX } from "../data/queries.ts";
import type { Acting, Action, Message } from "./action.ts";
import type { DescribedCall } from "./describe.ts";
import { isRejection } from "./eip1193.ts";
import type { Mined } from "./send.ts";
import type { Simulated } from "./simulate.ts";
import { useSuite } from "./useSuite.ts";
import { useWallet } from "./WalletContext.ts";

/** A call with what it says and what it costs. */
export interface ReviewedCall extends Simulated {
  readonly described: DescribedCall | undefined;
}

/** Where an action is. */
export type Phase =
  | { readonly at: "preparing" | "rejected" }
  | { readonly at: "message"; readonly message: Message }
  | {
      readonly at: "review";
      readonly calls: readonly ReviewedCall[];
      /** The wallet takes all calls as one. */
      readonly together: boolean;
      /** In wei of the chain's coin; undefined where a call can't be simulated yet. */
      readonly cost: bigint | undefined;
    }
  | {
      readonly at: "sending";
      readonly calls: readonly ReviewedCall[];
      readonly place: number;
      /** Of the call that is on its way; undefined while the wallet's owner is asked. */
      readonly hash: string | undefined;
    }
  | { readonly at: "indexing" | "done"; readonly mined: readonly Mined[] }
  | { readonly at: "signed"; readonly outcome: string }
  | { readonly at: "failed"; readonly error: unknown };

/** An action on its way, with what goes on. */
export interface Running {
  readonly action: Action;
  readonly phase: Phase;
  /** Simulates again, and shows what will be sent. */
  readonly again: () => void;
  /** Signs the message, or sends the transactions, whichever is shown. */
  readonly goOn: () => void;
  readonly close: () => void;
}

/** Seconds that the index has to follow a transaction. */
const INDEX_PATIENCE = 60;

/**
 * Takes an action from a click to its block: simulates it, shows what its bytes say and what it costs, has it signed,
 * waits until it is mined and indexed, and has all answers asked for again.
 */
export function useAction(): { readonly begin: (action: Action) => void; readonly running: Running | undefined } {
  const config = useConfig();
  const api = useIndex();
  const queries = useQueryClient();
  const { wallet, account } = useWallet();
  const openSuite = useSuite();
  const [phase, setPhase] = useState<Phase>({ at: "preparing" });
  const [current, setCurrent] = useState<Action>();
  /** Counts beginnings, so that what was closed doesn't come back. */
  const run = useRef(0);
  const next = useRef<(() => Promise<void>) | undefined>(undefined);

  const attempt = useCallback(async (own: number, step: (show: (phase: Phase) => void) => Promise<void>) => {
    const show = (shown: Phase): void => {
      if (run.current === own) setPhase(shown);
    };
    try {
      await step(show);
    } catch (error) {
      show(isRejection(error) ? { at: "rejected" } : { at: "failed", error });
    }
  }, []);

  const begin = (action: Action): void => {
    const own = ++run.current;
    next.current = undefined;
    setCurrent(action);
    setPhase({ at: "preparing" });
    void attempt(own, async (show) => {
      if (wallet === undefined || account === undefined) {
        throw new ClientError("bad-input", "no wallet is connected: connect one first");
      }
      const { provider } = wallet;
      const acting: Acting = { suite: await openSuite(), account };
      const review = async (signature: Hex | undefined): Promise<void> => {
        const [{ simulate }, { describeCall }, { takesBatches }] = await Promise.all([
          import("./simulate.ts"),
          import("./describe.ts"),
          import("./send.ts"),
        ]);
        const prepared = (await action.prepare?.(acting, signature)) ?? [];
        if (prepared.length === 0) throw new ClientError("bad-input", "there is nothing to do any more");
        const [simulated, together, fees] = await Promise.all([
          simulate(acting, prepared),
          prepared.length > 1 && takesBatches(provider, account, config.book.chainId),
          acting.suite.provider.getFeeData(),
        ]);
        const calls = simulated.map((call) => ({ ...call, described: describeCall(acting.suite, call) }));
        const price = fees.gasPrice ?? fees.maxFeePerGas ?? 0n;
        const known = calls.every(({ gas }) => gas !== undefined);
        const cost = known ? calls.reduce((sum, { gas = 0n }) => sum + gas * price, 0n) : undefined;
        next.current = () => attempt(own, (shown) => send(acting, calls, together, shown));
        show({ at: "review", calls, together, cost });
      };
      const send = async (
        by: Acting,
        calls: readonly ReviewedCall[],
        together: boolean,
        shown: (phase: Phase) => void,
      ): Promise<void> => {
        const { sendCalls } = await import("./send.ts");
        shown({ at: "sending", calls, place: 0, hash: undefined });
        const mined = await sendCalls(provider, by, calls, together, {
          asked: (place) => shown({ at: "sending", calls, place, hash: undefined }),
          sent: (place, hash) => shown({ at: "sending", calls, place, hash }),
        });
        action.mined?.();
        shown({ at: "indexing", mined });
        await api.untilIndexed(Math.max(...mined.map(({ block }) => block)), INDEX_PATIENCE);
        await Promise.all([
          queries.invalidateQueries({ queryKey: [FROM_INDEX] }),
          queries.invalidateQueries({ queryKey: [FROM_CHAIN] }),
        ]);
        shown({ at: "done", mined });
      };
      if (action.message === undefined) return review(undefined);
      const message = await action.message(acting);
      next.current = () =>
        attempt(own, async (shown) => {
          const { signMessage } = await import("./send.ts");
          const signature = await signMessage(provider, account, message);
          shown({ at: "preparing" });
          if (action.signed === undefined) await review(signature);
          else shown({ at: "signed", outcome: await action.signed(acting, signature) });
        });
      show({ at: "message", message });
    });
  };

  const goOn = (): void => {
    const step = next.current;
    next.current = undefined;
    void step?.();
  };
  const close = (): void => {
    run.current++;
    next.current = undefined;
    setCurrent(undefined);
  };
  const running = current && { action: current, phase, again: () => begin(current), goOn, close };
  return { begin, running };
}
