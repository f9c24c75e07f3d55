import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
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
  const folder = await mkdtemp(join(tmpdir(), "tributary-kernel-"));
  const target = join(folder, "kernel.wasm");
  try {
    await promisify(execFile)(process.execPath, [
      fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js")),
      join(SOURCES, name),
      "--outFile",
      target,
      "--enable",
      "simd,bulk-memory",
      ...OPTIONS,
    ]);
    return await readFile(target);
  } catch (cause) {
    throw new Error(`the kernel ${name} doesn't compile`, { cause });
  } finally {
    await rm(folder, { recursive: true });
  }
}
