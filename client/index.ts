export {
  type AllowLists,
  decodeInvitation,
  decodeWalletList,
  encodeInvitation,
  encodeWalletList,
  type Invitation,
  readAllowLists,
  signInvitation,
  type WalletList,
  walletList,
} from "./admission.ts";
export { type AddressBook, parseAddressBook, ROLES, type Role } from "./addressBook.ts";
export { type Books, type FinalStatement, readBooks } from "./books.ts";
export {
  claimLines,
  claimProRata,
  type LineClaim,
  packedClaim,
  type ProRataClaim,
  proRataPlace,
  type SingleClaim,
} from "./claims.ts";
export { ClientError, type ClientErrorCode, type Revert } from "./clientError.ts";
export {
  ChainProvider,
  type EventIndex,
  type EventQuery,
  type FoundEvents,
  type IndexedEvent,
  type IndexedRole,
  type IndexSource,
} from "./chainProvider.ts";
export {
  CONTRIBUTION_TYPES,
  type ContributionMessage,
  datasetDomain,
  INVITATION_TYPES,
  NO_ADMISSION,
  signContribution,
} from "./contributions.ts";
export { decodeRevert, explainError, isOverload, type NodeAnswer } from "./errors.ts";
export {
  type KnownStatement,
  type OwnBalance,
  type OwnInterval,
  type OwnStream,
  readAllStatements,
  readOwnBalance,
  readOwnIntervals,
  readOwnStreams,
} from "./earnings.ts";
export {
  Caller,
  type CallerOptions,
  type CallerStore,
  type ModelRequest,
  type PaidAnswer,
  type VoucherSigner,
} from "./caller.ts";
export { checkClaim, claimOf } from "./claimFiles.ts";
export { readGame, readPostedWeights, statedTree } from "./challenges.ts";
export {
  type ChainStatement,
  checkStatementFile,
  evidenceOf,
  lineEvidence,
  linesOf,
  payoutHash,
  type ProposedStatement,
  readStatement,
  readStatements,
  reportQuery,
  shortSumProof,
  statementHash,
  type StatementState,
  statementStruct,
  weightProof,
} from "./statements.ts";
export { modelOfStream, readMembers, type StreamMembers, streamIdOf } from "./streams.ts";
export { connectSuite, type Suite, suiteAt } from "./suite.ts";
export {
  checkReceipts,
  isReceiptOf,
  PAID_CALL_TYPES,
  PAID_CALLS_TYPES,
  receiptsFile,
  reportOf,
  parseReceipts,
  parseSignedReceipt,
  type ProvenReceipt,
  type PublishedReceipt,
  RECEIPT_HEADER,
  receiptSigner,
  type SignedReceipt,
  verifyReceipt,
} from "./receipts.ts";
export { isContributor, type Payer, readPayers, readPayingContributors } from "./payers.ts";
export {
  type SelfPayment,
  selfPayment,
  type SelfPaymentTerms,
  type WashedWeights,
  washingGain,
  washingLimit,
} from "./selfPayment.ts";
export { type Recomputed, recompute, statedIndex } from "./recompute.ts";
export { refusalHint } from "./refusals.ts";
export { Sender } from "./transactions.ts";
export { readUsageReport, signUsageReport } from "./usage.ts";
export {
  type Ancestry,
  type LineageEdge,
  type Page,
  type Paged,
  type PaidContribution,
  readAncestors,
  readChildren,
  readContributions,
  readParents,
} from "./lineage.ts";
export {
  type AuthorizedPayment,
  CHARGE_TYPES,
  marketDomain,
  signAuthorization,
  signCharge,
  signPermit,
  signVoucher,
  VOUCHER_SCHEME,
  VOUCHER_TYPES,
} from "./payments.ts";
export { interfaceOf } from "./interfaces.ts";
