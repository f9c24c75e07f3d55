import { MetadataError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, shown } from "../json.ts";
import { spdxOfCardLicence } from "../licences.ts";
import { decodeUtf8 } from "../utf8.ts";
import {
  type CardParts,
  editFrontMatter,
  type FrontMatter,
  readFrontMatter,
  splitCard,
  yamlOf,
} from "./frontMatter.ts";

/** Hugging Face's words for what a model is to its parents: values of `base_model_relation`. */
export const RELATIONS = ["finetune", "adapter", "merge", "quantized"] as const;
export type Relation = (typeof RELATIONS)[number];

/** Kinds of the model registry, in the order of its numbers. */
export const MODEL_KINDS = ["base", ...RELATIONS, "agent"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** The part of a card that a registration is made of, and a card is made of. */
export interface CardRegistration {
  readonly kind: ModelKind;
  /** Names of the parents, as the card has them (`owner/model`). */
  readonly parents: readonly string[];
  /** Names of the datasets. */
  readonly datasets: readonly string[];
  /** Licences as Hugging Face names them (`apache-2.0`, `other`). Left out in an export: as the card has it. */
  readonly licences?: readonly string[];
  /** What `other` stands for. */
  readonly licenceName?: string;
  /** A file of the repository, or an address. */
  readonly licenceLink?: string;
  /** What only Tributary knows (chain, id, digests, shares), but for the kind. Left out in an export: as the card has it. */
  readonly tributary?: JsonObject;
}

/** How a card's kind was found. */
export type KindSource =
  /** `base_model_relation` says it. */
  | "relation"
  /** `tributary.kind` says it. */
  | "tributary"
  /** There is no parent, so it is a base model. */
  | "no-parents"
  /** The card doesn't say; inferred as Hugging Face does: several parents are merged, PEFT makes adapters. */
  | "inferred";

/** An imported card. */
export interface ModelCard extends CardRegistration {
  readonly licences: readonly string[];
  readonly kindSource: KindSource;
  /** SPDX ids of the licences that have one. */
  readonly spdx: readonly string[];
  /** All keys that this folder doesn't interpret, in their order. */
  readonly unknown: FrontMatter;
  /** The Markdown, as it stands. */
  readonly body: string;
  /** The whole card, as it stands. */
  readonly source: string;
}

const KNOWN_KEYS = new Set([
  "license",
  "license_name",
  "license_link",
  "base_model",
  "base_model_relation",
  "datasets",
  "tributary",
]);

/**
 * Reads a Hugging Face model card: YAML between fences, then Markdown.
 *
 * @param card - the text, or its UTF-8
 * @throws MetadataError `no-front-matter`, `bad-yaml`, `wrong-type`, `unknown-relation`, `unknown-kind`, `inconsistent`,
 * `invalid-utf8`
 */
export function importModelCard(card: string | Uint8Array): ModelCard {
  const source = typeof card === "string" ? card : decodeUtf8(card, "the model card");
  const { yaml, body } = splitCard(source);
  const matter = readFrontMatter(yaml);
  const parents = namesAt(matter, "base_model");
  const block = blockOf(matter);
  const { kind, kindSource } = kindOf(matter, parents, block);
  const licences = namesAt(matter, "license");
  const licenceName = textAt(matter, "license_name");
  const licenceLink = textAt(matter, "license_link");
  const facts = block && Object.fromEntries(Object.entries(block).filter(([name]) => name !== "kind"));
  return {
    kind,
    kindSource,
    parents,
    datasets: namesAt(matter, "datasets"),
    licences,
    ...(licenceName === undefined ? {} : { licenceName }),
    ...(licenceLink === undefined ? {} : { licenceLink }),
    ...(facts === undefined || Object.keys(facts).length === 0 ? {} : { tributary: facts }),
    spdx: licences.flatMap((licence) => spdxOfCardLicence(licence) ?? []),
    unknown: Object.fromEntries(Object.entries(matter).filter(([key]) => !KNOWN_KEYS.has(key))),
    body,
    source,
  };
}

/**
 * Writes a Hugging Face model card.
 *
 * With an imported card, that card is changed only where the registration says something else: an unchanged registration
 * gives the same bytes, and no key, comment or line of the body is lost in any case. Without one, a new card is written.
 *
 * @param options.card - the imported card to change
 * @param options.body - Markdown of a new card, or in place of the imported one's
 * @throws MetadataError `inconsistent` for a registration that no card can say; `wrong-type` for names that are empty or
 * have line breaks; `unwritable` for front matter that can't be changed without losing something
 */
export function exportModelCard(
  registration: CardRegistration,
  options: { readonly card?: Pick<ModelCard, "source">; readonly body?: string } = {},
): string {
  assertRegistration(registration);
  if (options.card === undefined) return newCard(registration, options.body ?? "");
  const parts = splitCard(options.card.source);
  const yaml = editFrontMatter(parts.yaml, changesTo(importModelCard(options.card.source), registration, parts));
  return parts.opening + yaml + parts.closing + (options.body ?? parts.body);
}

function newCard(registration: CardRegistration, body: string): string {
  const { kind, parents, datasets, licences, licenceName, licenceLink } = registration;
  const block = kind === "agent" ? { kind, ...registration.tributary } : registration.tributary;
  const keys: [string, Json | undefined][] = [
    ["license", oneOrMany(licences ?? [])],
    ["license_name", licenceName],
    ["license_link", licenceLink],
    ["base_model", oneOrMany(parents)],
    ["base_model_relation", isRelation(kind) ? kind : undefined],
    ["datasets", datasets.length === 0 ? undefined : datasets],
    ["tributary", block],
  ];
  const yaml = keys.map(([key, value]) => (value === undefined ? "" : yamlOf(key, value))).join("");
  return `---\n${yaml}---\n${body}`;
}

/** The keys of a card that a registration changes, in the order in which they are set. */
function changesTo(
  card: ModelCard,
  registration: CardRegistration,
  parts: CardParts,
): ReadonlyMap<string, Json | undefined> {
  const changes = new Map<string, Json | undefined>();
  const { kind, parents, datasets, licences, licenceName, licenceLink, tributary } = registration;
  if (licences !== undefined && !sameNames(card.licences, licences)) changes.set("license", oneOrMany(licences));
  if (licenceName !== undefined && licenceName !== card.licenceName) changes.set("license_name", licenceName);
  if (licenceLink !== undefined && licenceLink !== card.licenceLink) changes.set("license_link", licenceLink);
  if (!sameNames(card.parents, parents)) changes.set("base_model", oneOrMany(parents));
  if (!sameNames(card.datasets, datasets)) changes.set("datasets", datasets.length === 0 ? undefined : datasets);
  // Another list of parents may change what is inferred, so the relation is said where either changes.
  const matter = readFrontMatter(parts.yaml);
  const saysKind = card.kind === kind && (card.kindSource !== "inferred" || sameNames(card.parents, parents));
  if (!saysKind || (kind === "base" && "base_model_relation" in matter)) {
    const relation = isRelation(kind) ? kind : undefined;
    if (matter.base_model_relation !== relation) changes.set("base_model_relation", relation);
  }
  const block = blockOf(matter);
  const restated: JsonObject = kind === "agent" || block?.kind !== undefined ? { kind } : {};
  const merged: JsonObject = { ...block, ...restated, ...tributary };
  if (Object.keys(merged).length > 0 && JSON.stringify(merged) !== JSON.stringify(block)) {
    changes.set("tributary", merged);
  }
  return changes;
}

/**
 * @throws MetadataError `inconsistent`, `wrong-type`
 */
function assertRegistration({ kind, parents, datasets, licences, tributary, ...rest }: CardRegistration): void {
  if (kind === "base" && parents.length > 0) {
    throw new MetadataError(
      "inconsistent",
      `a base model has no parents, and this one has ${parents.join(", ")}: say how it came from them (${RELATIONS.join(", ")})`,
    );
  }
  if (isRelation(kind) && parents.length === 0) {
    throw new MetadataError("inconsistent", `a model of kind ${kind} has a parent: name it, or make the kind base`);
  }
  if (tributary !== undefined && "kind" in tributary) {
    throw new MetadataError("inconsistent", "tributary.kind is written from the kind: leave it out of tributary");
  }
  const texts = [rest.licenceName, rest.licenceLink].filter((text) => text !== undefined);
  for (const name of [...parents, ...datasets, ...(licences ?? []), ...texts]) {
    if (name === "" || /\p{Cc}/u.test(name)) {
      throw new MetadataError("wrong-type", `${JSON.stringify(name)} is no name: use one line of text`);
    }
  }
}

function kindOf(
  matter: FrontMatter,
  parents: readonly string[],
  block: JsonObject | undefined,
): { kind: ModelKind; kindSource: KindSource } {
  const relation = relationAt(matter);
  const said = saidKind(block);
  if (relation !== undefined && parents.length === 0) {
    throw new MetadataError(
      "inconsistent",
      `base_model_relation is ${relation}, but there is no base_model: name the parent, or remove the relation`,
    );
  }
  if (relation !== undefined && said !== undefined && said !== relation) {
    throw new MetadataError(
      "inconsistent",
      `base_model_relation is ${relation}, but tributary.kind is ${said}: remove one of them`,
    );
  }
  if (said !== undefined) {
    if (said === "base" && parents.length > 0) {
      throw new MetadataError("inconsistent", "tributary.kind is base, but there is a base_model: remove one of them");
    }
    if (isRelation(said) && parents.length === 0) {
      throw new MetadataError("inconsistent", `tributary.kind is ${said}, but there is no base_model: name the parent`);
    }
    return { kind: said, kindSource: "tributary" };
  }
  if (relation !== undefined) return { kind: relation, kindSource: "relation" };
  if (parents.length === 0) return { kind: "base", kindSource: "no-parents" };
  if (parents.length > 1) return { kind: "merge", kindSource: "inferred" };
  return { kind: matter.library_name === "peft" ? "adapter" : "finetune", kindSource: "inferred" };
}

function relationAt(matter: FrontMatter): Relation | undefined {
  const text = textAt(matter, "base_model_relation");
  if (text === undefined) return undefined;
  const relation = RELATIONS.find((word) => word === text);
  if (relation === undefined) {
    throw new MetadataError(
      "unknown-relation",
      `base_model_relation is ${JSON.stringify(text)}: write one of ${RELATIONS.join(", ")}`,
    );
  }
  return relation;
}

function saidKind(block: JsonObject | undefined): ModelKind | undefined {
  const said = block?.kind;
  if (said === undefined || said === null) return undefined;
  const kind = MODEL_KINDS.find((word) => word === said);
  if (kind === undefined) {
    throw new MetadataError("unknown-kind", `tributary.kind is ${shown(said)}: write one of ${MODEL_KINDS.join(", ")}`);
  }
  return kind;
}

function blockOf(matter: FrontMatter): JsonObject | undefined {
  const block = matter.tributary;
  if (block === undefined || block === null) return undefined;
  if (!isJsonObject(block)) {
    throw new MetadataError("wrong-type", `tributary is ${shown(block)}: write a mapping, such as kind: agent`);
  }
  return block;
}

/** Names under a key that takes one or a list of them; null and an empty list are none. */
function namesAt(matter: FrontMatter, key: string): string[] {
  const value = matter[key];
  if (value === undefined || value === null) return [];
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  return names.map((name, i) => {
    if (typeof name === "string" && name !== "") return name;
    const place = Array.isArray(value) ? `${key}[${i}]` : key;
    throw new MetadataError("wrong-type", `${place} is ${shown(name)}: write a name, in quotes if it is all digits`);
  });
}

function textAt(matter: FrontMatter, key: string): string | undefined {
  const value = matter[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new MetadataError("wrong-type", `${key} is ${shown(value)}: write one text`);
}

function isRelation(kind: ModelKind): kind is Relation {
  return kind !== "base" && kind !== "agent";
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function oneOrMany(names: readonly string[]): Json | undefined {
  if (names.length === 0) return undefined;
  return names.length === 1 ? names[0] : names;
}
