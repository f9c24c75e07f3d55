import type { Command } from "./command.ts";
import { proofCheck, refute, verifyStatement } from "./commands/audit.ts";
import { claim, contribute } from "./commands/contributor.ts";
import { indexBuild, indexVerify } from "./commands/influenceIndex.ts";
import { propose, score } from "./commands/scoring.ts";
import { datasetShow, modelShow } from "./commands/show.ts";
import { train } from "./commands/train.ts";

/** Every command of the command line; parser, help and documentation are made of it. */
export const COMMANDS: readonly Command[] = [
  contribute,
  proofCheck,
  claim,
  datasetShow,
  train,
  indexBuild,
  modelShow,
  score,
  propose,
  indexVerify,
  verifyStatement,
  refute,
];
