import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceRequest } from "../../services/gateway/ports.ts";
import { senderNamed } from "../../scripts/demo/cast.ts";
import type { Sender } from "../../client/index.ts";
import type { Node } from "../support/process.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { buildLineage, type LineageWorld } from "../cli/support/world.ts";

/** A lineage on a chain of its own, and somebody with demo dollars who never sends a transaction. */
export interface GatewayWorld extends LineageWorld {
  readonly url: string;
  readonly folder: string;
  readonly payer: Sender;
  readonly tearDown: () => Promise<void>;
}

/** What the payer begins with, in the currency's smallest unit. */
export const PURSE = 50_000_000n;

/** Starts a chain and registers the demo's models there; nothing was paid yet. */
export async function startWorld(start: () => Promise<Node> = startNode): Promise<GatewayWorld> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-gateway-"));
  const node = await start();
  const world = await buildLineage(node.url, folder);
  const payer = senderNamed(world.chain, "x402 payer");
  const { currency } = world.suite;
  await world.cast.tuner.send("minting demo dollars", currency.mint.populateTransaction(payer.address, PURSE));
  const tearDown = async (): Promise<void> => {
    await world.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  };
  return { ...world, url: node.url, folder, payer, tearDown };
}

/** A request as the gateway's server makes it. */
export function requestOf(headers: Readonly<Record<string, string>>, body = "", url = "/classify"): InferenceRequest {
  const bytes = new TextEncoder().encode(body);
  return {
    method: "POST",
    url,
    headers,
    body: bytes,
    digest: `0x${createHash("sha256").update(bytes).digest("hex")}`,
    signal: new AbortController().signal,
  };
}
