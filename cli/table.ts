import type { Command } from "./command.ts";
import { datasetAllow, datasetApprove, datasetInvite } from "./commands/admission.ts";
import { refute, verifyStatement } from "./commands/audit.ts";
import { call } from "./commands/call.ts";
import { claim } from "./commands/claim.ts";
import { contribute, contributeRelay } from "./commands/contribute.ts";
import { datasetCreate, datasetInit, datasetShow, datasetValidate } from "./commands/dataset.ts";
import { explainContribution, explainReceipt } from "./commands/explain.ts";
import { indexBuild, indexVerify } from "./commands/influenceIndex.ts";
import { lineage } from "./commands/lineage.ts";
import { modelExportCard, modelImportCard, modelRegister, modelShow } from "./commands/model.ts";
import { prepay } from "./commands/prepay.ts";
import { priceDelist, priceList } from "./commands/price.ts";
import { receiptVerify } from "./commands/receipt.ts";
import { freeze, review, reviewAccept, reviewOpen, reviewReject } from "./commands/review.ts";
import { proofCheck, proofExport } from "./commands/proofs.ts";
import { proofRow } from "./commands/rowProof.ts";
import { runKeeper, runScorer, runWatchtower } from "./commands/runServices.ts";
import { propose, score } from "./commands/scoring.ts";
import { serve, usageClose } from "./commands/serve.ts";
import { train } from "./commands/train.ts";

/**
 * Every command of the command line; parser, help and documentation are made of it. A command comes before those whose
 * names begin with its own.
 */
export const COMMANDS: readonly Command[] = [
  contribute,
  contributeRelay,
  proofRow,
  proofCheck,
  proofExport,
  claim,
  explainContribution,
  datasetInit,
  datasetValidate,
  datasetCreate,
  datasetShow,
  datasetAllow,
  datasetInvite,
  datasetApprove,
  review,
  reviewOpen,
  reviewAccept,
  reviewReject,
  freeze,
  train,
  indexBuild,
  modelImportCard,
  modelRegister,
  modelShow,
  modelExportCard,
  lineage,
  priceList,
  priceDelist,
  serve,
  usageClose,
  prepay,
  call,
  receiptVerify,
  explainReceipt,
  score,
  propose,
  indexVerify,
  verifyStatement,
  refute,
  runScorer,
  runWatchtower,
  runKeeper,
];
