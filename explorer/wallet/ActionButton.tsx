import { type ReactNode, useId } from "react";
import { useConfig } from "../config/ConfigContext.ts";
import type { Action } from "./action.ts";
import { useBegin } from "./ActionHost.tsx";
import { useWallet } from "./WalletContext.ts";

interface ActionButtonProps {
  readonly action: Action;
  /** Why it can't be done now; undefined if it can. */
  readonly unavailable?: string | undefined;
  /** What the button says, if not the action's title. */
  readonly children?: ReactNode;
  readonly primary?: boolean;
}

/** A button that has the wallet do something; when it can't, it says why. */
export function ActionButton({ action, unavailable, children, primary = false }: ActionButtonProps) {
  const { account, isRightChain } = useWallet();
  const { chainName } = useConfig();
  const begin = useBegin();
  const reason = useId();
  const why =
    unavailable ??
    (account === undefined
      ? "Connect a wallet first"
      : isRightChain
        ? undefined
        : `Switch the wallet to ${chainName} first`);
  return (
    <div className="action">
      <button
        type="button"
        className={primary ? "primary" : undefined}
        // Not `disabled`: it stays in the tab order, so that its reason is read out.
        aria-disabled={why !== undefined}
        aria-describedby={why === undefined ? undefined : reason}
        onClick={why === undefined ? () => begin(action) : undefined}
      >
        {children ?? action.title}
      </button>
      {why !== undefined && (
        <span id={reason} className="why">
          {why}
        </span>
      )}
    </div>
  );
}
