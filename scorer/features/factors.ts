import { ScorerError } from "../core/errors.ts";
import { assertInteger, MAX_CONTRIBUTIONS } from "../core/integers.ts";
import { LANES_PER_WORD, MAX_LANES } from "../core/vector.ts";
import type { GradientFactors } from "../methods/method.ts";
import { addScaled, type Matrix, matrix } from "../numeric/linalg.ts";
import type { Safetensors } from "./safetensors.ts";
import { type StoredTensor, tensorIntegers, tensorMatrix } from "./tensor.ts";

/** The name that a file of row features says it follows, in its metadata. */
export const FACTORS_FORMAT = "tributary-factors";
const FACTORS_VERSION = "1";

/** One part of the features of some rows: as they are, or as factors of an outer product. */
export type FactorBlock = Matrix | GradientFactors;

/** Per-row features of a model of any framework: the lanes of a row are those of its blocks, one after the other. */
export interface RowFactors {
  readonly rows: number;
  /** By name of the layer; all have as many rows */
  readonly blocks: readonly FactorBlock[];
  /** The contribution that each row belongs to, −1 for none; int32 [rows] */
  readonly contributionOf: Int32Array;
}

/**
 * Reads a safetensors file of row features: `phi` [n × k], or `a` [n × k_a] and `g` [n × k_g], each of them after
 * `LAYER.` where there are several layers; and `contribution` [n], integers. Layers are ordered by their names, by
 * UTF-16 code units. Its metadata must name format and version, if it has any.
 *
 * @param contributionOf - in place of the file's own tensor
 * @throws ScorerError `bad-version` for another format, `empty-input` without features or contributions, `inconsistent`
 * for tensors that are unknown, or don't go together, `bad-length` for tensors that don't fit each other, and as the readers of tensors
 */
export function readFactors(file: Safetensors, contributionOf?: Int32Array): RowFactors {
  const { blocks, stated } = readBlocks(file);
  const ids = contributionOf ?? (stated && tensorIntegers(stated, -1, MAX_CONTRIBUTIONS - 1, '"contribution"'));
  if (ids === undefined) {
    throw new ScorerError(
      "empty-input",
      'nothing says to which contributions the rows belong: add a tensor "contribution", or name the rows',
    );
  }
  return rowFactors(blocks, ids);
}

/**
 * Reads the features of queries: a file of the same tensors, which belong to no contribution.
 *
 * @throws ScorerError as `readFactors`
 */
export function readQueryFactors(file: Safetensors): RowFactors {
  const { blocks } = readBlocks(file);
  const [first] = blocks;
  const rows = first === undefined ? 0 : "data" in first ? first.rows : first.activations.rows;
  return rowFactors(blocks, new Int32Array(rows).fill(-1));
}

/** The layers of a file, by name, and the tensor that says whose the rows are. */
function readBlocks({ tensors, metadata }: Safetensors): { blocks: FactorBlock[]; stated: StoredTensor | undefined } {
  const { format = FACTORS_FORMAT, version = FACTORS_VERSION } = metadata;
  if (format !== FACTORS_FORMAT || version !== FACTORS_VERSION) {
    throw new ScorerError(
      "bad-version",
      `the file's metadata names the format "${format}" of version ${version}: this scorer reads "${FACTORS_FORMAT}" of version ${FACTORS_VERSION}`,
    );
  }
  const layers = new Map<string, Map<string, StoredTensor>>();
  let stated: StoredTensor | undefined;
  for (const [name, tensor] of tensors) {
    const [, layer = "", part = ""] = /^(?:(.+)\.)?(phi|a|g)$/s.exec(name) ?? [];
    if (name === "contribution") stated = tensor;
    else if (part !== "") layers.set(layer, (layers.get(layer) ?? new Map<string, StoredTensor>()).set(part, tensor));
    else {
      throw new ScorerError(
        "inconsistent",
        `tensor "${name}" at offset ${tensor.offset} has no meaning here: name tensors phi, a, g, LAYER.phi, LAYER.a, LAYER.g and contribution`,
      );
    }
  }
  if (layers.size === 0) {
    throw new ScorerError("empty-input", 'the file has no features: add a tensor "phi", or tensors "a" and "g"');
  }
  const names = [...layers.keys()].sort();
  return { blocks: names.map((name) => readBlock(name === "" ? "" : `${name}.`, layers.get(name)!)), stated };
}

/**
 * Per-row features of blocks that are at hand.
 *
 * @throws ScorerError `bad-length` when blocks and contributions have different numbers of rows
 */
export function rowFactors(blocks: readonly FactorBlock[], contributionOf: Int32Array): RowFactors {
  for (const block of blocks) {
    const sides = "data" in block ? [block.rows] : [block.activations.rows, block.gradients.rows];
    const other = sides.find((rows) => rows !== contributionOf.length);
    if (other !== undefined) {
      throw new ScorerError(
        "bad-length",
        `a tensor has ${other} rows, and there are ${contributionOf.length} contribution numbers: give one for each row`,
      );
    }
  }
  return { rows: contributionOf.length, blocks, contributionOf };
}

function readBlock(prefix: string, parts: ReadonlyMap<string, StoredTensor>): FactorBlock {
  const [phi, a, g] = ["phi", "a", "g"].map((part) => parts.get(part));
  if (phi !== undefined && a === undefined && g === undefined) return tensorMatrix(phi, `"${prefix}phi"`);
  if (phi === undefined && a !== undefined && g !== undefined) {
    return { activations: tensorMatrix(a, `"${prefix}a"`), gradients: tensorMatrix(g, `"${prefix}g"`) };
  }
  throw new ScorerError(
    "inconsistent",
    `of "${prefix}phi", "${prefix}a" and "${prefix}g" the file has ${[...parts.keys()].map((part) => `"${prefix}${part}"`).join(" and ")}: give phi alone, or a and g together`,
  );
}

/** Lanes of the features of a row, before they are filled up to whole words. */
export function factorLanes(blocks: readonly FactorBlock[]): number {
  return blocks.reduce(
    (lanes, block) => lanes + ("data" in block ? block.columns : block.activations.columns * block.gradients.columns),
    0,
  );
}

/**
 * Sums features of rows by contribution, φ_S = Σ_{i in S} φ_i, where φ_i is g_i ⊗ a_i for a block of factors: lane
 * o·k_a + j is g_i[o] · a_i[j], as in the gradient of a linear layer's weight, row by row. Float64 in the order of the
 * rows. Files can be added one after the other.
 */
export class ContributionSums {
  readonly #sums: (Float64Array | undefined)[] = [];
  readonly #counts: number[] = [];
  #lanes: number | undefined;

  /** Rows of each contribution so far. */
  get rowCounts(): readonly number[] {
    return this.#counts;
  }

  /** @throws ScorerError `bad-length` for rows of other or too many lanes than those before */
  add({ rows, blocks, contributionOf }: RowFactors): void {
    const lanes = factorLanes(blocks);
    if (lanes > MAX_LANES) {
      throw new ScorerError(
        "bad-length",
        `rows have ${lanes} lanes, an index at most ${MAX_LANES}: project the factors to fewer (--lanes), or export fewer layers`,
      );
    }
    this.#lanes ??= lanes;
    if (lanes !== this.#lanes) {
      throw new ScorerError(
        "bad-length",
        `rows have ${lanes} lanes, those before ${this.#lanes}: are they of one model?`,
      );
    }
    for (let i = 0; i < rows; i++) {
      const contribution = assertInteger(contributionOf[i]!, -1, MAX_CONTRIBUTIONS - 1, `the contribution of row ${i}`);
      if (contribution < 0) continue;
      while (this.#counts.length <= contribution) this.#counts.push(0);
      this.#counts[contribution]!++;
      addRow(blocks, i, (this.#sums[contribution] ??= new Float64Array(padded(lanes))));
    }
  }

  /**
   * φ of every contribution; zeros for one without rows.
   *
   * @param contributions - their number, if the last ones have no rows
   * @returns float64, row-major [contributions × k], k a multiple of 16
   * @throws ScorerError `empty-input` before any row was added, `out-of-range` for fewer contributions than rows name
   */
  matrix(contributions = this.#counts.length): Matrix {
    if (this.#lanes === undefined || this.#counts.length === 0) {
      throw new ScorerError("empty-input", "no row belongs to a contribution: is it the right file?");
    }
    assertInteger(contributions, this.#counts.length, MAX_CONTRIBUTIONS, "the number of contributions");
    const k = padded(this.#lanes);
    const data = new Float64Array(contributions * k);
    this.#sums.forEach((sum, s) => {
      if (sum !== undefined) data.set(sum, s * k);
    });
    return matrix(contributions, k, data);
  }
}

/**
 * The score of every row against a query vector: ⟨φ_i, ψ⟩.
 *
 * @param psi - float64 [k], as long as the lanes or filled up with zeros
 * @returns float64 [rows]
 * @throws ScorerError `bad-length`
 */
export function factorScores({ rows, blocks }: RowFactors, psi: Float64Array): Float64Array {
  const lanes = factorLanes(blocks);
  if (psi.length !== padded(lanes)) {
    throw new ScorerError("bad-length", `the query has ${psi.length} lanes, the rows ${lanes}: are they of one model?`);
  }
  const row = new Float64Array(lanes);
  return Float64Array.from({ length: rows }, (_, i) => {
    row.fill(0);
    addRow(blocks, i, row);
    let sum = 0;
    for (let j = 0; j < lanes; j++) sum += row[j]! * psi[j]!;
    return sum;
  });
}

/**
 * The features of every row written out: of queries their ψ.
 *
 * @returns float64, row-major [rows × k], k a multiple of 16
 * @throws ScorerError `empty-input` without rows or features
 */
export function factorVectors({ rows, blocks }: RowFactors): Matrix {
  const k = padded(factorLanes(blocks));
  const data = new Float64Array(rows * k);
  for (let i = 0; i < rows; i++) addRow(blocks, i, data.subarray(i * k, (i + 1) * k));
  return matrix(rows, k, data);
}

/** Adds the features of row i to lanes. */
function addRow(blocks: readonly FactorBlock[], i: number, target: Float64Array): void {
  let at = 0;
  for (const block of blocks) {
    if ("data" in block) {
      addScaled(target, at, 1, rowOf(block, i));
      at += block.columns;
      continue;
    }
    const activation = rowOf(block.activations, i);
    for (const gradient of rowOf(block.gradients, i)) {
      addScaled(target, at, gradient, activation);
      at += activation.length;
    }
  }
}

function rowOf({ data, columns }: Matrix, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

function padded(lanes: number): number {
  return LANES_PER_WORD * Math.ceil(lanes / LANES_PER_WORD);
}
