import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { PRICES } from "../../scripts/demo/lineage.ts";
import type { StackWorld } from "../../scripts/stack/world.ts";
import { voucherHeader } from "../support/gateway.ts";
import type { Random } from "../support/random.ts";

/** Milliseconds between two calls of a payer. */
const EVERY = 120;

/** A call as its caller knows it. */
export interface LoadedCall {
  readonly payer: string;
  readonly body: string;
  readonly cumulative: bigint;
  answered: boolean;
}

/** Callers of the gateway, which goes away now and then: what got no answer is asked again, with the same voucher. */
export class Load {
  readonly #world: StackWorld;
  readonly #address: string;
  readonly #random: Random;
  readonly calls: LoadedCall[][];
  #ending = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(world: StackWorld, address: string, random: Random) {
    [this.#world, this.#address, this.#random] = [world, address, random];
    this.calls = world.payers.map(() => []);
  }

  start(): void {
    this.#running = Promise.all(this.calls.map((_, payer) => this.#callOn(payer)));
  }

  /** Ends once every call has its answer. */
  async finish(): Promise<void> {
    this.#ending = true;
    await this.#running;
  }

  async #callOn(payer: number): Promise<void> {
    const { suite, lineage, payers } = this.#world;
    const wallet = payers[payer]!.signer;
    const mine = this.calls[payer]!;
    while (!this.#ending || mine.some(({ answered }) => !answered)) {
      let call = mine.at(-1);
      if (call === undefined || call.answered) {
        const words = this.#random.pick(["free money offer", "meeting notes", "click to win", "patch review"]);
        const body = `call ${mine.length} of payer ${payer}: ${words}`;
        const cumulative = PRICES.finetune * BigInt(mine.length + 1);
        call = { payer: wallet.address.toLowerCase(), body, cumulative, answered: false };
        mine.push(call);
      }
      const header = await voucherHeader({ suite, model: lineage.finetune }, wallet, call.cumulative);
      const answer = await fetch(this.#address, {
        method: "POST",
        headers: { "content-type": "text/plain", "payment-signature": header },
        body: call.body,
      }).catch(() => undefined);
      if (answer !== undefined) {
        const said = await answer.text().catch(() => undefined);
        // A gateway that can't reach its node, or ends, says so; anything else would be a failure.
        if (answer.status === 200 && said !== undefined) call.answered = true;
        else expect(answer.status, said).to.be.oneOf([200, 402, 502, 503]);
      }
      await sleep(EVERY);
    }
  }
}
