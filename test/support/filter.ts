import { type RidgeModel, textFeatures, trainRidge } from "../../scorer/index.ts";

/** A spam filter trained on a handful of mails. */
export function smallFilter(): RidgeModel {
  const spam = ["free offer click", "cheap money now", "win a free prize", "money offer cheap"];
  const ham = ["meeting notes attached", "patch review please", "notes on the patch", "lunch after the meeting"];
  const bodies = [...spam, ...ham];
  return trainRidge(
    textFeatures(bodies.map((body) => ({ subject: "", body }))),
    bodies.map((_, i) => (i < spam.length ? 1 : 0)),
    2,
  );
}
