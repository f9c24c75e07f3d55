export {
  buildCroissant,
  type Creator,
  type CroissantField,
  type CroissantFile,
  type CroissantFileSet,
  type CroissantRecordSet,
  type DatasetDescription,
  type DatasetFacts,
  describeCroissant,
  type Extract,
  updateCroissant,
} from "./croissant/description.ts";
export { assertCroissant, parseCroissant, writeCroissant } from "./croissant/document.ts";
export { CONTEXT, CROISSANT_1_1, TRIBUTARY_NAMESPACE } from "./croissant/terms.ts";
export { type CroissantIssue, type CroissantRule, isErroneous, validateCroissant } from "./croissant/validate.ts";
export { MetadataError, type MetadataErrorCode } from "./errors.ts";
export { type DatasetOptions, initDataset, type InitialisedDataset } from "./initDataset.ts";
export { DigestIndex, type RowCopy, type RowPlace } from "./intake/digestIndex.ts";
export { type GreyImage, hammingDistance, HASH_BITS, perceptualHash } from "./intake/images.ts";
export {
  type Findings,
  Intake,
  type IntakeOptions,
  type Likeness,
  type NearCopy,
  type RowContent,
} from "./intake/intake.ts";
export { keepRows } from "./intake/keepRows.ts";
export { DEFAULT_IMAGE_DISTANCE, type NearImage, NearImages } from "./intake/nearImages.ts";
export { DEFAULT_TEXT_SEARCH, type NearText, NearTexts, type TextSearch } from "./intake/nearTexts.ts";
export { DEFAULT_COSINE, type NearVector, NearVectors } from "./intake/nearVectors.ts";
export { type Resemblance, resemblanceOf, shinglesOf, wordsOf } from "./intake/shingles.ts";
export type { Json, JsonObject } from "./json.ts";
export { cardLicenceOfSpdx, licenceOfUrl, licenceUrl, spdxOfCardLicence } from "./licences.ts";
export type { FrontMatter } from "./modelCard/frontMatter.ts";
export {
  type CardRegistration,
  exportModelCard,
  importModelCard,
  type KindSource,
  MODEL_KINDS,
  type ModelCard,
  type ModelKind,
  type Relation,
  RELATIONS,
} from "./modelCard/modelCard.ts";
export type { Column, DataType } from "./rows/columns.ts";
export {
  CROISSANT_FILE,
  type DatasetFile,
  type FileKind,
  inferModality,
  type Modality,
  ROWS_FILE,
} from "./rows/files.ts";
export { digestTree, proveRow, type RowProof, verifyRow } from "./rows/proof.ts";
export {
  type DatasetRow,
  type DatasetRows,
  duplicatesOf,
  type DuplicateRows,
  readRows,
  type RowFile,
} from "./rows/rows.ts";
export { decodeRowsFile, encodeRowsFile, type RowsFile } from "./rows/rowsFile.ts";
