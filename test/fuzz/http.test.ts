import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import fastify, { type FastifyInstance } from "fastify";
import { Sender } from "../../client/index.ts";
import { createGateway, facilitator, type Gateway, spamFilter } from "../../services/gateway/index.ts";
import { smallFilter } from "../support/filter.ts";
import { buildGatewayWorld, type GatewayWorld, openVouchers, PRICE, voucherHeader } from "../support/gateway.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { indexOf, type TestIndex } from "../indexer/support.ts";
import { fuzz, jsonNear, textNear } from "./fuzzing.ts";

/** A payment as x402's clients send it, with a signature that is nobody's. */
const PAYMENT = {
  x402Version: 2,
  accepted: {
    scheme: "exact",
    network: "eip155:31337",
    asset: `0x${"11".repeat(20)}`,
    amount: "100",
    payTo: `0x${"22".repeat(20)}`,
    maxTimeoutSeconds: 300,
    extra: { name: "Demo Dollar", version: "1" },
  },
  payload: {
    signature: `0x${"ab".repeat(65)}`,
    authorization: {
      from: `0x${"33".repeat(20)}`,
      to: `0x${"22".repeat(20)}`,
      value: "100",
      validAfter: "0",
      validBefore: "99999999999",
      nonce: `0x${"44".repeat(32)}`,
    },
  },
};
const VOUCHER = {
  x402Version: 2,
  accepted: { scheme: "tributary-voucher", network: "eip155:31337" },
  payload: { payer: `0x${"33".repeat(20)}`, model: "1", cumulative: "100", signature: `0x${"ab".repeat(65)}` },
};

const METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"] as const;

describe("fuzzing HTTP", () => {
  let world: GatewayWorld;
  let opened: Awaited<ReturnType<typeof openVouchers>>;
  let gateway: Gateway;
  let calls: { readonly size: number };
  let settling: FastifyInstance;
  let index: TestIndex;
  let api: FastifyInstance;
  let folder: string;
  let good: string;

  before(async function () {
    this.timeout(120_000);
    world = await buildGatewayWorld();
    opened = await openVouchers(world);
    await world.prepay(world.alice.address, 20n * PRICE);
    const { store, vouchers } = await opened.open();
    calls = store;
    const { suite, model, operator } = world;
    const { signatures } = opened;
    const backend = spamFilter(smallFilter(), PRICE);
    gateway = await createGateway({ suite, model, backend, methods: [vouchers], store, operator, signatures });
    good = await voucherHeader(world, world.alice, PRICE);
    settling = fastify();
    await settling.register(facilitator, { suite, sender: new Sender(world.bob, suite.provider) });
    folder = await mkdtemp(join(tmpdir(), "tributary-fuzz-"));
    index = await indexOf(world);
    await index.sync.catchUp();
    ({ app: api } = await indexApi({ store: index.store, statements: folder, origins: [] }));
  });

  after(async () => {
    await gateway.close();
    await opened.remove();
    await settling.close();
    await api.close();
    await rm(folder, { recursive: true });
  });

  const webPath = fc.webPath().map((path) => (path.startsWith("/") ? path : `/${path}`));
  const paths = fc.oneof(
    fc.constantFrom("/", "/openapi.json", "/health", "/metrics", "/receipts/x", "/receipts/%00", "/..%2f", "/v1/x?a=b"),
    webPath,
  );
  const payments = fc.oneof(
    jsonNear(VOUCHER, PAYMENT).map((json) => Buffer.from(json).toString("base64")),
    fc.base64String(),
    fc.constant(""),
  );
  fuzz(
    "the gateway answers every request, and serves none that didn't pay",
    fc.record({ method: fc.constantFrom(...METHODS), path: paths, payment: payments, body: textNear("free money") }),
    async ({ method, path, payment, body }) => {
      const before = calls.size;
      const headers = { "payment-signature": payment, "content-type": "text/plain" };
      const sent = method === "GET" || method === "HEAD" ? {} : { payload: body };
      const response = await gateway.server.inject({ method, url: path, headers, ...sent });
      expect(response.statusCode, response.body).to.be.below(500);
      expect(response.headers).not.to.have.property("tributary-receipt");
      expect(calls.size, "no call was written down").to.equal(before);
      if (response.statusCode >= 400 && method !== "HEAD") expect(response.json()).to.have.property("message");
    },
  );

  it("the gateway still serves who pays after all that", async () => {
    const headers = { "payment-signature": good, "content-type": "text/plain" };
    const response = await gateway.server.inject({ method: "POST", url: "/", headers, payload: "free money" });
    expect(response.statusCode, response.body).to.equal(200);
    expect(response.headers).to.have.property("tributary-receipt");
  });

  fuzz(
    "the facilitator answers every question, and finds no forged payment valid",
    fc.record({
      url: fc.constantFrom("/verify", "/settle"),
      body: jsonNear({ x402Version: 2, paymentPayload: PAYMENT, paymentRequirements: PAYMENT.accepted }),
    }),
    async ({ url, body }) => {
      const headers = { "content-type": "application/json" };
      const response = await settling.inject({ method: "POST", url, headers, payload: body });
      expect(response.statusCode, response.body).to.be.below(500);
      const answer: { isValid?: boolean; success?: boolean } = response.json();
      expect([answer.isValid ?? false, answer.success ?? false]).to.deep.equal([false, false]);
    },
  );

  const routes = [
    "/models",
    "/models/1",
    "/datasets/1",
    "/streams/256",
    "/accounts/x",
    "/statements/0x",
    "/lines",
    "/",
  ];
  const value = fc.oneof(
    fc.constantFrom("", "-1", "1e9", "0x", "9".repeat(100), "%00", "1;--"),
    fc.string({ maxLength: 12 }),
  );
  fuzz(
    "the index's API answers every address",
    fc.record({
      route: fc.oneof(fc.constantFrom(...routes), webPath),
      query: fc.dictionary(fc.constantFrom("limit", "after", "order", "model", "account", "kind"), value, {
        maxKeys: 3,
      }),
      tail: fc.option(value),
    }),
    async ({ route, query, tail }) => {
      const search = new URLSearchParams(query).toString();
      const url = `${route}${tail === null ? "" : `/${encodeURIComponent(tail)}`}?${search}`;
      const response = await api.inject({ method: "GET", url });
      expect(response.statusCode, `${url}: ${response.body}`).to.be.below(500);
    },
  );
});
