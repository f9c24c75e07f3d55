import { expect } from "chai";
import { AbiCoder, id, keccak256, Signature, type Signer, type Wallet, ZeroAddress } from "ethers";
import { type AuthorizedPayment, signAuthorization, signPermit } from "../../client/index.ts";
import type { IInferenceMarket } from "../../typechain-types/revenue/InferenceMarket.ts";
import { useFixture } from "../support/fixture.ts";
import { buildMarket, FUNDS, net, NEVER, PRICE, REQUEST } from "../support/market.ts";
import { freezing } from "../support/payments.ts";

const SALT = id("salt");
const WORDS = ["address", "address", "uint256", "uint256", "uint256", "bytes32"];
const MEMBERS = ["from", "to", "value", "validAfter", "validBefore", "nonce"];

describe("InferenceMarket, payments that carry a signature of the currency", () => {
  const at = useFixture(async () => {
    const market = await buildMarket();
    // The permits and authorizations of these tests are all that lets the market take the payer's money.
    await market.currency.connect(market.payer).approve(market.market, 0n);
    return market;
  });

  describe("payWithPermit", () => {
    const permit = (value: bigint, deadline = NEVER) => signPermit(at().client, at().payer, value, deadline);

    it("pays with the permit alone, and leaves no allowance of an exact one", async () => {
      const { market, ledger, currency, ethers, payer, model } = at();
      const signed = await permit(PRICE);
      expect(await market.connect(payer).payWithPermit.staticCall(model, PRICE, REQUEST, signed)).to.equal(net(PRICE));
      const payment = market.connect(payer).payWithPermit(model, PRICE, REQUEST, signed);
      await expect(payment).to.changeTokenBalances(ethers, currency, [payer, ledger], [-PRICE, PRICE]);
      await expect(payment).to.emit(market, "InferencePaid").withArgs(model, payer.address, PRICE, net(PRICE), REQUEST);
      expect(await currency.allowance(payer, market)).to.equal(0n);
    });

    it("attack 41: pays when somebody has sent the permit before", async () => {
      const { market, currency, bob, payer, model } = at();
      const signed = await permit(PRICE);
      const { value, deadline, v, r, s } = signed;
      await currency.connect(bob).permit(payer, market, value, deadline, v, r, s);
      await expect(market.connect(payer).payWithPermit(model, PRICE, REQUEST, signed)).to.emit(market, "InferencePaid");
      expect((await at().ledger.incomeOf(model)).gross).to.equal(PRICE);
    });

    it("refuses a permit for less than the payment", async () => {
      const { market, currency, payer, model } = at();
      await expect(market.connect(payer).payWithPermit(model, PRICE, REQUEST, await permit(PRICE - 1n)))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), PRICE - 1n, PRICE);
      expect(await currency.nonces(payer)).to.equal(0n);
    });

    it("refuses a permit of somebody else, and one that has expired", async () => {
      const { market, currency, client, networkHelpers, bob, payer, model } = at();
      await currency.connect(bob).approve(market, 0n);
      const late = BigInt(await networkHelpers.time.latest());
      const attempts: [Signer, IInferenceMarket.PermitStruct][] = [
        [bob, await permit(PRICE)],
        [payer, await signPermit(client, payer, PRICE, late)],
      ];
      for (const [sender, signed] of attempts) {
        await expect(market.connect(sender).payWithPermit(model, PRICE, REQUEST, signed))
          .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
          .withArgs(await market.getAddress(), 0n, PRICE);
      }
    });

    it("needs no good permit where there is an allowance", async () => {
      const { market, currency, payer, model } = at();
      await currency.connect(payer).approve(market, PRICE);
      const nothing = { value: 0n, deadline: 0n, v: 27, r: SALT, s: SALT };
      await expect(market.connect(payer).payWithPermit(model, PRICE, REQUEST, nothing)).to.emit(
        market,
        "InferencePaid",
      );
    });

    it("refuses what pay refuses, and keeps the permit for another time", async () => {
      const { market, currency, payer, model } = at();
      const signed = await permit(PRICE);
      for (const amount of [0n, PRICE - 1n]) {
        await expect(market.connect(payer).payWithPermit(model, amount, REQUEST, signed))
          .to.be.revertedWithCustomError(market, "BelowPrice")
          .withArgs(model, amount, PRICE);
      }
      await expect(market.connect(payer).payWithPermit(99n, PRICE, REQUEST, signed))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(99n);
      expect(await currency.nonces(payer)).to.equal(0n);
      await market.connect(payer).payWithPermit(model, PRICE, REQUEST, signed);
    });
  });

  describe("depositWithPermit", () => {
    it("prepays with the permit alone, for another too, and when somebody has sent the permit before", async () => {
      const { market, currency, client, bob, carol, payer, model } = at();
      const first = await signPermit(client, payer, 1_000n, NEVER);
      await expect(market.connect(payer).depositWithPermit(bob, model, 1_000n, first))
        .to.emit(market, "Prepaid")
        .withArgs(model, bob.address, payer.address, 1_000n);
      expect((await market.channelOf(bob, model)).balance).to.equal(1_000n);
      const second = await signPermit(client, payer, 500n, NEVER);
      await currency.connect(carol).permit(payer, market, 500n, NEVER, second.v, second.r, second.s);
      await market.connect(payer).depositWithPermit(payer, model, 500n, second);
      expect((await market.channelOf(payer, model)).balance).to.equal(500n);
    });

    it("refuses a permit for less than the deposit", async () => {
      const { market, currency, client, payer, model } = at();
      const signed = await signPermit(client, payer, 999n, NEVER);
      await expect(market.connect(payer).depositWithPermit(payer, model, 1_000n, signed))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), 999n, 1_000n);
    });

    it("refuses the zero address as payer", async () => {
      const { market, client, payer, model } = at();
      const signed = await signPermit(client, payer, 1_000n, NEVER);
      await expect(
        market.connect(payer).depositWithPermit(ZeroAddress, model, 1_000n, signed),
      ).to.be.revertedWithCustomError(market, "ZeroAddress");
    });
  });

  describe("payWithAuthorization", () => {
    const authorize = (change: Partial<AuthorizedPayment> = {}) =>
      signAuthorization(at().client, at().payer, {
        model: at().model,
        amount: PRICE,
        requestDigest: REQUEST,
        salt: SALT,
        validBefore: NEVER,
        ...change,
      });
    const nonceOf = (model: bigint, request = REQUEST, salt = SALT): string =>
      keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32", "bytes32"], [model, request, salt]));

    /** An authorization of the currency's that is signed with other terms than the client's. */
    async function signOther(signer: Wallet, change: { type?: string; to?: string; after?: bigint; chainId?: bigint }) {
      const { currency, market, model } = at();
      const { type = "ReceiveWithAuthorization", after = 0n, to = await market.getAddress() } = change;
      const { name, version, chainId, verifyingContract } = await currency.eip712Domain();
      const types = { [type]: WORDS.map((word, i) => ({ name: MEMBERS[i] ?? "", type: word })) };
      const message = {
        from: signer.address,
        to,
        value: PRICE,
        validAfter: after,
        validBefore: NEVER,
        nonce: nonceOf(model),
      };
      const domain = { name, version, chainId: change.chainId ?? chainId, verifyingContract };
      const { v, r, s } = Signature.from(await signer.signTypedData(domain, types, message));
      return { payer: signer.address, amount: PRICE, validAfter: after, validBefore: NEVER, salt: SALT, v, r, s };
    }

    async function expectUnsigned(signed: IInferenceMarket.AuthorizationStruct, model = at().model, request = REQUEST) {
      const { market, currency, carol } = at();
      await expect(market.connect(carol).payWithAuthorization(model, request, signed)).to.be.revertedWithCustomError(
        currency,
        "ERC3009InvalidSignature",
      );
    }

    it("takes the signer's money, whoever sends it", async () => {
      const { market, ledger, currency, ethers, carol, payer, model } = at();
      const signed = await authorize();
      expect(await market.connect(carol).payWithAuthorization.staticCall(model, REQUEST, signed)).to.equal(net(PRICE));
      const payment = market.connect(carol).payWithAuthorization(model, REQUEST, signed);
      await expect(payment).to.changeTokenBalances(
        ethers,
        currency,
        [payer, carol, market, ledger],
        [-PRICE, 0n, 0n, PRICE],
      );
      await expect(payment).to.emit(market, "InferencePaid").withArgs(model, payer.address, PRICE, net(PRICE), REQUEST);
      await expect(payment).to.emit(ledger, "FeesCredited").withArgs(model, PRICE, net(PRICE));
      await expect(payment).to.emit(currency, "AuthorizationUsed").withArgs(payer.address, nonceOf(model));
    });

    it("attack 45: pays once", async () => {
      const { market, currency, payer, model } = at();
      const signed = await authorize();
      await market.payWithAuthorization(model, REQUEST, signed);
      await expect(market.payWithAuthorization(model, REQUEST, signed))
        .to.be.revertedWithCustomError(currency, "ERC3009UsedAuthorization")
        .withArgs(payer.address, nonceOf(model));
      await market.payWithAuthorization(model, REQUEST, await authorize({ salt: id("another") }));
      expect((await at().ledger.incomeOf(model)).gross).to.equal(2n * PRICE);
    });

    it("attack 45: is bound to its model, its request, its salt, its payer and its amount", async () => {
      const { model, other, bob } = at();
      const signed = await authorize();
      await expectUnsigned(signed, other);
      await expectUnsigned(signed, model, id("another request"));
      for (const change of [
        { salt: id("another salt") },
        { payer: bob.address },
        { payer: ZeroAddress },
        { amount: PRICE + 1n },
        { validAfter: 1n },
        { validBefore: NEVER + 1n },
      ]) {
        await expectUnsigned({ ...signed, ...change });
      }
    });

    it("attack 22: is bound to the market and the chain", async () => {
      const { bob, payer } = at();
      await expectUnsigned(await signOther(payer, { to: bob.address }));
      await expectUnsigned(await signOther(payer, { chainId: 1n }));
    });

    it("is good after validAfter and before validBefore, to the second", async () => {
      const { market, currency, networkHelpers, payer, model } = at();
      const start = BigInt(await networkHelpers.time.latest()) + 1_000n;
      const later = await signOther(payer, { after: start });
      const sooner = await authorize({ salt: id("sooner"), validBefore: start + 10n });
      const send = async (signed: IInferenceMarket.AuthorizationStruct, time: bigint) => {
        await networkHelpers.time.setNextBlockTimestamp(time);
        return market.payWithAuthorization(model, REQUEST, signed);
      };
      await expect(send(later, start))
        .to.be.revertedWithCustomError(currency, "ERC3009InvalidAuthorizationTime")
        .withArgs(start, NEVER);
      await send(later, start + 1n);
      const restore = await networkHelpers.takeSnapshot();
      await send(sooner, start + 9n);
      await restore.restore();
      await expect(send(sooner, start + 10n))
        .to.be.revertedWithCustomError(currency, "ERC3009InvalidAuthorizationTime")
        .withArgs(0n, start + 10n);
    });

    it("attack 45: can't be taken to the currency by somebody else", async () => {
      const { currency, market, bob, payer, model } = at();
      const { amount, validAfter, validBefore, v, r, s } = await authorize();
      const to = await market.getAddress();
      const asked = [payer.address, to, amount, validAfter, validBefore, nonceOf(model), v, r, s] as const;
      await expect(currency.connect(bob).receiveWithAuthorization(...asked))
        .to.be.revertedWithCustomError(currency, "ERC20InvalidReceiver")
        .withArgs(to);
      const [from, , ...terms] = asked;
      await expect(
        currency.connect(bob).receiveWithAuthorization(from, bob.address, ...terms),
      ).to.be.revertedWithCustomError(currency, "ERC3009InvalidSignature");
      await expect(currency.connect(bob).transferWithAuthorization(...asked)).to.be.revertedWithCustomError(
        currency,
        "ERC3009InvalidSignature",
      );
    });

    it("takes no authorization of a plain transfer, whose money would be stuck in the market", async () => {
      const { currency, payer } = at();
      await expectUnsigned(await signOther(payer, { type: "TransferWithAuthorization" }));
      expect(await currency.balanceOf(payer)).to.equal(FUNDS);
    });

    it("refuses what pay refuses, and leaves the authorization good", async () => {
      const { market, currency, alice, payer, model } = at();
      for (const amount of [0n, PRICE - 1n]) {
        await expect(market.payWithAuthorization(model, REQUEST, await authorize({ amount })))
          .to.be.revertedWithCustomError(market, "BelowPrice")
          .withArgs(model, amount, PRICE);
      }
      const signed = await authorize();
      await market.connect(alice).delist(model);
      await expect(market.payWithAuthorization(model, REQUEST, signed))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(model);
      expect(await currency.authorizationState(payer, nonceOf(model))).to.equal(false);
      await market.connect(alice).list(model, PRICE);
      await market.payWithAuthorization(model, REQUEST, signed);
    });

    it("is worthless once its payer has cancelled it, and without the money", async () => {
      const { market, currency, bob, payer, model } = at();
      const { name, version, chainId, verifyingContract } = await currency.eip712Domain();
      const cancel = Signature.from(
        await payer.signTypedData(
          { name, version, chainId, verifyingContract },
          {
            CancelAuthorization: [
              { name: "authorizer", type: "address" },
              { name: "nonce", type: "bytes32" },
            ],
          },
          { authorizer: payer.address, nonce: nonceOf(model) },
        ),
      );
      await currency.cancelAuthorization(payer, nonceOf(model), cancel.v, cancel.r, cancel.s);
      await expect(market.payWithAuthorization(model, REQUEST, await authorize()))
        .to.be.revertedWithCustomError(currency, "ERC3009UsedAuthorization")
        .withArgs(payer.address, nonceOf(model));
      await currency.connect(payer).transfer(bob, FUNDS);
      await expect(market.payWithAuthorization(model, REQUEST, await authorize({ salt: id("poor") })))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientBalance")
        .withArgs(payer.address, 0n, PRICE);
    });

    it("takes nothing when the ledger can't be paid", async () => {
      const { market, ledger, payer, model } = at();
      const currency = await freezing(at());
      await currency.setEnding(ledger, 2n);
      await expect(market.payWithAuthorization(model, REQUEST, await authorize())).to.be.revertedWithCustomError(
        market,
        "SafeERC20FailedOperation",
      );
      expect(await currency.balanceOf(payer)).to.equal(FUNDS);
      expect(await currency.authorizationState(payer, nonceOf(model))).to.equal(false);
    });
  });
});
