import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { type InferenceRequest, type InferenceResponse, RequestRefused } from "../../services/gateway/ports.ts";
import type { Pricing } from "../../services/gateway/pricing.ts";
import { createUpstream, textQuery, type UpstreamOptions } from "../../services/gateway/upstream.ts";
import { requestOf } from "./support.ts";

const TOKENS: Pricing = { kind: "tokens", inputRate: 1_000_000n, outputRate: 2_000_000n, maxOutputTokens: 100 };

describe("upstream", () => {
  let server: Server;
  let url = "";
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  let seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string };

  before(async () => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        const body = Buffer.concat(pieces).toString();
        seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
        answer(request, response, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const backend = (options: Partial<UpstreamOptions> = {}) =>
    createUpstream({ url: `${url}/base`, pricing: TOKENS, least: 1n, query: (text) => textQuery(text), ...options });
  const read = async ({ body }: InferenceResponse): Promise<string> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const ask = (body: unknown, headers: Record<string, string> = {}): InferenceRequest =>
    requestOf({ "content-type": "application/json", ...headers }, JSON.stringify(body), "/v1/chat/completions?x=1");
  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("passes a request and its answer on, without payment and connection", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "application/json", "x-model": "m", "payment-response": "forged" });
      response.end(JSON.stringify({ usage: { prompt_tokens: 5, completion_tokens: 7 } }));
    };
    const request = ask(
      { messages: [{ content: "hello" }] },
      {
        authorization: "the caller's",
        connection: "keep-alive, x-secret",
        host: "gateway",
        "payment-signature": "paid",
        "x-payment": "paid",
        "x-secret": "1",
        "x-trace": "2",
      },
    );
    const response = await backend({ headers: { authorization: "the operator's" } }).run(request);
    expect(await read(response)).to.equal('{"usage":{"prompt_tokens":5,"completion_tokens":7}}');
    const { price, query } = await response.outcome;
    expect(price).to.equal(19n);
    expect(query).to.deep.equal(textQuery("hello"));
    expect(response.headers).to.include({ "x-model": "m" }).and.not.have.property("payment-response");
    expect(seen).to.include({
      method: "POST",
      url: "/base/v1/chat/completions?x=1",
      body: '{"messages":[{"content":"hello"}]}',
    });
    expect(seen.headers).to.include({ authorization: "the operator's", "x-trace": "2", host: url.slice(7) });
    for (const name of ["payment-signature", "x-payment", "x-secret"]) expect(seen.headers).not.to.have.property(name);
  });

  it("streams, and reads the usage of the last event however it is cut", async () => {
    const events =
      'data: {"choices":[{"delta":{"content":"ä"}}],"usage":null}\n\n' +
      'data: {"choices":[],"usage":{"prompt_tokens":3,\ndata: "completion_tokens":4}}\r\n\r\ndata: [DONE]\n\n';
    let release = (): void => undefined;
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      const bytes = Buffer.from(events);
      response.write(bytes.subarray(0, 41));
      release = () => {
        let at = 41;
        const step = (): void => {
          if (at >= bytes.length) return void response.end();
          response.write(bytes.subarray(at, (at += 9)));
          setTimeout(step, 1);
        };
        step();
      };
    };
    const response = await backend().run(ask({ stream: true, max_tokens: 50 }));
    const pieces = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const first = await pieces.next();
    // The rest isn't written before the first piece is here.
    release();
    let text = Buffer.from(first.value as Uint8Array);
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      text = Buffer.concat([text, next.value]);
    }
    expect(text.toString()).to.equal(events);
    expect((await response.outcome).price).to.equal(11n);
  });

  it("takes the quote where a stream states no usage", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('data: {"choices":[]}\n\ndata: [DONE]\n\n');
    };
    const upstream = backend();
    const request = ask({ stream: true, max_tokens: 50 });
    const response = await upstream.run(request);
    await read(response);
    expect((await response.outcome).price).to.equal(upstream.quote(request));
    expect(upstream.quote(request)).to.equal(BigInt(request.body.length) + 100n);
  });

  it("charges nothing for an error, and passes it on", async () => {
    answer = (_, response) => {
      response.writeHead(429, { "content-type": "application/json" });
      response.end('{"error":"busy","usage":{"prompt_tokens":5,"completion_tokens":7}}');
    };
    for (const pricing of [TOKENS, { kind: "call", price: 9n } as const]) {
      const response = await backend({ pricing }).run(ask({}));
      expect(response.status).to.equal(429);
      expect(await read(response)).to.include("busy");
      expect((await response.outcome).price).to.equal(0n);
    }
  });

  it("fails with 502 and 504, and charges nothing, when the answer doesn't come or breaks off", async () => {
    answer = () => undefined;
    const silent = await failure(backend({ patience: 50 }).run(ask({})));
    expect(silent).to.be.instanceOf(RequestRefused).and.to.have.property("status", 504);
    const unreachable = await failure(backend({ url: "http://127.0.0.1:1" }).run(ask({})));
    expect(unreachable).to.be.instanceOf(RequestRefused).and.to.have.property("status", 502);
    for (const [status, ending] of [
      [502, (response: ServerResponse) => response.destroy()],
      [504, () => undefined],
    ] as const) {
      answer = (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write("data: {}\n\n", () => setTimeout(() => ending(response), 20));
      };
      const response = await backend({ patience: 100 }).run(ask({}));
      expect(await failure(read(response))).to.have.property("status", status);
      expect(await failure(response.outcome)).to.have.property("status", status);
    }
  });

  it("charges the quote to a caller who leaves, but nobody when the gateway's time is over", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {}\n\n");
    };
    const upstream = backend();
    const open = async (): Promise<{
      controller: AbortController;
      request: InferenceRequest;
      response: InferenceResponse;
    }> => {
      const controller = new AbortController();
      const request = { ...ask({}), signal: controller.signal };
      return { controller, request, response: await upstream.run(request) };
    };
    const stopped = await open();
    for await (const piece of stopped.response.body as AsyncIterable<Uint8Array>) {
      expect(piece.length).to.be.greaterThan(0);
      break;
    }
    expect((await stopped.response.outcome).price).to.equal(upstream.quote(stopped.request));
    const left = await open();
    setTimeout(() => left.controller.abort(), 20);
    await read(left.response);
    expect((await left.response.outcome).price).to.equal(upstream.quote(left.request));
    const late = await open();
    setTimeout(() => late.controller.abort(new RequestRefused(504, "timeout", "too late")), 20);
    expect(await failure(read(late.response))).to.be.instanceOf(RequestRefused);
    expect(await failure(late.response.outcome)).to.be.instanceOf(RequestRefused);
  });

  it("goes to no other server, whatever the path says", async () => {
    answer = (_, response) => void response.end("{}");
    const at = (path: string) => backend().run({ ...ask({}), url: path });
    await read(await at("//example.com/x"));
    expect(seen.url).to.equal("/base//example.com/x");
    for (const path of ["http://example.com/", "@example.com/", ".example.com/"]) {
      expect(await failure(at(path)), path).to.be.instanceOf(RequestRefused);
    }
  });
});
