import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page never deploys: without their bytecode the generated factories are a fifth as long. */
const withoutBytecode: Plugin = {
  name: "tributary-without-bytecode",
  transform: (code, id) =>
    /typechain-types\/factories\/.*__factory\.ts$/.test(id)
      ? { code: code.replace(/const _bytecode =\s*"0x[^"]*"/, 'const _bytecode = "0x"'), map: null }
      : undefined,
};

export default defineConfig({
  root: folder("."),
  // Git-ignored, and not among the installed packages, which others may share.
  cacheDir: folder("../cache/explorer"),
  // Relative, so that the built folder works under any path.
  base: "./",
  plugins: [withoutBytecode],
  // Without node's Buffer.
  resolve: { alias: { "csv-parse/sync": "csv-parse/browser/esm/sync" } },
  esbuild: { jsx: "automatic" },
  build: {
    outDir: folder("dist"),
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    rollupOptions: {
      // React's libraries mark modules for frameworks that render on a server.
      onwarn: (warning, warn) => (warning.code === "MODULE_LEVEL_DIRECTIVE" ? undefined : warn(warning)),
      treeshake: {
        // Of our folders' index files a page takes what it names: their modules do nothing by being imported.
        moduleSideEffects: (id) => !/\/(client|scorer|typechain-types)\//.test(id),
      },
    },
  },
});
