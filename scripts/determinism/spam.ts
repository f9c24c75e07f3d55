import { type Hex, textFeatures } from "../../scorer/index.ts";
import { loadContributors } from "../demo/corpus.ts";
import { ridgeDigests } from "./ridge.ts";

/** A head of two classes on real mails. */
export function spamDigests(): Record<string, Hex> {
  const contributors = loadContributors();
  const rows = contributors.flatMap(({ rows: mails }, i) => mails.map((mail) => ({ mail, i })));
  return ridgeDigests({
    features: textFeatures(rows.map(({ mail }) => mail)),
    labels: rows.map(({ mail }) => mail.label),
    classes: 2,
    contributionOf: rows.map(({ i }) => i),
    contributions: contributors.length,
    queries: contributors.flatMap(({ heldOut }) => heldOut.map((mail) => textFeatures([mail]).data)),
  });
}
