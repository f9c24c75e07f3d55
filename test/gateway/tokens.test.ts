import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm";
import { expect } from "chai";
import { Signature } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import { Caller, RECEIPT_HEADER } from "../../client/index.ts";
import { CallerFile } from "../../client/callerFile.ts";
import { fundDollars } from "../../scripts/demo/cast.ts";
import type { Hex } from "../../scorer/index.ts";
import {
  type Backend,
  CallStore,
  createGateway,
  createUpstream,
  ExactMethod,
  type Gateway,
  Signatures,
  textQuery,
  VoucherMethod,
} from "../../services/gateway/index.ts";
import { type GatewayWorld, requestOf, startWorld } from "./support.ts";

const EVENTS =
  'data: {"choices":[{"delta":{"content":"hello"}}],"usage":null}\n\n' +
  'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":4}}\n\ndata: [DONE]\n\n';
const BODY = JSON.stringify({
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: 50,
  messages: [{ role: "user", content: "hello?" }],
});
/** 4,000 for a token that is read, 20,000 for one that is written. */
const PRICING = {
  kind: "tokens",
  inputRate: 4_000_000_000n,
  outputRate: 20_000_000_000n,
  maxOutputTokens: 100,
} as const;
const LEAST = 100_000n;

describe("a streaming server behind the gateway, priced per token", () => {
  let world: GatewayWorld;
  let server: Server;
  let backend: Backend;
  let exact: ExactMethod;
  let gateway: Gateway;
  let url = "";
  let file: CallerFile;
  /** Called before the last piece of an answer goes out */
  let beforeEnd: () => Promise<void> = () => Promise.resolve();

  before(async () => {
    world = await startWorld();
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(EVENTS.slice(0, 40));
        void beforeEnd().then(() => response.end(EVENTS.slice(40)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { suite, cast, lineage } = world;
    const model = lineage.finetune;
    const behind = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    backend = createUpstream({ url: behind, pricing: PRICING, least: LEAST, query: (text) => textQuery(text) });
    const store = await CallStore.open(join(world.folder, "calls"));
    const operator = cast.tuner.signer;
    const signatures = new Signatures(Buffer.from(operator.privateKey.slice(2), "hex"));
    const vouchers = await VoucherMethod.open({ suite, model, store, signatures });
    exact = await ExactMethod.open({ suite, model, store, sender: cast.tuner });
    gateway = await createGateway({ suite, model, backend, methods: [vouchers, exact], store, operator, signatures });
    url = `${await gateway.listen({ host: "127.0.0.1", port: 0 })}/v1/chat/completions`;
    await fundDollars(suite, cast.agentMaker, 100_000_000n, suite.book.contracts.market);
    const deposit = suite.market.deposit.populateTransaction(cast.agentMaker.address, model, 50_000_000n);
    await cast.agentMaker.send("prepaying", deposit);
    file = new CallerFile(join(world.folder, "caller"));
  });

  after(async () => {
    file.close();
    await gateway.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await world.tearDown();
  });

  const quote = (): bigint => backend.quote(requestOf({}, BODY));
  const sign = async (): Promise<PaymentPayload> => {
    const accepted = await exact.requirements(quote());
    const scheme = new ExactEvmScheme(privateKeyToAccount(world.payer.signer.privateKey as Hex));
    const { payload } = await scheme.createPaymentPayload(2, accepted);
    return { x402Version: 2, accepted, payload };
  };
  const ask = (payment: PaymentPayload): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "payment-signature": encodePaymentSignatureHeader(payment) },
      body: BODY,
    });

  it("charges vouchers for what was used, and counts the rest on later calls", async () => {
    const { suite, cast, lineage } = world;
    const caller = new Caller({ suite, payer: cast.agentMaker.signer, store: file });
    const request = { url, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(BODY) };
    const used = 30n * 4_000n + 4n * 20_000n;
    const first = await caller.call(lineage.finetune, request, { maxPrice: quote() });
    expect(new TextDecoder().decode(first.body)).to.equal(EVENTS);
    expect(BigInt(first.receipt.amount)).to.equal(used);
    expect(first.cumulative).to.equal(quote());
    const second = await caller.call(lineage.finetune, request, { maxPrice: quote() });
    expect(second.cumulative).to.equal(used + quote());
  });

  it("takes an authorization whole, and gives out the answer after that only", async () => {
    const receiver = await world.suite.receivers.receiverOf(world.lineage.finetune);
    const response = await ask(await sign());
    expect(response.status).to.equal(200);
    expect(await response.text()).to.equal(EVENTS);
    expect(response.headers.get(RECEIPT_HEADER)).to.be.a("string");
    expect(await world.suite.currency.balanceOf(receiver)).to.equal(quote());
  });

  it("keeps the answer from a payer who cancels while it is made", async () => {
    const { suite, cast, payer } = world;
    const payment = await sign();
    const { nonce } = (payment.payload as { authorization: { nonce: string } }).authorization;
    const { name, version, chainId, verifyingContract } = await suite.currency.eip712Domain();
    const types = [
      { name: "authorizer", type: "address" },
      { name: "nonce", type: "bytes32" },
    ];
    const signature = await payer.signer.signTypedData(
      { name, version, chainId, verifyingContract },
      { CancelAuthorization: types },
      { authorizer: payer.address, nonce },
    );
    const { v, r, s } = Signature.from(signature);
    beforeEnd = async () => {
      const call = suite.currency.cancelAuthorization.populateTransaction(payer.address, nonce, v, r, s);
      await cast.agentMaker.send("cancelling", call);
    };
    const response = await ask(payment);
    beforeEnd = () => Promise.resolve();
    expect(response.status).to.equal(402);
    expect(await response.text())
      .to.include("invalid_exact_evm_transaction_failed")
      .and.not.include("hello");
  });
});
