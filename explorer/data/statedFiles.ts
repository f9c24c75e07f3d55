import { ClientError } from "../../client/clientError.ts";
import { type IndexClient, pagesOf, type Statement } from "../../client/indexApi/index.ts";
import { isIndex } from "../../scorer/core/indexRows.ts";
import { decodeStatement, isPackedStatement, unpackStatement } from "../../scorer/core/statement.ts";
import { SumTree } from "../../scorer/core/sumTree.ts";
import type { Config } from "../config/config.ts";
import { publishedFile } from "./files.ts";

/** Who is asked for the files that a statement rests on. */
export interface FileSources {
  readonly api: IndexClient;
  readonly config: Pick<Config, "ipfs">;
  /** Files that the reader has chosen instead: an index, a statement. */
  readonly chosen: readonly Uint8Array[];
}

/** The largest index that is fetched into a browser, in bytes. */
const LARGEST_INDEX = 2 ** 28;
/** Lines that the API is asked for at a time. */
const AT_ONCE = 1_000;

/**
 * The influence index that a statement names, as a file; it is unchecked.
 *
 * @param lanes - of each of its rows
 * @throws ClientError `bad-input` when it is too large for a browser, `file-missing`
 */
export async function indexFileOf(
  { api, config, chosen }: FileSources,
  { stream, indexRoot, lines }: Pick<Statement, "stream" | "indexRoot" | "lines">,
  lanes: number,
): Promise<Uint8Array> {
  const given = chosen.find(isIndex);
  if (given !== undefined) return given;
  if (lines * (1 + 2 * lanes) > LARGEST_INDEX) {
    throw new ClientError(
      "bad-input",
      "the index is too large for a browser: use tributary verify, descend or defend on the command line",
    );
  }
  const { index } = (await api.stream(stream)).data;
  return publishedFile(api, config, `index/${indexRoot}`, index?.root === indexRoot ? index.uri : undefined);
}

/**
 * The tree over a statement's weights, as its scorer published them.
 *
 * @throws ClientError `file-missing` without the weights, `mismatch` when they aren't the statement's; ScorerError for a
 * chosen file that is damaged
 */
export async function weightTreeOf({ api, chosen }: FileSources, { hash, root, total }: Statement): Promise<SumTree> {
  const given = chosen.find((file) => !isIndex(file));
  const tree = new SumTree(given === undefined ? await publishedWeights(api, hash) : weightsIn(given));
  if (tree.root !== root || tree.total !== total) {
    throw new ClientError(
      "mismatch",
      `${given === undefined ? "the published weights" : "the weights in your file"} lead to another root than the statement’s: nothing can be answered with them`,
    );
  }
  return tree;
}

async function publishedWeights(api: IndexClient, hash: string): Promise<readonly bigint[]> {
  const weights: bigint[] = [];
  for await (const { data } of pagesOf((paging) => api.lines(hash, paging), { limit: AT_ONCE })) {
    weights.push(...data.map(({ weight }) => weight));
  }
  return weights;
}

function weightsIn(file: Uint8Array): readonly bigint[] {
  const { lines } = isPackedStatement(file) ? unpackStatement(file) : decodeStatement(new TextDecoder().decode(file));
  return lines.map(({ payable }) => payable);
}
