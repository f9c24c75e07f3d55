/** A text as it stands at the beginning of a line. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The beginning of a text, with a mark where it was cut. */
export function cutText(text: string, most: number): string {
  const characters = Array.from(new Intl.Segmenter("en").segment(text), ({ segment }) => segment);
  if (characters.length <= most) return text;
  const kept = characters.slice(0, Math.max(1, most - 1)).join("");
  return `${kept.trimEnd()}…`;
}
