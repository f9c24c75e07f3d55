import { join } from "node:path";
import { fileURLToPath } from "node:url";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig, overrideTask } from "hardhat/config";
import { SETTINGS } from "./scripts/solc.ts";

/**
 * One compiler setting for tests, demo and deployments: what is tested is what ships. Both profiles are written in
 * full because Hardhat's own `production` profile would drop viaIR, evmVersion and runs, and Ignition deploys with it.
 * The compiler comes from npm (`path`), so that nothing is downloaded.
 */
const compiler = {
  version: "0.8.37",
  path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: SETTINGS,
};

/** Milliseconds to wait for builds of others: a build from nothing takes one or two minutes. */
const BUILD_TIMEOUT = 900_000;

/**
 * The build makes the scorer's WebAssembly kernels too: whatever needs the contracts' artifacts builds first.
 * Commands that run side by side build one after another, since they share the cache of the compiler.
 */
const build = overrideTask("build")
  .setInlineAction(async (args, hre, runSuper) => {
    const { MultiProcessMutex } = await import("@nomicfoundation/hardhat-utils/synchronization");
    const { buildKernels } = await import("./scripts/kernels.ts");
    return await new MultiProcessMutex(join(hre.config.paths.cache, "build.lock"), BUILD_TIMEOUT).use(async () => {
      await buildKernels();
      return (await runSuper(args)) as unknown;
    });
  })
  .build();

export default defineConfig({
  plugins: [toolbox],
  tasks: [build],
  solidity: { profiles: { default: compiler, production: compiler } },
  // Mutants run the tests on artifacts of their own.
  paths: { artifacts: process.env.TRIBUTARY_ARTIFACTS ?? "./artifacts" },
  typechain: { outDir: "./typechain-types" },
  networks: {
    hardhat: { type: "edr-simulated", chainType: "l1", hardfork: "prague" },
    op: { type: "edr-simulated", chainType: "op", hardfork: "isthmus" },
    // The benchmark's chain begins in the past of the clock that it sets itself.
    bench: { type: "edr-simulated", chainType: "l1", hardfork: "prague", initialDate: "2026-01-01T00:00:00Z" },
    localhost: { type: "http", chainType: "l1", url: process.env.TRIBUTARY_LOCALHOST ?? "http://127.0.0.1:8545" },
    testnet: {
      type: "http",
      chainType: "l1",
      url: configVariable("TRIBUTARY_RPC_URL"),
      accounts: [configVariable("TRIBUTARY_DEPLOYER_KEY")],
    },
  },
  test: {
    mocha: { timeout: Number(process.env.TRIBUTARY_TEST_TIMEOUT ?? 120_000) },
    solidity: {
      fuzz: {
        runs: Number(process.env.FUZZ_RUNS ?? 256),
        seed: "0x7472696275746172790000000000000000000000000000000000000000000000",
      },
      invariant: {
        runs: Number(process.env.INVARIANT_RUNS ?? 32),
        depth: Number(process.env.INVARIANT_DEPTH ?? 100),
      },
    },
  },
});
