import { CopyButton } from "./CopyButton.tsx";

/** A command to be run elsewhere, with a button that copies it. */
export function Command({ text, what = "the command" }: { readonly text: string; readonly what?: string }) {
  return (
    <div className="command">
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
