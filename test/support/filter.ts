import { type AnsweringModel, answeringRidge, textFeatures, trainRidge } from "../../scorer/index.ts";

/** A spam filter trained on a handful of mails. */
export function smallFilter(): AnsweringModel {
  const spam = ["free offer click", "cheap money now", "win a free prize", "money offer cheap"];
  const ham = ["meeting notes attached", "patch review please", "notes on the patch", "lunch after the meeting"];
  const bodies = [...spam, ...ham];
  const model = trainRidge(
    textFeatures(bodies.map((body) => ({ subject: "", body }))),
    bodies.map((_, i) => (i < spam.length ? 1 : 0)),
    2,
  );
  return answeringRidge(model);
}
