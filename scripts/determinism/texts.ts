import { exp, type Hex, indexTexts, log, sha256, sourcesOf } from "../../scorer/index.ts";
import { loadContributors } from "../demo/corpus.ts";
import { digest } from "./kernels.ts";
import { numbers } from "./numbers.ts";

/** Sources of texts: suffix array, spans, credits by rarity, BM25. */
export function textDigests(): Record<string, Hex> {
  const contributors = loadContributors().slice(0, 60);
  const index = indexTexts(contributors.map(({ rows }) => rows.map(({ body }) => body)));
  const sources = contributors.flatMap(({ heldOut }) =>
    heldOut.slice(0, 1).map(({ body, subject }) => sourcesOf(index, body.slice(0, 1000), subject)),
  );
  const arguments_ = numbers(10_000, 9);
  return {
    exp: digest(arguments_.map((x) => exp(100 * x))),
    log: digest(arguments_.map((x) => log(x * x * 1000))),
    sources: sha256(
      new TextEncoder().encode(
        JSON.stringify(sources, (_key, value: unknown) =>
          ArrayBuffer.isView(value) ? [...(value as Int32Array)] : value,
        ),
      ),
    ),
  };
}
