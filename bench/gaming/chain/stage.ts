import { ClientError, type Sender, type Suite, suiteAt } from "../../../client/index.ts";
import { fundDollars, senderNamed } from "../../../scripts/demo/cast.ts";
import { deploySuite } from "../../../scripts/deployment.ts";
import { type Chain, connectChain, giveGas, moveTime } from "../../../scripts/network.ts";

/** One dollar in the demo dollar's smallest unit. */
export const DOLLAR = 1_000_000n;

/** More than all worlds of a run spend. */
const PURSE = 10n ** 6n * DOLLAR;

/** Who acts in every world besides contributors and attackers. */
const ROLES = ["curator", "lab", "caller", "scorer", "watchtower", "treasury"] as const;

type Roles = Readonly<Record<(typeof ROLES)[number], Sender>>;

/** A chain in this process with the suite, and wallets that have gas. */
export class Stage {
  readonly chain: Chain;
  readonly suite: Suite;
  readonly roles: Roles;

  private constructor(chain: Chain, suite: Suite, roles: Roles) {
    this.chain = chain;
    this.suite = suite;
    this.roles = roles;
  }

  static async create(): Promise<Stage> {
    const chain = await connectChain("hardhat");
    const roles = Object.fromEntries(ROLES.map((role) => [role, senderNamed(chain, role)])) as Roles;
    for (const { address } of Object.values(roles)) await giveGas(chain, address);
    const suite = suiteAt(await deploySuite(chain, { treasury: roles.treasury.address }), chain.provider);
    await fundDollars(suite, roles.caller, PURSE, suite.book.contracts.market);
    return new Stage(chain, suite, roles);
  }

  /** A wallet of its own for a name, with gas. */
  async wallet(name: string): Promise<Sender> {
    const sender = senderNamed(this.chain, name);
    await giveGas(this.chain, sender.address);
    return sender;
  }

  async wait(seconds: bigint): Promise<void> {
    await moveTime(this.chain, Number(seconds));
  }

  /** What a wallet has of the currency. */
  async balance({ address }: Sender): Promise<bigint> {
    return this.suite.currency.balanceOf(address);
  }

  /** What a wallet has in the vault for statements and challenges, locked or not. */
  async bonds({ address }: Sender): Promise<bigint> {
    const { free, locked } = await this.suite.vault.bondOf(this.suite.book.contracts.attribution, address);
    return free + locked;
  }
}

/** Units of the demo dollar as dollars. */
export function dollars(units: bigint): number {
  return Number(units) / Number(DOLLAR);
}

/**
 * The name of the custom error that a contract refuses an attempt with, or "accepted" if it lets it pass.
 *
 * @throws whatever else goes wrong
 */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "accepted";
  } catch (error) {
    if (error instanceof ClientError && error.revert !== undefined) return error.revert.name;
    throw error;
  }
}
