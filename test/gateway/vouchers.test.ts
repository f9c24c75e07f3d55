import { expect } from "chai";
import { Signature, toBeHex } from "ethers";
import {
  type AuthorizedVoucher,
  type CallStore,
  PaymentRefused,
  type VoucherMethod,
} from "../../services/gateway/index.ts";
import { useFixture } from "../support/fixture.ts";
import {
  buildGatewayWorld,
  openVouchers,
  PRICE,
  requestWith,
  type VoucherChanges,
  voucherHeader,
} from "../support/gateway.ts";

const NOT_SIGNED = { index: 0, proof: [], signature: "0x" } as const;
const WORD = `0x${"11".repeat(32)}` as const;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("vouchers at the gateway", () => {
  const at = useFixture(buildGatewayWorld);
  let opened: Awaited<ReturnType<typeof openVouchers>>;
  let store: CallStore;
  let vouchers: VoucherMethod;

  beforeEach(async () => {
    opened = await openVouchers(at(), { now: chainTime });
    now = Number((await at().ethers.provider.getBlock("latest"))?.timestamp);
    ({ store, vouchers } = await opened.open());
  });

  afterEach(async () => {
    await store.close();
    await opened.remove();
  });

  let now = 0;
  const chainTime = (): number => now;

  const authorize = async (cumulative: bigint, changes: VoucherChanges = {}, payer = at().alice) =>
    vouchers.authorize(requestWith(await voucherHeader(at(), payer, cumulative, changes)), PRICE);

  /** Takes a voucher and writes the call down, as the gateway does. */
  async function take(authorized: AuthorizedVoucher, price = PRICE): Promise<void> {
    const { amount, feesAfter, proof } = await vouchers.take(authorized, price);
    const { id, payer } = authorized;
    const digests = { paymentDigest: WORD, requestDigest: WORD, responseDigest: WORD, queryDigest: WORD };
    const query = { exponent: 0, lanes: new Int16Array(16) };
    const call = {
      id,
      payer,
      method: vouchers.name,
      price,
      ...digests,
      query,
      time: 1,
      amount,
      feesAfter,
      proof,
      signed: NOT_SIGNED,
    };
    await store.append({ kind: "paid", call });
  }

  async function expectRefusal(promise: Promise<unknown>, reason: string): Promise<PaymentRefused> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(PaymentRefused);
    if (!(error instanceof PaymentRefused)) throw new Error("unreachable");
    expect(error.reason).to.equal(reason);
    return error;
  }

  it("takes vouchers that the market redeems, and credits their calls", async () => {
    const { alice, bob, suite, model, prepay } = at();
    await prepay(alice.address, 10n * PRICE);
    await prepay(bob.address, 10n * PRICE);
    await take(await authorize(PRICE));
    await take(await authorize(2n * PRICE));
    await take(await authorize(PRICE, {}, bob));
    expect((await vouchers.outstanding()).amount).to.equal(3n * PRICE);
    expect(await vouchers.redeemLatest(opened.sender())).to.equal(3n * PRICE);
    const [event] = await suite.market.queryFilter(suite.market.filters.VouchersCredited(model));
    for await (const { feesAfter } of store.calls()) expect(feesAfter).to.equal(event?.args.feesAfter);
    expect(await vouchers.redeemLatest(opened.sender()), "a second time").to.equal(0n);
    expect((await vouchers.outstanding()).amount).to.equal(0n);
    await take(await authorize(3n * PRICE));
    expect(await vouchers.redeemLatest(opened.sender())).to.equal(PRICE);
  });

  it("goes on after a restart where it stopped, and marks what was redeemed meanwhile", async () => {
    const { alice, suite, model, prepay, operator } = at();
    await prepay(alice.address, 10n * PRICE);
    const first = await authorize(PRICE);
    await take(first);
    await store.close();
    const { r, yParityAndS: vs } = Signature.from(first.signature);
    await (
      await suite.market.connect(operator).redeem(model, [{ payer: alice.address, cumulative: PRICE, r, vs }])
    ).wait();
    ({ store, vouchers } = await opened.open());
    const [event] = await suite.market.queryFilter(suite.market.filters.VouchersCredited(model));
    expect(store.creditedAt(first.id)).to.equal(event?.args.feesAfter);
    await expectRefusal(authorize(PRICE), "voucher_too_low");
    await take(await authorize(2n * PRICE));
  });

  const wrong: readonly (readonly [string, () => VoucherChanges, string])[] = [
    ["somebody else's signature", () => ({ signer: at().bob }), "invalid_signature"],
    ["a signature for another model", () => ({ signedModel: at().model + 1n }), "invalid_signature"],
    ["another model", () => ({ model: at().model + 1n }), "invalid_payload"],
    ["a signature for another chain", () => ({ chainId: 1 }), "invalid_signature"],
    ["another chain", () => ({ network: "eip155:1" }), "invalid_network"],
    ["a signature of zeros", () => ({ signature: `0x${"00".repeat(64)}1b` }), "invalid_signature"],
    ["a signature of no length", () => ({ signature: "0x" }), "invalid_payload"],
    ["no address", () => ({ payer: "0x12", signature: WORD }), "invalid_payload"],
  ];
  for (const [what, changes, reason] of wrong) {
    it(`refuses ${what}`, async () => {
      await at().prepay(at().alice.address, 10n * PRICE);
      if (what === "no address") {
        const payload = { payer: "0x12", model: String(at().model), cumulative: "100", signature: WORD };
        const payment = { x402Version: 2, accepted: { scheme: "tributary-voucher", network: "eip155:31337" }, payload };
        const header = Buffer.from(JSON.stringify(payment)).toString("base64");
        await expectRefusal(vouchers.authorize(requestWith(header), PRICE), reason);
        return;
      }
      await expectRefusal(authorize(PRICE, changes()), reason);
      await authorize(PRICE);
    });
  }

  it("refuses the other form of a signature, which the market would refuse", async () => {
    await at().prepay(at().alice.address, 10n * PRICE);
    const { signature } = await authorize(PRICE);
    const { r, s, v } = Signature.from(signature);
    const flipped = `${r}${toBeHex(ORDER - BigInt(s), 32).slice(2)}${toBeHex(v === 27 ? 28 : 27).slice(2)}`;
    await expectRefusal(authorize(PRICE, { signature: flipped }), "invalid_signature");
  });

  it("refuses a voucher again, a smaller one, and one that adds less than the price", async () => {
    await at().prepay(at().alice.address, 10n * PRICE);
    await take(await authorize(2n * PRICE));
    await expectRefusal(authorize(2n * PRICE), "voucher_too_low");
    await expectRefusal(authorize(PRICE), "voucher_too_low");
    // The first one paid for two.
    await take(await authorize(2n * PRICE + 1n));
    const refused = await expectRefusal(authorize(3n * PRICE - 1n), "voucher_too_low");
    expect(refused.details?.cumulative).to.equal(String(3n * PRICE));
  });

  it("refuses what the balance doesn't cover, until there is more", async () => {
    const { alice, prepay } = at();
    await expectRefusal(authorize(PRICE), "insufficient_funds");
    await prepay(alice.address, 2n * PRICE);
    now += 2;
    await take(await authorize(PRICE));
    await take(await authorize(2n * PRICE));
    await expectRefusal(authorize(3n * PRICE), "insufficient_funds");
    await vouchers.redeemLatest(opened.sender());
    await expectRefusal(authorize(3n * PRICE), "insufficient_funds");
    await prepay(alice.address, PRICE);
    await vouchers.look();
    await authorize(3n * PRICE);
  });

  it("refuses a balance that leaves soon, and serves it again once it stays", async () => {
    const { alice, prepay, suite, model, market } = at();
    await prepay(alice.address, 10n * PRICE);
    await take(await authorize(PRICE));
    await (await suite.market.connect(alice).requestWithdrawal(model)).wait();
    const { leavesAt } = await market.channelOf(alice.address, model);
    await vouchers.look();
    expect((await vouchers.outstanding()).leavesAt).to.equal(Number(leavesAt));
    now = Number(leavesAt) - 1_801;
    await vouchers.look();
    await take(await authorize(2n * PRICE));
    now += 1;
    await expectRefusal(authorize(3n * PRICE), "balance_leaving");
    await (await suite.market.connect(alice).cancelWithdrawal(model)).wait();
    await vouchers.look();
    await take(await authorize(3n * PRICE));
  });

  it("serves requests at the same time without selling a balance twice", async () => {
    const { alice, prepay } = at();
    await prepay(alice.address, 5n * PRICE);
    const asked = await Promise.allSettled([1n, 2n, 3n, 4n, 5n, 6n, 7n].map((n) => authorize(n * PRICE)));
    expect(asked.map(({ status }) => status)).to.deep.equal([
      ...Array.from({ length: 5 }, () => "fulfilled"),
      "rejected",
      "rejected",
    ]);
    const same = await Promise.allSettled([1, 2, 3].map(() => authorize(5n * PRICE)));
    expect(same.every(({ status }) => status === "rejected")).to.equal(true);
  });

  it("serves a voucher again whose call failed", async () => {
    await at().prepay(at().alice.address, PRICE);
    const authorized = await authorize(PRICE);
    await expectRefusal(authorize(PRICE), "voucher_too_low");
    vouchers.release(authorized);
    await take(await authorize(PRICE));
  });

  it("lets what a voucher paid too much pay for the next call", async () => {
    await at().prepay(at().alice.address, 10n * PRICE);
    await take(await authorize(PRICE), 30n);
    await take(await authorize(30n + PRICE), 30n);
    expect(await vouchers.redeemLatest(opened.sender())).to.equal(30n + PRICE);
    await take(await authorize(60n + PRICE), 100n);
    expect(await vouchers.redeemLatest(opened.sender())).to.equal(30n);
    for await (const { feesAfter } of store.calls()) expect(feesAfter).to.be.a("bigint");
  });

  it("serves contracts that vouch for a signature (ERC-1271), and redeems each by itself", async () => {
    const { ethers, alice, bob, prepay, suite, model } = at();
    const wallet = await ethers.deployContract("SignerWallet", [alice.address]);
    const payer = await wallet.getAddress();
    await prepay(payer, 3n * PRICE);
    await expectRefusal(authorize(PRICE, { payer, signer: bob }), "invalid_signature");
    await take(await authorize(PRICE, { payer }));
    await take(await authorize(2n * PRICE, { payer }));
    expect(await vouchers.redeemLatest(opened.sender())).to.equal(2n * PRICE);
    expect((await suite.market.channelOf(payer, model)).spent).to.equal(2n * PRICE);
  });

  it("counts on from what a payer paid by transactions of its own", async () => {
    const { alice, prepay, suite, model } = at();
    await prepay(alice.address, 10n * PRICE);
    await take(await authorize(PRICE));
    await (await suite.market.connect(alice).payPrepaid(model, 3n * PRICE, WORD)).wait();
    await vouchers.look();
    const refused = await expectRefusal(authorize(2n * PRICE), "voucher_too_low");
    expect(refused.details?.cumulative).to.equal(String(4n * PRICE));
    await take(await authorize(4n * PRICE));
    await vouchers.redeemLatest(opened.sender());
    for await (const { feesAfter } of store.calls()) expect(feesAfter).to.be.a("bigint");
  });

  it("serves nobody when it hasn't seen the chain for long", async () => {
    await at().prepay(at().alice.address, PRICE);
    now += 301;
    await expectRefusal(authorize(PRICE), "chain_unavailable");
    await vouchers.look();
    await authorize(PRICE);
  });
});
