import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { encodeHead, encodeWhitening, textFeatures, trainRidge } from "../scorer/index.ts";
import { options, run, wholeNumber } from "../scripts/commandLine.ts";
import { loadContributors } from "../scripts/demo/corpus.ts";
import { step } from "../scripts/progress.ts";
import { startNode, stopNode } from "../test/cli/support/node.ts";
import { load } from "./gateway/processes.ts";
import { startServer } from "./gateway/processes.ts";
import { buildGatewayWorld } from "./gateway/world.ts";

const CONNECTIONS = 32;
const BODY_BYTES = 4_096;
const ROUNDS = 3;
/** The least part of the plain server's rate that the paid one must keep. */
const RATIO_BAR = 0.5;
/** More calls a second than any payer makes. */
const FASTEST = 250;

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "5" },
  });
  const seconds = wholeNumber(values.seconds, "seconds", 1, 600);
  const folder = await mkdtemp(join(tmpdir(), "tributary-gateway-"));
  const file = (name: string): string => join(folder, name);
  const node = await startNode();
  try {
    const bodies = await step("Training the filter", () => trainInto(file));
    const vouchers = FASTEST * seconds;
    const world = await step("Opening channels on a local chain", () =>
      buildGatewayWorld(node.url, CONNECTIONS, vouchers * (ROUNDS + 1)),
    );
    const { book, model } = world;
    const trained = { head: file("head.bin"), whitening: file("whitening.bin") };
    const plain = await startServer(trained);
    const paid = await startServer({
      ...trained,
      paid: { url: node.url, book, model: String(model), store: file("calls.log") },
    });
    let from = 0;
    const shared = { connections: CONNECTIONS, bodies };
    const measure = async (duration: number) => {
      const baseline = await load({ ...shared, address: plain.address, seconds: duration });
      const terms = { book, model: String(model), from, vouchers };
      const result = await load({ ...shared, address: paid.address, seconds: duration, paid: terms });
      from += result.most;
      return { baseline, result };
    };
    const rounds = await step("Calling both servers in turns", async () => {
      await measure(Math.min(seconds, 2));
      // Payers that made fewer calls than others go on where the fastest stopped: their vouchers pay ahead.
      const measured = [];
      for (let round = 0; round < ROUNDS; round++) measured.push(await measure(seconds));
      return measured;
    });
    const rate = (results: readonly { requests: number; seconds: number }[]): number =>
      results.reduce((sum, { requests }) => sum + requests, 0) / results.reduce((sum, one) => sum + one.seconds, 0);
    const requestsPerSecond = rate(rounds.map(({ result }) => result));
    const baselineRequestsPerSecond = rate(rounds.map(({ baseline }) => baseline));
    const latencies = rounds.flatMap(({ result }) => result.latencies).sort((a, b) => a - b);
    const figures = {
      requestsPerSecond: Math.round(requestsPerSecond),
      baselineRequestsPerSecond: Math.round(baselineRequestsPerSecond),
      ratio: Number((requestsPerSecond / baselineRequestsPerSecond).toFixed(3)),
      p99Ms: Number((latencies[Math.floor(latencies.length * 0.99)] ?? 0).toFixed(2)),
    };
    await paid.redeem();
    await Promise.all([plain.stop(), paid.stop()]);
    process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);
    return 0;
  } finally {
    await stopNode(node);
    await rm(folder, { recursive: true });
  }
}

/**
 * Trains the demo's filter on the mails of all contributors.
 *
 * @returns path of the requests' bodies: held-out mails, each of 4 kB
 */
async function trainInto(file: (name: string) => string): Promise<string> {
  const contributors = loadContributors();
  const mails = contributors.flatMap(({ rows }) => rows);
  const model = trainRidge(
    textFeatures(mails),
    mails.map(({ label }) => label),
    2,
  );
  await writeFile(file("head.bin"), encodeHead(model.head));
  await writeFile(file("whitening.bin"), encodeWhitening(model.whitening));
  const texts = contributors.flatMap(({ heldOut }) => heldOut.map(({ body }) => body));
  const text = Buffer.from(texts.join("\n").replace(/[^\n -~]/g, " "));
  const bodies = Array.from({ length: Math.floor(text.length / BODY_BYTES) }, (_, i) =>
    text.toString("latin1", i * BODY_BYTES, (i + 1) * BODY_BYTES),
  );
  await writeFile(file("bodies.json"), JSON.stringify(bodies));
  return file("bodies.json");
}

function table(figures: Readonly<Record<string, number>>): string {
  const rows = new Table({
    head: [`${CONNECTIONS} connections, ${BODY_BYTES} bytes`, "measured", "bar"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  rows.push(
    ["paid by vouchers: requests a second", figures.requestsPerSecond, ""],
    ["without payment and receipts", figures.baselineRequestsPerSecond, ""],
    ["ratio", figures.ratio, `≥ ${RATIO_BAR}`],
    ["99 % of the paid ones within", `${figures.p99Ms} ms`, ""],
  );
  return rows.toString();
}

await run(main);
