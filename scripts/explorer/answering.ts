import type { Sender, Suite } from "../../client/index.ts";
import {
  embeddedText,
  type Hex,
  indexTexts,
  predict,
  quantiseQuery,
  queryDigest,
  queryVector,
  sha256,
  textFeatures,
} from "../../scorer/index.ts";
import type { PublishedFiles } from "../../services/index.ts";
import type { CorpusMail } from "../demo/corpus.ts";
import { feesAfterPaying, type Verdict } from "../demo/inference.ts";
import type { Member, Trained } from "../demo/lineage.ts";
import { requestOf } from "./texts.ts";

/** More than a payment ever takes: saves an estimate each. */
const PAYMENT_GAS = 200_000n;
/** Sentences that an answer quotes. */
const QUOTED = 2;

/** A model that is served: it answers texts, and keeps the receipts of its interval. */
export interface Served {
  readonly model: bigint;
  readonly price: bigint;
  readonly trained: Trained;
  readonly reply: (text: CorpusMail, label: number) => string;
  readonly verdicts: Verdict[];
}

/** Says which of two classes a text is. */
export function classifier(names: readonly [string, string]): Served["reply"] {
  return (_text, label) => `${JSON.stringify({ verdict: names[label] })}\n`;
}

/** Says which class a text is, and quotes the training row of that class that is most like it. */
export function quoter(names: readonly [string, string], members: readonly Member[]): Served["reply"] {
  const classes = names.map((_, label) => {
    const texts = members.map(({ contributor }) =>
      contributor.rows.filter((row) => row.label === label).map(embeddedText),
    );
    return { texts, index: indexTexts(texts) };
  });
  return (text, label) => {
    const { texts, index } = classes[label]!;
    const [nearest] = index.similarity.rank(embeddedText(text), 1).rows;
    const row = nearest === undefined ? undefined : texts[nearest.contribution]?.[nearest.row];
    const said = row === undefined ? "" : ` Somebody else's ${names[label]} review begins: "${opening(row)}"`;
    return `I read this review as ${names[label]}.${said}\n`;
  };
}

/** The first sentences of a text. */
function opening(text: string): string {
  return text
    .split(/(?<=[.!?])\s+/)
    .slice(0, QUOTED)
    .join(" ");
}

/** Pays for a model with the payer's own transaction. */
export async function payFor(
  suite: Suite,
  payer: Sender,
  { model, price }: Pick<Served, "model" | "price">,
  text: CorpusMail,
): Promise<bigint> {
  const pay = suite.market.pay.populateTransaction(model, price, sha256(requestOf(text)));
  return feesAfterPaying(suite, await payer.send("paying a model", pay, PAYMENT_GAS));
}

/** A paid answer: request and answer are published under their digests, and the receipt waits for the interval's end. */
export async function ask(
  suite: Suite,
  files: PublishedFiles,
  payer: Sender,
  served: Served,
  text: CorpusMail,
  pay: typeof payFor = payFor,
): Promise<void> {
  const { model, price, trained, reply, verdicts } = served;
  const feesAfter = await pay(suite, payer, served, text);
  const x = textFeatures([text]).data;
  const { label } = predict(trained.model.head, x);
  const response = new TextEncoder().encode(reply(text, label));
  const query = quantiseQuery(queryVector(trained.model.whitening, 2, x, label));
  await files.publishContent(requestOf(text));
  await files.publishContent(response);
  verdicts.push({
    receipt: {
      model,
      feesAfter,
      payer: payer.address.toLowerCase() as Hex,
      amount: price,
      requestDigest: sha256(requestOf(text)),
      responseDigest: sha256(response),
      queryDigest: queryDigest(query),
    },
    query,
    correct: label === text.label,
  });
}

/**
 * The answer that the model is surest of, among those that are right: it shows best what a right answer draws on.
 *
 * @param texts - what was asked since the interval began, in its order
 */
export function clearestRight(
  { verdicts, trained }: Served,
  texts: readonly CorpusMail[],
): { readonly receipt: Verdict["receipt"]; readonly text: CorpusMail } {
  const right = verdicts.flatMap(({ receipt, correct }, i) => {
    const text = texts[i];
    if (!correct || text === undefined) return [];
    return [{ receipt, text, margin: predict(trained.model.head, textFeatures([text]).data).margin }];
  });
  const [clearest] = right.sort((a, b) => b.margin - a.margin);
  if (clearest === undefined) throw new Error("the model is wrong about every text that it was asked about");
  return clearest;
}
