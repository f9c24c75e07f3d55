import { join } from "node:path";
import { fields, styleFor } from "../cli/style.ts";
import { ClientError } from "../client/index.ts";
import { options, run, wholeNumber } from "./commandLine.ts";
import { keyNamed } from "./demo/cast.ts";
import { openBrowser } from "./explorer/browser.ts";
import { buildPage, localConfig, type Page, servePage, servePageSources } from "./explorer/page.ts";
import { VISITOR } from "./explorer/roles.ts";
import { playStory } from "./explorer/story.ts";
import { buildWorld } from "./explorer/world.ts";
import { freePort, startOwnNode, stopNode } from "./localNode.ts";
import { step } from "./progress.ts";
import { type Child, startIndexer, stop, untilAnswers } from "./stack/processes.ts";

/** Seconds in which the index must be up. */
const STARTING = 60;

/** Starts a local chain with something of everything, its index and the page; ends all of it with SIGINT or SIGTERM. */
async function main(): Promise<number> {
  const values = options({
    folder: { type: "string", default: "explorer-output" },
    "rpc-port": { type: "string", default: "8545" },
    "api-port": { type: "string", default: "8403" },
    "page-port": { type: "string", default: "8404" },
    dev: { type: "boolean", default: false },
    "no-open": { type: "boolean", default: false },
  });
  const portOf = async (name: "rpc-port" | "api-port" | "page-port"): Promise<number> =>
    wholeNumber(values[name], name, 0, 65_535) || freePort();
  const [rpcPort, apiPort, pagePort] = [await portOf("rpc-port"), await portOf("api-port"), await portOf("page-port")];
  const { folder, dev } = values;
  let told: ((how: string) => void) | undefined;
  const asked = new Promise<string>((resolve) => (told = resolve));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => told?.(signal));

  if (!dev) await step("Building the page", buildPage);
  const node = await step(
    "Starting the chain",
    () => startOwnNode(rpcPort),
    ({ url }) => url,
  );
  let indexer: Child | undefined;
  let page: Page | undefined;
  try {
    const world = await step(
      "Deploying, contributing, training, registering",
      () => buildWorld(node.url, folder),
      ({ models }) => `models 1 to ${models.agent}`,
    );
    const { suite, people, book, paths } = world;
    await step("Calling, scoring, challenging, claiming", (show) => playStory(world, show));
    const places = { rpc: node.url, ...paths, folder: join(folder, "run") };
    const api = `http://127.0.0.1:${apiPort}`;
    await step("Starting the index", async () => {
      indexer = await startIndexer(places, { port: apiPort, origins: ["*"] });
      const { ended, log } = indexer;
      const answers = await Promise.race([untilAnswers(`${api}/health`, STARTING), ended.then(() => false)]);
      if (!answers) throw new ClientError("network", `the index didn't come up: see ${log}`);
    });
    const serve = dev ? servePageSources : servePage;
    page = await serve(localConfig(book, node.url, api), pagePort);
    const style = styleFor(process.stdout, process.env);
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    say(
      fields(style, [
        ["page", page.url],
        ["index", `${api}, described at ${api}/openapi.json`],
        ["chain", `${node.url}, id ${book.chainId}`],
        ["address book", paths.book],
        ["curator", people.curator.address],
        ["scorer", people.scorer.address],
        ["a contributor", people.generalist.address],
        ["your wallet", `${people.visitor.address}, with 1,000 demo dollars`],
        ["its key", `${keyNamed(VISITOR)} (public, for this chain only)`],
      ]),
    );
    say(fields(style, Object.entries(suite.book.contracts)));
    say("Ctrl-C stops everything.");
    if (!values["no-open"]) openBrowser(page.url);
    const deaths = [
      new Promise<string>((resolve) => node.process.once("exit", () => resolve("the chain ended"))),
      ...(indexer === undefined
        ? []
        : [indexer.ended.then((how) => `the index ended (${how}): see ${indexer?.log ?? ""}`)]),
    ];
    const how = await Promise.race([asked, ...deaths]);
    const expected = how === "SIGINT" || how === "SIGTERM";
    process.stderr.write(expected ? "Stopping\n" : `error: ${how}; stopping the rest\n`);
    return expected ? 0 : 1;
  } finally {
    await page?.close();
    // The index before the chain that it looks at.
    if (indexer !== undefined) await stop(indexer);
    await stopNode(node);
  }
}

await run(main);
