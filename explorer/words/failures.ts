import { ClientError, type ClientErrorCode } from "../../client/clientError.ts";
import { refusalHint } from "../../client/refusals.ts";
import { capitalised } from "./text.ts";

const TITLES: Readonly<Record<ClientErrorCode, string>> = {
  network: "No answer",
  "wrong-chain": "Another chain",
  "no-deployment": "No deployment here",
  "no-funds": "Not enough money",
  reverted: "Refused by the contract",
  mismatch: "This doesn’t fit together",
  "too-expensive": "More expensive than allowed",
  refused: "Refused",
  "bad-input": "This can’t be used",
  "not-found": "Not found",
  "file-missing": "The file isn’t published here",
  "file-altered": "The file isn’t what the chain says",
  behind: "The index is behind",
};

/** What to say of a failure: what it is in a few words, and a sentence that says what to do. */
export function failureText(error: unknown): { readonly title: string; readonly message: string } {
  if (error instanceof ClientError) {
    const hint = error.revert && refusalHint(error.revert.name);
    return {
      title: TITLES[error.code],
      message: sentence(hint === undefined ? error.message : `${hint} (${error.message})`),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { title: "Something failed", message: sentence(message) };
}

function sentence(text: string): string {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return capitalised(ended);
}
