import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import {
  type AddressBook,
  marketDomain,
  ROLES,
  Sender,
  type Suite,
  suiteAt,
  VOUCHER_TYPES,
} from "../../client/index.ts";
import { fromHex } from "../../scorer/index.ts";
import {
  CallStore,
  type InferenceRequest,
  Signatures,
  VOUCHER_SCHEME,
  VoucherMethod,
  type VoucherOptions,
} from "../../services/gateway/index.ts";
import { digestOf } from "../../services/gateway/calls.ts";
import { item } from "./fixture.ts";
import { registerModel } from "./lineage.ts";
import { deploySuite } from "./suite.ts";

export const PRICE = 100n;

/** A model that is for sale on a chain of its own, and two payers without balances. */
export async function buildGatewayWorld() {
  const deployed = await deploySuite();
  const { ethers, deployer, wallets, market, models } = deployed;
  const entries = await Promise.all(ROLES.map(async (role) => [role, await deployed[role].getAddress()] as const));
  const book: AddressBook = {
    chainId: 31_337,
    fromBlock: 0,
    contracts: Object.fromEntries(entries) as AddressBook["contracts"],
  };
  const suite: Suite = suiteAt(book, ethers.provider);
  const owner = item(wallets, 0);
  const funded = async (): Promise<Wallet> => {
    const wallet = new Wallet(Wallet.createRandom().privateKey, ethers.provider);
    await deployer.sendTransaction({ to: wallet.address, value: 10n ** 18n });
    return wallet;
  };
  const [operator, alice, bob] = [await funded(), await funded(), await funded()];
  const model = await registerModel(deployed, owner);
  await models.connect(owner).setOperator(model, operator);
  await market.connect(owner).list(model, PRICE);
  const prepay = async (payer: string, amount: bigint, of = model): Promise<void> => {
    await deployed.currency.mint(owner, amount);
    await deployed.currency.connect(owner).approve(market, amount);
    await market.connect(owner).deposit(payer, of, amount);
  };
  return { ...deployed, book, suite, owner, operator, alice, bob, model, prepay };
}

export type GatewayWorld = Awaited<ReturnType<typeof buildGatewayWorld>>;

/** What a voucher's header says otherwise than an honest payer's. */
export interface VoucherChanges {
  readonly signer?: Wallet;
  readonly payer?: string;
  readonly model?: bigint;
  readonly signedModel?: bigint;
  readonly chainId?: number;
  readonly network?: string;
  readonly signature?: string;
}

/** The `PAYMENT-SIGNATURE` header of a voucher. */
export async function voucherHeader(
  { suite, model }: Pick<GatewayWorld, "suite" | "model">,
  payer: Wallet,
  cumulative: bigint,
  changes: VoucherChanges = {},
): Promise<string> {
  const { signer = payer, chainId = suite.book.chainId, network = `eip155:${suite.book.chainId}` } = changes;
  const named = { payer: changes.payer ?? payer.address, model: changes.model ?? model, cumulative };
  const domain = { ...marketDomain(suite), chainId };
  const signature = await signer.signTypedData(domain, VOUCHER_TYPES, {
    ...named,
    model: changes.signedModel ?? named.model,
  });
  const payment = {
    x402Version: 2,
    accepted: { scheme: VOUCHER_SCHEME, network },
    payload: {
      payer: named.payer,
      model: String(named.model),
      cumulative: String(cumulative),
      signature: changes.signature ?? signature,
    },
  };
  return Buffer.from(JSON.stringify(payment)).toString("base64");
}

/** A request with a payment, as the server hands it on. */
export function requestWith(header: string, text = "a mail"): InferenceRequest {
  const body = Buffer.from(text);
  return {
    method: "POST",
    url: "/",
    headers: { "payment-signature": header },
    body,
    digest: digestOf(body),
    signal: new AbortController().signal,
  };
}

/** A store and vouchers over it in a folder of their own. */
export async function openVouchers(world: GatewayWorld, changes: Partial<VoucherOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-gateway-"));
  const path = join(folder, "calls.log");
  const signatures = new Signatures(fromHex(world.operator.privateKey, "the key"), 0);
  const open = async () => {
    const store = await CallStore.open(path);
    const { suite, model } = world;
    const vouchers = await VoucherMethod.open({ suite, model, store, signatures, ...changes });
    return { store, vouchers };
  };
  return {
    open,
    signatures,
    path,
    sender: () => new Sender(world.operator, world.suite.provider),
    remove: () => rm(folder, { recursive: true }),
  };
}
