import { join } from "node:path";
import { ClientError } from "../../client/index.ts";
import { freePort, type Node, rpc, startOwnNode, stopNode } from "../localNode.ts";
import { step } from "../progress.ts";
import { type Child, startIndexer, stop, untilAnswers } from "../stack/processes.ts";
import { buildPage, localConfig, type Page, servePage, servePageSources } from "./page.ts";
import { playStory, type Story } from "./story.ts";
import { buildWorld, type World } from "./world.ts";

/** Where everything runs. Ports are free ones unless they are given. */
export interface StageOptions {
  /** Emptied; gets the address book, what is published, and logs */
  readonly folder: string;
  readonly ports?: { readonly rpc: number; readonly api: number; readonly page: number };
  /** Serves the sources with Vite's server and not the built page. */
  readonly dev?: boolean;
}

/** A local chain with something of everything, its index, and the page. */
export interface Stage {
  readonly node: Node;
  readonly world: World;
  readonly story: Story;
  readonly indexer: Child;
  /** URL of the index's API */
  readonly api: string;
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/** Seconds between blocks while time runs. */
const BLOCK_TIME = 5;

/**
 * Has the chain's clock go on by itself, a block after the other: a development node mines only what is sent to it. The
 * story and its pictures are told before, on a clock that stands.
 *
 * @returns stops the clock again
 */
export function letTimeRun({ url }: Pick<Node, "url">, seconds = BLOCK_TIME): () => void {
  // A node that is being stopped no longer answers.
  const timer = setInterval(() => void rpc(url, "evm_mine").catch(() => undefined), 1_000 * seconds);
  return () => clearInterval(timer);
}

/** Seconds in which the index must be up. */
const STARTING = 60;

/** Starts all of it, and says on stderr how far it is. */
export async function startStage({ folder, ports, dev = false }: StageOptions): Promise<Stage> {
  if (!dev) await step("Building the page", buildPage);
  const [rpcPort, apiPort, pagePort] =
    ports === undefined ? [await freePort(), await freePort(), await freePort()] : [ports.rpc, ports.api, ports.page];
  const node = await step(
    "Starting the chain",
    () => startOwnNode(rpcPort),
    ({ url }) => url,
  );
  let indexer: Child | undefined;
  let page: Page | undefined;
  const close = async (): Promise<void> => {
    await page?.close();
    // The index before the chain that it looks at.
    if (indexer !== undefined) await stop(indexer);
    await stopNode(node);
  };
  try {
    const world = await step(
      "Deploying, contributing, training, registering",
      () => buildWorld(node.url, folder),
      ({ models }) => `models 1 to ${models.agent}`,
    );
    const story = await step("Calling, scoring, challenging, claiming", (show) => playStory(world, show));
    const api = `http://127.0.0.1:${apiPort}`;
    indexer = await step("Starting the index", async () => {
      const places = { rpc: node.url, ...world.paths, folder: join(folder, "run") };
      const child = await startIndexer(places, { port: apiPort, origins: ["*"] });
      indexer = child;
      const answers = await Promise.race([untilAnswers(`${api}/health`, STARTING), child.ended.then(() => false)]);
      if (!answers) throw new ClientError("network", `the index didn't come up: see ${child.log}`);
      return child;
    });
    const serve = dev ? servePageSources : servePage;
    page = await serve(localConfig(world.book, node.url, api), pagePort);
    return { node, world, story, indexer, api, page, close };
  } catch (error) {
    await close();
    throw error;
  }
}
