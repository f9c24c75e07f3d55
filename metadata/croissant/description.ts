import type { Hex } from "../../scorer/index.ts";
import { compact, isJsonObject, type Json, type JsonObject } from "../json.ts";
import { licenceOfUrl, licenceUrl } from "../licences.ts";
import type { Modality } from "../rows/files.ts";
import { CONTEXT, CROISSANT_1_1, listOf, referenceOf, type Term, Terms, textOf } from "./terms.ts";

/** Who made a dataset. */
export interface Creator {
  readonly type: "Person" | "Organization";
  readonly name: string;
  readonly url?: string;
}

/** What a Croissant file says of a dataset as a whole. */
export interface DatasetFacts {
  readonly name: string;
  readonly description: string;
  /** SPDX ids; the address of a licence that has none. */
  readonly licences: readonly string[];
  readonly creators: readonly Creator[];
  /** Page of the dataset. */
  readonly url: string;
  readonly version?: string;
  /** ISO 8601; stated by the caller, since this folder has no clock. */
  readonly datePublished: string;
  readonly keywords?: readonly string[];
}

/** A file of the distribution. */
export interface CroissantFile {
  readonly id: string;
  /** Path in the folder. */
  readonly name: string;
  readonly contentUrl: string;
  readonly encodingFormats: readonly string[];
  readonly sha256?: Hex;
  /** Bytes. */
  readonly size?: number;
  /** Rows cut from the file. */
  readonly rowCount?: number;
}

/** Files that one record set reads alike. */
export interface CroissantFileSet {
  readonly id: string;
  readonly encodingFormats: readonly string[];
  /** Patterns of paths. */
  readonly includes: readonly string[];
  /** The JSON file that lists the paths, and where in it they are. */
  readonly manifest?: { readonly file: string; readonly jsonPath: string };
}

/** How a field's values are got out of a file. */
export type Extract =
  | { readonly column: string }
  | { readonly jsonPath: string }
  | { readonly fileProperty: "content" | "filename" | "fullpath" | "lines" | "lineNumbers" };

export interface CroissantField {
  readonly id: string;
  readonly name: string;
  readonly dataTypes: readonly string[];
  readonly isArray?: boolean;
  /** Undefined where it is none of the forms that this folder writes. */
  readonly source?: { readonly in: "fileObject" | "fileSet"; readonly id: string; readonly extract: Extract };
}

export interface CroissantRecordSet {
  readonly id: string;
  readonly name: string;
  readonly rowCount?: number;
  readonly fields: readonly CroissantField[];
}

/** A Croissant file in this project's words. */
export interface DatasetDescription extends DatasetFacts {
  readonly modality?: Modality;
  /** Rows of the whole dataset. */
  readonly rowCount?: number;
  /** Id of the file that lists the rows' digests. */
  readonly rowDigests?: string;
  readonly files: readonly CroissantFile[];
  readonly fileSets: readonly CroissantFileSet[];
  readonly recordSets: readonly CroissantRecordSet[];
}

/**
 * The Croissant 1.1 document of a description. Counts, modality and the rows' digests, for which Croissant has no words,
 * are terms of Tributary's namespace.
 *
 * @throws MetadataError `bad-licence`
 */
export function buildCroissant(description: DatasetDescription): JsonObject {
  return compact({
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    conformsTo: CROISSANT_1_1,
    ...factMembers(description),
    "tributary:modality": description.modality,
    "tributary:rowCount": description.rowCount,
    "tributary:rowDigests": description.rowDigests === undefined ? undefined : { "@id": description.rowDigests },
    distribution: [...description.files.map(fileNode), ...description.fileSets.map(fileSetNode)],
    recordSet: description.recordSets.length === 0 ? undefined : description.recordSets.map(recordSetNode),
  });
}

/**
 * A document with some facts replaced, and everything else as it was: properties that this folder doesn't know, order
 * and context.
 *
 * @throws MetadataError `bad-licence`
 */
export function updateCroissant(document: JsonObject, changes: Partial<DatasetFacts>): JsonObject {
  const terms = new Terms(document["@context"]);
  const updated: Record<string, Json> = { ...document };
  for (const [name, value] of Object.entries(factMembers(changes))) {
    updated[terms.property(document, `sc:${name}`)?.name ?? name] = value;
  }
  return updated;
}

/** What a valid document says, in this project's words; the inverse of `buildCroissant`. */
export function describeCroissant(document: JsonObject): DatasetDescription {
  const read = new Reader(document);
  const resources = read.nodes(document, "sc:distribution");
  const keywords = read.list(document, "sc:keywords").flatMap((keyword) => textOf(keyword) ?? []);
  const rowDigests = referenceOf(read.value(document, "tributary:rowDigests"));
  return {
    name: read.text(document, "sc:name") ?? "",
    description: read.text(document, "sc:description") ?? "",
    licences: read.list(document, "sc:license").flatMap((licence) => read.licence(licence) ?? []),
    creators: read.nodes(document, "sc:creator").map((creator) => read.creator(creator)),
    url: read.address(document, "sc:url") ?? "",
    datePublished: read.text(document, "sc:datePublished") ?? "",
    ...optional("version", read.version(document)),
    ...optional("keywords", keywords.length === 0 ? undefined : keywords),
    ...optional("modality", read.modality(document)),
    ...optional("rowCount", read.count(document)),
    ...optional("rowDigests", rowDigests),
    files: resources.filter((node) => read.terms.is(node, "cr:FileObject")).map((node) => read.file(node)),
    fileSets: resources.filter((node) => read.terms.is(node, "cr:FileSet")).map((node) => read.fileSet(node)),
    recordSets: read.nodes(document, "cr:recordSet").map((node) => read.recordSet(node)),
  };
}

function factMembers(facts: Partial<DatasetFacts>): JsonObject {
  return compact({
    name: facts.name,
    description: facts.description,
    license: facts.licences && oneOrMany(facts.licences.map(licenceUrl)),
    creator: facts.creators?.map(({ type, name, url }) => compact({ "@type": `sc:${type}`, name, url })),
    url: facts.url,
    version: facts.version,
    datePublished: facts.datePublished,
    keywords: facts.keywords,
  });
}

function fileNode(file: CroissantFile): JsonObject {
  return compact({
    "@type": "cr:FileObject",
    "@id": file.id,
    name: file.name,
    contentUrl: file.contentUrl,
    encodingFormat: oneOrMany(file.encodingFormats),
    contentSize: file.size === undefined ? undefined : `${file.size} B`,
    sha256: file.sha256?.slice(2),
    "tributary:rowCount": file.rowCount,
  });
}

function fileSetNode({ id, encodingFormats, includes, manifest }: CroissantFileSet): JsonObject {
  return compact({
    "@type": "cr:FileSet",
    "@id": id,
    containedIn: manifest && {
      "@type": "cr:DataSource",
      fileObject: { "@id": manifest.file },
      extract: { jsonPath: manifest.jsonPath },
    },
    encodingFormat: oneOrMany(encodingFormats),
    includes: oneOrMany(includes),
  });
}

function recordSetNode({ id, name, rowCount, fields }: CroissantRecordSet): JsonObject {
  return compact({
    "@type": "cr:RecordSet",
    "@id": id,
    name,
    "tributary:rowCount": rowCount,
    field: fields.map(fieldNode),
  });
}

function fieldNode({ id, name, dataTypes, isArray, source }: CroissantField): JsonObject {
  return compact({
    "@type": "cr:Field",
    "@id": id,
    name,
    dataType: dataTypes.length === 0 ? undefined : oneOrMany(dataTypes),
    isArray,
    source: source && { [source.in]: { "@id": source.id }, extract: source.extract },
  });
}

/** JSON-LD reads one value and a list of it alike; one value is what other tools write. */
function oneOrMany(values: readonly string[]): Json {
  return values.length === 1 ? values[0]! : values;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [K in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: Value };
}

class Reader {
  readonly terms: Terms;

  constructor(document: JsonObject) {
    this.terms = new Terms(document["@context"]);
  }

  value(node: JsonObject, term: Term): Json | undefined {
    return this.terms.property(node, term)?.value;
  }

  list(node: JsonObject, term: Term): readonly Json[] {
    return listOf(this.value(node, term));
  }

  nodes(node: JsonObject, term: Term): JsonObject[] {
    return this.list(node, term).filter(isJsonObject);
  }

  text(node: JsonObject, term: Term): string | undefined {
    return textOf(this.value(node, term));
  }

  texts(node: JsonObject, term: Term): string[] {
    return this.list(node, term).flatMap((value) => textOf(value) ?? []);
  }

  address(node: JsonObject, term: Term): string | undefined {
    const value = this.value(node, term);
    return referenceOf(value) ?? textOf(value);
  }

  licence(value: Json): string | undefined {
    const address = isJsonObject(value)
      ? (referenceOf(value) ?? this.address(value, "sc:url") ?? this.text(value, "sc:name"))
      : textOf(value);
    return address === undefined ? undefined : (licenceOfUrl(address) ?? address);
  }

  creator(node: JsonObject): Creator {
    return {
      type: this.terms.is(node, "sc:Organization") ? "Organization" : "Person",
      name: this.text(node, "sc:name") ?? "",
      ...optional("url", this.address(node, "sc:url")),
    };
  }

  version(node: JsonObject): string | undefined {
    const value = this.value(node, "sc:version");
    return typeof value === "number" ? String(value) : textOf(value);
  }

  modality(node: JsonObject): Modality | undefined {
    const value = this.text(node, "tributary:modality");
    return (["text", "image", "audio", "tabular"] as const).find((modality) => modality === value);
  }

  count(node: JsonObject): number | undefined {
    const value = this.value(node, "tributary:rowCount");
    return typeof value === "number" ? value : undefined;
  }

  file(node: JsonObject): CroissantFile {
    const checksum = this.text(node, "sc:sha256");
    const sha256: Hex | undefined = checksum === undefined ? undefined : `0x${checksum.toLowerCase()}`;
    const size = /^(\d+)( ?B)?$/.exec(this.text(node, "sc:contentSize") ?? "")?.[1];
    const id = referenceOf(node) ?? "";
    return {
      id,
      name: this.text(node, "sc:name") ?? id,
      contentUrl: this.address(node, "sc:contentUrl") ?? "",
      encodingFormats: this.texts(node, "sc:encodingFormat"),
      ...optional("sha256", sha256),
      ...optional("size", size === undefined ? undefined : Number(size)),
      ...optional("rowCount", this.count(node)),
    };
  }

  fileSet(node: JsonObject): CroissantFileSet {
    const container = this.value(node, "cr:containedIn");
    const source = isJsonObject(container) ? container : {};
    const file = referenceOf(this.value(source, "cr:fileObject"));
    const extract = this.value(source, "cr:extract");
    const jsonPath = isJsonObject(extract) ? this.text(extract, "cr:jsonPath") : undefined;
    return {
      id: referenceOf(node) ?? "",
      encodingFormats: this.texts(node, "sc:encodingFormat"),
      includes: this.texts(node, "cr:includes"),
      ...optional("manifest", file === undefined || jsonPath === undefined ? undefined : { file, jsonPath }),
    };
  }

  recordSet(node: JsonObject): CroissantRecordSet {
    const id = referenceOf(node) ?? "";
    return {
      id,
      name: this.text(node, "sc:name") ?? id,
      ...optional("rowCount", this.count(node)),
      fields: this.nodes(node, "cr:field").map((field) => this.field(field)),
    };
  }

  field(node: JsonObject): CroissantField {
    const id = referenceOf(node) ?? "";
    const isArray = this.value(node, "cr:isArray");
    return {
      id,
      name: this.text(node, "sc:name") ?? id,
      dataTypes: this.list(node, "cr:dataType").flatMap((type) => referenceOf(type) ?? textOf(type) ?? []),
      ...optional("isArray", typeof isArray === "boolean" ? isArray : undefined),
      ...optional("source", this.source(this.value(node, "cr:source"))),
    };
  }

  source(value: Json | undefined): CroissantField["source"] {
    if (!isJsonObject(value)) return undefined;
    const extract = this.extract(this.value(value, "cr:extract"));
    if (extract === undefined) return undefined;
    for (const kind of ["fileObject", "fileSet"] as const) {
      const id = referenceOf(this.value(value, `cr:${kind}`));
      if (id !== undefined) return { in: kind, id, extract };
    }
    return undefined;
  }

  extract(value: Json | undefined): Extract | undefined {
    if (!isJsonObject(value)) return undefined;
    const column = this.text(value, "cr:column");
    if (column !== undefined) return { column };
    const jsonPath = this.text(value, "cr:jsonPath");
    if (jsonPath !== undefined) return { jsonPath };
    const property = this.text(value, "cr:fileProperty");
    const known = ["content", "filename", "fullpath", "lines", "lineNumbers"] as const;
    const fileProperty = known.find((name) => name === property);
    return fileProperty === undefined ? undefined : { fileProperty };
  }
}
