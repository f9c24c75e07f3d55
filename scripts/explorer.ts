import { fields, styleFor } from "../cli/style.ts";
import { options, run, wholeNumber } from "./commandLine.ts";
import { keyNamed } from "./demo/cast.ts";
import { openBrowser } from "./explorer/browser.ts";
import { VISITOR } from "./explorer/roles.ts";
import { letTimeRun, startStage } from "./explorer/stage.ts";
import { freePort } from "./localNode.ts";

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
  const port = async (name: "rpc-port" | "api-port" | "page-port"): Promise<number> =>
    wholeNumber(values[name], name, 0, 65_535) || freePort();
  const ports = { rpc: await port("rpc-port"), api: await port("api-port"), page: await port("page-port") };
  let told: ((how: string) => void) | undefined;
  const asked = new Promise<string>((resolve) => (told = resolve));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => told?.(signal));

  const { node, world, indexer, api, page, close } = await startStage({
    folder: values.folder,
    ports,
    dev: values.dev,
  });
  const stopTime = letTimeRun(node);
  try {
    const { people, book, paths } = world;
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
    say(fields(style, Object.entries(book.contracts)));
    say("Ctrl-C stops everything.");
    if (!values["no-open"]) openBrowser(page.url);
    const deaths = [
      new Promise<string>((resolve) => node.process.once("exit", () => resolve("the chain ended"))),
      indexer.ended.then((how) => `the index ended (${how}): see ${indexer.log}`),
    ];
    const how = await Promise.race([asked, ...deaths]);
    const expected = how === "SIGINT" || how === "SIGTERM";
    process.stderr.write(expected ? "Stopping\n" : `error: ${how}; stopping the rest\n`);
    return expected ? 0 : 1;
  } finally {
    stopTime();
    await close();
  }
}

await run(main);
