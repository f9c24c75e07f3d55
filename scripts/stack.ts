import { join } from "node:path";
import { fields, styleFor } from "../cli/style.ts";
import { ClientError } from "../client/index.ts";
import { options, run, wholeNumber } from "./commandLine.ts";
import { loadContributors } from "./demo/corpus.ts";
import { freePort, startOwnNode, stopNode } from "./localNode.ts";
import { step } from "./progress.ts";
import { runClock } from "./stack/clock.ts";
import { type Child, startGateway, startIndexer, startRole, stop, untilAnswers } from "./stack/processes.ts";
import { buildStackWorld, payerNamed } from "./stack/world.ts";

/** Sender domains of the mail corpus that contribute. */
const CONTRIBUTORS = [40, 52] as const;
const PAYERS = 2;
const CALLS = 100_000;
const SERVICES = ["scorer", "watchtower", "keeper"] as const;
/** Seconds in which a service must be up. */
const STARTING = 60;

/** Starts a whole network on this machine, and ends all of it with SIGINT or SIGTERM, or when a part of it dies. */
async function main(): Promise<number> {
  const values = options({
    folder: { type: "string", default: "stack" },
    "rpc-port": { type: "string", default: "8545" },
    "gateway-port": { type: "string", default: "8402" },
    "api-port": { type: "string", default: "8403" },
    origin: { type: "string", multiple: true, default: ["*"] },
    speed: { type: "string", default: "720" },
  });
  const port = (name: "rpc-port" | "gateway-port" | "api-port"): number => wholeNumber(values[name], name, 1, 65_535);
  const speed = wholeNumber(values.speed, "speed", 1, 3_600);
  const { folder } = values;
  let told: ((how: string) => void) | undefined;
  const asked = new Promise<string>((resolve) => (told = resolve));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => told?.(signal));

  const children: Child[] = [];
  const node = await step(
    "Starting the chain",
    () => startOwnNode(port("rpc-port")),
    ({ url }) => url,
  );
  let stopClock: (() => Promise<void>) | undefined;
  try {
    const world = await step(
      "Deploying, contributing, training, prepaying",
      () =>
        buildStackWorld({
          url: node.url,
          folder,
          contributors: loadContributors().slice(...CONTRIBUTORS),
          services: SERVICES,
          payers: PAYERS,
          calls: CALLS,
        }),
      ({ lineage }) => `model ${lineage.finetune}, stream ${lineage.stream}`,
    );
    stopClock = runClock(node.url, speed);
    const { paths, lineage, book } = world;
    const places = { rpc: node.url, book: paths.book, published: paths.published, folder: join(folder, "run") };
    const shown: [string, string][] = [["chain", node.url]];
    const up = async (child: Child, url: string): Promise<void> => {
      children.push(child);
      const answers = await Promise.race([untilAnswers(`${url}/health`, STARTING), child.ended.then(() => false)]);
      if (!answers) throw new ClientError("network", `the ${child.name} didn't come up: see ${child.log}`);
      shown.push([child.name, `${url}, /health, /metrics, log ${child.log}`]);
    };
    await step("Starting index, gateway, scorer, watchtower, keeper", async () => {
      const api = { port: port("api-port"), origins: values.origin };
      await up(await startIndexer(places, api), `http://127.0.0.1:${api.port}`);
      const gateway = {
        ...{ model: lineage.finetune, filter: paths.filter, wallet: "tuner", port: port("gateway-port") },
        ...{ closeEvery: 5, confirmations: 0 },
      };
      await up(await startGateway(places, gateway), `http://127.0.0.1:${gateway.port}`);
      for (const role of SERVICES) {
        const taken = await freePort();
        const settings = { role, name: role, wallet: role, port: taken };
        await up(await startRole(places, settings), `http://127.0.0.1:${taken}`);
      }
    });
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    const style = styleFor(process.stdout, process.env);
    say(fields(style, [...shown, ["address book", paths.book], ["published files", paths.published]]));
    say(fields(style, Object.entries(book.contracts)));
    say(`${payerNamed(0)} (of ${PAYERS}) has prepaid; a day of the chain takes ${Math.round(86_400 / speed)} seconds.`);
    say("Ctrl-C stops everything.");
    const deaths = children.map(({ name, ended, log }) =>
      ended.then((how) => `the ${name} ended (${how}): see ${log}`),
    );
    const nodeEnded = new Promise<string>((resolve) => node.process.once("exit", () => resolve("the chain ended")));
    const how = await Promise.race([asked, nodeEnded, ...deaths]);
    const expected = how === "SIGINT" || how === "SIGTERM";
    process.stderr.write(expected ? "Stopping\n" : `error: ${how}; stopping the rest\n`);
    return expected ? 0 : 1;
  } finally {
    // Services before the chain that they look at.
    await Promise.all(children.map(stop));
    await stopClock?.();
    await stopNode(node);
  }
}

await run(main);
