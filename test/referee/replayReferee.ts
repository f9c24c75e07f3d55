import type { LogDescription, Result } from "ethers";
import { indexTree, type IndexRow } from "../support/formats.ts";
import type { Random } from "../support/random.ts";
import type { AttributionChain } from "./attributionChain.ts";
import { Game, type Proposal } from "./attributionGame.ts";
import { linesOf, type Stream } from "./attributionGround.ts";
import { PROTOCOL_BPS, RULES, WITHDRAWAL_DELAY } from "./attributionHistory.ts";
import { Journal, Refusal } from "./attributionJournal.ts";
import type { Sealed } from "./attributionStatements.ts";
import { climb, leafOf } from "./attributionTrees.ts";
import { LANES } from "./attributionUsage.ts";
import { VaultReferee } from "./attributionVault.ts";
import { ContributionReferee } from "./contributions.ts";
import { Lineage } from "./lineage.ts";
import { PrepaidReferee } from "./prepaid.ts";
import type { BareClaim } from "./replayDecoder.ts";
import { StreamReferee } from "./streams.ts";

const PREPAID_DELAY = 172_800;

/** A call that was played on the chain, with what it emitted there. */
export interface Operation {
  /** Contract and function, such as `ledger.withdraw`. */
  readonly name: string;
  readonly args: Result;
  readonly from: string;
  /** Seconds. */
  readonly now: number;
  /** Weights that a scorer holds; empty unless it proposes. */
  readonly weights: readonly bigint[];
  readonly events: readonly LogDescription[];
}

/** Addresses that the referee must know. */
export interface ReplayPlaces {
  readonly datasets: string;
  readonly treasury: string;
  readonly actors: readonly string[];
  /** A model's own address, by its number. */
  receiverOf(model: number): string;
}

/** All referees of a history that the Solidity handlers made. */
export class ReplayReferee {
  readonly game: Game;
  readonly contributions: ContributionReferee;
  readonly prepaid = new PrepaidReferee(PREPAID_DELAY);
  readonly places: ReplayPlaces;
  /** Models whose owner said how influence is measured. */
  readonly bases = new Set<number>();
  readonly #owners = new Map<number, string>();
  readonly #parents = new Map<number, readonly number[]>();
  readonly #streams = new Map<bigint, Stream>();

  constructor(chain: AttributionChain, places: ReplayPlaces, random: Random) {
    const journal = new Journal();
    const { actors, treasury } = places;
    const [vault, ledger, payouts] = [chain.addressOf("vault"), chain.addressOf("ledger"), chain.addressOf("payouts")];
    const ground = {
      journal,
      places: {
        vault,
        ledger,
        payouts,
        indexes: chain.addressOf("indexes"),
        attribution: chain.addressOf("attribution"),
        treasury,
      },
      rules: RULES,
      lineage: new Lineage(treasury, PROTOCOL_BPS),
      vault: new VaultReferee(journal, vault, WITHDRAWAL_DELAY),
      streams: this.#streams,
      modelOwners: this.#owners,
    };
    const [honestScorer = "", watcher = "", anonymous = "", payer = "", ...rogues] = actors;
    const nobody = { modelOwners: [], datasetOwners: [], contributors: [], operatorKey: "", operatorContract: "" };
    const cast = { honestScorer, watcher, anonymous, payer, rogues, ...nobody };
    this.game = new Game(ground, random, cast, this.#parents);
    this.contributions = new ContributionReferee(ground.vault, places.datasets);
    this.places = places;
  }

  /** Owner of a model. */
  ownerOf(model: number): string {
    return this.#owners.get(model) ?? "";
  }

  parentsOf(model: number): readonly number[] {
    return this.#parents.get(model) ?? [];
  }

  /** A model with its streams, in the order of its registration. */
  register(owner: string, operator: string, registration: Result): void {
    const [, , , , , , , parentArguments, sourceArguments] = registration as unknown as Result[];
    const parents = [...(parentArguments ?? [])].map((parent) => {
      const [model, bps] = parent as [bigint, bigint];
      return { model: Number(model), bps };
    });
    const sources = [...(sourceArguments ?? [])].map((source) => {
      const [dataset, version, bps] = source as [bigint, bigint, bigint];
      return { dataset: Number(dataset), version, bps };
    });
    const model = this.game.ground.lineage.register(owner, { parents, streams: sources });
    this.#owners.set(model, owner);
    this.#parents.set(
      model,
      parents.map((parent) => parent.model),
    );
    this.setOperator(model, operator);
    for (const [slot, { dataset, version, bps }] of sources.entries()) {
      const { contributors, rows } = this.contributions.version(dataset, Number(version));
      const { proRataBps } = this.contributions.termsOf(dataset);
      const terms = { model, bps, proRataBps, contributors, rows, index: [], exponentBound: 0 };
      const id = (BigInt(model) << 8n) | BigInt(slot);
      this.#streams.set(id, {
        id,
        model,
        dataset,
        version,
        datasetOwner: this.contributions.ownerOf(dataset),
        money: new StreamReferee(this.game.ground.lineage, terms),
      });
    }
  }

  setOperator(model: number, operator: string): void {
    this.game.usage.setOperator(model, { address: operator, key: operator });
  }

  transferModel(model: number, owner: string, nobody: string): void {
    this.#owners.set(model, owner);
    this.game.ground.lineage.transfer(model, owner);
    this.setOperator(model, nobody);
  }

  transferDataset(dataset: number, owner: string): void {
    this.contributions.transfer(dataset, owner);
    for (const stream of this.#streams.values()) if (stream.dataset === dataset) stream.datasetOwner = owner;
  }

  /** Money comes in for a model, from an account or as new dollars. */
  pay(model: number, amount: bigint, from?: string): void {
    if (amount === 0n) throw new Refusal("NothingToCredit");
    this.game.ground.lineage.pay(model, amount);
    if (from !== undefined) this.game.money.move(from, -amount);
  }

  /** Sends dollars from one account to another. */
  move(from: string, to: string, amount: bigint): void {
    this.game.money.move(from, -amount);
    this.game.money.move(to, amount);
  }

  /** Row `i` of every index has `i + 1` in its first lane. */
  rememberIndex(stream: Stream, root: string): void {
    const rows: IndexRow[] = Array.from({ length: linesOf(stream) }, (_, row) => ({
      exponent: 0,
      lanes: Array.from({ length: LANES }, (__, lane) => (lane === 0 ? row + 1 : 0)),
    }));
    const tree = indexTree(rows);
    if (tree.root !== root) throw new Error("the handlers commit another index");
    this.game.files.set(root, { rows, bound: 0, tree });
  }

  /** The proposal that a statement is of. */
  proposalOf({ hash }: Sealed): Proposal {
    const found = this.game.proposals.find((proposal) => proposal.hash === hash);
    if (found === undefined) throw new Refusal("StatementNotLive", hash);
    return found;
  }

  /** The final statement that a claim's proofs lead to. */
  statementOf({ stream, interval, pool, lines }: BareClaim): Sealed {
    const line = lines[0];
    const found = this.game.finals.find(({ statement: { payout } }) => {
      if (line === undefined || payout.stream !== stream || payout.interval !== interval) return false;
      const { root } = climb(leafOf(line.index, line.weight), 0, line.index, Number(payout.lines), line.proof);
      return payout.pool === pool && root.hash === payout.root && root.sum === payout.total;
    });
    if (found === undefined) throw new Refusal("LineNotFinal", stream, interval);
    return found;
  }
}
