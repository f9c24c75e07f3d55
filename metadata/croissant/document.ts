import { MetadataError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { isErroneous, validateCroissant } from "./validate.ts";

/**
 * Reads a Croissant file. The document is the JSON as it stands, so writing it again loses no property, known or not.
 *
 * @throws MetadataError `bad-json`, `invalid-croissant` with every finding in `issues`
 */
export function parseCroissant(text: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new MetadataError("bad-json", `the Croissant file isn't JSON: ${String(cause)}; mend it and try again`, {
      cause,
    });
  }
  assertCroissant(document);
  return document;
}

/** The text of a Croissant file: two spaces of indentation, properties in the order of the document. */
export function writeCroissant(document: JsonObject): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/**
 * @throws MetadataError `invalid-croissant` with every finding in `issues`
 */
export function assertCroissant(document: unknown): asserts document is JsonObject {
  const issues = validateCroissant(document);
  const errors = issues.filter(isErroneous);
  if (errors.length === 0 && isJsonObject(document)) return;
  const first = errors.slice(0, 3).map(({ path, message }) => `${path} ${message}`);
  const more = errors.length > 3 ? `; and ${errors.length - 3} more` : "";
  throw new MetadataError("invalid-croissant", `the Croissant file is not valid: ${first.join("; ")}${more}`, {
    issues,
  });
}
