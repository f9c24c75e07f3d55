import { concat, keccak256, ZeroAddress, ZeroHash } from "ethers";
import { ceilLog2, type IndexRow, indexLeaf, laneBytes } from "../support/formats.ts";
import { type Ground, linesOf, streamOf } from "./attributionGround.ts";
import { Refusal } from "./attributionJournal.ts";
import { LANES } from "./attributionUsage.ts";

/** States, as the contract numbers them. */
export const INDEX_STATUS = { none: 0, committed: 1, rejected: 2, active: 3 } as const;

const MAX_EXPONENT_BOUND = 40;

/** The index of a stream. */
export interface IndexState {
  root: string;
  bound: number;
  status: number;
  committedAt: number;
  activeFrom: bigint;
  openDemands: number;
  commitment: number;
}

/** The demand of a row; without `by` there is none. */
export interface Demand {
  by: string;
  deadline: number;
  shown: boolean;
}

export interface PlacedDemand {
  readonly stream: bigint;
  readonly commitment: number;
  readonly row: number;
  readonly demand: Demand;
}

/** Whether a row stands at its place under a root. */
export function rowStands(
  root: string,
  lines: number,
  index: number,
  row: IndexRow,
  proof: readonly string[],
): boolean {
  if (proof.length !== ceilLog2(lines)) return false;
  let node = indexLeaf(index, row);
  proof.forEach((sibling, level) => {
    const right = Math.floor(index / 2 ** level) % 2 === 1;
    node = keccak256(concat(right ? [sibling, node] : [node, sibling]));
  });
  return node === root;
}

/** The referee of influence indexes and of demands for their rows. */
export class IndexReferee {
  readonly #ground: Ground;
  readonly #indexes = new Map<bigint, IndexState>();
  readonly #demands = new Map<string, Demand>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  indexOf(stream: bigint): IndexState {
    const index = this.#indexes.get(stream) ?? {
      root: ZeroHash,
      bound: 0,
      status: INDEX_STATUS.none,
      committedAt: 0,
      activeFrom: 0n,
      openDemands: 0,
      commitment: 0,
    };
    this.#indexes.set(stream, index);
    return index;
  }

  demandOf(stream: bigint, commitment: number, row: number): Demand {
    const key = `${stream} ${commitment} ${row}`;
    const demand = this.#demands.get(key) ?? { by: ZeroAddress, deadline: 0, shown: false };
    this.#demands.set(key, demand);
    return demand;
  }

  /** All demands that were ever put; those that were released have no `by`. */
  *demands(): Generator<PlacedDemand> {
    for (const [key, demand] of this.#demands) {
      const [stream, commitment, row] = key.split(" ");
      yield { stream: BigInt(stream ?? ""), commitment: Number(commitment), row: Number(row), demand };
    }
  }

  /** Demands that were put and not shown or released. */
  openDemands(): PlacedDemand[] {
    return [...this.demands()].filter(({ demand }) => demand.by !== ZeroAddress && !demand.shown);
  }

  commit(stream: bigint, root: string, bound: number, from: string, now: number): void {
    const { model } = streamOf(this.#ground, stream);
    if (this.#ground.modelOwners.get(model) !== from) throw new Refusal("NotModelOwner", model, from);
    if (root === ZeroHash) throw new Refusal("DigestMissing");
    if (bound > MAX_EXPONENT_BOUND) throw new Refusal("ExponentBoundTooHigh", bound);
    const index = this.indexOf(stream);
    if (index.status === INDEX_STATUS.committed || index.status === INDEX_STATUS.active) {
      throw new Refusal("WrongIndexStatus", stream, index.status);
    }
    Object.assign(index, { root, bound, status: INDEX_STATUS.committed, committedAt: now, openDemands: 0 });
    index.commitment += 1;
    this.#ground.journal.note("indexes.IndexCommitted", stream, root, bound);
  }

  reject(stream: bigint, reason: string, from: string): void {
    if (streamOf(this.#ground, stream).datasetOwner !== from) throw new Refusal("NotDatasetOwner", stream, from);
    const index = this.#committed(stream);
    index.status = INDEX_STATUS.rejected;
    this.#ground.journal.note("indexes.IndexRejected", stream, index.root, reason);
  }

  demand(stream: bigint, row: number, from: string, now: number): void {
    const { rules, vault, places, journal } = this.#ground;
    const index = this.#committed(stream);
    const overAt = index.committedAt + rules.indexDelay;
    if (now >= overAt) throw new Refusal("IndexDelayOver", overAt);
    const rows = linesOf(streamOf(this.#ground, stream));
    if (row >= rows) throw new Refusal("RowOutOfRange", row, rows);
    const demand = this.demandOf(stream, index.commitment, row);
    if (demand.by !== ZeroAddress) throw new Refusal("AlreadyDemanded", row, demand.by);
    const deadline = now + rules.responseTime;
    journal.note("indexes.RowDemanded", stream, index.commitment, row, from, deadline);
    vault.lock(places.indexes, from, rules.rowBond);
    [demand.by, demand.deadline] = [from, deadline];
    index.openDemands += 1;
  }

  show(stream: bigint, place: number, row: IndexRow, proof: readonly string[], from: string, now: number): void {
    const { rules, vault, places, journal } = this.#ground;
    const [index, demand] = this.#openDemand(stream, place);
    if (now >= demand.deadline) throw new Refusal("ResponseTimeOver", demand.deadline);
    if (row.lanes.length !== LANES) throw new Refusal("WrongLanes", 2 * row.lanes.length, LANES);
    const lines = linesOf(streamOf(this.#ground, stream));
    if (!rowStands(index.root, lines, place, row, proof)) throw new Refusal("RowNotInIndex", place);
    demand.shown = true;
    index.openDemands -= 1;
    const lanes = laneBytes(row.lanes);
    journal.note("indexes.RowShown", stream, index.commitment, place, from, row.exponent, lanes);
    vault.slash(places.indexes, demand.by, from, rules.rowBond);
  }

  callSilence(stream: bigint, row: number, now: number): void {
    const [index, demand] = this.#openDemand(stream, row);
    if (now < demand.deadline) throw new Refusal("ResponseTimeRunning", demand.deadline);
    index.status = INDEX_STATUS.rejected;
    this.#ground.journal.note("indexes.RowWithheld", stream, index.commitment, row);
    this.release(stream, index.commitment, row);
  }

  release(stream: bigint, commitment: number, row: number): void {
    const { rules, vault, places, journal } = this.#ground;
    const index = this.indexOf(stream);
    if (commitment === index.commitment && index.status !== INDEX_STATUS.rejected) {
      throw new Refusal("WrongIndexStatus", stream, index.status);
    }
    const demand = this.demandOf(stream, commitment, row);
    if (demand.by === ZeroAddress || demand.shown) throw new Refusal("DemandNotFound", row);
    journal.note("indexes.DemandReleased", stream, commitment, row, demand.by);
    vault.unlock(places.indexes, demand.by, rules.rowBond);
    Object.assign(demand, { by: ZeroAddress, deadline: 0, shown: false });
  }

  activate(stream: bigint, now: number): void {
    const index = this.#committed(stream);
    const activatableAt = index.committedAt + this.#ground.rules.indexDelay;
    if (now < activatableAt) throw new Refusal("IndexDelayRunning", activatableAt);
    if (index.openDemands !== 0) throw new Refusal("DemandsOpen", index.openDemands);
    index.status = INDEX_STATUS.active;
    index.activeFrom = this.#ground.lineage.fees(streamOf(this.#ground, stream).model);
    this.#ground.journal.note("indexes.IndexActivated", stream, index.root, index.activeFrom);
  }

  /** Whether an index serves an interval that begins at this fee counter. */
  serves(stream: bigint, from: bigint): boolean {
    const index = this.indexOf(stream);
    return index.status === INDEX_STATUS.active && index.activeFrom <= from;
  }

  #committed(stream: bigint): IndexState {
    const index = this.indexOf(stream);
    if (index.status !== INDEX_STATUS.committed) throw new Refusal("WrongIndexStatus", stream, index.status);
    return index;
  }

  #openDemand(stream: bigint, row: number): [IndexState, Demand] {
    const index = this.#committed(stream);
    const demand = this.demandOf(stream, index.commitment, row);
    if (demand.by === ZeroAddress || demand.shown) throw new Refusal("DemandNotFound", row);
    return [index, demand];
  }
}
