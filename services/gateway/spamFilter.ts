import {
  predict,
  type QuantisedVector,
  quantiseQuery,
  queryVector,
  type RidgeModel,
  textFeatures,
} from "../../scorer/index.ts";
import type { Backend, InferenceRequest, InferenceResponse } from "./ports.ts";

/** The classes of a filter's head, in words. */
const VERDICTS = ["ham", "spam"] as const;
const ANSWERS = VERDICTS.map((verdict) => Buffer.from(JSON.stringify({ verdict })));
const HEADERS = { "content-type": "application/json" };

/** A trained filter: head and whitening of `trainRidge` over `textFeatures` of the default configuration, two classes. */
export type TrainedFilter = Pick<RidgeModel, "head" | "whitening">;

/**
 * A spam filter in this process: the body of a POST is the text of a mail, in UTF-8, and the answer
 * `{"verdict": "spam"}` or `{"verdict": "ham"}`.
 *
 * @param price - of one verdict, in the currency's smallest unit
 */
export function spamFilter({ head, whitening }: TrainedFilter, price: bigint): Backend {
  return {
    deterministic: true,
    routes: [
      {
        methods: ["POST"],
        path: "/",
        summary: "Says whether a mail is spam",
        takes: { "text/plain": { type: "string", description: "The text of a mail, in UTF-8" } },
        gives: {
          "application/json": {
            type: "object",
            properties: { verdict: { type: "string", enum: [...VERDICTS] } },
            required: ["verdict"],
          },
        },
      },
    ],
    quote: () => price,
    run: ({ body }: InferenceRequest): Promise<InferenceResponse> => {
      const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
      const x = textFeatures([{ subject: "", body: text }]).data;
      const { label } = predict(head, x);
      const query: QuantisedVector = quantiseQuery(queryVector(whitening, head.classes, x, label));
      return Promise.resolve({
        status: 200,
        headers: HEADERS,
        body: ANSWERS[label]!,
        outcome: Promise.resolve({ price, query }),
      });
    },
  };
}
