import { Document, isMap, isScalar, type Pair, parseDocument, type ParsedNode, visit } from "yaml";
import { MetadataError } from "../errors.ts";
import type { Json } from "../json.ts";

/** A card cut at its fences; the five parts one after the other are the card. */
export interface CardParts {
  /** Up to the first fence, and the fence with its line break. */
  readonly opening: string;
  /** The front matter, up to the line break before the closing fence. */
  readonly yaml: string;
  /** The closing fence with its line break. */
  readonly closing: string;
  /** The Markdown. */
  readonly body: string;
}

/**
 * Cuts a card at its fences: lines of three dashes, the first of them at the top.
 *
 * @throws MetadataError `no-front-matter`
 */
export function splitCard(card: string): CardParts {
  const opening = /^\uFEFF?(?:[ \t]*\r?\n)*---[ \t]*(?:\r?\n|$)/.exec(card)?.[0];
  if (opening === undefined) {
    throw new MetadataError(
      "no-front-matter",
      "the card has no front matter: begin it with a line ---, then YAML, then another line ---",
    );
  }
  const rest = card.slice(opening.length);
  const closing = /(?:^|(?<=\n))---[ \t]*(?:\r?\n|$)/.exec(rest);
  if (closing === null) {
    throw new MetadataError(
      "no-front-matter",
      "the card's front matter has no end: close the YAML with a line --- before the text begins",
    );
  }
  return {
    opening,
    yaml: rest.slice(0, closing.index),
    closing: closing[0],
    body: rest.slice(closing.index + closing[0].length),
  };
}

/** Front matter as plain values, in the order of its keys. */
export type FrontMatter = Readonly<Record<string, unknown>>;

/**
 * Reads front matter as YAML 1.2.
 *
 * @throws MetadataError `bad-yaml`, `wrong-type` for anything but a mapping
 */
export function readFrontMatter(yaml: string): FrontMatter {
  const document = parseYaml(yaml);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    throw badYaml(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new MetadataError("wrong-type", "the card's front matter is no mapping: write lines of the form key: value");
  }
  return value as FrontMatter;
}

/**
 * Front matter with some keys set, and others removed where the value is undefined. Every other line stays as it is,
 * comments and blank lines included; new keys come after the key that they belong to, or last.
 *
 * @throws MetadataError `bad-yaml`; `unwritable` for front matter that can't be edited so
 */
export function editFrontMatter(yaml: string, changes: ReadonlyMap<string, Json | undefined>): string {
  if (changes.size === 0) return yaml;
  const wanted: Record<string, unknown> = { ...readFrontMatter(yaml) };
  let edited = yaml;
  for (const [key, value] of changes) {
    // Set afresh, so that the comparison below sees the same order in any case.
    if (value === undefined) Reflect.deleteProperty(wanted, key);
    else wanted[key] = value;
    edited = setKey(edited, key, value);
  }
  let found: FrontMatter | undefined;
  try {
    found = readFrontMatter(edited);
  } catch {
    // An anchor that another key refers to may have gone with its value.
  }
  if (found === undefined || !equal(found, wanted)) {
    const keys = [...changes.keys()].join(", ");
    throw new MetadataError(
      "unwritable",
      `the front matter can't be changed at ${keys} without losing something: write its keys one a line, without anchors`,
    );
  }
  return edited;
}

/**
 * YAML of one key, for new front matter. Whatever a reader of YAML 1.1 or 1.2 might take for something else than text
 * (`no`, 0o17, 12:30) is quoted.
 */
export function yamlOf(key: string, value: Json): string {
  const document = new Document({ [key]: value }, { version: "1.1" });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && !/^[A-Za-z](?:[\w./+-]|:(?=\S))*$/.test(node.value)) {
        node.type = "QUOTE_DOUBLE";
      }
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: false });
}

/** Keys after which a new key is put. */
const PREDECESSOR: Readonly<Record<string, string>> = {
  license_name: "license",
  license_link: "license_name",
  base_model_relation: "base_model",
};

function setKey(yaml: string, key: string, value: Json | undefined): string {
  const document = parseYaml(yaml);
  const root = document.contents;
  if (isMap(root) && root.flow === true) {
    if (value === undefined) document.delete(key);
    else document.set(key, value);
    return document.toString({ lineWidth: 0 });
  }
  const lineBreak = yaml.includes("\r\n") ? "\r\n" : "\n";
  const pairs = isMap(root) ? root.items : [];
  const regions = new Map(pairs.map((pair) => [nameOf(pair), regionOf(pair, yaml)]));
  const region = regions.get(key);
  if (value === undefined) {
    return region === undefined ? yaml : yaml.slice(0, region.start) + yaml.slice(endOfLine(yaml, region.end));
  }
  const text = yamlOf(key, value).replace(/\n$/, "").replaceAll("\n", lineBreak);
  if (region !== undefined) {
    const ended = yaml.slice(region.start, region.end).endsWith("\n");
    return yaml.slice(0, region.start) + text + (ended ? lineBreak : "") + yaml.slice(region.end);
  }
  const predecessor = regions.get(PREDECESSOR[key]);
  const at = predecessor === undefined ? yaml.length : endOfLine(yaml, predecessor.end);
  const before = yaml.slice(0, at);
  return before + (before === "" || before.endsWith("\n") ? "" : lineBreak) + text + lineBreak + yaml.slice(at);
}

/** Where a key and its value stand, without a comment that follows on the same line. */
function regionOf({ key, value }: Pair<ParsedNode, ParsedNode | null>, yaml: string): { start: number; end: number } {
  const start = yaml.lastIndexOf("\n", key.range[0] - 1) + 1;
  return { start, end: value === null ? key.range[1] : value.range[1] };
}

function endOfLine(yaml: string, from: number): number {
  if (yaml[from - 1] === "\n") return from;
  const found = yaml.indexOf("\n", from);
  return found < 0 ? yaml.length : found + 1;
}

function nameOf({ key }: Pair<ParsedNode, ParsedNode | null>): string | undefined {
  return isScalar(key) && typeof key.value === "string" ? key.value : undefined;
}

function parseYaml(yaml: string): Document.Parsed {
  const document = parseDocument(yaml, { logLevel: "error" });
  const error = document.errors[0];
  if (error !== undefined) throw badYaml(error.message, error);
  return document;
}

function badYaml(message: string, cause: unknown): MetadataError {
  const what = message.split("\n")[0]!.replace(/[:.]$/, "");
  return new MetadataError("bad-yaml", `the card's front matter isn't YAML: ${what}; mend it and try again`, { cause });
}

/** Whether two plain values are the same, whatever the order of their keys. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as FrontMatter, b as FrontMatter];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equal(left[name], right[name]))
  );
}
