import { ClientError } from "../../../client/clientError.ts";
import { type Challenge, type IndexClient, pagesOf, type Statement } from "../../../client/indexApi/index.ts";
import { evidenceOf, statementStruct } from "../../../client/statements.ts";
import type { Suite } from "../../../client/suite.ts";
import { readUsageReport } from "../../../client/usage.ts";
import { lineProof } from "../../../scorer/audit/lineProof.ts";
import { verifyIndex } from "../../../scorer/core/influenceIndex.ts";
import { SumTree } from "../../../scorer/core/sumTree.ts";
import { modelOf } from "../../components/Links.tsx";
import type { Config } from "../../config/config.ts";
import { publishedFile } from "../../data/files.ts";
import type { Action } from "../../wallet/action.ts";

/** Lines that the API is asked for at a time. */
const AT_ONCE = 1_000;

/**
 * Answers a challenged node: shows what is below it, or proves the line. Anybody may, with the published weights.
 *
 * @throws ClientError `file-missing` without the weights, `mismatch` when they aren't the statement's
 */
export function answerAction(
  { api, config }: { readonly api: IndexClient; readonly config: Config },
  statement: Statement,
  { level, position }: Pick<Challenge, "level" | "position">,
): Action {
  return {
    title: level === 0 ? "Defend the line" : "Open the node",
    meaning:
      level === 0
        ? "Proves on the chain that the line’s weight follows from its row and the report. If the statement stands, a part of the challenger’s bond is yours."
        : "Shows the nodes below from the published weights. If the statement stands, a part of the challenger’s bond is yours.",
    prepare: async ({ suite }) => {
      const struct = statementStruct(statement);
      const tree = await publishedTree(api, statement);
      if (level > 0) {
        const nodes = tree.descendants(level, position, Math.min(8, level));
        const proof = tree.proof(position, level);
        return [
          {
            doing: "opening the node",
            transaction: await suite.challenges.open.populateTransaction(struct, level, position, nodes, proof),
          },
        ];
      }
      const evidence = await evidenceFor(suite, api, config, statement, position, tree);
      return [
        {
          doing: "defending the line",
          transaction: await suite.challenges.defend.populateTransaction(struct, evidence),
        },
      ];
    },
  };
}

/** The tree over a statement's published weights. */
async function publishedTree(api: IndexClient, { hash, root, total }: Statement): Promise<SumTree> {
  const weights: bigint[] = [];
  for await (const { data } of pagesOf((paging) => api.lines(hash, paging), { limit: AT_ONCE })) {
    weights.push(...data.map(({ weight }) => weight));
  }
  const tree = new SumTree(weights);
  if (tree.root !== root || tree.total !== total) {
    throw new ClientError(
      "mismatch",
      "the published weights lead to another root than the statement’s: nothing can be answered with them",
    );
  }
  return tree;
}

async function evidenceFor(
  suite: Suite,
  api: IndexClient,
  config: Config,
  { stream, interval, indexRoot }: Statement,
  line: number,
  tree: SumTree,
) {
  const { index } = (await api.stream(stream)).data;
  const uri = index?.root === indexRoot ? index.uri : undefined;
  const committed = verifyIndex(await publishedFile(api, config, `index/${indexRoot}`, uri), indexRoot);
  const report = await readUsageReport(suite, BigInt(modelOf(stream)), interval);
  return evidenceOf(lineProof(committed, line, tree.node(0, line).sum, tree.proof(line)), report);
}
