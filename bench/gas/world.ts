import { AbiCoder, concat, keccak256, toBeHex, Wallet, zeroPadValue } from "ethers";
import { type AddressBook, Sender, type Suite, suiteAt } from "../../client/index.ts";
import { deploySuite } from "../../scripts/deployment.ts";
import { type Chain, giveGas } from "../../scripts/network.ts";

/** Later than any block of the deployment: 2027-01-01T00:00:00Z. */
const START = 1_798_761_600;

/** 66 bytes, as long as an IPFS address. */
export const URI = `ipfs://${"f01551220".padEnd(59, "0")}`;

/** A chain's clock that only the benchmark moves: the zero bytes of a timestamp change what calldata costs. */
class Clock {
  private readonly chain: Chain;
  private time = START;

  constructor(chain: Chain) {
    this.chain = chain;
  }

  /** Mines a block `seconds` after the last one that this clock made. */
  async wait(seconds: number): Promise<void> {
    await this.next(seconds);
    await this.chain.connection.provider.request({ method: "evm_mine", params: [] });
  }

  /** Fixes the time of the next block. */
  async next(seconds = 1): Promise<void> {
    this.time += seconds;
    await this.chain.connection.provider.request({ method: "evm_setNextBlockTimestamp", params: [this.time] });
  }
}

/** A sender whose every transaction stands in a block of its own, one second after the one before. */
class PunctualSender extends Sender {
  private readonly clock: Clock;

  constructor(wallet: Wallet, chain: Chain, clock: Clock) {
    super(wallet, chain.provider);
    this.clock = clock;
  }

  override async send(...args: Parameters<Sender["send"]>): ReturnType<Sender["send"]> {
    await this.clock.next();
    return super.send(...args);
  }
}

/** A contribution that is put into the registry's storage. */
export interface PlacedContribution {
  readonly contributor: string;
  readonly rows: bigint;
}

/** The contributions of a dataset whose storage is written. */
export interface PlacedContributions {
  /** How many there are. */
  readonly accepted: bigint;
  /** All their counted rows. */
  readonly rows: bigint;
  /** Those that are read, by their places. */
  readonly touched: ReadonlyMap<number, PlacedContribution>;
}

/** A chain with the suite and some funded wallets, and the gas of what they send. */
export class World {
  readonly chain: Chain;
  readonly suite: Suite;
  readonly senders: readonly Sender[];
  private readonly clock: Clock;

  private constructor(chain: Chain, suite: Suite, senders: readonly Sender[], clock: Clock) {
    this.chain = chain;
    this.clock = clock;
    this.suite = suite;
    this.senders = senders;
  }

  static async create(chain: Chain): Promise<World> {
    const clock = new Clock(chain);
    const senders = Array.from(
      { length: 4 },
      (_, i) => new PunctualSender(new Wallet(keccak256(toBeHex(i + 1))), chain, clock),
    );
    for (const { address } of senders) await giveGas(chain, address);
    const [owner] = senders;
    if (owner === undefined) throw new Error("no senders");
    const book: AddressBook = await deploySuite(chain, { treasury: owner.address });
    return new World(chain, suiteAt(book, chain.provider), senders, clock);
  }

  /** Lets time pass on the chain. */
  async wait(seconds: bigint): Promise<void> {
    await this.clock.wait(Number(seconds));
  }

  sender(i: number): Sender {
    const found = this.senders[i];
    if (found === undefined) throw new Error(`there is no sender ${i}`);
    return found;
  }

  /** Lets a wallet spend demo dollars through a contract. */
  async fund(holder: Sender, amount: bigint, spender: string): Promise<void> {
    await holder.send("minting", this.suite.currency.mint.populateTransaction(holder.address, amount));
    await holder.send("approving", this.suite.currency.approve.populateTransaction(spender, 2n ** 256n - 1n));
  }

  /** Deposits bonds for the attribution registry. */
  async bond(holder: Sender, amount: bigint): Promise<void> {
    const { vault, book } = this.suite;
    await this.fund(holder, amount, book.contracts.vault);
    await holder.send("bonding", vault.deposit.populateTransaction(book.contracts.attribution, holder.address, amount));
  }

  /**
   * Puts a dataset where 2^17 or 2^20 accepted contributions would have brought it: its counters, and the contributions
   * that are touched. So many can't be sent in a benchmark; `checkLayout` makes sure that the words are those which
   * ordinary transactions write.
   */
  async placeContributions(dataset: bigint, placed: PlacedContributions): Promise<void> {
    const { accepted, rows, touched } = placed;
    // accepted (24) ‖ rows (40) ‖ versions (16, still 0), the first in the lowest bits.
    await this.write(countersSlot(dataset), accepted | (rows << 24n));
    for (const [index, contribution] of touched) {
      await this.write(contributionSlot(dataset, index), contributionWord(contribution));
    }
  }

  /** Compares what `placeContributions` writes with what `contribute` and `accept` wrote for contribution 0 of a dataset. */
  async checkLayout(dataset: bigint, contributor: string, accepted: bigint, rows: bigint): Promise<void> {
    const counters = await this.read(countersSlot(dataset));
    const contribution = await this.read(contributionSlot(dataset, 0));
    if (counters !== (accepted | (rows << 24n)) || contribution !== contributionWord({ contributor, rows })) {
      throw new Error("the storage layout of DatasetRegistry has changed: bench/gas/world.ts must follow");
    }
  }

  private async read(slot: string): Promise<bigint> {
    return BigInt(await this.chain.provider.getStorage(this.suite.book.contracts.datasets, slot));
  }

  private async write(slot: string, word: bigint): Promise<void> {
    const params = [this.suite.book.contracts.datasets, slot, zeroPadValue(toBeHex(word), 32)];
    await this.chain.connection.provider.request({ method: "hardhat_setStorageAt", params });
  }
}

/** What a contribution's slot holds: its wallet, and its rows above that. */
function contributionWord({ contributor, rows }: PlacedContribution): bigint {
  return BigInt(contributor) | (rows << 160n);
}

/** Slots of DatasetRegistry: six of ERC-721, datasetCount, the owner's mappings, two of EIP-712, the others. */
const DATASETS = 9n;
const CONTRIBUTIONS = 14n;

/** The second word of a dataset, with accepted contributions in its lowest 24 bits: the first one holds its terms. */
export function countersSlot(dataset: bigint): string {
  return toBeHex(BigInt(mappingSlot(dataset, toBeHex(DATASETS, 32))) + 1n, 32);
}

function contributionSlot(dataset: bigint, index: number): string {
  return mappingSlot(BigInt(index), mappingSlot(dataset, toBeHex(CONTRIBUTIONS, 32)));
}

function mappingSlot(key: bigint, slot: string): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [key, slot]));
}

/** Numbers that look random and are the same in every run (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** A whole number below 2^32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  bytes(length: number): string {
    return concat(Array.from({ length }, () => toBeHex(this.next() & 0xff, 1)));
  }
}
