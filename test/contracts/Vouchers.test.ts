import { expect } from "chai";
import { type BytesLike, id, Signature, toBeHex, Wallet, ZeroAddress } from "ethers";
import { CHARGE_TYPES, marketDomain, signCharge, signVoucher, VOUCHER_TYPES } from "../../client/index.ts";
import type { IInferenceMarket } from "../../typechain-types/revenue/InferenceMarket.ts";
import { delegatingAccount } from "../support/delegation.ts";
import { useFixture } from "../support/fixture.ts";
import { buildMarket, channel, fundedPayer, net, PRICE, REQUEST, surplus } from "../support/market.ts";
import { PREPAID_DELAY } from "../support/payments.ts";

/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MAX_COUNTER = 2n ** 112n - 1n;

describe("InferenceMarket, what payers sign over their prepaid money", () => {
  const at = useFixture(async () => {
    const market = await buildMarket();
    const { payer, model } = market;
    await market.market.connect(payer).deposit(payer, model, 1_000n);
    return market;
  });
  const channelOf = (payer: { address: string } = at().payer, model = at().model) =>
    channel(at().market, payer.address, model);
  const prepay = (payer: { address: string }, amount: bigint, model = at().model) =>
    at().market.connect(at().carol).deposit(payer.address, model, amount);
  const voucher = (cumulative: bigint, payer = at().payer, model = at().model) =>
    signVoucher(at().client, payer, model, cumulative);
  const redeem = (vouchers: readonly IInferenceMarket.VoucherStruct[], model = at().model) =>
    at()
      .market.connect(at().carol)
      .redeem(model, [...vouchers]);
  const signed = (cumulative: bigint, request = REQUEST, payer = at().payer, model = at().model) =>
    signCharge(at().client, payer, model, cumulative, request);
  /** The same handles for a market on another chain, or at another address. */
  const elsewhere = async () => {
    const { client, ledger } = at();
    const { book } = client;
    const contracts = { ...book.contracts, market: await ledger.getAddress() };
    return [
      { ...client, book: { ...book, chainId: 1 } },
      { ...client, book: { ...book, contracts } },
    ];
  };
  /** The 65 bytes of a voucher's signature. */
  const bytesOf = ({ r, vs }: IInferenceMarket.VoucherStruct): string =>
    Signature.from({ r: String(r), yParityAndS: String(vs) }).serialized;
  /** The other signature that the same key could have made: s in the upper half. */
  const malleated = (bytes: string): { r: string; s: string; v: 27 | 28 } => {
    const { r, s, v } = Signature.from(bytes);
    return { r, s: toBeHex(N - BigInt(s), 32), v: v === 27 ? 28 : 27 };
  };

  describe("charge", () => {
    const charge = (
      cumulative: bigint,
      signature: BytesLike,
      change: { payer?: string; model?: bigint; request?: string } = {},
    ) => {
      const { market, carol, payer, model } = at();
      const { payer: who = payer.address, model: which = model, request = REQUEST } = change;
      return market.connect(carol).charge(who, which, cumulative, request, signature);
    };
    const expectUnsigned = (call: Promise<unknown>, payer = at().payer.address) =>
      expect(call).to.be.revertedWithCustomError(at().market, "NotSignedByPayer").withArgs(payer);

    it("pays one inference from the signer's balance, whoever sends it", async () => {
      const { market, ledger, currency, carol, payer, model } = at();
      const signature = await signed(PRICE);
      expect(await market.connect(carol).charge.staticCall(payer, model, PRICE, REQUEST, signature)).to.equal(
        net(PRICE),
      );
      const payment = charge(PRICE, signature);
      await expect(payment).to.emit(market, "InferencePaid").withArgs(model, payer.address, PRICE, net(PRICE), REQUEST);
      await expect(payment).not.to.emit(currency, "Transfer");
      expect(await channelOf()).to.deep.equal([750n, PRICE, 0n]);
      expect((await ledger.incomeOf(model)).gross).to.equal(PRICE);
    });

    it("pays what the signed amount is above all that was paid before", async () => {
      const { market, payer, model } = at();
      await charge(PRICE, await signed(PRICE));
      await expect(charge(PRICE + 300n, await signed(PRICE + 300n, id("next")), { request: id("next") }))
        .to.emit(market, "InferencePaid")
        .withArgs(model, payer.address, 300n, net(PRICE + 300n), id("next"));
      expect(await channelOf()).to.deep.equal([450n, 550n, 0n]);
    });

    it("attack 16: refuses the same or a smaller amount a second time", async () => {
      const { market, payer, model } = at();
      const first = await signed(PRICE);
      await charge(PRICE, first);
      for (const [cumulative, signature] of [
        [PRICE, first],
        [PRICE - 1n, await signed(PRICE - 1n)],
        [0n, await signed(0n)],
      ] as const) {
        await expect(charge(cumulative, signature))
          .to.be.revertedWithCustomError(market, "AlreadySpent")
          .withArgs(model, payer.address, PRICE, cumulative);
      }
    });

    it("attack 45: refuses every other model, payer, amount and request than was signed", async () => {
      const { bob, other } = at();
      const signature = await signed(PRICE);
      await prepay(at().payer, 1_000n, other);
      await expectUnsigned(charge(PRICE, signature, { model: other }));
      await expectUnsigned(charge(PRICE, signature, { payer: bob.address }), bob.address);
      await expectUnsigned(charge(PRICE, signature, { payer: ZeroAddress }), ZeroAddress);
      await expectUnsigned(charge(PRICE + 1n, signature));
      await expectUnsigned(charge(PRICE, signature, { request: id("another request") }));
    });

    it("attack 22: refuses a signature for another chain or another contract, and a voucher's", async () => {
      const { payer, model } = at();
      for (const client of await elsewhere()) {
        await expectUnsigned(charge(PRICE, await signCharge(client, payer, model, PRICE, REQUEST)));
      }
      await expectUnsigned(charge(PRICE, bytesOf(await voucher(PRICE))));
    });

    it("refuses a signature in another form: malleated, compact, cut, or none", async () => {
      const signature = await signed(PRICE);
      const { r, s, v } = malleated(signature);
      for (const bytes of [
        `${r}${s.slice(2)}${v.toString(16)}`,
        Signature.from(signature).compactSerialized,
        signature.slice(0, -2),
        "0x",
      ]) {
        await expectUnsigned(charge(PRICE, bytes));
      }
      await charge(PRICE, signature);
    });

    it("refuses less than the price, more than there is, and a model that isn't for sale", async () => {
      const { market, alice, payer, model } = at();
      await expect(charge(PRICE - 1n, await signed(PRICE - 1n)))
        .to.be.revertedWithCustomError(market, "BelowPrice")
        .withArgs(model, PRICE - 1n, PRICE);
      await expect(charge(1_001n, await signed(1_001n)))
        .to.be.revertedWithCustomError(market, "InsufficientPrepaid")
        .withArgs(model, payer.address, 1_000n, 1_001n);
      await expect(charge(MAX_COUNTER, await signed(MAX_COUNTER)))
        .to.be.revertedWithCustomError(market, "InsufficientPrepaid")
        .withArgs(model, payer.address, 1_000n, MAX_COUNTER);
      await market.connect(alice).delist(model);
      await expect(charge(PRICE, await signed(PRICE)))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(model);
    });

    it("refuses one that earlier payments have eaten into, so that an inference isn't paid below its price", async () => {
      const { market, model } = at();
      const signature = await signed(2n * PRICE);
      await redeem([await voucher(PRICE + 1n)]);
      await expect(charge(2n * PRICE, signature))
        .to.be.revertedWithCustomError(market, "BelowPrice")
        .withArgs(model, PRICE - 1n, PRICE);
    });

    it("is good as long as the money is there, also while it is leaving", async () => {
      const { market, networkHelpers, payer, model } = at();
      await market.connect(payer).requestWithdrawal(model);
      const [, , leavesAt = 0n] = await channelOf();
      await networkHelpers.time.setNextBlockTimestamp(leavesAt);
      await charge(PRICE, await signed(PRICE));
      expect(await channelOf()).to.deep.equal([750n, PRICE, leavesAt]);
      await market.connect(payer).withdraw(model, payer);
      await expect(charge(2n * PRICE, await signed(2n * PRICE)))
        .to.be.revertedWithCustomError(market, "InsufficientPrepaid")
        .withArgs(model, payer.address, 0n, PRICE);
    });

    it("takes a contract's word (ERC-1271), for its own balance only", async () => {
      const { ethers, market, client, payer, model } = at();
      const wallet = await ethers.deployContract("SignerWallet", [payer]);
      const address = await wallet.getAddress();
      await prepay({ address }, 1_000n);
      const message = { payer: address, model, cumulative: PRICE, requestDigest: REQUEST };
      const signature = await payer.signTypedData(marketDomain(client), CHARGE_TYPES, message);
      await expectUnsigned(charge(PRICE, signature));
      await expect(charge(PRICE, signature, { payer: address }))
        .to.emit(market, "InferencePaid")
        .withArgs(model, address, PRICE, net(PRICE), REQUEST);
      await expectUnsigned(charge(2n * PRICE, await signed(2n * PRICE), { payer: address }), address);
    });

    it("takes the key of an account with code (EIP-7702), whatever its code says", async () => {
      const { currency, market, client, model } = at();
      const account = await delegatingAccount(at(), currency);
      await prepay(account, 1_000n);
      const signature = await signCharge(client, account, model, PRICE, REQUEST);
      await expect(charge(PRICE, signature, { payer: account.address }))
        .to.emit(market, "InferencePaid")
        .withArgs(model, account.address, PRICE, net(PRICE), REQUEST);
    });
  });

  describe("redeem", () => {
    it("pays what a voucher is above all that was paid before, without moving a token", async () => {
      const { market, ledger, currency, carol, payer, model } = at();
      const first = [await voucher(400n)];
      expect(await market.connect(carol).redeem.staticCall(model, first)).to.equal(400n);
      const redemption = redeem(first);
      await expect(redemption).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 400n);
      await expect(redemption).to.emit(market, "VouchersCredited").withArgs(model, 400n, net(400n));
      await expect(redemption).not.to.emit(currency, "Transfer");
      await expect(redeem([await voucher(1_000n)]))
        .to.emit(market, "VouchersCredited")
        .withArgs(model, 600n, net(1_000n));
      expect(await channelOf()).to.deep.equal([0n, 1_000n, 0n]);
      expect((await ledger.incomeOf(model)).gross).to.equal(1_000n);
    });

    it("covers a million inferences with one voucher, for the gas of one", async () => {
      const { market, model, other, payer } = at();
      const million = 1_000_000n * PRICE;
      const gas: bigint[] = [];
      for (const [id, cumulative] of [
        [model, PRICE],
        [other, million],
      ] as const) {
        await prepay(payer, million, id);
        const receipt = await (await redeem([await voucher(cumulative, payer, id)], id)).wait();
        gas.push(receipt?.gasUsed ?? 0n);
      }
      const [one = 0n, all = 0n] = gas;
      expect(Number(all - one)).to.be.within(-200, 200);
      expect(await channel(market, payer.address, other)).to.deep.equal([0n, million, 0n]);
    });

    it("pays for less than the price, and after delisting: what was served was served at the price of then", async () => {
      const { market, alice, model } = at();
      await redeem([await voucher(1n)]);
      await market.connect(alice).list(model, 10n * PRICE);
      await redeem([await voucher(2n)]);
      await market.connect(alice).delist(model);
      await redeem([await voucher(3n)]);
      expect(await channelOf()).to.deep.equal([997n, 3n, 0n]);
    });

    it("counts with payments and charges in one row", async () => {
      const { market, payer, model } = at();
      await market.connect(payer).payPrepaid(model, PRICE, REQUEST);
      await expect(redeem([await voucher(PRICE)])).to.be.revertedWithCustomError(market, "NothingRedeemed");
      await redeem([await voucher(PRICE + 10n)]);
      await market.charge(payer, model, 2n * PRICE + 10n, REQUEST, await signed(2n * PRICE + 10n));
      await expect(redeem([await voucher(2n * PRICE + 11n)]))
        .to.emit(market, "VoucherRedeemed")
        .withArgs(model, payer.address, 1n);
    });

    it("redeems the vouchers of a hundred payers at once", async () => {
      const { market, client, currency, ledger, carol, model } = at();
      const payers = Array.from({ length: 100 }, (_, i) => new Wallet(id(`payer ${i}`)));
      const vouchers: IInferenceMarket.VoucherStruct[] = [];
      for (const [i, each] of payers.entries()) {
        await prepay(each, 2_000n);
        vouchers.push(await signVoucher(client, each, model, BigInt(i + 1)));
      }
      await expect(redeem(vouchers)).to.emit(market, "VouchersCredited").withArgs(model, 5_050n, net(5_050n));
      for (const [i, { address }] of payers.entries()) {
        expect(await channel(market, address, model)).to.deep.equal([2_000n - BigInt(i + 1), BigInt(i + 1), 0n]);
      }
      const addresses = [...payers, at().payer].map(({ address }) => address);
      expect(await surplus({ ledger, market, currency }, [model], addresses)).to.equal(0n);
      await expect(market.connect(carol).redeem(model, vouchers)).to.be.revertedWithCustomError(
        market,
        "NothingRedeemed",
      );
    });

    it("attack 43: skips what can't be redeemed, says so, and goes on", async () => {
      const { market, bob, payer, model, other } = at();
      const [stranger, empty, spent] = [
        await fundedPayer(at(), "stranger"),
        await fundedPayer(at(), "empty"),
        await fundedPayer(at(), "spent"),
      ];
      await prepay(stranger, 100n);
      await prepay(spent, 100n);
      await redeem([await voucher(60n, spent)]);
      const good = await voucher(400n);
      const bad: IInferenceMarket.VoucherStruct[] = [
        { ...(await voucher(10n, stranger)), cumulative: 11n },
        { ...(await voucher(12n, stranger)), payer: bob.address },
        await voucher(13n, stranger, other),
        { ...(await voucher(14n, stranger)), payer: payer.address },
        await voucher(15n, empty),
        await voucher(60n, spent),
        await voucher(59n, spent),
        await voucher(0n, spent),
        { payer: ZeroAddress, cumulative: 16n, r: toBeHex(0, 32), vs: toBeHex(0, 32) },
        { payer: stranger.address, cumulative: 17n, r: toBeHex(N, 32), vs: toBeHex(1, 32) },
      ];
      for (const client of await elsewhere()) bad.push(await signVoucher(client, stranger, model, 18n));
      const redemption = redeem([...bad.slice(0, 6), good, ...bad.slice(6)]);
      const receipt = await (await redemption).wait();
      const events = (name: string): unknown[][] =>
        (receipt?.logs ?? []).flatMap((log) => {
          const event = market.interface.parseLog(log);
          return event?.name === name ? [[...event.args] as unknown[]] : [];
        });
      expect(events("VoucherRedeemed")).to.deep.equal([[model, payer.address, 400n]]);
      expect(events("VoucherNotCovered")).to.deep.equal([]);
      expect(events("VoucherRefused")).to.deep.equal(bad.map(({ payer: who, cumulative }) => [model, who, cumulative]));
      await expect(redemption).to.emit(market, "VouchersCredited").withArgs(model, 400n, net(460n));
      expect(await channelOf()).to.deep.equal([600n, 400n, 0n]);
      expect(await channelOf(stranger)).to.deep.equal([100n, 0n, 0n]);
      expect(await channelOf(spent)).to.deep.equal([40n, 60n, 0n]);
    });

    it("refuses a charge in a voucher's place", async () => {
      const { market, payer, model } = at();
      const { r, yParityAndS: vs } = Signature.from(await signed(PRICE));
      await expect(redeem([{ payer: payer.address, cumulative: PRICE, r, vs }]))
        .to.be.revertedWithCustomError(market, "NothingRedeemed")
        .withArgs(model);
    });

    it("refuses a malleated signature", async () => {
      const { market, payer } = at();
      const good = await voucher(100n);
      const { r, s, v } = malleated(bytesOf(good));
      // In the compact form the parity takes the highest bit of s, so there is no room for most of the upper half.
      const parity = BigInt(v - 27) << 255n;
      for (const vs of [s, toBeHex(parity | (BigInt(s) & (2n ** 255n - 1n)), 32), toBeHex(N / 2n + 1n, 32)]) {
        const call = redeem([{ payer: payer.address, cumulative: 100n, r, vs }]);
        await expect(call).to.be.revertedWithCustomError(market, "NothingRedeemed");
      }
      await redeem([good]);
    });

    it("says no when nothing of a batch can be redeemed, of an empty one too", async () => {
      const { market, model } = at();
      await expect(redeem([])).to.be.revertedWithCustomError(market, "NothingRedeemed").withArgs(model);
      await expect(redeem([await voucher(0n)])).to.be.revertedWithCustomError(market, "NothingRedeemed");
      await expect(redeem([await voucher(1n)], 99n)).to.be.revertedWithCustomError(market, "NothingRedeemed");
    });

    it("takes what there is of a voucher that isn't covered, and the rest once there is more", async () => {
      const { market, payer, model } = at();
      const good = await voucher(1_700n);
      const first = redeem([good]);
      await expect(first).to.emit(market, "VoucherNotCovered").withArgs(model, payer.address, 700n);
      await expect(first).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 1_000n);
      expect(await channelOf()).to.deep.equal([0n, 1_000n, 0n]);
      await expect(redeem([good])).to.be.revertedWithCustomError(market, "NothingRedeemed");
      await prepay(payer, 500n);
      await expect(redeem([good]))
        .to.emit(market, "VoucherNotCovered")
        .withArgs(model, payer.address, 200n);
      await prepay(payer, 500n);
      const last = redeem([good]);
      await expect(last).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 200n);
      await expect(last).not.to.emit(market, "VoucherNotCovered");
      expect(await channelOf()).to.deep.equal([300n, 1_700n, 0n]);
    });

    it("takes the largest amount there is, as far as the balance goes", async () => {
      const { market, payer, model } = at();
      await expect(redeem([await voucher(MAX_COUNTER)]))
        .to.emit(market, "VoucherNotCovered")
        .withArgs(model, payer.address, MAX_COUNTER - 1_000n);
      expect(await channelOf()).to.deep.equal([0n, 1_000n, 0n]);
    });

    it("attack 16: redeems each voucher of a payer above the one before in the same batch", async () => {
      const { market, payer, model } = at();
      const [small, large] = [await voucher(300n), await voucher(500n)];
      const redemption = redeem([small, large, large, small]);
      await expect(redemption).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 300n);
      await expect(redemption).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 200n);
      await expect(redemption).to.emit(market, "VoucherRefused").withArgs(model, payer.address, 500n);
      await expect(redemption).to.emit(market, "VoucherRefused").withArgs(model, payer.address, 300n);
      await expect(redemption).to.emit(market, "VouchersCredited").withArgs(model, 500n, net(500n));
      expect(await channelOf()).to.deep.equal([500n, 500n, 0n]);
    });

    it("keeps a payer's channels of two models apart", async () => {
      const { market, networkHelpers, payer, model, other } = at();
      await prepay(payer, 500n, other);
      await redeem([await voucher(700n)]);
      expect(await channelOf(payer, other)).to.deep.equal([500n, 0n, 0n]);
      await expect(redeem([await voucher(100n)], other)).to.be.revertedWithCustomError(market, "NothingRedeemed");
      await redeem([await voucher(100n, payer, other)], other);
      await market.connect(payer).requestWithdrawal(other);
      await networkHelpers.time.increase(PREPAID_DELAY);
      await market.connect(payer).withdraw(other, payer);
      expect(await channelOf()).to.deep.equal([300n, 700n, 0n]);
      expect(await channelOf(payer, other)).to.deep.equal([0n, 100n, 0n]);
      expect((await at().ledger.incomeOf(model)).gross).to.equal(700n);
    });

    it("takes the key of an account with code (EIP-7702), and no contract's word", async () => {
      const { ethers, currency, client, market, bob, payer, model } = at();
      const account = await delegatingAccount(at(), currency);
      const wallet = await ethers.deployContract("SignerWallet", [payer]);
      const delegating = await delegatingAccount(at(), await ethers.deployContract("SignerWallet", [bob]));
      for (const each of [account.address, await wallet.getAddress(), delegating.address]) {
        await prepay({ address: each }, 100n);
      }
      await redeem([await signVoucher(client, account, model, 40n)]);
      expect(await channelOf(account)).to.deep.equal([60n, 40n, 0n]);
      await redeem([await signVoucher(client, delegating, model, 40n)]);
      const words = { ...(await voucher(40n)), payer: await wallet.getAddress() };
      await expect(redeem([words])).to.be.revertedWithCustomError(market, "NothingRedeemed");
    });
  });

  describe("redeemSigned", () => {
    const redeemSigned = (cumulative: bigint, signature: BytesLike, payer = at().payer.address, model = at().model) =>
      at().market.connect(at().carol).redeemSigned(model, payer, cumulative, signature);

    it("does with 65 bytes what redeem does", async () => {
      const { market, carol, payer, model } = at();
      const bytes = bytesOf(await voucher(400n));
      expect(await market.connect(carol).redeemSigned.staticCall(model, payer, 400n, bytes)).to.equal(400n);
      const redemption = redeemSigned(400n, bytes);
      await expect(redemption).to.emit(market, "VoucherRedeemed").withArgs(model, payer.address, 400n);
      await expect(redemption).to.emit(market, "VouchersCredited").withArgs(model, 400n, net(400n));
      expect(await channelOf()).to.deep.equal([600n, 400n, 0n]);
      await expect(redeemSigned(400n, bytes)).to.be.revertedWithCustomError(market, "NothingRedeemed").withArgs(model);
      await expect(redeem([await voucher(400n)])).to.be.revertedWithCustomError(market, "NothingRedeemed");
    });

    it("takes a contract's word (ERC-1271), and covers what the balance does", async () => {
      const { ethers, market, client, payer, bob, model } = at();
      const wallet = await ethers.deployContract("SignerWallet", [payer]);
      const address = await wallet.getAddress();
      await prepay({ address }, 100n);
      const message = { payer: address, model, cumulative: 130n };
      const signature = await payer.signTypedData(marketDomain(client), VOUCHER_TYPES, message);
      const wrong = await bob.signTypedData(marketDomain(client), VOUCHER_TYPES, message);
      await expect(redeemSigned(130n, wrong, address))
        .to.be.revertedWithCustomError(market, "NotSignedByPayer")
        .withArgs(address);
      const redemption = redeemSigned(130n, signature, address);
      await expect(redemption).to.emit(market, "VoucherNotCovered").withArgs(model, address, 30n);
      await expect(redemption).to.emit(market, "VoucherRedeemed").withArgs(model, address, 100n);
      await prepay({ address }, 100n);
      await redeemSigned(130n, signature, address);
      expect(await channelOf({ address })).to.deep.equal([70n, 130n, 0n]);
    });

    it("asks the key and the code of an account that has both (EIP-7702)", async () => {
      const { ethers, market, client, bob, model } = at();
      const account = await delegatingAccount(at(), await ethers.deployContract("SignerWallet", [bob]));
      await prepay(account, 100n);
      const sign = (signer: Pick<Wallet, "signTypedData">, cumulative: bigint) =>
        signer.signTypedData(marketDomain(client), VOUCHER_TYPES, { payer: account.address, model, cumulative });
      await redeemSigned(40n, await sign(account, 40n), account.address);
      await redeemSigned(50n, await sign(bob, 50n), account.address);
      await expect(redeemSigned(60n, await sign(at().carol, 60n), account.address))
        .to.be.revertedWithCustomError(market, "NotSignedByPayer")
        .withArgs(account.address);
      expect(await channelOf(account)).to.deep.equal([50n, 50n, 0n]);
    });

    it("refuses whatever else was signed than this voucher", async () => {
      const { market, bob, payer, model, other } = at();
      const bytes = bytesOf(await voucher(400n));
      const { r, s, v } = malleated(bytes);
      const words = await signed(400n);
      const attempts: [() => Promise<unknown>, string][] = [
        [() => redeemSigned(401n, bytes), payer.address],
        [() => redeemSigned(400n, bytes, bob.address), bob.address],
        [() => redeemSigned(400n, bytes, ZeroAddress), ZeroAddress],
        [() => redeemSigned(400n, bytes, payer.address, other), payer.address],
        [() => redeemSigned(400n, words), payer.address],
        [() => redeemSigned(400n, `${r}${s.slice(2)}${v.toString(16)}`), payer.address],
        [() => redeemSigned(400n, Signature.from(bytes).compactSerialized), payer.address],
        [() => redeemSigned(400n, "0x"), payer.address],
      ];
      for (const client of await elsewhere()) {
        const signature = bytesOf(await signVoucher(client, payer, model, 400n));
        attempts.push([() => redeemSigned(400n, signature), payer.address]);
      }
      for (const [attempt, named] of attempts) {
        await expect(attempt()).to.be.revertedWithCustomError(market, "NotSignedByPayer").withArgs(named);
      }
    });

    it("refuses an empty channel and an amount that was paid before", async () => {
      const { market, model, other, payer } = at();
      await expect(redeemSigned(1n, bytesOf(await voucher(1n, payer, other)), payer.address, other))
        .to.be.revertedWithCustomError(market, "NothingRedeemed")
        .withArgs(other);
      await redeemSigned(5n, bytesOf(await voucher(5n)));
      for (const cumulative of [0n, 4n]) {
        await expect(redeemSigned(cumulative, bytesOf(await voucher(cumulative))))
          .to.be.revertedWithCustomError(market, "NothingRedeemed")
          .withArgs(model);
      }
    });
  });
});
