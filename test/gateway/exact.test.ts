import { HTTPFacilitatorClient, encodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm";
import { expect } from "chai";
import { hexlify, randomBytes, Signature } from "ethers";
import fastify, { type FastifyInstance } from "fastify";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "../../scorer/index.ts";
import {
  type ArrivedPayment,
  type ExactAuthorized,
  ExactMethod,
  type ExactProof,
} from "../../services/gateway/exact.ts";
import { facilitator } from "../../services/gateway/facilitator.ts";
import { PaymentRefused } from "../../services/gateway/ports.ts";
import { type GatewayWorld, PURSE, requestOf, startWorld } from "./support.ts";

const PRICE = 100_000n;
const AUTHORIZATION_TYPES = ["from", "to", "value", "validAfter", "validBefore", "nonce"] as const;

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
  let method: ExactMethod;
  let receiver = "";

  before(async () => {
    world = await startWorld();
    method = new ExactMethod(world.suite, world.lineage.finetune, world.cast.tuner);
    receiver = await world.suite.receivers.receiverOf(world.lineage.finetune);
  });

  after(() => world.tearDown());

  /** A payment as x402's own client signs it. */
  const sign = async (amount = PRICE): Promise<PaymentPayload> => {
    const accepted = await method.requirements(amount);
    const scheme = new ExactEvmScheme(privateKeyToAccount(world.payer.signer.privateKey as Hex));
    const { payload } = await scheme.createPaymentPayload(2, accepted);
    return { x402Version: 2, accepted, payload };
  };
  const partsOf = ({ payload }: PaymentPayload): { authorization: Authorization; signature: Hex } =>
    payload as unknown as { authorization: Authorization; signature: Hex };
  const authorize = (payment: PaymentPayload, price = PRICE): Promise<ExactAuthorized | undefined> =>
    method.authorize(requestOf({ "payment-signature": encodePaymentSignatureHeader(payment) }), price);
  const authorized = async (payment: PaymentPayload): Promise<ExactAuthorized> => {
    const found = await authorize(payment);
    if (found === undefined) throw new Error("the payment wasn't seen");
    return found;
  };
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
    const { authorization, signature } = partsOf(payment);
    const { from, to, value, validAfter, validBefore, nonce } = authorization;
    const { v, r, s } = Signature.from(signature);
    const { transferWithAuthorization } = world.suite.currency;
    const call = transferWithAuthorization.populateTransaction(
      from,
      to,
      value,
      validAfter,
      validBefore,
      nonce,
      v,
      r,
      s,
    );
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
      const { id, payer, limit } = await authorized(payment);
      expect({ id, payer, limit }).to.deep.equal({
        id: `exact/${world.payer.address.toLowerCase()}/${authorization.nonce}`,
        payer: world.payer.address.toLowerCase(),
        limit: PRICE,
      });
      expect(await method.authorize(requestOf({}), PRICE)).to.equal(undefined);
      const other = { ...payment, accepted: { ...payment.accepted, scheme: "tributary-voucher" } };
      expect(await authorize(other)).to.equal(undefined);
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
      const { nonce } = partsOf(payment).authorization;
      const { name, version, chainId, verifyingContract } = await world.suite.currency.eip712Domain();
      const signed = await world.payer.signer.signTypedData(
        { name, version, chainId, verifyingContract },
        {
          CancelAuthorization: [
            { name: "authorizer", type: "address" },
            { name: "nonce", type: "bytes32" },
          ],
        },
        { authorizer: world.payer.address, nonce },
      );
      const { v, r, s } = Signature.from(signed);
      const cancel = world.suite.currency.cancelAuthorization.populateTransaction(world.payer.address, nonce, v, r, s);
      await world.cast.agentMaker.send("cancelling", cancel);
      await expectRefusal(authorize(payment), "invalid_exact_evm_nonce_already_used");
    });

    it("refuses a nonce that was used for another transfer", async () => {
      const payment = await sign();
      await sendDirectly(await resign(payment, { to: world.cast.agentMaker.address as Hex }));
      await expectRefusal(authorize(payment), "invalid_exact_evm_nonce_already_used");
    });
  });

  describe("taking", () => {
    it("pays the receiver once, however often it is asked", async () => {
      const before = await arrived();
      const payment = await authorized(await sign());
      expect(await method.recover(payment)).to.equal(undefined);
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

    it("counts what somebody else sent: before the request, and between the check and the transfer", async () => {
      const before = await arrived();
      const early = await sign();
      const hash = await sendDirectly(early);
      const taken = await method.take(await authorized(early));
      expect((taken.proof as ExactProof).transaction).to.equal(hash);
      const late = await sign();
      const checked = await authorized(late);
      const lateHash = await sendDirectly(late);
      expect(((await method.take(checked)).proof as ExactProof).transaction).to.equal(lateHash);
      expect(await arrived()).to.equal(before + 2n * PRICE);
    });

    it("finds a transfer that was sent and not noted", async () => {
      const payment = await authorized(await sign());
      const { connection } = world.chain;
      await connection.provider.request({ method: "evm_setAutomine", params: [false] });
      const sending = method.take(payment);
      for (let pending = 0; pending === 0;) {
        const { provider } = world.suite;
        const { address } = world.cast.tuner;
        pending =
          (await provider.getTransactionCount(address, "pending")) - (await provider.getTransactionCount(address));
      }
      const recovering = new ExactMethod(world.suite, world.lineage.finetune, world.cast.tuner).recover(payment);
      await connection.provider.request({ method: "evm_mine", params: [] });
      await connection.provider.request({ method: "evm_setAutomine", params: [true] });
      const recovered = await recovering;
      expect(recovered).to.deep.equal(await sending);
      expect(recovered?.amount).to.equal(PRICE);
    });

    it("takes several at once", async () => {
      const before = await arrived();
      const payments = await Promise.all([1, 2, 3, 4].map(async () => authorized(await sign())));
      await Promise.all(payments.map((payment) => method.take(payment)));
      expect(await arrived()).to.equal(before + 4n * PRICE);
    });
  });

  describe("sweeping", () => {
    const take = async (): Promise<ArrivedPayment> => {
      const { id, ...payment } = await authorized(await sign());
      const { amount, proof } = await method.take({ id, ...payment });
      return { id, amount, proof: proof as ExactProof };
    };

    it("tells which payments a sweep credited, whoever sent it, and what came without one", async () => {
      const { suite, lineage, cast, payer } = world;
      const last = (await method.sweepReceiver([])).at(-1);
      const first = await take();
      const gift = suite.currency.mint.populateTransaction(receiver, 7n);
      await cast.agentMaker.send("a gift", gift);
      await cast.agentMaker.send("somebody's sweep", suite.receivers.sweep.populateTransaction(lineage.finetune));
      const second = await take();
      const third = await take();
      const { fees } = await suite.ledger.countersOf(lineage.finetune);
      const sweeps = await method.sweepReceiver([third, first, second], last);
      expect(sweeps.map(({ amount, credited, unknown }) => ({ amount, credited, unknown }))).to.deep.equal([
        { amount: PRICE + 7n, credited: [first.id], unknown: 7n },
        { amount: 2n * PRICE, credited: [second.id, third.id], unknown: 0n },
      ]);
      expect(sweeps[0]?.feesAfter).to.equal(fees);
      expect(sweeps[1]?.feesAfter).to.equal((await suite.ledger.countersOf(lineage.finetune)).fees);
      expect(await method.sweepReceiver([], sweeps.at(-1))).to.deep.equal([]);
      expect(await suite.provider.getTransactionCount(payer.address)).to.equal(0);
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

    it("verifies and settles for other servers, once", async () => {
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

function typeOf(member: (typeof AUTHORIZATION_TYPES)[number]): string {
  if (member === "nonce") return "bytes32";
  return member === "from" || member === "to" ? "address" : "uint256";
}
