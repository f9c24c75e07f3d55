import { Contract, Signature, TypedDataEncoder } from "ethers";
import {
  ClientError,
  explainError,
  type Sender,
  type Suite,
  VOUCHER_SCHEME,
  VOUCHER_TYPES,
} from "../../client/index.ts";
import { abiWords, fromHex, type Hex, keccak256 } from "../../scorer/index.ts";
import type { IInferenceMarket } from "../../typechain-types/revenue/InferenceMarket.ts";
import {
  type Authorized,
  type InferenceRequest,
  type PaymentMethod,
  paymentPayload,
  PaymentRefused,
  type Taken,
} from "./ports.ts";
import type { Signatures } from "./signatures.ts";
import type { CallStore } from "./store.ts";
import { TypedDigest } from "./typedData.ts";

/** A voucher that came with a request, verified, with its part of the channel reserved. */
export interface AuthorizedVoucher extends Authorized {
  /** All that the channel has paid with it, in wei. */
  readonly cumulative: bigint;
  /** 65 bytes, or whatever a payer that is a contract understands. */
  readonly signature: Hex;
}

/** What the store keeps of a call that was paid by voucher. */
export interface VoucherProof {
  readonly cumulative: bigint;
  readonly signature: Hex;
  /** All that the channel's calls came to with this one, in wei: it is credited once the channel has paid that much. */
  readonly usedAfter: bigint;
  /** Whether the payer is a contract, whose voucher is redeemed by itself. */
  readonly byContract: boolean;
}

/** How vouchers are served. */
export interface VoucherOptions {
  readonly suite: Suite;
  readonly model: bigint;
  readonly store: CallStore;
  readonly signatures: Signatures;
  /** A balance that may be taken back within this many seconds isn't served any more. */
  readonly leaveMargin?: number;
  /** Seconds after the last look at the chain at which vouchers are refused, as balances may be gone. */
  readonly staleAfter?: number;
  /** Blocks after which no reorg is expected: calls are marked as credited then. None by default. */
  readonly confirmations?: number;
  /** The clock, in seconds. */
  readonly now?: () => number;
}

/** What the chain says of a channel, in wei and seconds. */
interface ChainState {
  readonly balance: bigint;
  readonly spent: bigint;
  readonly leavesAt: bigint;
}

/** A payer's prepaid balance, as this gateway knows it. */
interface Channel {
  readonly payer: Hex;
  chain: ChainState;
  /** When `chain` was read, in seconds */
  readAt: number;
  /** All that its calls came to */
  used: bigint;
  /** The largest voucher that was taken; what lies between it and `used` pays for calls to come */
  accepted: bigint;
  /** The voucher that redeems them all */
  latest: (VoucherProof & { readonly id: string }) | undefined;
  /** Calls that run */
  readonly reserved: Map<string, { readonly price: bigint; readonly cumulative: bigint; readonly byContract: boolean }>;
  /** Calls that the chain hasn't credited, in the order of payment */
  uncredited: { readonly id: string; readonly usedAfter: bigint }[];
}

/** One step of a channel on the chain. */
interface Step {
  readonly payer: Hex;
  /** What was redeemed; undefined for a payment of which the event doesn't say whether the channel paid it */
  readonly redeemed: bigint | undefined;
  readonly feesAfter: bigint;
  readonly block: number;
}

/** A voucher has no end of its own; x402 wants one, in seconds. */
const MAX_TIMEOUT = 300;
const MAGIC_1271 = "0x1626ba7e";
const ERC1271 = ["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"];
/** Answers of contracts about their signatures, and channels that never paid, are kept for this many. */
const KEPT = 10_000;
/** Vouchers of one transaction: far below a block's gas. */
const REDEEMED_AT_ONCE = 200;
/** A channel is not read more often than this, in seconds, because of payments that it doesn't cover. */
const REREAD_AFTER = 1;

/**
 * Payment by signed vouchers over a prepaid balance: see `IInferenceMarket`. A voucher says what its channel has paid in
 * all, so the latest one of each payer redeems all of its calls.
 */
export class VoucherMethod implements PaymentMethod<AuthorizedVoucher> {
  readonly name = "voucher";
  readonly settlesOnChain = false;
  readonly network: string;
  readonly #suite: Suite;
  readonly #model: bigint;
  readonly #modelWord: Uint8Array;
  readonly #store: CallStore;
  readonly #signatures: Signatures;
  readonly #leaveMargin: number;
  readonly #staleAfter: number;
  readonly #confirmations: number;
  readonly #now: () => number;
  readonly #digest: TypedDigest;
  readonly #channels = new Map<Hex, Promise<Channel> | Channel>();
  /** What contracts said of signatures over digests */
  readonly #contractSaid = new Map<Hex, boolean>();
  /** First block whose events weren't looked at */
  #nextBlock: number;
  #lookedAt: number;
  #looking: Promise<void> | undefined;

  private constructor(options: VoucherOptions) {
    const { suite, model, store, signatures } = options;
    const { chainId, contracts, fromBlock } = suite.book;
    this.network = `eip155:${chainId}`;
    this.#suite = suite;
    this.#model = model;
    this.#modelWord = abiWords(model);
    this.#store = store;
    this.#signatures = signatures;
    this.#leaveMargin = options.leaveMargin ?? 1_800;
    this.#staleAfter = options.staleAfter ?? 300;
    this.#confirmations = options.confirmations ?? 0;
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.#digest = new TypedDigest(
      chainId,
      contracts.market,
      TypedDataEncoder.from(VOUCHER_TYPES).encodeType("Voucher"),
    );
    this.#nextBlock = fromBlock;
    this.#lookedAt = this.#now();
  }

  /** Reads what the store and the chain know of all channels. */
  static async open(options: VoucherOptions): Promise<VoucherMethod> {
    const method = new VoucherMethod(options);
    await method.#replay();
    await method.look();
    return method;
  }

  requirements(price: bigint): Promise<object> {
    const { book } = this.#suite;
    return Promise.resolve({
      scheme: VOUCHER_SCHEME,
      network: this.network,
      asset: book.contracts.currency,
      amount: String(price),
      payTo: book.contracts.market,
      maxTimeoutSeconds: MAX_TIMEOUT,
      extra: { name: "Tributary", version: "1", model: String(this.#model) },
    });
  }

  identify(request: InferenceRequest): string | undefined {
    const voucher = this.#read(request);
    return voucher === undefined ? undefined : voucher.id;
  }

  async authorize(request: InferenceRequest, price: bigint): Promise<AuthorizedVoucher> {
    const voucher = this.#read(request);
    if (voucher === undefined) throw new PaymentRefused("invalid_payload", "the request carries no voucher");
    const { payer, cumulative, id } = voucher;
    const byContract = await this.#verify(payer, cumulative, voucher.signature);
    if (this.#now() - this.#lookedAt > this.#staleAfter) {
      throw new PaymentRefused("chain_unavailable", "the gateway doesn't reach the chain: try again later");
    }
    const known = this.#channels.get(payer) ?? this.#load(payer);
    // Only what isn't there yet is waited for: the requests of a payer stay in order.
    const channel = known instanceof Promise ? await known : known;
    let problem = this.#problem(channel, cumulative, price);
    if (problem !== undefined && this.#now() - channel.readAt >= REREAD_AFTER) {
      await this.#reread(channel);
      problem = this.#problem(channel, cumulative, price);
    }
    if (problem !== undefined) throw problem;
    channel.reserved.set(id, { price, cumulative, byContract });
    return { id, payer, limit: price, cumulative, signature: voucher.signature };
  }

  async take(authorized: AuthorizedVoucher, price: bigint): Promise<Taken> {
    const { id, payer, cumulative, signature } = authorized;
    const channel = await this.#channelOf(payer);
    const byContract = channel.reserved.get(id)?.byContract ?? false;
    channel.reserved.delete(id);
    channel.used += price;
    const proof: VoucherProof = { cumulative, signature, usedAfter: channel.used, byContract };
    this.#enter(channel, id, proof);
    return { amount: price, feesAfter: undefined, proof };
  }

  release({ id, payer }: AuthorizedVoucher): void {
    const channel = this.#channels.get(payer);
    if (channel !== undefined && !(channel instanceof Promise)) channel.reserved.delete(id);
  }

  /** Nothing was taken: the payer's answer had not ended, and its voucher serves again. */
  recover(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Wei that vouchers which aren't redeemed pay, and when the first of their balances leaves, in seconds. */
  async outstanding(): Promise<{ readonly amount: bigint; readonly leavesAt: number | undefined }> {
    let amount = 0n;
    let leavesAt: number | undefined;
    for (const channel of await this.#loaded()) {
      const redeemable = redeemableOf(channel);
      if (redeemable === 0n) continue;
      amount += redeemable;
      const leaves = Number(channel.chain.leavesAt);
      if (leaves !== 0) leavesAt = Math.min(leavesAt ?? leaves, leaves);
    }
    return { amount, leavesAt };
  }

  /**
   * Redeems the latest voucher of every payer, and marks their calls as credited. What was redeemed before, by whomever,
   * is not sent again; what a crash left unmarked is read from the chain.
   *
   * @param sender - who pays the gas
   * @returns wei that were redeemed
   * @throws ClientError as `Sender.send`
   */
  async redeemLatest(sender: Pick<Sender, "send">): Promise<bigint> {
    await this.look();
    const channels = await this.#loaded();
    await Promise.all(channels.filter(({ latest }) => latest !== undefined).map((channel) => this.#reread(channel)));
    // Only what is on the disk: a voucher that is redeemed has its receipt, whatever happens.
    const due = channels.flatMap((channel) =>
      redeemableOf(channel) > 0n && this.#store.has(channel.latest!.id) ? [{ ...channel }] : [],
    );
    await this.#store.flush();
    const before = due.reduce((sum, { chain }) => sum + chain.spent, 0n);
    const { market } = this.#suite;
    const accounts = due.filter(({ latest }) => latest?.byContract === false);
    for (let i = 0; i < accounts.length; i += REDEEMED_AT_ONCE) {
      const vouchers = accounts.slice(i, i + REDEEMED_AT_ONCE).map(voucherStruct);
      await sender.send("redeeming vouchers", market.redeem.populateTransaction(this.#model, vouchers));
    }
    for (const { payer, latest } of due) {
      if (latest?.byContract !== true) continue;
      const call = market.redeemSigned.populateTransaction(this.#model, payer, latest.cumulative, latest.signature);
      await sender.send("redeeming a contract's voucher", call);
    }
    await this.look();
    const after = await Promise.all(due.map(async ({ payer }) => (await this.#readChain(payer)).spent));
    return after.reduce((sum, spent) => sum + spent, 0n) - before;
  }

  /**
   * Looks at what happened on the chain since the last time, as far as it is confirmed: reads the channels that changed,
   * and marks the calls that were credited. To be called every few seconds.
   */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { market, provider } = this.#suite;
    const block = (await provider.getBlockNumber()) - this.#confirmations;
    if (block >= this.#nextBlock) {
      const events = [
        market.filters.Prepaid(this.#model),
        market.filters.WithdrawalRequested(this.#model),
        market.filters.PrepaidWithdrawn(this.#model),
      ] as const;
      const [steps, ...changes] = await Promise.all([
        this.#steps(this.#nextBlock, block),
        ...events.map((event) => market.queryFilter<never>(event as never, this.#nextBlock, block)),
      ]);
      const touched = new Set<Hex>(steps.map(({ payer }) => payer));
      for (const log of changes.flat()) touched.add(addressOfTopic(log.topics[2]));
      for (const channel of await this.#loaded()) {
        if (touched.has(channel.payer)) await this.#reread(channel);
      }
      await this.#credit(steps, block);
      this.#nextBlock = block + 1;
    }
    this.#lookedAt = this.#now();
  }

  #read(request: InferenceRequest): (AuthorizedVoucher & { readonly id: string }) | undefined {
    const found = paymentPayload(request, VOUCHER_SCHEME);
    if (found === undefined) return undefined;
    const { accepted, payload } = found;
    if (accepted.network !== this.network) {
      throw new PaymentRefused("invalid_network", `this model is paid on ${this.network}`);
    }
    const { payer, model, cumulative, signature } = payload;
    if (
      typeof payer !== "string" ||
      !/^0x[0-9a-fA-F]{40}$/.test(payer) ||
      typeof cumulative !== "string" ||
      !/^[1-9]\d{0,33}$/.test(cumulative) ||
      typeof signature !== "string" ||
      !/^0x([0-9a-fA-F]{2}){1,4096}$/.test(signature)
    ) {
      throw new PaymentRefused("invalid_payload", "a voucher has payer, model, cumulative and signature");
    }
    if (model !== String(this.#model)) {
      throw new PaymentRefused("invalid_payload", `the voucher is for another model than ${this.#model}`);
    }
    const amount = BigInt(cumulative);
    if (amount >= 1n << 112n) throw new PaymentRefused("invalid_payload", "the voucher is beyond 112 bits");
    const lower = payer.toLowerCase() as Hex;
    const id = `voucher-${lower}-${model}-${cumulative}`;
    return { id, payer: lower, limit: amount, cumulative: amount, signature: signature as Hex };
  }

  /**
   * Checks a voucher's signature as the market does.
   *
   * @returns whether the payer is a contract
   * @throws PaymentRefused
   */
  async #verify(payer: Hex, cumulative: bigint, signature: Hex): Promise<boolean> {
    const address = fromHex(payer, "the payer", 20);
    const digest = this.#digest.of(address, this.#modelWord, cumulative);
    const bytes = fromHex(signature, "the signature");
    if ((await this.#signatures.recover(digest, bytes, address[19]!)) === payer) return false;
    const question = keccak256(Buffer.concat([digest, address, bytes]));
    const said = this.#contractSaid.get(question) ?? (await this.#askContract(payer, digest, signature));
    if (!said) throw new PaymentRefused("invalid_signature", "the voucher's signature is not its payer's");
    keep(this.#contractSaid, question, said);
    return true;
  }

  async #askContract(payer: Hex, digest: Uint8Array, signature: Hex): Promise<boolean> {
    const { provider } = this.#suite;
    if ((await provider.getCode(payer)) === "0x") return false;
    const wallet = new Contract(payer, ERC1271, provider);
    const answer: unknown = await wallet
      .getFunction("isValidSignature")
      .staticCall(digest, signature)
      .catch((error: unknown) => {
        const explained = explainError(error, "asking the payer's contract");
        if (explained instanceof ClientError && explained.code === "network") throw explained;
        return undefined;
      });
    return answer === MAGIC_1271;
  }

  /** What keeps a voucher from being served. */
  #problem(channel: Channel, cumulative: bigint, price: bigint): PaymentRefused | undefined {
    const { chain, reserved } = channel;
    let used = channel.used;
    let accepted = channel.accepted;
    for (const other of reserved.values()) {
      used += other.price;
      if (other.cumulative > accepted) accepted = other.cumulative;
    }
    const least = used + price > accepted ? used + price : accepted + 1n;
    const details = {
      cumulative: String(least),
      balance: String(chain.balance),
      spent: String(chain.spent),
      leavesAt: String(chain.leavesAt),
    };
    if (cumulative < least) {
      return new PaymentRefused("voucher_too_low", `the channel's next voucher must be over ${least} or more`, details);
    }
    if (cumulative > chain.spent + chain.balance) {
      return new PaymentRefused("insufficient_funds", "the prepaid balance doesn't cover the voucher", details);
    }
    if (chain.leavesAt !== 0n && Number(chain.leavesAt) - this.#leaveMargin <= this.#now()) {
      return new PaymentRefused("balance_leaving", "the prepaid balance is about to be taken back", details);
    }
    return undefined;
  }

  async #channelOf(payer: Hex): Promise<Channel> {
    return this.#channels.get(payer) ?? this.#load(payer);
  }

  async #loaded(): Promise<Channel[]> {
    return Promise.all([...this.#channels.values()].map(async (channel) => channel));
  }

  #load(payer: Hex): Promise<Channel> {
    if (this.#channels.size >= KEPT) this.#forget();
    const loading = this.#readChain(payer).then(
      (chain) => {
        const { spent } = chain;
        const channel: Channel = {
          payer,
          chain,
          readAt: this.#now(),
          used: spent,
          accepted: spent,
          latest: undefined,
          reserved: new Map(),
          uncredited: [],
        };
        this.#channels.set(payer, channel);
        return channel;
      },
      (error: unknown) => {
        this.#channels.delete(payer);
        throw error;
      },
    );
    this.#channels.set(payer, loading);
    return loading;
  }

  /** Channels that never paid are read again when they come back. */
  #forget(): void {
    for (const [payer, channel] of this.#channels) {
      if (channel instanceof Promise || channel.latest !== undefined || channel.reserved.size > 0) continue;
      this.#channels.delete(payer);
    }
  }

  async #readChain(payer: Hex, blockTag: number | "latest" = "latest"): Promise<ChainState> {
    const { balance, spent, leavesAt } = await this.#suite.market.channelOf(payer, this.#model, { blockTag });
    return { balance, spent, leavesAt };
  }

  async #reread(channel: Channel): Promise<void> {
    const chain = await this.#readChain(channel.payer);
    channel.chain = chain;
    channel.readAt = this.#now();
    catchUp(channel);
  }

  /** Notes a paid call. */
  #enter(channel: Channel, id: string, proof: VoucherProof): void {
    if (channel.latest === undefined || proof.cumulative > channel.latest.cumulative) channel.latest = { id, ...proof };
    if (proof.cumulative > channel.accepted) channel.accepted = proof.cumulative;
    channel.uncredited.push({ id, usedAfter: proof.usedAfter });
  }

  /** Channels as the store has them. */
  async #replay(): Promise<void> {
    const found = new Map<Hex, Pick<Channel, "used" | "uncredited"> & { latest: NonNullable<Channel["latest"]> }>();
    let lastBlock: number | undefined;
    for await (const entry of this.#store.replay()) {
      if (entry.kind === "credited") lastBlock = Math.max(lastBlock ?? 0, entry.credited.block);
      if (entry.kind !== "paid" || entry.call.method !== this.name) continue;
      const { id, payer } = entry.call;
      const proof = entry.call.proof as VoucherProof;
      const before = found.get(payer);
      const uncredited = before?.uncredited ?? [];
      if (this.#store.creditedAt(id) === undefined) uncredited.push({ id, usedAfter: proof.usedAfter });
      found.set(payer, {
        latest: before !== undefined && before.latest.cumulative > proof.cumulative ? before.latest : { id, ...proof },
        used: before !== undefined && before.used > proof.usedAfter ? before.used : proof.usedAfter,
        uncredited,
      });
    }
    // The block of the last mark is looked at again: the others of that block may not have been marked.
    if (lastBlock !== undefined) this.#nextBlock = lastBlock;
    for (const [payer, { latest, used, uncredited }] of found) {
      const chain = await this.#readChain(payer);
      const accepted = latest.cumulative;
      const readAt = this.#now();
      const channel: Channel = { payer, chain, readAt, used, accepted, latest, reserved: new Map(), uncredited };
      catchUp(channel);
      this.#channels.set(payer, channel);
    }
  }

  /** What channels of the model paid in a range of blocks, in order. */
  async #steps(fromBlock: number, toBlock: number, payer?: Hex): Promise<Step[]> {
    const { market } = this.#suite;
    const [redeemed, credited, paid] = await Promise.all([
      market.queryFilter(market.filters.VoucherRedeemed(this.#model, payer), fromBlock, toBlock),
      market.queryFilter(market.filters.VouchersCredited(this.#model), fromBlock, toBlock),
      market.queryFilter(market.filters.InferencePaid(this.#model, payer), fromBlock, toBlock),
    ]);
    const steps = redeemed.map((log) => {
      const total = credited.find((other) => other.transactionHash === log.transactionHash && other.index > log.index);
      if (total === undefined) throw new Error(`transaction ${log.transactionHash} has no VouchersCredited`);
      return { log, redeemed: log.args.amount, feesAfter: total.args.feesAfter };
    });
    const direct = paid.map((log) => ({ log, redeemed: undefined, feesAfter: log.args.feesAfter }));
    return [...steps, ...direct]
      .sort((a, b) => a.log.blockNumber - b.log.blockNumber || a.log.index - b.log.index)
      .map(({ log, redeemed: amount, feesAfter }) => ({
        payer: log.args.payer.toLowerCase() as Hex,
        redeemed: amount,
        feesAfter,
        block: log.blockNumber,
      }));
  }

  /** Marks the calls that the chain has credited up to a block. */
  async #credit(steps: readonly Step[], block: number): Promise<void> {
    const marks = new Map<bigint, { readonly ids: string[]; readonly block: number }>();
    for (const channel of await this.#loaded()) {
      const moved = steps.some(({ payer }) => payer === channel.payer);
      if (!moved && !channel.uncredited.some(({ usedAfter }) => usedAfter <= channel.chain.spent)) continue;
      const { spent } = await this.#readChain(channel.payer, block);
      const paid = (): boolean => channel.uncredited.some(({ usedAfter }) => usedAfter <= spent);
      if (!paid()) continue;
      await this.#creditChannel(
        channel,
        steps.filter(({ payer }) => payer === channel.payer),
        spent,
        marks,
      );
      // A voucher that somebody else redeemed while its call ran: its event was looked at before the call was there.
      if (paid()) {
        const all = await this.#steps(this.#suite.book.fromBlock, block, channel.payer);
        await this.#creditChannel(channel, all, spent, marks);
      }
    }
    const sorted = [...marks].sort(([a], [b]) => (a < b ? -1 : 1));
    await Promise.all(
      sorted.map(([feesAfter, mark]) => this.#store.append({ kind: "credited", credited: { feesAfter, ...mark } })),
    );
  }

  /** Gives the uncredited calls of a channel to the steps that paid them. */
  async #creditChannel(
    channel: Channel,
    steps: readonly Step[],
    spent: bigint,
    marks: Map<bigint, { readonly ids: string[]; readonly block: number }>,
  ): Promise<void> {
    // What the channel had paid after each step, backwards from what it has paid now.
    const onlyVouchers = steps.every(({ redeemed }) => redeemed !== undefined);
    const after: bigint[] = [];
    let running = spent;
    for (let s = steps.length - 1; s >= 0; s--) {
      after[s] = onlyVouchers ? running : (await this.#readChain(channel.payer, steps[s]!.block)).spent;
      running -= steps[s]!.redeemed ?? 0n;
    }
    steps.forEach(({ feesAfter, block }, s) => {
      const ids = channel.uncredited.filter(({ usedAfter }) => usedAfter <= after[s]!).map(({ id }) => id);
      if (ids.length === 0) return;
      const mark = marks.get(feesAfter) ?? { ids: [], block };
      mark.ids.push(...ids);
      marks.set(feesAfter, mark);
      channel.uncredited = channel.uncredited.filter(({ usedAfter }) => usedAfter > after[s]!);
    });
  }
}

/**
 * What was paid past this gateway, by transactions of the payer's own: vouchers count on from there. A voucher that is
 * redeemed while its call runs isn't past this gateway.
 */
function catchUp(channel: Channel): void {
  let known = channel.accepted;
  for (const { cumulative } of channel.reserved.values()) if (cumulative > known) known = cumulative;
  if (channel.chain.spent <= known) return;
  channel.used += channel.chain.spent - known;
  channel.accepted = channel.chain.spent;
}

/** Wei that redeeming a channel's latest voucher would pay. */
function redeemableOf({ latest, chain: { spent, balance } }: Channel): bigint {
  if (latest === undefined || latest.cumulative <= spent) return 0n;
  const owed = latest.cumulative - spent;
  return owed < balance ? owed : balance;
}

function voucherStruct({ payer, latest }: Channel): IInferenceMarket.VoucherStruct {
  if (latest === undefined) throw new Error(`${payer} has no voucher`);
  const { r, yParityAndS } = Signature.from(latest.signature);
  return { payer, cumulative: latest.cumulative, r, vs: yParityAndS };
}

function addressOfTopic(topic: string | undefined): Hex {
  return `0x${(topic ?? "").slice(26).toLowerCase()}`;
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  const oldest = map.keys().next();
  if (map.size >= KEPT && oldest.done !== true) map.delete(oldest.value);
  map.set(key, value);
}
