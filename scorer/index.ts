export { type Answer, answersDue, type Defence, defencesDue, type Opening, openingsDue } from "./audit/answers.ts";
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
  answerScores,
  type Balance,
  balanceOf,
  contributionScores,
  ratio,
  type Standing,
  standingOf,
} from "./audit/explanation.ts";
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
export type { Pieces } from "./core/blocks.ts";
export { abiWords, fromHex, type Hex, toHex, ZERO_WORD } from "./core/bytes.ts";
export { canonicalJson, jsonDigest } from "./core/canonicalJson.ts";
export { type Claim, type ClaimLine, decodeClaim, encodeClaim, isClaim } from "./core/claim.ts";
export { ScorerError, type ScorerErrorCode } from "./core/errors.ts";
export { keccak256, keccakBytes, sha256 } from "./core/hash.ts";
export { MAX_ROW_EXPONENT } from "./core/indexExponents.ts";
export { indexFileBytes, type IndexHeader, indexLaneBytes, isIndex, MAX_EXPONENT_BOUND } from "./core/indexRows.ts";
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
export {
  assertIndexRoot,
  buildIndex,
  decodeIndex,
  encodeIndex,
  indexLeaf,
  indexRow,
  indexTree,
  type InfluenceIndex,
  type VerifiedIndex,
  verifyIndex,
} from "./core/influenceIndex.ts";
export { ceilLog2, MAX_CONTRIBUTIONS } from "./core/integers.ts";
export { MerkleTree, verifyMerkleProof } from "./core/merkle.ts";
export { MerkleRoot } from "./core/merkleRoot.ts";
export { intervalQuery, packQ, type PaidQuery, quantiseQuery, queryDigest, unpackQ } from "./core/query.ts";
export { type Receipt, receiptLeaf, receiptsTree } from "./core/receipts.ts";
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
export { USAGE_REPORT_TYPE, USAGE_REPORT_TYPES, type UsageReport, usageReportHash } from "./core/usageReport.ts";
export { MAX_LANE, MAX_LANES, quantise, type QuantisedVector, roundHalfAway } from "./core/vector.ts";
export { WEIGHT_BYTES, Weights, writeWeight } from "./core/weights.ts";
export { embeddedText, type EmbeddingConfig, embeddingFeatures } from "./features/embedding.ts";
export {
  ContributionSums,
  type FactorBlock,
  factorLanes,
  FACTORS_FORMAT,
  factorScores,
  factorVectors,
  readFactors,
  readQueryFactors,
  rowFactors,
  type RowFactors,
} from "./features/factors.ts";
export { decodeIdx, isIdx } from "./features/idx.ts";
export { type Mail, parseMail, spamLabel } from "./features/mail.ts";
export { decodeNpy, isNpy } from "./features/npy.ts";
export { type PixelConfig, pixelConfig, pixelFeatures } from "./features/pixels.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  isSafetensors,
  type Safetensors,
  type TensorToWrite,
} from "./features/safetensors.ts";
export { type StoredTensor, tensorIntegers, tensorMatrix, type TensorType } from "./features/tensor.ts";
export { DEFAULT_TEXT_CONFIG, type Text, type TextConfig, textFeatures } from "./features/text.ts";
export { unitFeatures } from "./features/unitRows.ts";
export {
  decodeHead,
  decodeWhitening,
  DEFAULT_RIDGE_CONFIG,
  encodeHead,
  encodeWhitening,
  headDigest,
  predict,
  type Prediction,
  type RidgeConfig,
  type RidgeHead,
  type RidgeModel,
  trainRidge,
  type Whitening,
  whiteningDigest,
} from "./heads/ridge.ts";
export {
  decodeSoftmaxHead,
  DEFAULT_SOFTMAX_CONFIG,
  encodeSoftmaxHead,
  fitSoftmax,
  type SoftmaxConfig,
  type SoftmaxHead,
  type SoftmaxModel,
  softmaxProbabilities,
  trainSoftmax,
} from "./heads/softmax.ts";
export { innerProduct, int16Products, type LaneMatrix, plainProducts } from "./kernels/int16.ts";
export {
  type AnswerValue,
  leadValue,
  logLikelihoodValue,
  marginValue,
  meanAnswerValue,
  squaredErrorValue,
} from "./methods/answerValue.ts";
export { perQueryPositive, positivePart, randomScores, rowCount } from "./methods/baselines.ts";
export { dataBanzhaf } from "./methods/dataBanzhaf.ts";
export { dataInf } from "./methods/dataInf.ts";
export { dataShapley } from "./methods/dataShapley.ts";
export { MAX_PROJECTED_SIDE, PROJECTION_DAMPING, ProjectionFit, projectRows } from "./methods/factorProjection.ts";
export { factoredScores, float64FactoredScores, plainFactoredScores } from "./methods/factoredScores.ts";
export { gradientCosine, gradientDot, gradientNorms } from "./methods/gradients.ts";
export { type Grouping, sumByGroup, sumOverQueries } from "./methods/groups.ts";
export {
  attributeContributions,
  DEFAULT_ALPHA,
  halfCreditedMethod,
  laneCount,
  queryVector,
  type TrainingRows,
} from "./methods/halfCredited.ts";
export {
  halfCreditedQueries,
  halfCreditedRows,
  SOFTMAX_ALPHA,
  softmaxWhitening,
} from "./methods/halfCreditedSoftmax.ts";
export { configuredLambda, HEAD_KINDS, headEmbedding, type HeadKind, readAnsweringModel } from "./methods/headKinds.ts";
export {
  dampedInverse,
  eigenInfluence,
  kfacInfluence,
  type KroneckerFactors,
  kroneckerFactors,
  type KroneckerWhitening,
  kroneckerWhitening,
  softmaxCurvature,
  type SpectralFilter,
  unfinishedTraining,
  whitenFactors,
} from "./methods/kfac.ts";
export { DEFAULT_NEIGHBOURS, knnShapley } from "./methods/knnShapley.ts";
export { decodeKroneckerWhitening, encodeKroneckerWhitening } from "./methods/kroneckerFile.ts";
export { leaveOut } from "./methods/leaveOut.ts";
export { type KroneckerProjection, kroneckerProjection, lograEmbedding, projectFactors } from "./methods/logra.ts";
export {
  type AttributionMethod,
  type AttributionTask,
  type Embedding,
  type EmbeddingMethod,
  embeddingScores,
  type GradientFactors,
  type LabelledRows,
} from "./methods/method.ts";
export { decodeProjections, encodeProjections } from "./methods/projectionFile.ts";
export { ATTRIBUTION_METHODS } from "./methods/registry.ts";
export { queriesOf, removalEffect, type RemovalEffect } from "./methods/removalEffect.ts";
export { headWithout, leaveGroupOutScores, leaveOneOut, leaveOneOutScores } from "./methods/ridgeRemoval.ts";
export {
  halfCredited,
  halfCreditedScores,
  halfCreditedSelfScores,
  whitenedProducts,
  type WhitenedRidge,
  whitenRidge,
} from "./methods/ridgeScores.ts";
export { RidgeSubsets, ridgeUtility } from "./methods/ridgeSubsets.ts";
export {
  CREDITING_RULES,
  type CreditingDescription,
  type CreditingRule,
  describeCrediting,
  type HeadName,
  type MethodDescription,
  type ProRataDescription,
  RULE_ALPHAS,
} from "./methods/rules.ts";
export { softmaxFactors } from "./methods/softmaxFactors.ts";
export { flatten, MAX_EXACT_PARAMETERS, softmaxHessian, softmaxInfluence } from "./methods/softmaxInfluence.ts";
export {
  dataInfInfluence,
  ekfac,
  exactInfluence,
  gradientCosineScores,
  gradientDotScores,
  halfCreditedSoftmax,
  kfac,
  logra,
  type SoftmaxMethodOptions,
  softmaxUtility,
  trakEnsemble,
} from "./methods/softmaxMethods.ts";
export {
  type AnsweringModel,
  answeringRidge,
  answeringSoftmax,
  contributionVectors,
  embed,
  largestOutputs,
  type Outputs,
  queryVectors,
  rowScores,
  type TrainedModel,
  trainedRidge,
  trainedSoftmax,
} from "./methods/trainedModel.ts";
export { trak } from "./methods/trak.ts";
export type { Estimate, Utility } from "./methods/utility.ts";
export { contrastBasis, contrasts } from "./numeric/contrasts.ts";
export {
  addToDiagonal,
  columnProducts,
  factorise,
  lowerGram,
  product,
  rowProducts,
  scaleRows,
  solveRows,
} from "./numeric/dense.ts";
export { type Eigen, symmetricEigen } from "./numeric/eigen.ts";
export { exp, log } from "./numeric/elementary.ts";
export { matrix, type Matrix } from "./numeric/linalg.ts";
export { Random } from "./numeric/random.ts";
export {
  coefficientOfVariation,
  gini,
  mean,
  pearson,
  quantile,
  ranks,
  rocAuc,
  spearman,
  standardDeviation,
} from "./numeric/statistics.ts";
export { type Bm25Config, Bm25Index, type Bm25Ranking, DEFAULT_BM25_CONFIG } from "./spans/bm25.ts";
export { type Corpus, readCorpus } from "./spans/corpus.ts";
export {
  describeSources,
  indexTexts,
  type SimilarSource,
  type SourceIndex,
  type Sources,
  sourcesOf,
  type VerbatimSource,
} from "./spans/sources.ts";
export { SpanIndex } from "./spans/spanIndex.ts";
export { locate, tokensOf } from "./spans/tokens.ts";
export {
  type Credit,
  creditByContribution,
  DEFAULT_TRACE_CONFIG,
  type Holder,
  type Span,
  trace,
  type TraceConfig,
} from "./spans/trace.ts";
