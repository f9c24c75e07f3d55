import { type Journal, Refusal } from "./attributionJournal.ts";

/** A balance under a controller, in wei; `leavesAt` in seconds. */
export interface Bond {
  free: bigint;
  locked: bigint;
  leaving: bigint;
  leavesAt: number;
}

/** The referee of the bond vault. */
export class VaultReferee {
  readonly #journal: Journal;
  readonly #address: string;
  readonly #delay: number;
  readonly #bonds = new Map<string, Bond>();

  constructor(journal: Journal, address: string, delay: number) {
    [this.#journal, this.#address, this.#delay] = [journal, address, delay];
  }

  bondOf(controller: string, account: string): Bond {
    const key = `${controller} ${account}`;
    const bond = this.#bonds.get(key) ?? { free: 0n, locked: 0n, leaving: 0n, leavesAt: 0 };
    this.#bonds.set(key, bond);
    return bond;
  }

  /** All that the vault owes. */
  get owed(): bigint {
    return [...this.#bonds.values()].reduce((all, { free, locked, leaving }) => all + free + locked + leaving, 0n);
  }

  deposit(controller: string, account: string, from: string, amount: bigint): void {
    if (amount === 0n) throw new Refusal("ZeroAmount");
    this.bondOf(controller, account).free += amount;
    this.#journal.note("currency.Transfer", from, this.#address, amount);
    this.#journal.note("vault.Deposited", controller, account, from, amount);
  }

  requestWithdrawal(controller: string, account: string, amount: bigint, now: number): void {
    if (amount === 0n) throw new Refusal("ZeroAmount");
    const bond = this.bondOf(controller, account);
    this.#require(controller, account, bond.free, amount);
    bond.free -= amount;
    bond.leaving += amount;
    bond.leavesAt = now + this.#delay;
    this.#journal.note("vault.WithdrawalRequested", controller, account, amount, bond.leavesAt);
  }

  /** @returns what was paid to `to` */
  withdraw(controller: string, account: string, to: string, now: number): bigint {
    const bond = this.bondOf(controller, account);
    const amount = bond.leaving;
    if (amount === 0n) throw new Refusal("NothingLeaving", controller, account);
    if (now < bond.leavesAt) throw new Refusal("StillLeaving", bond.leavesAt);
    bond.leaving = 0n;
    this.#journal.note("currency.Transfer", this.#address, to, amount);
    this.#journal.note("vault.Withdrawn", controller, account, to, amount);
    return amount;
  }

  lock(controller: string, account: string, amount: bigint): void {
    const bond = this.bondOf(controller, account);
    this.#require(controller, account, bond.free, amount);
    bond.free -= amount;
    bond.locked += amount;
    this.#journal.note("vault.Locked", controller, account, amount);
  }

  unlock(controller: string, account: string, amount: bigint): void {
    this.#take(controller, account, amount).free += amount;
    this.#journal.note("vault.Unlocked", controller, account, amount);
  }

  slash(controller: string, account: string, to: string, amount: bigint): void {
    this.#take(controller, account, amount);
    this.bondOf(controller, to).free += amount;
    this.#journal.note("vault.Slashed", controller, account, to, amount);
  }

  /** No controller may ever ask for more than it has locked, so this is no refusal. */
  #take(controller: string, account: string, amount: bigint): Bond {
    const bond = this.bondOf(controller, account);
    if (bond.locked < amount) throw new Error(`${amount} wei of ${account} are to be taken, ${bond.locked} are locked`);
    bond.locked -= amount;
    return bond;
  }

  #require(controller: string, account: string, free: bigint, amount: bigint): void {
    if (free < amount) throw new Refusal("InsufficientBond", controller, account, free, amount);
  }
}
