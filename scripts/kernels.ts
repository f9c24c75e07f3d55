import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import assemblyscript from "assemblyscript/package.json" with { type: "json" };

const FOLDER = fileURLToPath(new URL("../scorer/kernels/", import.meta.url));
const SOURCES = join(FOLDER, "assembly");
/** A module of TypeScript, so that the scorer needs neither disk nor network to have its kernels. */
const TARGET = join(FOLDER, "generated.ts");

const OPTIONS = ["--optimizeLevel", "3", "--noAssert", "--runtime", "stub", "--use", "abort=", "--initialMemory", "1"];

/**
 * Compiles the scorer's AssemblyScript kernels to WebAssembly, each a constant named after its file. Does nothing when
 * the sources haven't changed since.
 *
 * @throws Error with the compiler's messages
 */
export async function buildKernels(): Promise<void> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith(".ts")).sort();
  const sources = await Promise.all(names.map((name) => readFile(join(SOURCES, name), "utf8")));
  const digest = createHash("sha256")
    .update(JSON.stringify([assemblyscript.version, OPTIONS, names, sources]))
    .digest("hex");
  const heading = `// Generated from assembly/ by the build: ${digest}\n`;
  const present = await readFile(TARGET, "utf8").catch(() => "");
  if (present.startsWith(heading)) return;
  const constants = await Promise.all(
    names.map(
      async (name) => `export const ${name.slice(0, -3)} =\n  "${(await compile(name)).toString("base64")}";\n`,
    ),
  );
  await writeFile(TARGET, heading + constants.join(""));
}

async function compile(name: string): Promise<Buffer> {
  // Loading the compiler takes seconds, most builds don't need it.
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array | undefined;
  const messages = asc.createMemoryStream();
  const { error } = await asc.main(
    [name, "--baseDir", SOURCES, "--outFile", "kernel.wasm", "--enable", "simd,bulk-memory", ...OPTIONS],
    {
      stderr: messages,
      writeFile: (file, contents) => {
        if (file === "kernel.wasm" && typeof contents !== "string") binary = contents;
      },
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`the kernel ${name} doesn't compile:\n${messages.toString()}`);
  return Buffer.from(binary);
}
