import { basename, join } from "node:path";
import { ClientError } from "../../client/index.ts";
import {
  decodeIdx,
  decodeNpy,
  decodeSafetensors,
  isIdx,
  isNpy,
  isSafetensors,
  readFactors,
  readQueryFactors,
  type RowFactors,
  type Safetensors,
  ScorerError,
  type StoredTensor,
} from "../../scorer/index.ts";
import { isFolder, listFiles, readBytes } from "./files.ts";

/**
 * Reads one tensor of an NPY, IDX or safetensors file, told apart by their first bytes.
 *
 * @param name - of the tensor, where a safetensors file has several
 * @param what - names it in errors: "the labels"
 * @throws ClientError `bad-input`; ScorerError of a damaged file, which the message names
 */
export async function readTensor(path: string, name: string, what: string): Promise<StoredTensor> {
  const file = await readBytes(path, what);
  return within(path, () => {
    if (isNpy(file)) return decodeNpy(file);
    if (isIdx(file)) return decodeIdx(file);
    if (!isSafetensors(file)) {
      throw new ClientError("bad-input", `${what} in ${path} are in none of NPY, IDX and safetensors: unpack the file`);
    }
    const { tensors } = decodeSafetensors(file);
    const [only] = tensors.values();
    const found = tensors.get(name) ?? (tensors.size === 1 ? only : undefined);
    if (found !== undefined) return found;
    throw new ClientError("bad-input", `${path} has ${tensors.size} tensors and none is named "${name}": rename one`);
  });
}

/** Visits row features, file by file. */
export type FactorVisitor = (factors: RowFactors) => void;

/**
 * Reads row features of a safetensors file, of an NPY file with `phi`, or of a folder with either several safetensors
 * files, taken in the order of their names, or phi.npy (or a.npy and g.npy) and contribution.npy. One file is in memory
 * at a time.
 *
 * @param contributionOf - the contribution of each row, in place of what the files say; "none" for queries
 * @throws ClientError `bad-input`, ScorerError as `readFactors`
 */
export async function visitFactors(
  path: string,
  contributionOf: readonly number[] | "none" | undefined,
  visit: FactorVisitor,
): Promise<void> {
  let at = 0;
  const take = (file: string, parsed: () => Safetensors): void =>
    within(file, () => {
      const held = parsed();
      if (contributionOf === "none") {
        visit(readQueryFactors(held));
        return;
      }
      const rows = rowsOf(held);
      const ids = contributionOf && Int32Array.from(contributionOf.slice(at, at + rows));
      at += rows;
      visit(readFactors(held, ids));
    });
  const takeSafetensors = async (file: string): Promise<void> => {
    const bytes = await readBytes(file, "the features");
    take(file, () => decodeSafetensors(bytes));
  };
  if (await isFolder(path, "the features")) {
    const names = await listFiles(path);
    const shards = names.filter((name) => name.endsWith(".safetensors"));
    for (const name of shards) await takeSafetensors(join(path, name));
    if (shards.length === 0) {
      const parts = await readParts(path, names);
      take(path, () => parts);
    }
  } else if (path.endsWith(".npy")) {
    const bytes = await readBytes(path, "the features");
    take(path, () => ({ tensors: new Map([["phi", decodeNpy(bytes)]]), metadata: {} }));
  } else await takeSafetensors(path);
  if (contributionOf !== undefined && contributionOf !== "none" && at !== contributionOf.length) {
    throw new ClientError(
      "bad-input",
      `${path} has features of ${at} rows, and ${contributionOf.length} rows are named: give one line for each`,
    );
  }
}

/** NPY files of a folder as if they were tensors of one file. */
async function readParts(folder: string, names: readonly string[]): Promise<Safetensors> {
  const parts = names.filter((name) => name.endsWith(".npy"));
  if (parts.length === 0) {
    throw new ClientError(
      "bad-input",
      `${folder} has neither .safetensors nor .npy files: name the folder of features`,
    );
  }
  const tensors = new Map<string, StoredTensor>();
  for (const name of parts) {
    const file = join(folder, name);
    const bytes = await readBytes(file, "the features");
    tensors.set(
      basename(name, ".npy"),
      within(file, () => decodeNpy(bytes)),
    );
  }
  return { tensors, metadata: {} };
}

function rowsOf({ tensors }: Safetensors): number {
  const [first] = tensors.values();
  return first?.shape[0] ?? 0;
}

/** Says in a scorer's error which file it is about. */
function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScorerError) throw new ScorerError(error.code, `${path}: ${error.message}`);
    throw error;
  }
}
