import { createContext, lazy, type ReactNode, Suspense, use } from "react";
import type { Action } from "./action.ts";
import { useAction } from "./useAction.ts";

const ActionDialog = lazy(async () => ({ default: (await import("./ActionDialog.tsx")).ActionDialog }));

const BeginContext = createContext<((action: Action) => void) | undefined>(undefined);

/** Begins an action; its dialog outlives the button, which may go when the action has changed what is shown. */
export function useBegin(): (action: Action) => void {
  const begin = use(BeginContext);
  if (begin === undefined) throw new Error("there is no host of actions above this component");
  return begin;
}

/** Where actions are shown and confirmed. */
export function ActionHost({ children }: { readonly children: ReactNode }) {
  const { begin, running } = useAction();
  return (
    <BeginContext value={begin}>
      {children}
      {running !== undefined && (
        <Suspense>
          <ActionDialog running={running} />
        </Suspense>
      )}
    </BeginContext>
  );
}
