import { bytecodes } from "../solc.ts";

/** Run by several Node versions: compiles the contracts that it is given as `file:Name`, and prints their bytecode. */
const built = bytecodes(process.argv.slice(2));
if ("error" in built) throw new Error(built.error);
const codes = Object.entries(built.contracts).map(([contract, { bytecode }]) => [contract.split(":")[1], bytecode]);
process.stdout.write(JSON.stringify(Object.fromEntries(codes)));
