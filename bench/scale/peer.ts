import { buffer } from "node:stream/consumers";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { Weights } from "../../scorer/index.ts";

// A process of its own, so that neither tree pays for the other's memory. Weights come in on stdin, 18 bytes each; the
// seconds that the tree took go out on stdout.
const weights = new Weights(await buffer(process.stdin));
const leaves = Array.from(weights, (weight, index): [number, bigint] => [index, weight]);
const start = performance.now();
StandardMerkleTree.of(leaves, ["uint256", "uint144"]);
process.stdout.write(String((performance.now() - start) / 1000));
