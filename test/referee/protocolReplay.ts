import { AbiCoder, type BaseContract, type Interface, type LogDescription, type ParamType, type Result } from "ethers";
import { expect } from "chai";
import { ModelReceiver__factory } from "../../typechain-types/index.ts";
import { item } from "../support/fixture.ts";
import { randomFrom } from "../support/random.ts";
import { AttributionChain, type Question } from "./attributionChain.ts";
import { Refusal } from "./attributionJournal.ts";
import { questionsOf } from "./attributionQuestions.ts";
import { checkBooks } from "./books.ts";
import { endReplay } from "./replayEnding.ts";
import { CONSEQUENCES } from "./replayFacts.ts";
import { JUDGEMENTS } from "./replayMoves.ts";
import { type Operation, ReplayReferee } from "./replayReferee.ts";
import type { ReplayStage } from "./replayStage.ts";

/** Handlers register no more models than this. */
const MOST_MODELS = 8;
const GAS = "0x1c9c380";
/** So many seeds are drawn, at most, for a call that is wanted. */
const DRAWS = 48;

/** Handlers by selector, and how many are still wanted. */
type Wanted = Pick<ReadonlySet<string>, "has" | "size">;

/** A call as the player chooses it. */
interface Chosen {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  /** Seconds that it waits. */
  readonly wait: bigint;
  /** Whether it must be refused. */
  readonly forbidden: boolean;
  /** What a scorer remembers of its proposal. */
  readonly memo: string;
}

/** What became of a step. */
interface Played {
  readonly handler: string;
  readonly chosen: Chosen;
  readonly success: boolean;
  readonly events: readonly LogDescription[];
}

/** The seed of a step, which the player hashes: history and step, 8 bytes each. */
function seedOf(history: number, step: number): bigint {
  return BigInt(`0x${history.toString(16).padStart(16, "0")}${step.toString(16).padStart(16, "0")}`);
}

/**
 * A history that the compiled handlers of the Solidity invariants make on an ordinary chain, replayed before the referee:
 * each call is decoded from what was sent, must come out as the referee says, and after it all counters, bonds, balances,
 * channels and claimable amounts must be the referee's to the wei.
 */
export class ProtocolReplay {
  readonly #stage: ReplayStage;
  readonly #chain: AttributionChain;
  readonly #referee: ReplayReferee;
  readonly #contracts = new Map<string, { readonly name: string; readonly face: Interface }>();
  readonly #proposal: ParamType;
  #now = 0;
  /** Entry points that were called with success, such as `ledger.withdraw(address)`, and names of events. */
  readonly met = new Set<string>();
  /** Selectors of handlers whose calls succeeded. */
  readonly succeeded = new Set<string>();

  private constructor(stage: ReplayStage, chain: AttributionChain, referee: ReplayReferee) {
    [this.#stage, this.#chain, this.#referee] = [stage, chain, referee];
    const outputs = stage.notebook.interface.getFunction("proposalAt")?.outputs;
    this.#proposal = item(outputs ?? [], 0);
  }

  static async begin(stage: ReplayStage, seed: number): Promise<ProtocolReplay> {
    const { suite, reader, actors } = stage;
    const chain = await AttributionChain.connect(suite, reader);
    const receivers: string[] = [];
    for (let model = 0; model <= MOST_MODELS; model++) receivers.push(await suite.receivers.receiverOf(model));
    const places = {
      datasets: await suite.datasets.getAddress(),
      treasury: suite.treasury.address,
      actors,
      receiverOf: (model: number) => item(receivers, model),
    };
    const replay = new ProtocolReplay(stage, chain, new ReplayReferee(chain, places, randomFrom(seed)));
    const { currency, vault, datasets, models, ledger, market, indexes, usage, attribution, challenges, payouts } =
      suite;
    const named = {
      ...{ currency, vault, datasets, models, ledger, market, receivers: suite.receivers },
      ...{ indexes, usage, attribution, challenges, payouts },
    };
    for (const [name, contract] of Object.entries<BaseContract>(named)) {
      replay.#contracts.set(await contract.getAddress(), { name, face: contract.interface });
    }
    const face = ModelReceiver__factory.createInterface();
    for (const receiver of receivers) replay.#contracts.set(receiver, { name: "receiver", face });
    return replay;
  }

  /**
   * Plays the opening and then as many calls, and ends everything.
   *
   * @param wanted Handlers of which the next call is rather chosen than of others, until none is left
   */
  async play(history: number, calls: number, wanted?: Wanted): Promise<void> {
    for (let step = 0, played = 0; played < calls && wanted?.size !== 0; step++) {
      try {
        const seed = seedOf(history, step);
        const done = await this.#step(wanted === undefined ? seed : await this.#search(seed << 8n, wanted));
        if (done === undefined) continue;
        if (BigInt(done.handler) !== 0n) played++;
        await this.#judge(done);
        await this.#compare(played % 10 === 0);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`step ${step}: ${message}`, { cause: error });
      }
    }
    await this.#compare(true);
    await this.#askWitness();
    await endReplay(this.#chain, this.#referee, this.#now);
    await this.#compare(true);
  }

  /** A seed whose call is wanted and goes through, as far as can be seen before; else one that goes through. */
  async #search(first: bigint, wanted: Wanted): Promise<bigint> {
    let found = first;
    for (let seed = first; seed < first + BigInt(DRAWS); seed++) {
      const choice = await this.#choose(seed);
      if (choice === undefined || choice.chosen.forbidden) continue;
      const isWanted = wanted.has(choice.handler);
      if (!isWanted && found !== first) continue;
      const { from, to, data, wait } = choice.chosen;
      // What has to wait can't be tried now.
      if (wait === 0n && (await this.#reasonOf(from, to, data)) !== undefined) continue;
      found = seed;
      if (isWanted) break;
    }
    return found;
  }

  /** What the player chooses; undefined if there is nothing to do. */
  async #choose(seed: bigint): Promise<{ handler: string; chosen: Chosen; time: number } | undefined> {
    try {
      const choose = this.#stage.player.getFunction("choose");
      const [handler, chosen, time] = (await choose.staticCall(seed)) as [string, Chosen, bigint];
      return { handler, chosen, time: Number(time) };
    } catch (error) {
      if (error instanceof Error && error.message.includes("nothing to do")) return undefined;
      throw error;
    }
  }

  /** Has the player play a step; undefined if there was nothing to do. */
  async #step(seed: bigint): Promise<Played | undefined> {
    const { suite, player } = this.#stage;
    const { provider } = suite;
    const choice = await this.#choose(seed);
    if (choice === undefined) return undefined;
    const { time } = choice;
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [time] });
    const data = player.interface.encodeFunctionData("step", [seed]);
    const from = suite.deployer.address;
    const transaction = { from, to: await player.getAddress(), data, gas: GAS };
    const hash: unknown = await provider.request({ method: "eth_sendTransaction", params: [transaction] });
    const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
      logs: readonly { address: string; topics: string[]; data: string }[];
    };
    this.#now = time;
    const logs = receipt.logs.map((log) => {
      const known = [...this.#contracts].find(([address]) => address.toLowerCase() === log.address.toLowerCase());
      return (known?.[1].face ?? player.interface).parseLog(log);
    });
    const events = logs.filter((log) => log !== null);
    const own = events.find(({ name }) => name === "Played");
    if (own === undefined) throw new Error("a step was not played");
    const { handler, chosen, success } = own.args as unknown as {
      handler: string;
      chosen: Chosen;
      success: boolean;
    };
    return { handler, chosen, success, events };
  }

  /** What the referee makes of a call must be what came of it. */
  async #judge({ handler, chosen, success, events }: Played): Promise<void> {
    const { from, to, data, forbidden, memo } = chosen;
    const contract = this.#contracts.get(to);
    const call = contract?.face.parseTransaction({ data });
    if (contract === undefined || call === undefined || call === null) throw new Error(`a call to nowhere: ${to}`);
    const name = `${contract.name}.${call.name}`;
    if (success) {
      this.met.add(`${contract.name}.${call.signature}`);
      for (const event of events) this.met.add(event.name);
      this.succeeded.add(handler);
    }
    if (forbidden) {
      if (success) throw new Error(`${name} of ${from} went through, and must not`);
      return;
    }
    const weights = contract.name === "attribution" ? this.#weightsOf(memo) : [];
    const operation: Operation = { name, args: call.args, from, now: this.#now, weights, events };
    const judgement = JUDGEMENTS[name];
    if (judgement === undefined) {
      const consequence = CONSEQUENCES[name];
      if (consequence === undefined) throw new Error(`the referee knows nothing of ${name}`);
      if (success) consequence(this.#referee, operation);
    } else {
      const refusal = this.#refusalOf(() => judgement(this.#referee, operation));
      if ((refusal === undefined) !== success) {
        const given = success
          ? "goes through"
          : `was refused (${(await this.#reasonOf(from, to, data)) ?? "at that time"})`;
        throw new Error(`${name} of ${from} ${given}; the referee says ${refusal ?? "that it goes through"}`);
      }
    }
    this.#referee.game.ground.journal.take();
  }

  #refusalOf(play: () => void): string | undefined {
    try {
      play();
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  /** What a call would be refused with now; undefined if it would go through. */
  async #reasonOf(from: string, to: string, data: string): Promise<string | undefined> {
    try {
      await this.#stage.suite.provider.request({ method: "eth_call", params: [{ from, to, data }, "latest"] });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #weightsOf(memo: string): bigint[] {
    if (memo === "0x") return [];
    const [proposal] = AbiCoder.defaultAbiCoder().decode([this.#proposal], memo);
    return [...((proposal as Result).getValue("weights") as bigint[])];
  }

  /** Every counter and balance, on the chain and with the referee. */
  async #compare(all: boolean): Promise<void> {
    const { game, prepaid } = this.#referee;
    const questions: Question[] = [...questionsOf(game, all), ...this.#moreQuestions(all)];
    await this.#chain.compare(questions);
    const { ledger, payouts } = game.ground.places;
    const streams = game.streams.map(({ money }) => money);
    const [held, open] = [await this.#tokensOf(ledger), await this.#tokensOf(payouts)];
    checkBooks(game.ground.lineage, streams, held - prepaid.held, open);
    expect(await this.#tokensOf(game.ground.places.vault), "the vault").to.equal(game.ground.vault.owed);
  }

  /** Prepaid money, deposits, bonds of other controllers, models' own addresses, and all that is owed by rows. */
  #moreQuestions(all: boolean): Question[] {
    const { game, prepaid, places } = this.#referee;
    const ask = (to: Question["to"], method: string, args: Question["args"], expected: Question["expected"]) => {
      return { to, method, args, expected };
    };
    const channels = game.models.flatMap((model) => [
      ask("market", "priceOf", [model], [prepaid.priceOf(model)]),
      ask("currency", "balanceOf", [places.receiverOf(model)], [game.money.tokensOf(places.receiverOf(model))]),
      ...places.actors.map((actor) => {
        const { balance, spent, leavesAt } = prepaid.channelOf(actor, model);
        return ask("market", "channelOf", [actor, model], [balance, spent, leavesAt]);
      }),
    ]);
    const bonds = [places.datasets, ...(all ? places.actors : [])].flatMap((controller) =>
      places.actors.map((account) => {
        const { free, locked, leaving, leavesAt } = game.ground.vault.bondOf(controller, account);
        return ask("vault", "bondOf", [controller, account], [free, locked, leaving, leavesAt]);
      }),
    );
    const owed = game.streams.flatMap(({ id, money }) =>
      money.terms.contributors.map((contributor, index) =>
        ask("payouts", "previewProRata", [id, index], [contributor, money.owedProRata(index)]),
      ),
    );
    return [...channels, ...bonds, ...owed];
  }

  async #tokensOf(account: string): Promise<bigint> {
    const [answer] = await this.#chain.view("currency", "balanceOf", [account]);
    return BigInt(String(answer));
  }

  /** What the invariants look at must be in order on this chain too. */
  async #askWitness(): Promise<void> {
    const { player, witness } = this.#stage;
    const asked = [
      [witness, "fallen"],
      [witness, "changed"],
      [player, "allowedToAStranger"],
      [player, "outsideItsTime"],
    ] as const;
    for (const [contract, method] of asked) {
      const answer = String(await contract.getFunction(method).staticCall());
      expect(/^(0x0{8})?$/.test(answer), `${method}: ${answer}`).to.equal(true);
    }
  }
}
