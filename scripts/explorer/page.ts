import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, createServer } from "vite";
import type { AddressBook } from "../../client/index.ts";
import { CONFIG_PATH, pageServer } from "./pageServer.ts";

const FOLDER = fileURLToPath(new URL("../../explorer", import.meta.url));
const configFile = `${FOLDER}/vite.config.ts`;

/** What the page is told of a deployment. */
export interface PageConfig {
  readonly addressBook: AddressBook;
  readonly api: string;
  readonly rpc: string;
  readonly chainName: string;
  readonly currency: { readonly symbol: string; readonly decimals: number };
}

/** A page that is served. */
export interface Page {
  readonly url: string;
  readonly close: () => Promise<unknown>;
}

/** The page's configuration for a local chain. */
export function localConfig(book: AddressBook, rpc: string, api: string): PageConfig {
  return {
    ...{ addressBook: book, api, rpc },
    chainName: "local chain",
    currency: { symbol: "USD", decimals: 6 },
  };
}

/** Builds the page into `explorer/dist`. */
export async function buildPage(): Promise<string> {
  await build({ configFile, logLevel: "warn" });
  return `${FOLDER}/dist`;
}

/** Serves the built page. */
export async function servePage(config: PageConfig, port: number): Promise<Page> {
  const app = await pageServer(`${FOLDER}/dist`, config);
  const url = await app.listen({ host: "127.0.0.1", port });
  return { url: `${url}/`, close: () => app.close() };
}

/** Serves the sources through Vite, which shows changes at once. */
export async function servePageSources(config: PageConfig, port: number): Promise<Page> {
  const http = createHttpServer();
  const vite = await createServer({
    configFile,
    // As a server of its own Vite would end the whole process with SIGTERM, before chain and index are stopped.
    server: { middlewareMode: true, hmr: { server: http } },
    plugins: [
      {
        name: "tributary-config",
        configureServer: ({ middlewares }) => {
          middlewares.use(CONFIG_PATH, (_request, response) => {
            response.setHeader("content-type", "application/json");
            response.end(JSON.stringify(config));
          });
        },
      },
    ],
  });
  http.on("request", vite.middlewares);
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      await vite.close();
      http.closeAllConnections();
      http.close();
    },
  };
}
