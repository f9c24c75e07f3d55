import { join } from "node:path";
import { decodePaymentResponseHeader, encodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm";
import { wrapFetchWithPayment, x402Client, x402HTTPClient } from "@x402/fetch";
import { expect } from "chai";
import { Signature } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import { receiptSigner, RECEIPT_HEADER, type SignedReceipt } from "../../client/index.ts";
import { PRICES } from "../../scripts/demo/lineage.ts";
import { answeringRidge, type Hex, sha256 } from "../../scorer/index.ts";
import { CallStore, createGateway, ExactMethod, type Gateway, spamFilter } from "../../services/gateway/index.ts";
import { startHardhatNode } from "../cli/support/node.ts";
import { hasAnvil, type Node, startAnvil } from "../support/process.ts";
import { type GatewayWorld, startWorld } from "./support.ts";

const PRICE = PRICES.finetune;
const MAIL = "free offer: cheap money, click";

const NODES: readonly (readonly [name: string, start: () => Promise<Node>])[] = [
  ["Hardhat's node", startHardhatNode],
  ["anvil", startAnvil],
];

for (const [name, start] of NODES) {
  describe(`x402 over ${name}`, () => {
    let world: GatewayWorld;
    let method: ExactMethod;
    let gateway: Gateway;
    let url = "";
    let receiver = "";

    before(async function () {
      if (start === startAnvil && !(await hasAnvil())) return this.skip();
      world = await startWorld(start);
      const { suite, lineage, cast, trained } = world;
      const model = lineage.finetune;
      const store = await CallStore.open(join(world.folder, "calls"));
      method = await ExactMethod.open({ suite, model, store, sender: cast.tuner });
      receiver = await suite.receivers.receiverOf(model);
      const backend = spamFilter(answeringRidge(trained.model), PRICE);
      const operator = cast.tuner.signer;
      gateway = await createGateway({ suite, model, backend, methods: [method], store, operator });
      url = `${await gateway.listen({ host: "127.0.0.1", port: 0 })}/`;
    });

    after(async () => {
      if (url === "") return;
      await gateway.close();
      await world.tearDown();
    });

    const plainClient = (): x402Client => {
      const account = privateKeyToAccount(world.payer.signer.privateKey as Hex);
      return new x402Client().register("eip155:*", new ExactEvmScheme(account));
    };
    /** The client pays in tokens that it knows; any other its user has to allow, with the most for one payment. */
    const client = (most = PRICE + 1n): x402Client => {
      const asset = world.suite.book.contracts.currency;
      const allowed = { network: "eip155:31337", asset, maxAmountPerPayment: String(most) } as const;
      return plainClient().setSpendControls({ allowedAssets: [allowed] });
    };
    const ask = (payment?: PaymentPayload, body = MAIL): Promise<Response> =>
      fetch(url, {
        method: "POST",
        body,
        headers: payment === undefined ? {} : { "payment-signature": encodePaymentSignatureHeader(payment) },
      });
    /** A payment as x402's client makes it of a 402 answer. */
    const pay = async (): Promise<PaymentPayload> => {
      const made = client();
      const refused = await ask();
      const http = new x402HTTPClient(made);
      return made.createPaymentPayload(http.getPaymentRequiredResponse((header) => refused.headers.get(header)));
    };
    const arrived = (): Promise<bigint> => world.suite.currency.balanceOf(receiver);
    const errorOf = async (response: Response): Promise<string> => ((await response.json()) as { error: string }).error;
    const sendDirectly = async ({ payload }: PaymentPayload): Promise<string> => {
      const { authorization, signature } = payload as {
        authorization: {
          from: string;
          to: string;
          value: string;
          validAfter: string;
          validBefore: string;
          nonce: string;
        };
        signature: string;
      };
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
      return (await world.cast.agentMaker.send("sending somebody's authorization", call)).hash;
    };

    it("pays by an unmodified client, and the contributors get their part", async () => {
      const { suite, payer, lineage, cast } = world;
      const income = async (): Promise<bigint> => {
        const amounts = world.members.map((_, i) => suite.payouts.previewProRata(lineage.stream, i));
        return (await Promise.all(amounts)).reduce((sum, { amount }) => sum + amount, 0n);
      };
      const before = { arrived: await arrived(), income: await income() };
      const response = await wrapFetchWithPayment(fetch, client())(url, { method: "POST", body: MAIL });
      expect(response.status).to.equal(200);
      const answer = await response.text();
      expect(JSON.parse(answer)).to.deep.equal({ verdict: "spam" });
      const settled = decodePaymentResponseHeader(response.headers.get("payment-response") ?? "");
      expect(settled).to.include({ success: true, network: "eip155:31337", payer: payer.address.toLowerCase() });
      expect((await suite.provider.getTransactionReceipt(settled.transaction))?.status).to.equal(1);
      expect(await arrived()).to.equal(before.arrived + PRICE);

      const receipt = JSON.parse(
        Buffer.from(response.headers.get(RECEIPT_HEADER) ?? "", "base64").toString(),
      ) as SignedReceipt;
      expect(receipt).to.include({
        model: String(lineage.finetune),
        amount: String(PRICE),
        requestDigest: sha256(new TextEncoder().encode(MAIL)),
        responseDigest: sha256(new TextEncoder().encode(answer)),
      });
      expect(receiptSigner(suite, receipt)).to.equal(cast.tuner.address);

      const [sweep] = await method.sweepReceiver();
      expect(sweep).to.deep.include({ amount: PRICE, credited: [receipt.payment], unknown: 0n });
      expect((await suite.ledger.countersOf(lineage.finetune)).fees).to.equal(sweep?.feesAfter);
      expect(await arrived()).to.equal(0n);
      expect(await income()).to.be.greaterThan(before.income);
      const shown = (await (await fetch(`${url}receipts/${receipt.payment}`)).json()) as { feesAfter: string };
      expect(shown.feesAfter).to.equal(String(sweep?.feesAfter));
    });

    it("leaves it to the client's user whether and how much of the currency is paid", async () => {
      const before = await arrived();
      for (const strict of [plainClient(), client(PRICE - 1n)]) {
        const error = await wrapFetchWithPayment(fetch, strict)(url, { method: "POST", body: MAIL }).catch(
          (thrown: unknown) => thrown,
        );
        expect(String(error)).to.include("rejected by spendControls");
      }
      expect(await arrived()).to.equal(before);
    });

    it("attack 45: serves a payment that somebody else sent to the token first, and counts it once", async () => {
      const before = await arrived();
      const payment = await pay();
      const hash = await sendDirectly(payment);
      const response = await ask(payment);
      expect(response.status).to.equal(200);
      const settled = decodePaymentResponseHeader(response.headers.get("payment-response") ?? "");
      expect(settled.transaction).to.equal(hash);
      expect(await arrived()).to.equal(before + PRICE);
      expect(await errorOf(await ask(payment, "another mail"))).to.equal("payment_in_use");
    });

    it("gives the same answer for the same payment, takes it once, and serves nothing else for it", async () => {
      const before = await arrived();
      const payment = await pay();
      const [first, second] = await Promise.all([ask(payment), ask(payment)]);
      const third = await ask(payment);
      const receipts = [first, second, third].map(({ headers }) => headers.get(RECEIPT_HEADER));
      expect(receipts[0]).to.be.a("string");
      expect(new Set(receipts).size).to.equal(1);
      const other = await ask(payment, "another mail");
      expect(other.status).to.equal(409);
      expect(await errorOf(other)).to.equal("payment_in_use");
      expect(await arrived()).to.equal(before + PRICE);
    });

    it("refuses another amount, an expired authorization and another payee, and takes nothing", async () => {
      const before = await arrived();
      const made = client();
      const refused = new x402HTTPClient(made).getPaymentRequiredResponse(
        (
          (headers) => (header: string) =>
            headers.get(header)
        )((await ask()).headers),
      );
      const [accepted] = refused.accepts;
      if (accepted === undefined) throw new Error("nothing is accepted");
      const prefix = "invalid_exact_evm";
      for (const [change, reason] of [
        [{ amount: String(PRICE - 1n) }, `${prefix}_payload_authorization_value_mismatch`],
        [{ amount: String(PRICE + 1n) }, `${prefix}_payload_authorization_value_mismatch`],
        [{ maxTimeoutSeconds: 1 }, `${prefix}_payload_authorization_valid_before`],
        [{ payTo: world.payer.address }, `${prefix}_recipient_mismatch`],
        [{ extra: { name: "Another Dollar", version: "1" } }, `${prefix}_signature`],
      ] as const) {
        const payment = await made.createPaymentPayload({ ...refused, accepts: [{ ...accepted, ...change }] });
        const response = await ask(payment);
        expect(response.status).to.equal(402);
        expect(await errorOf(response)).to.equal(reason);
      }
      expect(await arrived()).to.equal(before);
    });

    it("doesn't answer when the money is gone by then", async () => {
      const { suite, payer, cast, chain } = world;
      const payment = await pay();
      const purse = await suite.currency.balanceOf(payer.address);
      await chain.connection.ethers.getSigners().then(async ([faucet]) => {
        await (await faucet?.sendTransaction({ to: payer.address, value: 10n ** 17n }))?.wait();
      });
      await payer.send("hiding", suite.currency.transfer.populateTransaction(cast.agentMaker.address, purse));
      const response = await ask(payment);
      expect(response.status).to.equal(402);
      expect(await errorOf(response)).to.equal("invalid_exact_evm_insufficient_balance");
      await cast.agentMaker.send("giving back", suite.currency.transfer.populateTransaction(payer.address, purse));
      expect((await ask(payment)).status).to.equal(200);
    });
  });
}
