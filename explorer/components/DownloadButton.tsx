import { useState } from "react";
import { failureText } from "../words/failures.ts";
import { Icon } from "./Icon.tsx";

/** A file that is made when it is asked for. */
export interface MadeFile {
  readonly name: string;
  readonly type: "text/csv" | "application/json" | "text/plain";
  readonly text: string;
}

/** Has the browser keep a file. */
export function saveFile({ name, type, text }: MadeFile): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

interface DownloadButtonProps {
  /** What the button says: "History as CSV". */
  readonly children: string;
  readonly make: () => Promise<MadeFile>;
}

/** Makes a file and has the browser keep it; says so when it can't. */
export function DownloadButton({ children, make }: DownloadButtonProps) {
  const [state, setState] = useState<"ready" | "making" | Error>("ready");
  const save = (): void => {
    setState("making");
    make().then(
      (file) => {
        saveFile(file);
        setState("ready");
      },
      (error: unknown) => setState(error instanceof Error ? error : new Error(String(error))),
    );
  };
  return (
    <span className="download">
      <button type="button" onClick={save} disabled={state === "making"}>
        <Icon name="down" />
        {state === "making" ? "Collecting…" : children}
      </button>
      {state instanceof Error && (
        <span className="fault" role="alert">
          {failureText(state).message}
        </span>
      )}
    </span>
  );
}
