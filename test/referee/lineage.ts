/** Basis points of the whole. */
const WHOLE = 10_000n;

/** A share of something, in basis points, rounded down. */
export function shareOf(amount: bigint, bps: bigint): bigint {
  return (amount * bps) / WHOLE;
}

/** How a model divides its income. */
export interface ModelTerms {
  readonly parents: readonly { readonly model: number; readonly bps: bigint }[];
  readonly streams: readonly { readonly bps: bigint }[];
}

interface ModelState extends ModelTerms {
  owner: string;
  /** Who gets the developer's share instead of the owner. */
  payout: string | undefined;
  gross: bigint;
  royalties: bigint;
  divided: [gross: bigint, royalties: bigint];
  /** What was paid in all to the protocol, the developer and each parent. */
  toProtocol: bigint;
  toDeveloper: bigint;
  readonly toParents: bigint[];
}

/**
 * The referee of lineage splits. Where the ledger adds up differences of floors, the referee asks what a party is
 * entitled to out of all income so far, and pays what is missing.
 */
export class Lineage {
  readonly balances = new Map<string, bigint>();
  readonly #models: ModelState[] = [];
  readonly #treasury: string;
  readonly #protocolBps: bigint;

  constructor(treasury: string, protocolBps: bigint) {
    this.#treasury = treasury;
    this.#protocolBps = protocolBps;
  }

  /** Numbers go up from 1. */
  register(owner: string, terms: ModelTerms): number {
    this.#models.push({
      ...terms,
      owner,
      payout: undefined,
      gross: 0n,
      royalties: 0n,
      divided: [0n, 0n],
      toProtocol: 0n,
      toDeveloper: 0n,
      toParents: terms.parents.map(() => 0n),
    });
    return this.#models.length;
  }

  get count(): number {
    return this.#models.length;
  }

  transfer(model: number, owner: string): void {
    const state = this.#model(model);
    state.owner = owner;
    state.payout = undefined;
  }

  /** Later shares of the developer go elsewhere; to the owner again without a name. */
  redirect(model: number, payout: string | undefined): void {
    this.#model(model).payout = payout;
  }

  /** Who gets the developer's share. */
  payeeOf(model: number): string {
    const { payout, owner } = this.#model(model);
    return payout ?? owner;
  }

  pay(model: number, amount: bigint): void {
    this.#model(model).gross += amount;
  }

  gross(model: number): bigint {
    return this.#model(model).gross;
  }

  /** Up to where gross and royalties were divided. */
  divided(model: number): readonly [gross: bigint, royalties: bigint] {
    return this.#model(model).divided;
  }

  /** Fees net of the protocol's part. */
  fees(model: number): bigint {
    const { gross } = this.#model(model);
    return gross - shareOf(gross, this.#protocolBps);
  }

  royalties(model: number): bigint {
    return this.#model(model).royalties;
  }

  /** What a share of all income so far comes to. */
  entitlement(model: number, bps: bigint): bigint {
    return shareOf(this.fees(model), bps) + shareOf(this.royalties(model), bps);
  }

  developerBps(model: number): bigint {
    const { parents, streams } = this.#model(model);
    return [...parents, ...streams].reduce((left, { bps }) => left - bps, WHOLE);
  }

  /** Number of parties that share a model's income. */
  parties(model: number): bigint {
    const { parents, streams } = this.#model(model);
    return BigInt(1 + parents.length + streams.length);
  }

  distribute(model: number): void {
    const state = this.#model(model);
    state.divided = [state.gross, state.royalties];
    const [protocol, developer] = [
      shareOf(state.gross, this.#protocolBps),
      this.entitlement(model, this.developerBps(model)),
    ];
    this.credit(this.#treasury, protocol - state.toProtocol);
    this.credit(this.payeeOf(model), developer - state.toDeveloper);
    [state.toProtocol, state.toDeveloper] = [protocol, developer];
    state.parents.forEach(({ model: parent, bps }, i) => {
      const owed = this.entitlement(model, bps);
      this.#model(parent).royalties += owed - (state.toParents[i] ?? 0n);
      state.toParents[i] = owed;
    });
  }

  /** What the protocol, the developer and the parents get when the model is next distributed. */
  undivided(model: number): bigint {
    const { gross, toProtocol, toDeveloper, toParents, parents } = this.#model(model);
    return [
      shareOf(gross, this.#protocolBps) - toProtocol,
      this.entitlement(model, this.developerBps(model)) - toDeveloper,
      ...parents.map(({ bps }, i) => this.entitlement(model, bps) - (toParents[i] ?? 0n)),
    ].reduce((all, share) => all + share, 0n);
  }

  credit(account: string, amount: bigint): void {
    this.balances.set(account, this.balanceOf(account) + amount);
  }

  balanceOf(account: string): bigint {
    return this.balances.get(account) ?? 0n;
  }

  withdraw(account: string): bigint {
    const amount = this.balanceOf(account);
    this.balances.set(account, 0n);
    return amount;
  }

  #model(model: number): ModelState {
    const state = this.#models[model - 1];
    if (state === undefined) throw new Error(`the referee knows no model ${model}`);
    return state;
  }
}
