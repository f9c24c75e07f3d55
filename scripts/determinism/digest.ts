import {
  attributeContributions,
  buildIndex,
  buildStatement,
  canonicalJson,
  encodeHead,
  encodeIndex,
  encodeStatement,
  encodeWhitening,
  type Hex,
  intervalQuery,
  indexTree,
  packQ,
  predict,
  quantiseQuery,
  queryVector,
  sha256,
  textFeatures,
  trainRidge,
  unpackQ,
  ZERO_WORD,
} from "../../scorer/index.ts";
import { loadContributors } from "../demo/corpus.ts";

/** Everything that reaches the chain, from real mails: one digest for each step, so that a difference names its place. */
function digests(): Record<string, Hex> {
  const contributors = loadContributors();
  const rows = contributors.flatMap(({ rows: mails }, i) => mails.map((mail) => ({ mail, i })));
  const features = textFeatures(rows.map(({ mail }) => mail));
  const labels = rows.map(({ mail }) => mail.label);
  const model = trainRidge(features, labels, 2);
  const rowCounts = contributors.map(({ rows: mails }) => mails.length);
  const phi = attributeContributions(model, {
    features,
    labels,
    contributionOf: rows.map(({ i }) => i),
    contributions: contributors.length,
  });
  const index = buildIndex(phi, rowCounts);
  const heldOut = contributors.flatMap(({ heldOut: mails }) => mails);
  const queries = heldOut.map((mail, i) => {
    const x = textFeatures([mail]).data;
    const { label } = predict(model.head, x);
    return { amount: BigInt(100_000 + i), query: quantiseQuery(queryVector(model.whitening, 2, x, label)) };
  });
  const q = packQ(intervalQuery(queries).lanes);
  const statement = buildStatement({
    stream: 512n,
    interval: 0,
    index,
    indexRoot: indexTree(index).root,
    reportHash: ZERO_WORD,
    q: unpackQ(q),
    contributors: contributors.map((_, i) => `0x${String(i + 1).padStart(40, "0")}` as const),
    rowCounts,
    pool: 10n ** 12n,
  });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return {
    head: sha256(encodeHead(model.head)),
    whitening: sha256(encodeWhitening(model.whitening)),
    index: sha256(encodeIndex(index)),
    indexRoot: statement.indexRoot,
    q: sha256(q),
    sumTreeRoot: statement.sumTreeRoot,
    statement: sha256(text(encodeStatement(statement))),
  };
}

process.stdout.write(canonicalJson(digests()));
