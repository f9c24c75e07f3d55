import { canonicalJson, type Hex } from "../../scorer/index.ts";
import { kernelDigests } from "./kernels.ts";
import { pixelDigests } from "./pixels.ts";
import { softmaxDigests } from "./softmax.ts";
import { spamDigests } from "./spam.ts";
import { streamedDigests } from "./streamed.ts";
import { textDigests } from "./texts.ts";

/** What must be the same everywhere, by name. */
const DIGESTS: Readonly<Record<string, (threads: number) => Record<string, Hex> | Promise<Record<string, Hex>>>> = {
  kernels: kernelDigests,
  pixels: pixelDigests,
  softmax: softmaxDigests,
  spam: spamDigests,
  streamed: streamedDigests,
  texts: textDigests,
};

/** `digest.js THREADS` prints one line of canonical JSON: the digests of each name. */
async function main(): Promise<void> {
  const threads = Number(process.argv[2] ?? 1);
  const found: Record<string, Record<string, Hex>> = {};
  for (const [name, compute] of Object.entries(DIGESTS)) found[name] = await compute(threads);
  process.stdout.write(canonicalJson(found));
}

await main();
