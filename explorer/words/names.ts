import { cutText } from "./text.ts";

/** What has a card with a name, and a number on the chain. */
export type NamedKind = "model" | "dataset";

/** Characters of a name that are shown: whoever writes a card may write anything. */
const LONGEST = 48;

/** A name from a card on one line, without control characters and marks that turn the direction of writing. */
export function tidyName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return cutText(plain, LONGEST);
}

/** Name and number: "Spam filter · model 2"; the number alone where there is no name. */
export function nameLabel(kind: NamedKind, id: number, name: string | null | undefined): string {
  // The number stays with its kind where a line ends.
  const number = `${kind}\u00a0${id}`;
  return name ? `${name} · ${number}` : number;
}

/** What a card calls what it is of: the member `name` of JSON, the first heading of Markdown; empty if it says nothing. */
export function nameInCard(text: string): string {
  return tidyName(jsonName(text) ?? /^#\s+(.+)$/m.exec(text.replace(/^---\n[^]*?\n---\n/, ""))?.[1] ?? "");
}

function jsonName(text: string): string | undefined {
  try {
    const { name } = JSON.parse(text) as { readonly name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
