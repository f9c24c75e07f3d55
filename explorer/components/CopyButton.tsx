import { useEffect, useState } from "react";
import { Icon } from "./Icon.tsx";

/** Copies a text, and says so. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  useEffect(() => {
    if (state === "ready") return;
    const timer = setTimeout(() => setState("ready"), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  const said = { ready: "", copied: "Copied", failed: "The browser doesn't allow copying" }[state];
  return (
    <button type="button" className="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      <span role="status" className="sr-only">
        {said}
      </span>
    </button>
  );
}
