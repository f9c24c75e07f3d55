export { startHardhatNode, startNode, stopNode } from "../../../scripts/localNode.ts";
