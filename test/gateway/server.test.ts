import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { expect } from "chai";
import { receiptSigner, type SignedReceipt } from "../../client/index.ts";
import { type Hex, quantiseQuery, type QuantisedVector } from "../../scorer/index.ts";
import {
  type Backend,
  CallStore,
  createGateway,
  type Gateway,
  type GatewayOptions,
  type InferenceRequest,
  type InferenceResponse,
  RequestRefused,
  spamFilter,
} from "../../services/gateway/index.ts";
import { digestOf } from "../../services/gateway/calls.ts";
import { smallFilter } from "../support/filter.ts";
import { useFixture } from "../support/fixture.ts";
import { buildGatewayWorld, openVouchers, PRICE, voucherHeader } from "../support/gateway.ts";

const QUERY: QuantisedVector = quantiseQuery(Float64Array.from({ length: 16 }, (_, i) => i - 7.25));
const ROUTES = [{ methods: ["POST"], path: "/v1/*", summary: "Whatever the test wants" }];

/** A backend that answers as a test says. */
function scripted(
  run: (request: InferenceRequest) => Promise<Partial<InferenceResponse>>,
  changes: Partial<Backend> = {},
): Backend {
  return {
    deterministic: false,
    routes: ROUTES,
    quote: () => PRICE,
    run: async (request) => ({
      status: 200,
      headers: { "content-type": "text/plain" },
      body: Buffer.from("answer"),
      outcome: Promise.resolve({ price: PRICE, query: QUERY }),
      ...(await run(request)),
    }),
    ...changes,
  };
}

function decoded(header: string | null): Record<string, unknown> {
  return JSON.parse(Buffer.from(header ?? "", "base64").toString()) as Record<string, unknown>;
}

describe("the gateway's server", () => {
  const at = useFixture(buildGatewayWorld);
  let opened: Awaited<ReturnType<typeof openVouchers>>;
  let gateway: Gateway;
  let store: CallStore;
  let address: string;

  async function serve(backend: Backend, options: Partial<GatewayOptions> = {}): Promise<void> {
    const { suite, model, operator, alice, prepay } = at();
    opened = await openVouchers(at());
    await prepay(alice.address, 20n * PRICE);
    const { store: calls, vouchers } = await opened.open();
    store = calls;
    gateway = await createGateway({
      suite,
      model,
      backend,
      methods: [vouchers],
      store,
      operator,
      signatures: opened.signatures,
      ...options,
    });
    address = await gateway.listen({ host: "127.0.0.1", port: 0 });
  }

  afterEach(async () => {
    await gateway.close();
    await opened.remove();
  });

  const post = async (path: string, body: string, cumulative?: bigint): Promise<Response> => {
    const headers: Record<string, string> = { "content-type": "text/plain" };
    if (cumulative !== undefined) headers["payment-signature"] = await voucherHeader(at(), at().alice, cumulative);
    return fetch(`${address}${path}`, { method: "POST", body, headers });
  };

  async function expectError(response: Response, status: number, error: string): Promise<Record<string, unknown>> {
    const body = (await response.json()) as Record<string, unknown>;
    expect(response.status).to.equal(status);
    expect(body.error).to.equal(error);
    expect(body.message).to.be.a("string");
    return body;
  }

  function expectSigned(receipt: SignedReceipt, request: string, response: string): void {
    expect(receiptSigner(at().suite, receipt)).to.equal(at().operator.address);
    expect(receipt.requestDigest).to.equal(digestOf(request));
    expect(receipt.responseDigest).to.equal(digestOf(response));
    expect(receipt.payer).to.equal(at().alice.address.toLowerCase());
  }

  const receiptOf = (header: string | null): SignedReceipt => decoded(header) as unknown as SignedReceipt;

  it("asks who doesn't pay to pay, as x402 version 2 says", async () => {
    await serve(spamFilter(smallFilter(), PRICE));
    const response = await post("/", "free money");
    const body = await expectError(response, 402, "payment_required");
    expect(body).not.to.have.property("details");
    const { book } = at();
    expect(decoded(response.headers.get("payment-required"))).to.deep.equal({
      x402Version: 2,
      error: body.message,
      resource: { url: `${address}/`, description: `Model ${at().model}`, mimeType: "" },
      accepts: [
        {
          scheme: "tributary-voucher",
          network: "eip155:31337",
          asset: book.contracts.currency,
          amount: String(PRICE),
          payTo: book.contracts.market,
          maxTimeoutSeconds: 300,
          extra: { name: "Tributary", version: "1", model: String(at().model) },
        },
      ],
    });
    expect(store.size).to.equal(0);
  });

  it("answers who pays, with a signed receipt, and writes the call down", async () => {
    await serve(spamFilter(smallFilter(), PRICE));
    const response = await post("/", "free money offer", PRICE);
    expect(response.status).to.equal(200);
    const text = await response.text();
    expect(JSON.parse(text)).to.deep.equal({ verdict: "spam" });
    const receipt = receiptOf(response.headers.get("tributary-receipt"));
    expectSigned(receipt, "free money offer", text);
    expect(decoded(response.headers.get("payment-response"))).to.deep.equal({
      success: true,
      transaction: "",
      network: "eip155:31337",
      payer: at().alice.address.toLowerCase(),
      amount: String(PRICE),
    });
    const shown = await fetch(`${address}/receipts/${receipt.payment}`);
    expect(await shown.json()).to.deep.equal({ ...receipt, feesAfter: null });
    expect(await (await post("/", "meeting notes", 2n * PRICE)).json()).to.deep.equal({ verdict: "ham" });
    await expectError(await fetch(`${address}/receipts/another`), 404, "not_found");
  });

  it("gives the same receipt and answer to the same payment again, and refuses it for another request", async () => {
    await serve(spamFilter(smallFilter(), PRICE));
    const [first, second] = [await post("/", "free money", PRICE), await post("/", "free money", PRICE)];
    expect(second.status).to.equal(200);
    expect(await second.text()).to.equal(await first.text());
    expect(second.headers.get("tributary-receipt")).to.equal(first.headers.get("tributary-receipt"));
    await expectError(await post("/", "another mail", PRICE), 409, "payment_in_use");
    const same = await Promise.all([1, 2, 3].map(() => post("/", "free money", 2n * PRICE)));
    for (const one of same) {
      expectSigned(receiptOf(one.headers.get("tributary-receipt")), "free money", await one.text());
    }
    expect(same.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(store.size).to.equal(2);
  });

  it("keeps small answers of backends that can't give them again, and only the receipts of large ones", async () => {
    let run = 0;
    await serve(scripted(({ body }) => Promise.resolve({ body: Buffer.from(`${++run}`.repeat(body.length)) })));
    for (const [i, size] of [10, 5_000].entries()) {
      const cumulative = PRICE * BigInt(i + 1);
      const body = "x".repeat(size);
      const first = await post("/v1/ask", body, cumulative);
      const again = await post("/v1/ask", body, cumulative);
      expect(again.headers.get("tributary-receipt")).to.equal(first.headers.get("tributary-receipt"));
      if (size === 10) expect(await again.text()).to.equal(await first.text());
      else await expectError(again, 409, "answer_gone");
    }
    expect(run).to.equal(2);
  });

  it("refuses bad payments with a reason, and what would be a good one", async () => {
    await serve(spamFilter(smallFilter(), PRICE));
    await post("/", "free money", PRICE);
    const low = await post("/", "more", PRICE + 1n);
    const { details } = await expectError(low, 402, "voucher_too_low");
    expect((details as Record<string, string>).cumulative).to.equal(String(2n * PRICE));
    expect(decoded(low.headers.get("payment-required")).error).to.equal("voucher_too_low");
    const headers = { "payment-signature": "no JSON" };
    const garbage = await fetch(address, { method: "POST", headers, body: "mail" });
    await expectError(garbage, 402, "invalid_payload");
  });

  it("takes nothing for the model's own errors and failures", async () => {
    const answers: (() => Promise<Partial<InferenceResponse>>)[] = [
      () => Promise.resolve({ status: 422, body: Buffer.from("what?") }),
      () => Promise.reject(new Error("out of memory")),
      () => Promise.reject(new RequestRefused(400, "bad_prompt", "no prompt")),
      () => Promise.resolve({ outcome: Promise.reject(new Error("no query")) }),
    ];
    await serve(scripted(() => answers.shift()?.() ?? Promise.resolve({})));
    const refused = await post("/v1/ask", "x", PRICE);
    expect([refused.status, await refused.text()]).to.deep.equal([422, "what?"]);
    expect(refused.headers.get("payment-response")).to.equal(null);
    await expectError(await post("/v1/ask", "x", PRICE), 502, "failed");
    await expectError(await post("/v1/ask", "x", PRICE), 400, "bad_prompt");
    await expectError(await post("/v1/ask", "x", PRICE), 502, "failed");
    expect(store.size).to.equal(0);
    expect((await post("/v1/ask", "x", PRICE)).status).to.equal(200);
  });

  it("bears no more than its limits", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const limits = { bodyBytes: 100, concurrency: 2, seconds: 1 };
    await serve(
      scripted(async ({ url }) => {
        if (url === "/v1/slow") await held;
        if (url === "/v1/never") await new Promise(() => undefined);
        return {};
      }),
      { limits },
    );
    await expectError(await post("/v1/ask", "x".repeat(101), PRICE), 413, "body_too_large");
    const slow = [1n, 2n].map((n) => post("/v1/slow", "x", n * PRICE));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const busy = await post("/v1/slow", "x", 3n * PRICE);
    expect(busy.headers.get("retry-after")).to.equal("1");
    await expectError(busy, 503, "busy");
    release();
    expect((await Promise.all(slow)).map(({ status }) => status)).to.deep.equal([200, 200]);
    await expectError(await post("/v1/never", "x", 3n * PRICE), 504, "timeout");
    expect((await post("/v1/ask", "x", 3n * PRICE)).status).to.equal(200);
    await expectError(await post("/elsewhere", "x"), 404, "not_found");
  });

  it("passes streams through, with the receipt as the last event or as a trailer", async () => {
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (const piece of ["data: one\n\n", "data: two\n\n"]) {
        yield Buffer.from(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await serve(
      scripted(({ url }) => {
        const type = url === "/v1/events" ? "text/event-stream; charset=utf-8" : "application/x-ndjson";
        const outcome = Promise.resolve({ price: 40n, query: QUERY });
        return Promise.resolve({ headers: { "content-type": type }, body: body(), outcome });
      }),
    );
    const sent = "data: one\n\ndata: two\n\n";
    const events = await (await post("/v1/events", "x", PRICE)).text();
    expect(events.startsWith(`${sent}event: tributary-receipt\ndata: `)).to.equal(true);
    const receipt = receiptOf(events.slice(events.lastIndexOf("data: ") + 6));
    expectSigned(receipt, "x", sent);
    expect(receipt.amount).to.equal("40");

    const header = await voucherHeader(at(), at().alice, 40n + PRICE);
    const asked = httpRequest(`${address}/v1/lines`, { method: "POST", headers: { "payment-signature": header } });
    asked.end("y");
    const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
    let text = "";
    for await (const piece of answer) text += String(piece);
    expect(text).to.equal(sent);
    expectSigned(receiptOf(answer.trailers["tributary-receipt"] ?? null), "y", sent);
    expect(store.size).to.equal(2);
  });

  it("charges a caller that hangs up for its part of a stream, and nobody for one that fails", async () => {
    const body = async function* (signal: AbortSignal): AsyncGenerator<Uint8Array> {
      for (let i = 0; !signal.aborted; i++) {
        yield Buffer.from(`piece ${i}\n`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("so far");
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("the model broke");
    };
    await serve(
      scripted(({ url, signal }) => Promise.resolve({ body: url === "/v1/fails" ? failing() : body(signal) })),
    );
    const broken = await post("/v1/fails", "x", PRICE);
    expect(await broken.text().catch(() => "broken")).to.equal("broken");
    expect(store.size).to.equal(0);
    const abort = new AbortController();
    const headers = { "payment-signature": await voucherHeader(at(), at().alice, PRICE) };
    const response = await fetch(`${address}/v1/ask`, { method: "POST", body: "x", headers, signal: abort.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    abort.abort();
    for (let i = 0; i < 100 && store.size === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(store.size).to.equal(1);
  });

  it("finishes what runs when it is closed, and takes no more", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await serve(scripted(async () => (await held, {})));
    const running = post("/v1/ask", "x", PRICE);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = gateway.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await post("/v1/ask", "y", 2n * PRICE).catch(() => "refused")).to.equal("refused");
    release();
    expect((await running).status).to.equal(200);
    await closed;
    const again = await CallStore.open(opened.path);
    expect(again.size).to.equal(1);
    await again.close();
  });

  it("decides on a restart about payments that were begun", async () => {
    const taken: string[] = [];
    const { suite, model, operator, alice } = at();
    opened = await openVouchers(at());
    ({ store } = await opened.open());
    const word = `0x${"11".repeat(32)}` as const;
    for (const id of ["went-through", "never-did"]) {
      await store.append({
        kind: "begun",
        call: {
          id,
          method: "chain",
          payer: alice.address.toLowerCase() as Hex,
          price: PRICE,
          paymentDigest: word,
          requestDigest: word,
          responseDigest: word,
          queryDigest: word,
          query: QUERY,
          time: 1,
          authorized: { id, limit: PRICE },
        },
      });
    }
    gateway = await createGateway({
      suite,
      model,
      backend: scripted(() => Promise.resolve({})),
      methods: [
        {
          name: "chain",
          network: "eip155:31337",
          settlesOnChain: true,
          requirements: () => Promise.resolve({}),
          identify: () => undefined,
          authorize: () => Promise.reject(new Error("nobody pays")),
          take: () => Promise.reject(new Error("nobody pays")),
          release: () => undefined,
          recover: ({ id, limit }) => {
            taken.push(id);
            const went = { amount: limit, feesAfter: 99n, proof: { transaction: word } };
            return Promise.resolve(id === "went-through" ? went : undefined);
          },
        },
      ],
      store,
      operator,
    });
    expect(taken).to.deep.equal(["went-through", "never-did"]);
    expect((await store.paid("went-through"))?.feesAfter).to.equal(99n);
    expect(store.has("never-did")).to.equal(false);
    expect(store.begun()).to.deep.equal([]);
  });

  it("says how it is, counts, and describes itself", async () => {
    await serve(spamFilter(smallFilter(), PRICE));
    await post("/", "free money", PRICE);
    await post("/", "free money");
    const health = await fetch(`${address}/health`);
    expect(await health.json()).to.deep.equal({ status: "ok", model: String(at().model), calls: 1 });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).to.match(/^tributary_requests_total\{status="200"\} 1$/m);
    expect(metrics).to.match(/^tributary_requests_total\{status="402"\} 1$/m);
    expect(metrics).to.match(/^tributary_payments_total\{method="voucher"\} 1$/m);
    expect(metrics).to.match(/^tributary_paid_units_total\{method="voucher"\} 100$/m);
    expect(metrics).to.match(/^tributary_running_requests 0$/m);

    const document = (await (await fetch(`${address}/openapi.json`)).json()) as OpenApi;
    expect(document.openapi).to.equal("3.1.0");
    expect(document.info.title).to.be.a("string");
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).to.deep.equal(["get /health", "get /metrics", "get /receipts/{id}", "post /"]);
    const asked = document.paths["/"]?.post;
    expect(Object.keys(asked?.requestBody?.content ?? {})).to.deep.equal(["text/plain"]);
    expect(Object.keys(asked?.responses ?? {})).to.include.members(["200", "402", "409", "413", "502", "503", "504"]);
    expect(Object.keys(asked?.responses["200"]?.headers ?? {})).to.deep.equal([
      "PAYMENT-RESPONSE",
      "TRIBUTARY-RECEIPT",
    ]);
    expect(asked?.responses["200"]?.content?.["application/json"]?.schema).to.deep.include({ type: "object" });
    for (const operations of Object.values(document.paths)) {
      for (const { responses } of Object.values(operations)) {
        for (const { description } of Object.values(responses)) expect(description).to.be.a("string");
      }
    }
  });

  it("logs no bodies, payments or keys", async () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    await serve(
      scripted(() => Promise.reject(new Error("broken"))),
      { logger: { level: "trace", stream } },
    );
    const header = await voucherHeader(at(), at().alice, PRICE);
    await (await post("/v1/ask", "a secret mail", PRICE)).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const log = lines.join("");
    expect(log).to.contain('"status":502');
    expect(log).to.contain("broken");
    for (const secret of ["a secret mail", header, at().operator.privateKey.slice(2)])
      expect(log).not.to.contain(secret);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.to.throw();
  });
});

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly requestBody?: { readonly content: object };
            readonly responses: Readonly<
              Record<
                string,
                {
                  readonly description: string;
                  readonly headers?: object;
                  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
                }
              >
            >;
          }
        >
      >
    >
  >;
}
