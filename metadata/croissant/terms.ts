import { isJsonObject, type Json, type JsonObject } from "../json.ts";

/** The version of the specification that is written, and those that are read. */
export const CROISSANT_1_1 = "http://mlcommons.org/croissant/1.1";
export const READ_VERSIONS: readonly string[] = ["http://mlcommons.org/croissant/1.0", CROISSANT_1_1];

/** Prefix of Tributary's own terms: what Croissant has no word for. */
export const TRIBUTARY_NAMESPACE = "urn:tributary:";

/** The JSON-LD context of the specification, version 1.1, appendix 1, and the prefix of Tributary's terms. */
export const CONTEXT: JsonObject = {
  "@language": "en",
  "@vocab": "http://schema.org/",
  sc: "http://schema.org/",
  cr: "http://mlcommons.org/croissant/",
  rai: "http://mlcommons.org/croissant/RAI/",
  dct: "http://purl.org/dc/terms/",
  annotation: "cr:annotation",
  arrayShape: "cr:arrayShape",
  citeAs: "cr:citeAs",
  column: "cr:column",
  conformsTo: "dct:conformsTo",
  containedIn: "cr:containedIn",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  equivalentProperty: "cr:equivalentProperty",
  examples: { "@id": "cr:examples", "@type": "@json" },
  excludes: "cr:excludes",
  extract: "cr:extract",
  field: "cr:field",
  fileProperty: "cr:fileProperty",
  fileObject: "cr:fileObject",
  fileSet: "cr:fileSet",
  format: "cr:format",
  includes: "cr:includes",
  isArray: "cr:isArray",
  isLiveDataset: "cr:isLiveDataset",
  jsonPath: "cr:jsonPath",
  key: "cr:key",
  md5: "cr:md5",
  parentField: "cr:parentField",
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  readLines: "cr:readLines",
  sdVersion: "cr:sdVersion",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
  unArchive: "cr:unArchive",
  value: "cr:value",
  tributary: TRIBUTARY_NAMESPACE,
};

/** A property or class that this folder knows, as `prefix:name`. */
export type Term = `${"sc" | "cr" | "dct" | "tributary"}:${string}`;

/**
 * Reads a document's names as its own JSON-LD context defines them, so that `cr:recordSet`, `recordSet` and
 * `http://mlcommons.org/croissant/recordSet` are the same. What its context leaves open is read as the published one
 * has it. Types and prefixes only: this is no JSON-LD processor.
 */
export class Terms {
  readonly #own: JsonObject;
  readonly #vocabulary: string;
  readonly #expanded = new Map<string, string>();

  constructor(context: Json | undefined) {
    const parts = Array.isArray(context) ? (context as readonly Json[]) : [context ?? null];
    this.#own = Object.assign({}, ...parts.filter(isJsonObject)) as JsonObject;
    const vocabulary = this.#own["@vocab"];
    this.#vocabulary = typeof vocabulary === "string" ? vocabulary : "http://schema.org/";
  }

  /** The first property of a node that means a term: its name in the document, and its value; null says nothing. */
  property(node: JsonObject, term: Term): { name: string; value: Json } | undefined {
    for (const [name, value] of Object.entries(node)) {
      if (!name.startsWith("@") && value !== null && this.means(name, term)) return { name, value };
    }
    return undefined;
  }

  /** Whether a node's `@type`, or one of them, is a class. */
  is(node: JsonObject, type: Term): boolean {
    return listOf(node["@type"]).some((name) => typeof name === "string" && this.means(name, type));
  }

  means(name: string, term: Term): boolean {
    return this.#expand(name) === this.#expand(term);
  }

  #expand(name: string): string {
    let iri = this.#expanded.get(name);
    if (iri === undefined) {
      iri = this.#resolve(name, 0)
        .replace(/^https:\/\/(schema\.org\/|mlcommons\.org\/croissant\/)/, "http://$1")
        .replace(/^http:\/\/www\.schema\.org\//, "http://schema.org/");
      this.#expanded.set(name, iri);
    }
    return iri;
  }

  #resolve(name: string, depth: number): string {
    // A context may define its terms in a circle.
    if (depth > 8) return name;
    const alias = definition(this.#own, name) ?? definition(CONTEXT, name);
    if (alias !== undefined && alias !== name) return this.#resolve(alias, depth + 1);
    const colon = name.indexOf(":");
    if (colon < 0) return this.#vocabulary + name;
    const prefix = name.slice(0, colon);
    const base = name.startsWith("//", colon + 1)
      ? undefined
      : (definition(this.#own, prefix) ?? definition(CONTEXT, prefix));
    return base === undefined ? name : this.#resolve(base, depth + 1) + name.slice(colon + 1);
  }
}

function definition(context: JsonObject, name: string): string | undefined {
  if (!Object.hasOwn(context, name)) return undefined;
  const entry = context[name];
  if (typeof entry === "string") return entry;
  return isJsonObject(entry) && typeof entry["@id"] === "string" ? entry["@id"] : undefined;
}

/** JSON-LD writes one value and a list of one value alike. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** A text, also where it is written as a value object or, from 1.1 on, in several languages: the first is taken. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!isJsonObject(value)) return undefined;
  const text = value["@value"] ?? Object.values(value)[0];
  return typeof text === "string" ? text : undefined;
}

/** The id that a reference, an object of `@id` alone, points to. */
export function referenceOf(value: Json | undefined): string | undefined {
  return isJsonObject(value) && typeof value["@id"] === "string" ? value["@id"] : undefined;
}
