import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MultiProcessMutex } from "@nomicfoundation/hardhat-utils/synchronization";
import { expect } from "chai";

describe("builds of commands that run side by side", () => {
  it("wait for each other, since they share the compiler's cache", async () => {
    const others = new MultiProcessMutex(resolve("cache", "build.lock"));
    const release = await others.acquire();
    let ended: number | null | undefined;
    const build = spawn("hardhat", ["build", "--quiet"], { stdio: "ignore" });
    const end = new Promise<void>((done) =>
      build.on("close", (code) => {
        ended = code;
        done();
      }),
    );
    await sleep(5_000);
    expect(ended, "a build that began while another held the cache").equal(undefined);
    await release();
    await end;
    expect(ended, "the build after the other's end").equal(0);
  });
});
