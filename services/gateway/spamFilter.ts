import {
  type AnsweringModel,
  largestOutputs,
  type QuantisedVector,
  quantiseQuery,
  queryVectors,
  textFeatures,
} from "../../scorer/index.ts";
import type { Backend, InferenceRequest, InferenceResponse } from "./ports.ts";

/** The classes of a filter's head, in words. */
const VERDICTS = ["ham", "spam"] as const;
const ANSWERS = VERDICTS.map((verdict) => Buffer.from(JSON.stringify({ verdict })));
const HEADERS = { "content-type": "application/json" };

/**
 * A spam filter in this process: the body of a POST is the text of a mail, in UTF-8, and the answer
 * `{"verdict": "spam"}` or `{"verdict": "ham"}`.
 *
 * @param filter - over `textFeatures` of the default configuration, two classes
 * @param price - of one verdict, in the currency's smallest unit
 */
export function spamFilter(filter: AnsweringModel, price: bigint): Backend {
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
      const features = textFeatures([{ subject: "", body: text }]);
      const labels = largestOutputs(filter.outputs(features));
      const query: QuantisedVector = quantiseQuery(queryVectors(filter, { features, labels }).data);
      return Promise.resolve({
        status: 200,
        headers: HEADERS,
        body: ANSWERS[labels[0]!]!,
        outcome: Promise.resolve({ price, query }),
      });
    },
  };
}
