import {
  attributeContributions,
  buildIndex,
  buildStatement,
  encodeHead,
  encodeIndex,
  encodeStatement,
  encodeWhitening,
  type Hex,
  indexTree,
  intervalQuery,
  type Matrix,
  packQ,
  predict,
  quantiseQuery,
  queryVector,
  sha256,
  trainRidge,
  unpackQ,
  ZERO_WORD,
} from "../../scorer/index.ts";

/** What a ridge head is trained on, and asked. */
export interface RidgeTask {
  readonly features: Matrix;
  readonly labels: readonly number[];
  readonly classes: number;
  /** The contribution of each row */
  readonly contributionOf: readonly number[];
  readonly contributions: number;
  /** x of each query */
  readonly queries: readonly Float64Array[];
}

/** Everything that reaches the chain: one digest for each step, so that a difference names its place. */
export function ridgeDigests(task: RidgeTask): Record<string, Hex> {
  const { features, labels, classes, contributionOf, contributions } = task;
  const model = trainRidge(features, labels, classes);
  const rowCounts = new Array<number>(contributions).fill(0);
  for (const contribution of contributionOf) rowCounts[contribution]!++;
  const phi = attributeContributions(model, { features, labels, contributionOf, contributions });
  const index = buildIndex(phi, rowCounts);
  const queries = task.queries.map((x, i) => {
    const { label } = predict(model.head, x);
    return { amount: BigInt(100_000 + i), query: quantiseQuery(queryVector(model.whitening, classes, x, label)) };
  });
  const q = packQ(intervalQuery(queries).lanes);
  const statement = buildStatement({
    stream: 512n,
    interval: 0,
    index,
    indexRoot: indexTree(index).root,
    reportHash: ZERO_WORD,
    q: unpackQ(q),
    contributors: rowCounts.map((_, i) => `0x${String(i + 1).padStart(40, "0")}` as const),
    rowCounts,
    pool: 10n ** 12n,
  });
  return {
    head: sha256(encodeHead(model.head)),
    whitening: sha256(encodeWhitening(model.whitening)),
    index: sha256(encodeIndex(index)),
    indexRoot: statement.indexRoot,
    q: sha256(q),
    sumTreeRoot: statement.sumTreeRoot,
    statement: sha256(new TextEncoder().encode(encodeStatement(statement))),
  };
}
