import { isJsonObject, type Json, type JsonObject, shown } from "../json.ts";
import { isAbsoluteUrl } from "../licences.ts";
import { CROISSANT_1_1, listOf, READ_VERSIONS, referenceOf, type Term, Terms, textOf } from "./terms.ts";

/**
 * Which rule of the published shape a finding is about:
 * - `missing`: a required property, or a recommended one (a warning);
 * - `wrong-type`: a value, or a node's `@type`, of another type than the specification says;
 * - `wrong-value`: a value of the right type that means nothing there;
 * - `bad-checksum`: a sha256 that isn't 64 hexadecimal digits;
 * - `duplicate-id`: an `@id` that two nodes have;
 * - `unresolved`: a reference to no node of the document, or to one of another class;
 * - `cycle`: files that contain each other;
 * - `wrong-count`: row counts that don't add up.
 */
export type CroissantRule =
  "missing" | "wrong-type" | "wrong-value" | "bad-checksum" | "duplicate-id" | "unresolved" | "cycle" | "wrong-count";

/** One finding of the validator. */
export interface CroissantIssue {
  /** Where, as a JSONPath. */
  readonly path: string;
  readonly rule: CroissantRule;
  /** An error breaks the specification; a warning is what it only recommends. */
  readonly severity: "error" | "warning";
  /** What was wrong and what to do. */
  readonly message: string;
}

export function isErroneous({ severity }: CroissantIssue): boolean {
  return severity === "error";
}

type NodeClass = "cr:FileObject" | "cr:FileSet" | "cr:RecordSet" | "cr:Field";

/**
 * Checks a document against the shape that Croissant 1.1 publishes (and 1.0, which differs in nothing that is checked
 * here): required properties, types, checksums, unique ids, and that references resolve. Properties that it doesn't
 * know are not its business.
 *
 * @returns every finding
 */
export function validateCroissant(document: unknown): CroissantIssue[] {
  return new Validator(document).issues;
}

/** A node with an id, for references to it. */
interface Known {
  readonly type: NodeClass;
  readonly path: string;
}

interface Visit {
  readonly node: JsonObject;
  readonly path: string;
}

const FILE_PROPERTIES = ["fullpath", "filename", "content", "lines", "lineNumbers"];
const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

class Validator {
  readonly issues: CroissantIssue[] = [];
  readonly #terms: Terms;
  readonly #known = new Map<string, Known>();
  /** For each file or file set, those that it is contained in. */
  readonly #containers = new Map<string, string[]>();
  #isLive = false;

  constructor(document: unknown) {
    this.#terms = new Terms(isJsonObject(document) ? document["@context"] : undefined);
    if (isJsonObject(document)) this.#dataset({ node: document, path: "$" });
    else this.#report("$", "wrong-type", `is ${shown(document)}: a Croissant file is one JSON object`);
  }

  #dataset(dataset: Visit): void {
    const { node } = dataset;
    const context = node["@context"];
    if (context === undefined) {
      this.#report("$['@context']", "missing", "is missing: copy the context of the specification's appendix 1");
    } else if (!isJsonObject(context) && typeof context !== "string" && !Array.isArray(context)) {
      this.#report("$['@context']", "wrong-type", `is ${shown(context)}: write the context as an object`);
    }
    if (!this.#terms.is(node, "sc:Dataset")) {
      this.#report("$['@type']", "wrong-type", `is ${shown(node["@type"])}: write "sc:Dataset"`);
    }
    this.#conformsTo(dataset);
    for (const term of ["sc:name", "sc:description"] as const) this.#text(dataset, term, "error");
    this.#licence(dataset);
    this.#url(dataset);
    this.#creators(dataset);
    this.#datePublished(dataset);
    this.#version(dataset);
    this.#isLive = this.#terms.property(node, "cr:isLiveDataset")?.value === true;

    // References may point forward, so ids are collected first.
    const resources = this.#children(dataset, "sc:distribution", "error");
    const recordSets = this.#children(dataset, "cr:recordSet");
    for (const resource of resources) this.#define(resource, ["cr:FileObject", "cr:FileSet"]);
    for (const recordSet of recordSets) {
      this.#define(recordSet, ["cr:RecordSet"]);
      this.#defineFields(recordSet);
    }
    for (const resource of resources) this.#resource(resource);
    for (const recordSet of recordSets) this.#recordSet(recordSet);
    this.#assertNoCycle();
    this.#rowCounts(dataset, recordSets);
  }

  #conformsTo(dataset: Visit): void {
    const found = this.#terms.property(dataset.node, "dct:conformsTo");
    const path = member(dataset.path, found?.name ?? "conformsTo");
    if (found === undefined) {
      this.#report(path, "missing", `is missing: write ${JSON.stringify(CROISSANT_1_1)}`);
    } else if (
      !listOf(found.value).some((value) => READ_VERSIONS.includes(referenceOf(value) ?? textOf(value) ?? ""))
    ) {
      this.#report(path, "wrong-value", `is ${shown(found.value)}: write ${JSON.stringify(CROISSANT_1_1)}`);
    }
  }

  #licence(dataset: Visit): void {
    const found = this.#required(dataset, "sc:license", "the address of a licence of https://spdx.org/licenses");
    if (found === undefined) return;
    each(found.value, member(dataset.path, found.name), (value, path) => {
      if (isJsonObject(value)) {
        if (referenceOf(value) === undefined && !["sc:url", "sc:name"].some((term) => this.#has(value, term as Term))) {
          this.#report(path, "missing", "has neither url nor name: say which licence it is");
        }
      } else if (typeof value !== "string") {
        this.#report(path, "wrong-type", `is ${shown(value)}: write the address of the licence`);
      } else if (!isAbsoluteUrl(value)) {
        this.#report(path, "wrong-value", `is ${shown(value)}, no address: write https://spdx.org/licenses/…`);
      }
    });
  }

  #url(dataset: Visit): void {
    const found = this.#required(dataset, "sc:url", "the address of the dataset's page");
    if (found === undefined) return;
    const path = member(dataset.path, found.name);
    const url = referenceOf(found.value) ?? found.value;
    if (typeof url !== "string") this.#report(path, "wrong-type", `is ${shown(url)}: write one address`);
    else if (!isAbsoluteUrl(url)) this.#report(path, "wrong-value", `is ${shown(url)}: write an address with https://`);
  }

  #creators(dataset: Visit): void {
    const found = this.#required(dataset, "sc:creator", "a Person or Organization with a name");
    if (found === undefined) return;
    each(found.value, member(dataset.path, found.name), (value, path) => {
      if (!isJsonObject(value)) {
        this.#report(path, "wrong-type", `is ${shown(value)}: write {"@type": "sc:Person", "name": …}`);
        return;
      }
      if (!this.#terms.is(value, "sc:Person") && !this.#terms.is(value, "sc:Organization")) {
        this.#report(
          member(path, "@type"),
          "wrong-type",
          `is ${shown(value["@type"])}: write "sc:Person" or "sc:Organization"`,
        );
      }
      this.#text({ node: value, path }, "sc:name", "error");
    });
  }

  #datePublished(dataset: Visit): void {
    const found = this.#required(dataset, "sc:datePublished", "a date such as 2026-01-31");
    if (found === undefined) return;
    const date = isJsonObject(found.value) ? found.value["@value"] : found.value;
    const path = member(dataset.path, found.name);
    if (typeof date !== "string")
      this.#report(path, "wrong-type", `is ${shown(date)}: write a date such as 2026-01-31`);
    else if (!DATE.test(date)) this.#report(path, "wrong-value", `is ${shown(date)}: write it as 2026-01-31`);
  }

  #version(dataset: Visit): void {
    const found = this.#terms.property(dataset.node, "sc:version");
    const path = member(dataset.path, found?.name ?? "version");
    if (found === undefined) this.#warn(path, "missing", "is missing: number the dataset, from 1.0.0 on");
    else if (typeof found.value !== "string" && typeof found.value !== "number") {
      this.#report(path, "wrong-type", `is ${shown(found.value)}: write a text such as "1.0.0"`);
    } else if (!/^\d+\.\d+\.\d+([-+].+)?$/.test(String(found.value))) {
      this.#warn(path, "wrong-value", `is ${shown(found.value)}: write it as MAJOR.MINOR.PATCH`);
    }
  }

  /** Records a node's class and id, and complains of a second node with the same. */
  #define({ node, path }: Visit, classes: readonly NodeClass[]): void {
    const type = classes.find((candidate) => this.#terms.is(node, candidate));
    if (type === undefined) {
      const expected = classes.map((name) => JSON.stringify(name)).join(" or ");
      this.#report(member(path, "@type"), "wrong-type", `is ${shown(node["@type"])}: write ${expected}`);
    }
    const id = node["@id"];
    if (typeof id !== "string" || id === "") {
      const rule = id === undefined ? "missing" : "wrong-type";
      this.#report(member(path, "@id"), rule, `is ${shown(id)}: give it an id of its own, as text`);
      return;
    }
    const first = this.#known.get(id);
    if (first !== undefined) {
      this.#report(member(path, "@id"), "duplicate-id", `is ${shown(id)}, as at ${first.path}: give it another id`);
    } else if (type !== undefined) {
      this.#known.set(id, { type, path });
    }
  }

  #defineFields(parent: Visit): void {
    for (const term of ["cr:field", "cr:subField", "cr:annotation"] as const) {
      for (const field of this.#children(parent, term)) {
        this.#define(field, ["cr:Field"]);
        this.#defineFields(field);
      }
    }
  }

  #resource(resource: Visit): void {
    const { node, path } = resource;
    const containers = this.#containedIn(resource);
    if (typeof node["@id"] === "string") this.#containers.set(node["@id"], containers);
    for (const term of ["sc:name", "sc:description"] as const) this.#text(resource, term);
    if (this.#terms.is(node, "cr:FileSet")) {
      this.#texts(resource, "cr:includes");
      this.#texts(resource, "cr:excludes");
      this.#texts(resource, "sc:encodingFormat");
      return;
    }
    if (!this.#terms.is(node, "cr:FileObject")) return;
    this.#text(resource, "sc:contentUrl", "error");
    if (this.#required(resource, "sc:encodingFormat", "a media type") !== undefined) {
      this.#texts(resource, "sc:encodingFormat");
    }
    const size = this.#terms.property(node, "sc:contentSize");
    if (size !== undefined && !/^\d+(\.\d+)?\s*([kKMGTP]i?)?[bB]?$/.test(textOrNumber(size.value))) {
      this.#report(member(path, size.name), "wrong-value", `is ${shown(size.value)}: write it as "1234 B"`);
    }
    const checksum = this.#terms.property(node, "sc:sha256");
    if (checksum !== undefined) {
      if (typeof checksum.value !== "string" || !/^[0-9a-f]{64}$/i.test(checksum.value)) {
        this.#report(
          member(path, checksum.name),
          "bad-checksum",
          `is ${shown(checksum.value)}: write the file's SHA-256 as 64 hexadecimal digits, without 0x`,
        );
      }
    } else if (!this.#isLive && containers.length === 0 && !this.#has(node, "cr:md5")) {
      this.#warn(member(path, "sha256"), "missing", "is missing: state it, so that a changed file is noticed");
    }
  }

  /** Ids of the files and file sets that a resource is contained in. */
  #containedIn({ node, path }: Visit): string[] {
    const found =
      this.#terms.property(node, "cr:containedIn") ??
      // The reference implementation's context leaves the word to schema.org.
      this.#terms.property(node, "sc:containedIn");
    if (found === undefined) return [];
    const ids: string[] = [];
    each(found.value, member(path, found.name), (value, place) => {
      if (isJsonObject(value) && !isReference(value)) {
        this.#dataSource({ node: value, path: place });
        return;
      }
      const id = this.#reference(value, place, ["cr:FileObject", "cr:FileSet"]);
      if (id !== undefined) ids.push(id);
    });
    return ids;
  }

  #recordSet(recordSet: Visit): void {
    const { node, path } = recordSet;
    for (const term of ["sc:name", "sc:description"] as const) this.#text(recordSet, term);
    const fields = this.#children(recordSet, "cr:field", "error");
    const data = this.#terms.property(node, "cr:data");
    if (data !== undefined) {
      each(data.value, member(path, data.name), (value, place) => {
        if (!isJsonObject(value)) this.#report(place, "wrong-type", `is ${shown(value)}: write records as objects`);
      });
    }
    this.#dataTypes(recordSet);
    const key = this.#terms.property(node, "cr:key");
    if (key !== undefined) {
      each(key.value, member(path, key.name), (value, place) => {
        // A key may be written as text, relative to its record set.
        if (typeof value !== "string") this.#reference(value, place, ["cr:Field"]);
        else if (
          ![value, `${referenceOf(node) ?? ""}/${value}`].some((id) => this.#known.get(id)?.type === "cr:Field")
        ) {
          this.#report(place, "unresolved", `names the field ${shown(value)}, which isn't there: name one that is`);
        }
      });
    }
    for (const field of fields) this.#field(field, data !== undefined);
    for (const field of this.#children(recordSet, "cr:annotation")) this.#field(field, true);
  }

  #field(field: Visit, hasData: boolean): void {
    const { node, path } = field;
    for (const term of ["sc:name", "sc:description"] as const) this.#text(field, term);
    this.#dataTypes(field);
    const source = this.#terms.property(node, "cr:source");
    if (source !== undefined) this.#source(source.value, member(path, source.name));
    const subFields = this.#children(field, "cr:subField");
    const ways: Term[] = ["cr:source", "cr:value", "cr:subField", "cr:references", "cr:parentField"];
    if (!hasData && !ways.some((term) => this.#has(node, term))) {
      this.#warn(member(path, "source"), "missing", "is missing: say where the field's values come from");
    }
    for (const term of ["cr:references", "cr:parentField"] as const) {
      const found = this.#terms.property(node, term);
      if (found === undefined) continue;
      each(found.value, member(path, found.name), (value, place) => this.#fieldReference(value, place));
    }
    this.#arrayShape(field);
    for (const child of [...subFields, ...this.#children(field, "cr:annotation")]) this.#field(child, true);
  }

  #arrayShape({ node, path }: Visit): void {
    const isArray = this.#terms.property(node, "cr:isArray");
    if (isArray !== undefined && typeof isArray.value !== "boolean") {
      this.#report(member(path, isArray.name), "wrong-type", `is ${shown(isArray.value)}: write true or false`);
    }
    const shape = this.#terms.property(node, "cr:arrayShape");
    if (shape === undefined) return;
    if (isArray?.value !== true) {
      this.#report(member(path, "isArray"), "missing", "is missing: a field with arrayShape needs isArray: true");
    }
    if (typeof shape.value !== "string" || !/^\(?\s*-?\d+(\s*,\s*-?\d+)*\s*,?\s*\)?$/.test(shape.value)) {
      this.#report(member(path, shape.name), "wrong-value", `is ${shown(shape.value)}: write sizes such as "-1,3"`);
    }
  }

  #source(value: Json, path: string): void {
    if (!isJsonObject(value)) {
      this.#report(path, "wrong-type", `is ${shown(value)}: write an object with fileObject, fileSet or @id`);
    } else if (isReference(value)) {
      this.#reference(value, path, ["cr:Field", "cr:FileObject", "cr:FileSet", "cr:RecordSet"]);
    } else {
      this.#dataSource({ node: value, path });
    }
  }

  #dataSource({ node, path }: Visit): void {
    const kinds = [
      ["cr:fileObject", "cr:FileObject"],
      ["cr:fileSet", "cr:FileSet"],
      ["cr:recordSet", "cr:RecordSet"],
    ] as const;
    const named = kinds.flatMap(([term, type]) => {
      const found = this.#terms.property(node, term);
      return found === undefined ? [] : [{ ...found, type }];
    });
    // Reference implementations also write a field as `field`, and a source with its own id.
    if (named.length === 0 && !this.#has(node, "cr:field") && referenceOf(node) === undefined) {
      this.#report(path, "missing", "names no source: write one of fileObject, fileSet, recordSet");
    }
    if (named.length > 1) {
      const names = named.map(({ name }) => name).join(" and ");
      this.#report(path, "wrong-value", `names ${names}: a source is one of them`);
    }
    for (const { name, value, type } of named) this.#reference(value, member(path, name), [type]);
    this.#extract({ node, path });
    const transform = this.#terms.property(node, "cr:transform");
    if (transform === undefined) return;
    each(transform.value, member(path, transform.name), (value, place) => {
      if (!isJsonObject(value))
        this.#report(place, "wrong-type", `is ${shown(value)}: write an object such as {"regex": …}`);
    });
  }

  #extract({ node, path }: Visit): void {
    const found = this.#terms.property(node, "cr:extract");
    if (found === undefined) return;
    const extract = found.value;
    const place = member(path, found.name);
    if (!isJsonObject(extract)) {
      this.#report(place, "wrong-type", `is ${shown(extract)}: write an object such as {"column": "name"}`);
      return;
    }
    this.#text({ node: extract, path: place }, "cr:column");
    const property = this.#terms.property(extract, "cr:fileProperty");
    if (property !== undefined && !FILE_PROPERTIES.includes(textOrNumber(property.value).replace(/^.*[:/]/, ""))) {
      const expected = FILE_PROPERTIES.join(", ");
      this.#report(
        member(place, property.name),
        "wrong-value",
        `is ${shown(property.value)}: write one of ${expected}`,
      );
    }
    const jsonPath = this.#terms.property(extract, "cr:jsonPath");
    if (jsonPath !== undefined && (typeof jsonPath.value !== "string" || !/^[$@.[*\w]/.test(jsonPath.value))) {
      this.#report(
        member(place, jsonPath.name),
        "wrong-value",
        `is ${shown(jsonPath.value)}: write a JSONPath such as $.id`,
      );
    }
    const ways = (["cr:column", "cr:fileProperty", "cr:jsonPath"] as const).filter((term) => this.#has(extract, term));
    if (ways.length > 1) {
      this.#report(place, "wrong-value", "extracts in several ways: write one of column, fileProperty, jsonPath");
    }
  }

  /** `references` and `parentField` point to a field, directly or as {"field": {"@id": …}}. */
  #fieldReference(value: Json, path: string): void {
    const nested = isJsonObject(value) ? this.#terms.property(value, "cr:field") : undefined;
    if (nested === undefined) this.#reference(value, path, ["cr:Field", "cr:RecordSet"]);
    else this.#reference(nested.value, member(path, nested.name), ["cr:Field"]);
  }

  #reference(value: Json, path: string, classes: readonly NodeClass[]): string | undefined {
    const id = referenceOf(value);
    const expected = classes.join(" or ");
    if (id === undefined) {
      this.#report(path, "wrong-type", `is ${shown(value)}: write {"@id": …} of a ${expected}`);
      return undefined;
    }
    const target = this.#known.get(id);
    if (target === undefined) {
      this.#report(path, "unresolved", `points to ${shown(id)}, which isn't there: write the @id of a ${expected}`);
    } else if (!classes.includes(target.type)) {
      this.#report(path, "unresolved", `points to the ${target.type} ${shown(id)}: write the @id of a ${expected}`);
    } else {
      return id;
    }
    return undefined;
  }

  #assertNoCycle(): void {
    for (const start of this.#containers.keys()) {
      const seen = new Set<string>();
      const open = [...(this.#containers.get(start) ?? [])];
      while (open.length > 0) {
        const id = open.pop()!;
        if (id === start) {
          const path = this.#known.get(start)?.path ?? "$";
          this.#report(
            member(path, "containedIn"),
            "cycle",
            `leads back to ${shown(start)}: a file can't contain itself`,
          );
          break;
        }
        if (seen.has(id)) continue;
        seen.add(id);
        open.push(...(this.#containers.get(id) ?? []));
      }
    }
  }

  /** Tributary's own: counts are whole numbers, and those of the record sets add up to that of the dataset. */
  #rowCounts(dataset: Visit, recordSets: readonly Visit[]): void {
    const total = this.#rowCount(dataset);
    const counts = recordSets.map((recordSet) => this.#rowCount(recordSet));
    if (total === undefined || counts.length === 0 || counts.includes(undefined)) return;
    const sum = counts.reduce<number>((before, count) => before + count!, 0);
    if (sum !== total) {
      const path = member(dataset.path, "tributary:rowCount");
      this.#report(path, "wrong-count", `is ${total}, but the record sets have ${sum} rows: correct one of them`);
    }
  }

  #rowCount({ node, path }: Visit): number | undefined {
    const found = this.#terms.property(node, "tributary:rowCount");
    if (found === undefined) return undefined;
    if (Number.isSafeInteger(found.value) && Number(found.value) >= 0) return Number(found.value);
    this.#report(member(path, found.name), "wrong-type", `is ${shown(found.value)}: write a whole number`);
    return undefined;
  }

  #dataTypes({ node, path }: Visit): void {
    const found = this.#terms.property(node, "cr:dataType");
    if (found === undefined) return;
    each(found.value, member(path, found.name), (value, place) => {
      const type = referenceOf(value) ?? value;
      if (typeof type !== "string" || type === "") {
        this.#report(place, "wrong-type", `is ${shown(value)}: write a class such as "sc:Text"`);
      }
    });
  }

  /** Nodes under a property, those that aren't objects reported. */
  #children({ node, path }: Visit, term: Term, required?: "error"): Visit[] {
    const found = this.#terms.property(node, term);
    const place = member(path, found?.name ?? localName(term));
    if (required === "error" && listOf(found?.value).length === 0) {
      this.#report(place, "missing", "is missing or empty: write at least one");
    }
    const visits: Visit[] = [];
    if (found === undefined) return visits;
    each(found.value, place, (value, childPath) => {
      if (isJsonObject(value)) visits.push({ node: value, path: childPath });
      else if (!this.#wasReported(childPath))
        this.#report(childPath, "wrong-type", `is ${shown(value)}: write an object`);
    });
    return visits;
  }

  #text({ node, path }: Visit, term: Term, required?: "error"): void {
    const found = this.#terms.property(node, term);
    const place = member(path, found?.name ?? localName(term));
    if (found === undefined) {
      if (required === "error") this.#report(place, "missing", "is missing: write a text");
    } else if (textOf(found.value) === undefined) {
      this.#report(place, "wrong-type", `is ${shown(found.value)}: write a text`);
    } else if (required === "error" && textOf(found.value)?.trim() === "") {
      this.#report(place, "wrong-value", "is empty: write a text");
    }
  }

  #texts({ node, path }: Visit, term: Term): void {
    const found = this.#terms.property(node, term);
    if (found === undefined) return;
    each(found.value, member(path, found.name), (value, place) => {
      if (typeof value !== "string" || value === "")
        this.#report(place, "wrong-type", `is ${shown(value)}: write a text`);
    });
  }

  #required({ node, path }: Visit, term: Term, what: string): { name: string; value: Json } | undefined {
    const found = this.#terms.property(node, term);
    if (found !== undefined && listOf(found.value).length > 0) return found;
    this.#report(member(path, found?.name ?? localName(term)), "missing", `is missing: write ${what}`);
    return undefined;
  }

  #has(node: JsonObject, term: Term): boolean {
    return this.#terms.property(node, term) !== undefined;
  }

  #wasReported(path: string): boolean {
    return this.issues.some((issue) => issue.path === path);
  }

  #report(path: string, rule: CroissantRule, message: string): void {
    this.issues.push({ path, rule, severity: "error", message });
  }

  #warn(path: string, rule: CroissantRule, message: string): void {
    this.issues.push({ path, rule, severity: "warning", message });
  }
}

/** An object that only points: a node of its own has other members. */
function isReference(value: JsonObject): boolean {
  return Object.keys(value).every((name) => name === "@id") && "@id" in value;
}

function each(value: Json, path: string, visit: (item: Json, path: string) => void): void {
  if (Array.isArray(value)) (value as readonly Json[]).forEach((item, i) => visit(item, `${path}[${i}]`));
  else visit(value, path);
}

function member(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name).replaceAll('"', "'")}]`;
}

/** Empty for anything that is neither. */
function textOrNumber(value: Json): string {
  return typeof value === "number" ? String(value) : (textOf(value) ?? "");
}

function localName(term: Term): string {
  return term.slice(term.indexOf(":") + 1);
}
