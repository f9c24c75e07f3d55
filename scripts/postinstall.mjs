// Hardhat needs Node 22.13 or newer and ships platform packages whose `engines` say so. npm running under an older
// Node leaves those packages out, although the `node` dev dependency brings a new enough Node with it. This runs the
// same install once more under that Node, so that the two commands of the README also work on an older system.
import { spawnSync } from "node:child_process";

const MINIMUM = [22, 13];
const agent = process.env.npm_config_user_agent ?? "";
const match = /\bnode\/v(\d+)\.(\d+)/.exec(agent);
const npm = process.env.npm_execpath;
const tooOld = match !== null && (Number(match[1]) - MINIMUM[0] || Number(match[2]) - MINIMUM[1]) < 0;

if (tooOld && npm !== undefined) {
  console.error(`npm runs under Node ${match[1]}.${match[2]}: adding the platform packages that need a newer Node`);
  const { status } = spawnSync(process.execPath, [npm, "install", "--ignore-scripts", "--no-save"], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}
