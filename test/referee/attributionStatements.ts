import { AbiCoder, keccak256, ZeroHash } from "ethers";
import type { PlainStatement } from "../support/attributionWorld.ts";
import { type Ground, linesOf, type Stream, streamOf } from "./attributionGround.ts";
import type { IndexReferee } from "./attributionIndexes.ts";
import { Refusal } from "./attributionJournal.ts";
import { WeightTree } from "./attributionTrees.ts";
import type { UsageReferee } from "./attributionUsage.ts";
import { shareOf } from "./lineage.ts";

/** States of an interval of a stream, as the contract numbers them. */
export const STATUS = { open: 0, proposed: 1, final: 2, proRata: 3 } as const;

const MAX_VOIDS = 8;
const BOND_BPS = 200n;
const FEE_CAP_BPS = 1_000n;
const MAX_POSTED = 256;
const PAYOUT = "tuple(uint256,uint32,uint256,uint24,bytes32,uint144,uint112)";
const STATEMENT = `tuple(${PAYOUT},address,uint112,uint112,uint40,uint8,uint16,uint8,bytes32,bytes32)`;

/** A statement with its hash. */
export interface Sealed {
  readonly statement: PlainStatement;
  readonly hash: string;
}

/** An interval of a stream. */
export interface Settlement {
  status: number;
  voids: number;
  /** Moved deadline; 0 before the first void. */
  moved: number;
  live: string | undefined;
  open: number;
  /** How often it ended; never more than once. */
  ends: number;
}

function payoutWords({ payout }: PlainStatement): unknown[] {
  const { stream, interval, dataset, lines, root, total, pool } = payout;
  return [stream, interval, dataset, lines, root, total, pool];
}

export function payoutHash(statement: PlainStatement): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([PAYOUT], [payoutWords(statement)]));
}

export function seal(statement: PlainStatement): Sealed {
  const { scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
  const words = [scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash];
  const hash = keccak256(AbiCoder.defaultAbiCoder().encode([STATEMENT], [[payoutWords(statement), ...words]]));
  return { statement, hash };
}

/** The referee of statements: who may propose, and how an interval of a stream ends. */
export class StatementReferee {
  readonly #ground: Ground;
  readonly #indexes: IndexReferee;
  readonly #usage: UsageReferee;
  readonly #settlements = new Map<string, Settlement>();

  constructor(ground: Ground, indexes: IndexReferee, usage: UsageReferee) {
    [this.#ground, this.#indexes, this.#usage] = [ground, indexes, usage];
  }

  settlementOf(stream: bigint, interval: number): Settlement {
    const key = `${stream} ${interval}`;
    const settlement = this.#settlements.get(key) ?? {
      status: STATUS.open,
      voids: 0,
      moved: 0,
      live: undefined,
      open: 0,
      ends: 0,
    };
    this.#settlements.set(key, settlement);
    return settlement;
  }

  deadlineOf(stream: bigint, interval: number): number {
    const { moved } = this.settlementOf(stream, interval);
    const piece = this.#usage.pieceAt(streamOf(this.#ground, stream).model, interval);
    return moved === 0 ? piece.cutAt + this.#ground.rules.fallbackTime : moved;
  }

  poolOf(stream: bigint, interval: number): bigint {
    const { model, money } = streamOf(this.#ground, stream);
    const { from, to } = this.#usage.pieceAt(model, interval);
    return money.pool(from, to);
  }

  /** Bond that a statement takes now. */
  bondFor(stream: bigint, interval: number): bigint {
    const share = shareOf(this.poolOf(stream, interval), BOND_BPS);
    const least = this.#ground.rules.bondFloor;
    return (share < least ? least : share) * 2n ** BigInt(this.settlementOf(stream, interval).voids);
  }

  /** Whether an index serves an interval. */
  serves(stream: bigint, interval: number): boolean {
    const { model } = streamOf(this.#ground, stream);
    return this.#indexes.serves(stream, this.#usage.pieceAt(model, interval).from);
  }

  propose(
    streamId: bigint,
    interval: number,
    root: string,
    total: bigint,
    feeBps: number,
    from: string,
    now: number,
  ): Sealed {
    const { vault, places, journal } = this.#ground;
    const stream = streamOf(this.#ground, streamId);
    if (total === 0n) throw new Refusal("EmptyStatement");
    if (BigInt(feeBps) > FEE_CAP_BPS) throw new Refusal("ScorerFeeTooHigh", feeBps, FEE_CAP_BPS);
    const settlement = this.#requireOpen(streamId, interval);
    if (settlement.voids === MAX_VOIDS) throw new Refusal("TooManyVoids", streamId, interval);
    const piece = this.#usage.pieceAt(stream.model, interval);
    const deadline = this.deadlineOf(streamId, interval);
    if (now >= deadline) throw new Refusal("DeadlinePassed", deadline);
    if (!this.serves(streamId, interval)) throw new Refusal("IndexDoesNotServe", streamId, interval);
    const pool = this.poolOf(streamId, interval);
    if (pool === 0n) throw new Refusal("EmptyPool", streamId, interval);
    if (piece.report === undefined) throw new Refusal("ReportMissing", streamId, interval);
    const fee = shareOf(pool, BigInt(feeBps));
    const bond = this.bondFor(streamId, interval);
    const index = this.#indexes.indexOf(streamId);
    const proposed = seal({
      payout: {
        stream: streamId,
        interval: BigInt(interval),
        dataset: BigInt(stream.dataset),
        lines: BigInt(linesOf(stream)),
        root,
        total,
        pool: pool - fee,
      },
      scorer: from,
      fee,
      bond,
      proposedAt: BigInt(now),
      attempt: BigInt(settlement.voids),
      version: stream.version,
      exponentBound: BigInt(index.bound),
      indexRoot: index.root,
      reportHash: piece.report.hash,
    });
    vault.lock(places.attribution, from, bond);
    settlement.live = proposed.hash;
    journal.note("attribution.StatementProposed", streamId, interval, proposed.hash);
    return proposed;
  }

  proposeWeights(
    streamId: bigint,
    interval: number,
    weights: readonly bigint[],
    feeBps: number,
    from: string,
    now: number,
  ): Sealed {
    const lines = linesOf(streamOf(this.#ground, streamId));
    if (weights.length !== lines || lines > MAX_POSTED) {
      throw new Refusal("WeightsOutOfRange", weights.length, lines, MAX_POSTED);
    }
    const { root } = new WeightTree(weights);
    const proposed = this.propose(streamId, interval, root.hash, root.sum, feeBps, from, now);
    this.#ground.journal.note("attribution.WeightsPosted", streamId, interval);
    return proposed;
  }

  /** @param amounts What each line is worth, as far as it can be proved. */
  finalise({ statement, hash }: Sealed, shownUntil: number, amounts: () => readonly bigint[], now: number): void {
    const { rules, vault, places, journal, lineage } = this.#ground;
    const settlement = this.requireLive({ statement, hash });
    const closesAt = Number(statement.proposedAt) + rules.window;
    if (now < closesAt) throw new Refusal("WindowOpen", closesAt);
    if (settlement.open !== 0) throw new Refusal("ChallengesOpen", settlement.open);
    if (now < shownUntil) throw new Refusal("NodesShown", shownUntil);
    const { stream, interval, pool } = statement.payout;
    this.#end(settlement, STATUS.final);
    journal.note("attribution.StatementFinalised", stream, interval, hash);
    vault.unlock(places.attribution, statement.scorer, statement.bond);
    journal.note("payouts.PayoutOpened", stream, interval, payoutHash(statement));
    if (statement.fee !== 0n) {
      lineage.credit(statement.scorer, statement.fee);
      journal.note("ledger.ScorerPaid", statement.scorer, statement.fee);
    }
    journal.note("currency.Transfer", places.ledger, places.payouts, pool);
    streamOf(this.#ground, stream).money.end(Number(interval), pool + statement.fee, statement.fee, amounts());
  }

  fallBack(stream: bigint, interval: number, now: number): void {
    const settlement = this.#requireOpen(stream, interval);
    const deadline = this.deadlineOf(stream, interval);
    if (settlement.voids < MAX_VOIDS && this.serves(stream, interval) && now < deadline) {
      throw new Refusal("FallbackNotDue", deadline);
    }
    this.#endProRata(streamOf(this.#ground, stream), interval, settlement);
  }

  rejectInterval(stream: bigint, interval: number, reason: string, from: string): void {
    this.#reject(stream, interval, this.#requireOpen(stream, interval), ZeroHash, reason, from);
  }

  rejectStatement(sealed: Sealed, reason: string, from: string): void {
    const { vault, places } = this.#ground;
    const { payout, scorer, bond } = sealed.statement;
    this.#reject(payout.stream, Number(payout.interval), this.requireLive(sealed), sealed.hash, reason, from);
    vault.unlock(places.attribution, scorer, bond);
  }

  requireLive({ statement, hash }: Sealed): Settlement {
    const { stream, interval } = statement.payout;
    const settlement = this.settlementOf(stream, Number(interval));
    if (settlement.live !== hash) throw new Refusal("StatementNotLive", hash);
    return settlement;
  }

  /** Voids a live statement: half of its bond to `rewarded`, the rest to the treasury. */
  voidStatement(sealed: Sealed, rewarded: string, now: number): void {
    const { rules, vault, places, journal } = this.#ground;
    const { statement, hash } = sealed;
    const { stream, interval } = statement.payout;
    const settlement = this.requireLive(sealed);
    const deadline = Math.max(this.deadlineOf(stream, Number(interval)), now + rules.proposingPeriod);
    Object.assign(settlement, { voids: settlement.voids + 1, moved: deadline, live: undefined, open: 0 });
    const reward = statement.bond / 2n;
    vault.slash(places.attribution, statement.scorer, rewarded, reward);
    vault.slash(places.attribution, statement.scorer, places.treasury, statement.bond - reward);
    journal.note("attribution.StatementVoided", stream, interval, hash, rewarded, reward, deadline);
  }

  #reject(
    streamId: bigint,
    interval: number,
    settlement: Settlement,
    hash: string,
    reason: string,
    from: string,
  ): void {
    const stream = streamOf(this.#ground, streamId);
    if (stream.datasetOwner !== from) throw new Refusal("NotDatasetOwner", streamId, from);
    this.#usage.pieceAt(stream.model, interval);
    this.#ground.journal.note("attribution.IntervalRejected", streamId, interval, hash, reason);
    this.#endProRata(stream, interval, settlement);
  }

  #endProRata(stream: Stream, interval: number, settlement: Settlement): void {
    const pool = this.poolOf(stream.id, interval);
    this.#end(settlement, STATUS.proRata);
    this.#ground.journal.note("attribution.FellBack", stream.id, interval, pool);
    this.#ground.journal.note("payouts.PoolFellBack", stream.id, pool);
    stream.money.fallBack(pool);
  }

  #end(settlement: Settlement, status: number): void {
    Object.assign(settlement, { status, live: undefined, open: 0 });
    settlement.ends += 1;
    if (settlement.ends !== 1) throw new Error("an interval ended twice");
  }

  #requireOpen(stream: bigint, interval: number): Settlement {
    const settlement = this.settlementOf(stream, interval);
    const status = settlement.live === undefined ? settlement.status : STATUS.proposed;
    if (status !== STATUS.open) throw new Refusal("WrongSettlementStatus", stream, interval, status);
    return settlement;
  }
}
