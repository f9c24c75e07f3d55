import { join } from "node:path";
import { HTTPFacilitatorClient, encodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm";
import { expect } from "chai";
import { hexlify, randomBytes, Signature, solidityPackedKeccak256 } from "ethers";
import fastify, { type FastifyInstance } from "fastify";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "../../scorer/index.ts";
import { type ExactAuthorized, ExactMethod, type ExactProof } from "../../services/gateway/exact.ts";
import { facilitator } from "../../services/gateway/facilitator.ts";
import { type InferenceRequest, PaymentRefused } from "../../services/gateway/ports.ts";
import { CallStore } from "../../services/gateway/store.ts";
import { type GatewayWorld, PURSE, requestOf, startWorld } from "./support.ts";

const PRICE = 100_000n;
const AUTHORIZATION_TYPES = ["from", "to", "value", "validAfter", "validBefore", "nonce"] as const;

const ZERO: Hex = `0x${"00".repeat(32)}`;
/** What the scheme doesn't look at in a paid call. */
const CALL = {
  method: "exact",
  paymentDigest: ZERO,
  requestDigest: ZERO,
  responseDigest: ZERO,
  queryDigest: ZERO,
  query: { exponent: 0, lanes: new Int16Array(16) },
  time: 0,
  signed: { index: 0, proof: [], signature: ZERO },
};

interface Authorization {
  readonly from: Hex;
  readonly to: Hex;
  readonly value: string;
  readonly validAfter: string;
  readonly validBefore: string;
  readonly nonce: Hex;
}

describe("x402's scheme exact", () => {
  let world: GatewayWorld;
  let store: CallStore;
  let method: ExactMethod;
  let receiver = "";

  before(async () => {
    world = await startWorld();
    store = await CallStore.open(join(world.folder, "calls"));
    method = await open();
    receiver = await world.suite.receivers.receiverOf(world.lineage.finetune);
  });

  after(async () => {
    await store.close();
    await world.tearDown();
  });

  const open = (): Promise<ExactMethod> =>
    ExactMethod.open({ suite: world.suite, model: world.lineage.finetune, store, sender: world.cast.tuner });
  /** A payment as x402's own client signs it. */
  const sign = async (amount = PRICE): Promise<PaymentPayload> => {
    const accepted = await method.requirements(amount);
    const scheme = new ExactEvmScheme(privateKeyToAccount(world.payer.signer.privateKey as Hex));
    const { payload } = await scheme.createPaymentPayload(2, accepted);
    return { x402Version: 2, accepted, payload };
  };
  const partsOf = ({ payload }: PaymentPayload): { authorization: Authorization; signature: Hex } =>
    payload as unknown as { authorization: Authorization; signature: Hex };
  const carrying = (payment: PaymentPayload): InferenceRequest =>
    requestOf({ "payment-signature": encodePaymentSignatureHeader(payment) });
  const authorize = (payment: PaymentPayload, price = PRICE): Promise<ExactAuthorized> =>
    method.authorize(carrying(payment), price);
  const expectRefusal = async (promise: Promise<unknown>, reason: string): Promise<void> => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(PaymentRefused);
    expect((error as PaymentRefused).reason).to.equal(reason);
  };
  /** Somebody who saw the payment calls the token directly. */
  const sendDirectly = async (payment: PaymentPayload): Promise<string> => {
    const { transferWithAuthorization } = world.suite.currency;
    const call = transferWithAuthorization.populateTransaction(...transferArguments(payment));
    return (await world.cast.agentMaker.send("front-running", call)).hash;
  };
  const resign = async (payment: PaymentPayload, change: Partial<Authorization>): Promise<PaymentPayload> => {
    const authorization = { ...partsOf(payment).authorization, ...change };
    const { name, version, chainId, verifyingContract } = await world.suite.currency.eip712Domain();
    const types = {
      TransferWithAuthorization: AUTHORIZATION_TYPES.map((member) => ({ name: member, type: typeOf(member) })),
    };
    const signature = await world.payer.signer.signTypedData(
      { name, version, chainId, verifyingContract },
      types,
      authorization,
    );
    return { ...payment, payload: { authorization, signature } };
  };
  const cancel = async (nonce: string): Promise<void> => {
    const { name, version, chainId, verifyingContract } = await world.suite.currency.eip712Domain();
    const types = [
      { name: "authorizer", type: "address" },
      { name: "nonce", type: "bytes32" },
    ];
    const signed = await world.payer.signer.signTypedData(
      { name, version, chainId, verifyingContract },
      { CancelAuthorization: types },
      { authorizer: world.payer.address, nonce },
    );
    const { v, r, s } = Signature.from(signed);
    const call = world.suite.currency.cancelAuthorization.populateTransaction(world.payer.address, nonce, v, r, s);
    await world.cast.agentMaker.send("cancelling", call);
  };
  const arrived = async (): Promise<bigint> => world.suite.currency.balanceOf(receiver);

  describe("authorizing", () => {
    it("asks for the currency at the model's receiver", async () => {
      const { suite } = world;
      expect(await method.requirements(PRICE)).to.deep.equal({
        scheme: "exact",
        network: "eip155:31337",
        asset: await suite.currency.getAddress(),
        amount: "100000",
        payTo: receiver,
        maxTimeoutSeconds: 300,
        extra: { name: "Demo Dollar", version: "1" },
      });
    });

    it("accepts what x402's client signs, and leaves other payments to others", async () => {
      const payment = await sign();
      const { authorization } = partsOf(payment);
      const { id, payer, limit } = await authorize(payment);
      expect({ id, payer, limit }).to.deep.equal({
        id: `exact-${solidityPackedKeccak256(["address", "bytes32"], [world.payer.address, authorization.nonce])}`,
        payer: world.payer.address.toLowerCase(),
        limit: PRICE,
      });
      expect(method.identify(requestOf({}))).to.equal(undefined);
      const other = { ...payment, accepted: { ...payment.accepted, scheme: "tributary-voucher" } };
      expect(method.identify(carrying(other))).to.equal(undefined);
      expect(method.identify(carrying(payment))).to.equal(id);
    });

    it("refuses another amount, payee, signer and time, and what isn't a payment", async () => {
      const payment = await sign();
      const prefix = "invalid_exact_evm";
      await expectRefusal(authorize(payment, PRICE + 1n), `${prefix}_payload_authorization_value_mismatch`);
      await expectRefusal(authorize(payment, PRICE - 1n), `${prefix}_payload_authorization_value_mismatch`);
      await expectRefusal(
        authorize(await resign(payment, { to: world.cast.tuner.address as Hex })),
        `${prefix}_recipient_mismatch`,
      );
      const { authorization, signature } = partsOf(payment);
      const forged = { authorization: { ...authorization, nonce: hexlify(randomBytes(32)) }, signature };
      await expectRefusal(authorize({ ...payment, payload: forged }), `${prefix}_signature`);
      const seconds = Math.floor(Date.now() / 1_000);
      await expectRefusal(
        authorize(await resign(payment, { validBefore: String(seconds - 1) })),
        `${prefix}_payload_authorization_valid_before`,
      );
      await expectRefusal(
        authorize(await resign(payment, { validBefore: String(seconds + 30) })),
        `${prefix}_payload_authorization_valid_before`,
      );
      await expectRefusal(
        authorize(await resign(payment, { validAfter: String(seconds + 100) })),
        `${prefix}_payload_authorization_valid_after`,
      );
      await expectRefusal(authorize({ ...payment, payload: { permit2Authorization: {} } }), "invalid_payload");
      await expectRefusal(method.authorize(requestOf({ "payment-signature": "{}" }), PRICE), "invalid_payload");
    });

    it("refuses what the payer can't pay, or has cancelled", async () => {
      await expectRefusal(authorize(await sign(PURSE + 1n), PURSE + 1n), "invalid_exact_evm_insufficient_balance");
      const payment = await sign();
      await cancel(partsOf(payment).authorization.nonce);
      await expectRefusal(authorize(payment), "invalid_exact_evm_nonce_already_used");
    });

    it("refuses a nonce that was used for another transfer", async () => {
      const payment = await sign();
      await sendDirectly(await resign(payment, { to: world.cast.agentMaker.address as Hex }));
      await expectRefusal(authorize(payment), "invalid_exact_evm_nonce_already_used");
    });
  });

  describe("attack 46: a transfer of one authorization beside another's", () => {
    it("counts for its own only", async () => {
      const { suite, chain } = world;
      const { ethers } = chain.connection;
      const before = await arrived();
      const wallet = await ethers.deployContract("ScriptedWallet");
      const paid = await sign();
      const unpaid = await sign();
      const diverted = await resign(unpaid, { to: world.cast.agentMaker.address as Hex });
      const calls = [diverted, paid].map((payment) => ({
        target: suite.book.contracts.currency,
        data: suite.currency.interface.encodeFunctionData("transferWithAuthorization", [...transferArguments(payment)]),
      }));
      await (await wallet.run(calls)).wait();
      expect(await arrived()).to.equal(before + PRICE);
      await expectRefusal(authorize(unpaid), "invalid_exact_evm_nonce_already_used");
      expect((await authorize(paid)).limit).to.equal(PRICE);
    });
  });

  describe("taking", () => {
    it("pays the receiver once, however often it is asked", async () => {
      const before = await arrived();
      const payment = await authorize(await sign());
      const taken = await method.take(payment);
      expect({ amount: taken.amount, feesAfter: taken.feesAfter }).to.deep.equal({
        amount: PRICE,
        feesAfter: undefined,
      });
      expect(await arrived()).to.equal(before + PRICE);
      expect(await method.recover(payment)).to.deep.equal(taken);
      expect(await method.take(payment)).to.deep.equal(taken);
      expect(await arrived()).to.equal(before + PRICE);
    });

    it("attack 45: counts what somebody else sent: before the request, and between the check and the transfer", async () => {
      const before = await arrived();
      const early = await sign();
      const hash = await sendDirectly(early);
      const taken = await method.take(await authorize(early));
      expect((taken.proof as ExactProof).transaction).to.equal(hash);
      const late = await sign();
      const checked = await authorize(late);
      const lateHash = await sendDirectly(late);
      expect(((await method.take(checked)).proof as ExactProof).transaction).to.equal(lateHash);
      expect(await arrived()).to.equal(before + 2n * PRICE);
    });

    it("finds a transfer that was sent and not noted", async () => {
      const payment = await authorize(await sign());
      const { connection } = world.chain;
      await connection.provider.request({ method: "evm_setAutomine", params: [false] });
      const sending = method.take(payment);
      for (let pending = 0; pending === 0;) {
        const { provider } = world.suite;
        const { address } = world.cast.tuner;
        pending =
          (await provider.getTransactionCount(address, "pending")) - (await provider.getTransactionCount(address));
      }
      const recovering = (await open()).recover(payment);
      await connection.provider.request({ method: "evm_mine", params: [] });
      await connection.provider.request({ method: "evm_setAutomine", params: [true] });
      const recovered = await recovering;
      expect(recovered).to.deep.equal(await sending);
      expect(recovered?.amount).to.equal(PRICE);
    });

    it("brings to its end what was begun, unless the payer has cancelled", async () => {
      const before = await arrived();
      const begun = await authorize(await sign());
      expect((await (await open()).recover(begun))?.amount).to.equal(PRICE);
      expect(await arrived()).to.equal(before + PRICE);
      const cancelled = await authorize(await sign());
      await cancel(cancelled.signed.authorization.nonce);
      expect(await method.recover(cancelled)).to.equal(undefined);
      await expectRefusal(method.take(cancelled), "invalid_exact_evm_transaction_failed");
      expect(await arrived()).to.equal(before + PRICE);
    });

    it("takes several at once", async () => {
      const before = await arrived();
      const payments = await Promise.all([1, 2, 3, 4].map(async () => authorize(await sign())));
      await Promise.all(payments.map((payment) => method.take(payment)));
      expect(await arrived()).to.equal(before + 4n * PRICE);
    });
  });

  describe("sweeping", () => {
    const take = async (): Promise<string> => {
      const payment = await authorize(await sign());
      const { id, payer } = payment;
      await store.append({ kind: "paid", call: { ...CALL, id, payer, price: PRICE, ...(await method.take(payment)) } });
      return id;
    };

    it("marks what a sweep credited, whoever sent it, and tells what came without a payment", async () => {
      const { suite, lineage, cast, payer } = world;
      await method.sweepReceiver();
      const first = await take();
      await cast.agentMaker.send("a gift", suite.currency.mint.populateTransaction(receiver, 7n));
      await cast.agentMaker.send("a sweep", suite.receivers.sweep.populateTransaction(lineage.finetune));
      const { fees } = await suite.ledger.countersOf(lineage.finetune);
      const second = await take();
      const third = await take();
      // As after a crash: nothing but the store knows of the payments.
      const sweeps = (await (method = await open()).sweepReceiver()).map(
        ({ amount, feesAfter, credited, unknown }) => ({
          amount,
          feesAfter,
          credited,
          unknown,
        }),
      );
      const { fees: after } = await suite.ledger.countersOf(lineage.finetune);
      expect(sweeps).to.deep.equal([{ amount: 2n * PRICE, feesAfter: after, credited: [second, third], unknown: 0n }]);
      expect([first, second, third].map((id) => store.creditedAt(id))).to.deep.equal([fees, after, after]);
      expect(await method.sweepReceiver()).to.deep.equal([]);
      await cast.agentMaker.send("a gift", suite.currency.mint.populateTransaction(receiver, 7n));
      expect((await method.sweepReceiver()).map(({ unknown }) => unknown)).to.deep.equal([7n]);
      expect(await suite.provider.getTransactionCount(payer.address)).to.equal(0);
    });

    it("knows the sweep of a payment that was sent and swept before it came", async () => {
      const { suite, lineage, cast } = world;
      const payment = await sign();
      await sendDirectly(payment);
      await cast.agentMaker.send("a sweep", suite.receivers.sweep.populateTransaction(lineage.finetune));
      const { fees } = await suite.ledger.countersOf(lineage.finetune);
      await method.look();
      expect((await method.take(await authorize(payment))).feesAfter).to.equal(fees);
    });
  });

  describe("as a facilitator", () => {
    let app: FastifyInstance;
    let remote: HTTPFacilitatorClient;

    before(async () => {
      app = fastify();
      await app.register(facilitator, { suite: world.suite, sender: world.cast.tuner });
      remote = new HTTPFacilitatorClient({ url: await app.listen({ port: 0, host: "127.0.0.1" }) });
    });

    after(() => app.close());

    const settle = (payment: PaymentPayload, requirements: PaymentRequirements = payment.accepted) =>
      remote.settle(payment, requirements);

    it("says what it supports", async () => {
      expect(await remote.getSupported()).to.deep.equal({
        kinds: [{ x402Version: 2, scheme: "exact", network: "eip155:31337" }],
        extensions: [],
        signers: { "eip155:*": [world.cast.tuner.address] },
      });
    });

    it("attack 45: verifies and settles for other servers, once", async () => {
      const before = await arrived();
      const payment = await sign();
      expect(await remote.verify(payment, payment.accepted)).to.include({ isValid: true });
      const results = await Promise.all(
        [settle(payment), settle(payment)].map((one) => one.catch((error: unknown) => error)),
      );
      expect(results.filter((result) => (result as { success?: boolean }).success === true)).to.have.length(1);
      expect(await arrived()).to.equal(before + PRICE);
      expect(await remote.verify(payment, payment.accepted)).to.include({
        isValid: false,
        invalidReason: "invalid_exact_evm_nonce_already_used",
      });
    });

    it("reports what somebody else sent once", async () => {
      const payment = await sign();
      const hash = await sendDirectly(payment);
      expect(await settle(payment)).to.include({ success: true, transaction: hash });
      expect(await settle(payment).catch((error: unknown) => error)).to.include({
        errorReason: "invalid_exact_evm_nonce_already_used",
      });
      const later = fastify();
      await later.register(facilitator, { suite: world.suite, sender: world.cast.tuner });
      const body = { x402Version: 2, paymentPayload: payment, paymentRequirements: payment.accepted };
      expect((await later.inject({ method: "POST", url: "/settle", body })).json()).to.include({ success: false });
      await later.close();
    });

    it("refuses other tokens and what isn't a question", async () => {
      const payment = await sign();
      const other = { ...payment.accepted, asset: world.suite.book.contracts.ledger };
      expect(await remote.verify(payment, other)).to.include({ invalidReason: "invalid_exact_evm_asset_mismatch" });
      expect((await app.inject({ method: "POST", url: "/verify", body: {} })).json()).to.include({ isValid: false });
      expect((await app.inject({ method: "POST", url: "/settle", body: {} })).json()).to.include({ success: false });
    });
  });
});

/** What the token is called with. */
function transferArguments({ payload }: PaymentPayload) {
  const { authorization, signature } = payload as unknown as { authorization: Authorization; signature: Hex };
  const { from, to, value, validAfter, validBefore, nonce } = authorization;
  const { v, r, s } = Signature.from(signature);
  return [from, to, value, validAfter, validBefore, nonce, v, r, s] as const;
}

function typeOf(member: (typeof AUTHORIZATION_TYPES)[number]): string {
  if (member === "nonce") return "bytes32";
  return member === "from" || member === "to" ? "address" : "uint256";
}
