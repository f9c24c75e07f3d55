import { expect } from "chai";
import {
  HEAD_KINDS,
  type HeadName,
  largestOutputs,
  quantiseQuery,
  queryVectors,
  readAnsweringModel,
  textFeatures,
} from "../../scorer/index.ts";
import { spamFilter } from "../../services/gateway/index.ts";

const SPAM = ["free offer click", "cheap money now", "win a free prize"];
const HAM = ["meeting notes attached", "patch review please", "lunch after the meeting"];

describe("a spam filter in the gateway's process", () => {
  for (const name of Object.keys(HEAD_KINDS) as HeadName[]) {
    it(`answers by a ${name} head, and states the query that its index is asked`, async () => {
      const features = textFeatures([...SPAM, ...HAM].map((body) => ({ subject: "", body })));
      const model = HEAD_KINDS[name].train({ features, labels: [1, 1, 1, 0, 0, 0] }, 2, 1);
      const filter = spamFilter(readAnsweringModel(model.files.head, model.files.whitening), 7n);
      for (const [text, verdict] of [
        ["a free prize", "spam"],
        ["notes of the meeting", "ham"],
      ] as const) {
        const response = await filter.run({
          method: "POST",
          url: "/",
          headers: {},
          digest: `0x${"11".repeat(32)}`,
          body: new TextEncoder().encode(text),
          signal: new AbortController().signal,
        });
        expect(JSON.parse(Buffer.from(response.body as Uint8Array).toString())).to.deep.equal({ verdict });
        const x = textFeatures([{ subject: "", body: text }]);
        const labels = largestOutputs(model.outputs(x));
        expect(await response.outcome).to.deep.equal({
          price: 7n,
          query: quantiseQuery(queryVectors(model, { features: x, labels }).data),
        });
      }
    });
  }
});
