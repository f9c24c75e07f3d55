import { AbiCoder, id, keccak256 } from "ethers";
import { qBytes } from "../support/formats.ts";
import type { Ground } from "./attributionGround.ts";
import { Refusal } from "./attributionJournal.ts";

/** What an operator says of an interval; `lanes` are those of q. */
export interface Usage {
  readonly model: number;
  readonly interval: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly receiptsRoot: string;
  readonly exponent: number;
  readonly lanes: readonly number[];
}

/** A piece `(from, to]` of a model's fees. */
export interface Piece {
  readonly from: bigint;
  readonly to: bigint;
  readonly cutAt: number;
  report?: { readonly usage: Usage; readonly hash: string };
}

/** Who signs for a model: a wallet, or a contract for which the wallet signs. */
export interface Operator {
  readonly address: string;
  readonly key: string;
}

export const LANES = 16;

const TYPE_HASH = id(
  "UsageReport(uint256 model,uint32 interval,uint112 from,uint112 to,bytes32 receiptsRoot,int16 exponent,bytes q)",
);

/** EIP-712 struct hash. */
export function usageHash({ model, interval, from, to, receiptsRoot, exponent, lanes }: Usage): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint256", "uint32", "uint112", "uint112", "bytes32", "int16", "bytes32"],
      [TYPE_HASH, model, interval, from, to, receiptsRoot, exponent, keccak256(qBytes(lanes))],
    ),
  );
}

/** The referee of intervals and usage reports. */
export class UsageReferee {
  readonly #ground: Ground;
  readonly #pieces = new Map<number, Piece[]>();
  readonly #operators = new Map<number, Operator>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  piecesOf(model: number): Piece[] {
    const pieces = this.#pieces.get(model) ?? [];
    this.#pieces.set(model, pieces);
    return pieces;
  }

  pieceAt(model: number, interval: number): Piece {
    const piece = this.piecesOf(model)[interval];
    if (piece === undefined) throw new Refusal("IntervalNotFound", model, interval);
    return piece;
  }

  setOperator(model: number, operator: Operator): void {
    this.#operators.set(model, operator);
  }

  operatorOf(model: number): Operator {
    const operator = this.#operators.get(model);
    if (operator === undefined) throw new Error(`model ${model} has no operator`);
    return operator;
  }

  /** Time from which a model can be cut again, if it was cut before. */
  cuttableAt(model: number): number | undefined {
    const last = this.piecesOf(model).at(-1);
    return last === undefined ? undefined : last.cutAt + this.#ground.rules.cuttingPeriod;
  }

  cut(model: number, now: number): void {
    const pieces = this.piecesOf(model);
    const from = pieces.at(-1)?.to ?? 0n;
    const to = this.#ground.lineage.fees(model);
    if (from === to) throw new Refusal("NothingToCut", model);
    const cuttableAt = this.cuttableAt(model);
    if (cuttableAt !== undefined && now < cuttableAt) throw new Refusal("CuttingPeriodRunning", model, cuttableAt);
    this.#ground.journal.note("usage.IntervalCut", model, pieces.length, from, to);
    pieces.push({ from, to, cutAt: now });
  }

  /** @param signedBy Wallet whose signature goes with the report. */
  report(usage: Usage, signedBy: string): void {
    const { model, interval, from, to, receiptsRoot, exponent, lanes } = usage;
    const piece = this.pieceAt(model, interval);
    if (from !== piece.from || to !== piece.to) throw new Refusal("WrongInterval", model, interval, from, to);
    if (piece.report !== undefined) throw new Refusal("AlreadyReported", model, interval);
    if (lanes.length !== LANES) throw new Refusal("WrongLanes", 2 * lanes.length, LANES);
    const operator = this.operatorOf(model);
    if (operator.key !== signedBy) throw new Refusal("NotSignedByOperator", model, operator.address);
    const hash = usageHash(usage);
    piece.report = { usage, hash };
    const q = qBytes(lanes);
    this.#ground.journal.note(
      "usage.UsageReported",
      model,
      interval,
      operator.address,
      hash,
      receiptsRoot,
      exponent,
      q,
    );
  }
}
