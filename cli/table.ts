import type { Command } from "./command.ts";
import { datasetAllow, datasetApprove, datasetInvite } from "./commands/admission.ts";
import { refute, verifyStatement } from "./commands/audit.ts";
import { bondDeposit, bondShow, bondWithdraw } from "./commands/bond.ts";
import { call } from "./commands/call.ts";
import { claim } from "./commands/claim.ts";
import {
  indexActivate,
  indexCommit,
  indexDemand,
  indexReject,
  indexRelease,
  indexShow,
  indexSilence,
} from "./commands/committedIndex.ts";
import { contribute, contributeRelay } from "./commands/contribute.ts";
import { datasetCreate, datasetInit, datasetShow, datasetValidate } from "./commands/dataset.ts";
import { explainContribution } from "./commands/explainContribution.ts";
import { explainReceipt } from "./commands/explainReceipt.ts";
import { indexBuild, indexQueries, indexVerify } from "./commands/influenceIndex.ts";
import { callSilence, challenge, defend, descend, open, settle } from "./commands/dispute.ts";
import { earnings } from "./commands/earnings.ts";
import { exportRecords } from "./commands/export.ts";
import { cut, distribute, fallback, finalise, intervalReject, sweep } from "./commands/intervals.ts";
import { lineage } from "./commands/lineage.ts";
import { manualCommands } from "./commands/manual.ts";
import { modelExportCard, modelImportCard, modelRegister, modelShow } from "./commands/model.ts";
import {
  contributionRetire,
  contributionWithdraw,
  datasetCurators,
  datasetDescribe,
  datasetTerms,
  datasetTransfer,
} from "./commands/ownedDataset.ts";
import { modelSetOperator, modelSetTerms, modelTransfer, setPayout } from "./commands/ownedModel.ts";
import { prepay } from "./commands/prepay.ts";
import { priceDelist, priceList } from "./commands/price.ts";
import { receiptVerify } from "./commands/receipt.ts";
import { freeze, review, reviewAccept, reviewOpen, reviewReject } from "./commands/review.ts";
import { proofCheck, proofExport } from "./commands/proofs.ts";
import { proofRow } from "./commands/rowProof.ts";
import { runIndexer } from "./commands/runIndexer.ts";
import { runKeeper, runScorer, runWatchtower } from "./commands/runServices.ts";
import { propose, score } from "./commands/scoring.ts";
import { serve, usageClose } from "./commands/serve.ts";
import { train } from "./commands/train.ts";
import { verifyAll } from "./commands/verifyAll.ts";
import { setRecipient, withdraw, withdrawPrepaid } from "./commands/withdraw.ts";

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
  contributionWithdraw,
  contributionRetire,
  earnings,
  claim,
  withdraw,
  setRecipient,
  explainContribution,
  datasetInit,
  datasetValidate,
  datasetCreate,
  datasetShow,
  datasetTerms,
  datasetDescribe,
  datasetCurators,
  datasetTransfer,
  datasetAllow,
  datasetInvite,
  datasetApprove,
  review,
  reviewOpen,
  reviewAccept,
  reviewReject,
  freeze,
  indexReject,
  intervalReject,
  train,
  indexBuild,
  indexQueries,
  indexCommit,
  indexActivate,
  indexShow,
  modelImportCard,
  modelRegister,
  modelShow,
  modelExportCard,
  modelSetOperator,
  modelSetTerms,
  modelTransfer,
  setPayout,
  lineage,
  priceList,
  priceDelist,
  serve,
  usageClose,
  prepay,
  call,
  withdrawPrepaid,
  receiptVerify,
  explainReceipt,
  score,
  propose,
  open,
  defend,
  bondShow,
  bondDeposit,
  bondWithdraw,
  indexVerify,
  indexDemand,
  indexSilence,
  indexRelease,
  verifyStatement,
  verifyAll,
  challenge,
  descend,
  refute,
  runScorer,
  runWatchtower,
  runKeeper,
  runIndexer,
  callSilence,
  settle,
  exportRecords,
  cut,
  distribute,
  sweep,
  finalise,
  fallback,
  ...manualCommands(() => COMMANDS),
];
