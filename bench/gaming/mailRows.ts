import { DEFAULT_TEXT_CONFIG, type Random, textFeatures } from "../../scorer/index.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import { type CorpusMail, loadContributors } from "../../scripts/demo/corpus.ts";
import type { Row } from "./market.ts";

/** Buckets of words and a constant: few, so that thousands of heads can be trained. */
const CONFIG = { ...DEFAULT_TEXT_CONFIG, features: 128 };

/** A sender's domain with its mails. */
export interface Sender {
  readonly rows: readonly Row[];
  readonly heldOut: readonly Row[];
}

let read: readonly Sender[] | undefined;

/** The SpamAssassin corpus by sender's domain, the most mails first. */
export function senders(): readonly Sender[] {
  return (read ??= loadContributors().map(({ rows, heldOut }) => ({
    rows: mailRows(rows),
    heldOut: mailRows(heldOut),
  })));
}

/** Mails, or texts that are made of them: the first line is the subject. */
export function mailRows(mails: readonly Pick<CorpusMail, "subject" | "body" | "label">[]): Row[] {
  const features = textFeatures(mails, CONFIG);
  return mails.map(({ subject, body, label }, i) => ({
    // The constant is added again to whatever is contributed.
    features: rowView(features, i).slice(0, -1),
    label,
    content: { kind: "text", text: `${subject}\n${body}` },
  }));
}

/** Rows with part of their labels turned around. */
export function flipMails(rows: readonly Row[], part: number, random: Random): Row[] {
  return rows.map((row) => (random.uniform() < part ? { ...row, label: 1 - row.label } : row));
}
