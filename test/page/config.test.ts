import { expect } from "chai";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ClientError, ROLES } from "../../client/index.ts";
import { CONFIG_FILE, loadConfig } from "../../explorer/config/config.ts";

const BOOK = {
  chainId: 31_337,
  fromBlock: 1,
  contracts: Object.fromEntries(ROLES.map((role, i) => [role, `0x${String(i + 1).padStart(40, "0")}`])),
};

describe("the page's configuration", () => {
  let server: Server;
  let base: string;
  /** What is served, by path. */
  let files: Record<string, unknown>;

  before(async () => {
    server = createServer(({ url = "" }, response) => {
      const file = files[url];
      if (file === undefined) response.statusCode = 404;
      response.end(typeof file === "string" ? file : JSON.stringify(file ?? null));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/under/a/path/`;
  });
  after(() => void server.close());

  const load = (config: unknown, more: Record<string, unknown> = {}) => {
    files = { [`/under/a/path/${CONFIG_FILE}`]: config, ...more };
    return loadConfig(base);
  };

  it("is read with addresses relative to the page", async () => {
    const config = await load(
      {
        addressBook: "../book.json",
        api: "/index",
        rpc: "https://rpc.example",
        currency: { symbol: "USDC", decimals: 6 },
      },
      { "/under/a/book.json": BOOK },
    );
    expect(config.book.chainId).to.equal(31_337);
    expect(config.api).to.equal(new URL("/index", base).href);
    expect(config).to.deep.include({
      rpc: "https://rpc.example/",
      chainName: "chain 31337",
      currency: { symbol: "USDC", decimals: 6 },
      gateway: undefined,
    });
  });

  it("says what is wrong and where", async () => {
    const cases: [unknown, string, RegExp][] = [
      [undefined, "network", /config\.json can't be fetched \(status 404\)/],
      ["{", "bad-input", /config\.json is not JSON/],
      [{ api: "/index" }, "bad-input", /names no chainId/],
      [{ addressBook: BOOK }, "bad-input", /"api" is missing/],
      [{ addressBook: BOOK, api: 7 }, "bad-input", /"api" must be an address/],
      [{ addressBook: "nowhere.json", api: "/index" }, "network", /nowhere\.json can't be fetched/],
      [{ addressBook: BOOK, api: "/index", currency: { symbol: "X" } }, "bad-input", /whole number of decimals/],
    ];
    for (const [config, code, message] of cases) {
      const error: unknown = await load(config).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ClientError);
      expect(error).to.have.property("code", code);
      expect(error).to.have.property("message").that.matches(message);
    }
  });
});
