import { Refusal } from "./attributionJournal.ts";

/** A payer's money for one model, in wei; `leavesAt` in seconds, 0 unless it was asked back. */
export interface Channel {
  balance: bigint;
  spent: bigint;
  leavesAt: number;
}

/** The referee of prices and prepaid money. */
export class PrepaidReferee {
  readonly #delay: number;
  readonly #prices = new Map<number, bigint>();
  readonly #channels = new Map<string, Channel>();

  /** @param delay Seconds between asking for a balance and taking it */
  constructor(delay: number) {
    this.#delay = delay;
  }

  channelOf(payer: string, model: number): Channel {
    const key = `${payer} ${model}`;
    const channel = this.#channels.get(key) ?? { balance: 0n, spent: 0n, leavesAt: 0 };
    this.#channels.set(key, channel);
    return channel;
  }

  /** All that channels hold. */
  get held(): bigint {
    return [...this.#channels.values()].reduce((all, { balance }) => all + balance, 0n);
  }

  priceOf(model: number): bigint {
    return this.#prices.get(model) ?? 0n;
  }

  list(model: number, price: bigint): void {
    this.#prices.set(model, price);
  }

  delist(model: number): void {
    if (!this.#prices.delete(model)) throw new Refusal("NotListed", model);
  }

  /** @throws Refusal unless the model is listed for at most the amount */
  requirePrice(model: number, amount: bigint): void {
    const price = this.#prices.get(model);
    if (price === undefined) throw new Refusal("NotListed", model);
    if (amount < price) throw new Refusal("BelowPrice", model, amount, price);
  }

  deposit(payer: string, model: number, amount: bigint): void {
    if (amount === 0n) throw new Refusal("NothingToCredit");
    this.channelOf(payer, model).balance += amount;
  }

  /** Pays one inference. */
  spend(payer: string, model: number, amount: bigint): void {
    this.requirePrice(model, amount);
    const channel = this.channelOf(payer, model);
    if (channel.balance < amount) throw new Refusal("InsufficientPrepaid", model, payer, channel.balance, amount);
    channel.balance -= amount;
    channel.spent += amount;
  }

  /** Pays up to all that the channel is said to have paid; what it pays is the price of that. */
  charge(payer: string, model: number, cumulative: bigint): bigint {
    const { spent } = this.channelOf(payer, model);
    if (cumulative <= spent) throw new Refusal("AlreadySpent", model, payer, spent, cumulative);
    this.spend(payer, model, cumulative - spent);
    return cumulative - spent;
  }

  /** What vouchers pay in all, each up to what its channel holds. */
  redeem(model: number, vouchers: readonly { readonly payer: string; readonly cumulative: bigint }[]): bigint {
    let all = 0n;
    for (const { payer, cumulative } of vouchers) {
      const channel = this.channelOf(payer, model);
      if (cumulative <= channel.spent) continue;
      const asked = cumulative - channel.spent;
      const amount = asked < channel.balance ? asked : channel.balance;
      channel.balance -= amount;
      channel.spent += amount;
      all += amount;
    }
    if (all === 0n) throw new Refusal("NothingRedeemed", model);
    return all;
  }

  requestWithdrawal(payer: string, model: number, now: number): void {
    const channel = this.channelOf(payer, model);
    if (channel.balance === 0n) throw new Refusal("NothingLeaving", model, payer);
    channel.leavesAt = now + this.#delay;
  }

  cancelWithdrawal(payer: string, model: number): void {
    const channel = this.channelOf(payer, model);
    if (channel.leavesAt === 0) throw new Refusal("NothingLeaving", model, payer);
    channel.leavesAt = 0;
  }

  /** @returns what is paid back */
  withdraw(payer: string, model: number, now: number): bigint {
    const channel = this.channelOf(payer, model);
    const { balance, leavesAt } = channel;
    if (balance === 0n || leavesAt === 0) throw new Refusal("NothingLeaving", model, payer);
    if (now < leavesAt) throw new Refusal("StillLeaving", leavesAt);
    Object.assign(channel, { balance: 0n, leavesAt: 0 });
    return balance;
  }
}
