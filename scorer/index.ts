export { type Answer, answersDue } from "./audit/answers.ts";
export {
  audit,
  type AuditInput,
  cheapestRefutation,
  type Forecast,
  type GasPrices,
  type Plan,
  type Step,
  type Verdict,
} from "./audit/audit.ts";
export {
  type ChallengedNode,
  type Game,
  isOpen,
  LEVELS_SHOWN,
  levelsShown,
  type NodeAnswer,
  type NodePlace,
  settlementsDue,
  type StatedTree,
} from "./audit/game.ts";
export { KnownTree, type WrongLine } from "./audit/knownTree.ts";
export { type LineProof, lineProof } from "./audit/lineProof.ts";
export {
  type MethodDescription,
  attributeContributions,
  DEFAULT_ALPHA,
  halfCreditedMethod,
  laneCount,
  queryVector,
  type TrainingRows,
} from "./methods/halfCredited.ts";
export { factoredScores, float64FactoredScores, plainFactoredScores } from "./methods/factoredScores.ts";
export type { AttributionMethod, AttributionTask, Embedding, GradientFactors, LabelledRows } from "./methods/method.ts";
export { int16Products, type LaneMatrix, plainProducts } from "./kernels/int16.ts";
export type { Pieces } from "./core/blocks.ts";
export { abiWords, fromHex, type Hex, toHex, ZERO_WORD } from "./core/bytes.ts";
export { type Claim, type ClaimLine, decodeClaim, encodeClaim, isClaim } from "./core/claim.ts";
export { canonicalJson, jsonDigest } from "./core/canonicalJson.ts";
export { ScorerError, type ScorerErrorCode } from "./core/errors.ts";
export { keccak256, keccakBytes, sha256 } from "./core/hash.ts";
export { MAX_ROW_EXPONENT } from "./core/indexExponents.ts";
export {
  type BlockResult,
  type BlockTask,
  type BlockWork,
  hashIndex,
  type IndexScan,
  scanBlock,
  scoreIndex,
  type Scoring,
} from "./core/indexScan.ts";
export {
  decodeIndexStream,
  encodeIndexStream,
  type IndexBlock,
  indexBlocks,
  type IndexStream,
  streamIndex,
} from "./core/indexStream.ts";
export { type IndexHeader, indexFileBytes, indexLaneBytes, MAX_EXPONENT_BOUND } from "./core/indexRows.ts";
export {
  assertIndexRoot,
  buildIndex,
  decodeIndex,
  encodeIndex,
  type InfluenceIndex,
  indexLeaf,
  indexRow,
  indexTree,
  type VerifiedIndex,
  verifyIndex,
} from "./core/influenceIndex.ts";
export { ceilLog2, MAX_CONTRIBUTIONS } from "./core/integers.ts";
export { type Matrix, matrix } from "./numeric/linalg.ts";
export { MerkleRoot } from "./core/merkleRoot.ts";
export { MerkleTree, verifyMerkleProof } from "./core/merkle.ts";
export { intervalQuery, type PaidQuery, packQ, quantiseQuery, queryDigest, unpackQ } from "./core/query.ts";
export { type Receipt, receiptLeaf, receiptsTree } from "./core/receipts.ts";
export {
  DEFAULT_RIDGE_CONFIG,
  decodeHead,
  decodeWhitening,
  encodeHead,
  encodeWhitening,
  headDigest,
  type Prediction,
  predict,
  type RidgeConfig,
  type RidgeHead,
  type RidgeModel,
  trainRidge,
  type Whitening,
  whiteningDigest,
} from "./heads/ridge.ts";
export { contributionTree, rowLeaf } from "./core/rows.ts";
export { amounts, payables, payableWeights } from "./core/scoring.ts";
export {
  buildStatement,
  decodeStatement,
  encodeStatement,
  isPackedStatement,
  MAX_JSON_LINES,
  packStatement,
  type Statement,
  type StatementInput,
  type StatementLine,
  statementOf,
  unpackStatement,
  type WeighedInput,
} from "./core/statement.ts";
export { SUM_NODE_BYTES, type SumNode } from "./core/sumNode.ts";
export { type ProvenLine, SumTree, verifySumProof } from "./core/sumTree.ts";
export { DEFAULT_TEXT_CONFIG, type Text, type TextConfig, textFeatures } from "./features/text.ts";
export { USAGE_REPORT_TYPE, USAGE_REPORT_TYPES, type UsageReport, usageReportHash } from "./core/usageReport.ts";
export { MAX_LANE, MAX_LANES, type QuantisedVector, quantise, roundHalfAway } from "./core/vector.ts";
export { WEIGHT_BYTES, Weights, writeWeight } from "./core/weights.ts";
export { type Mail, parseMail, spamLabel } from "./features/mail.ts";
