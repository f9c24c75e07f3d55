import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { ClientError } from "../../client/clientError.ts";
import type { Hex, IndexClient } from "../../client/indexApi/index.ts";
import type { DatasetDescription } from "../../metadata/index.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { nameInCard } from "../words/names.ts";
import { publishedFile } from "./files.ts";
import { useIndex } from "./IndexContext.ts";

/** What somebody has published about a dataset or a model. */
export type Card =
  | { readonly is: "croissant"; readonly name: string; readonly description: DatasetDescription }
  /** Members of a JSON file, or keys of a model card, as text. */
  | {
      readonly is: "members";
      readonly name: string;
      readonly description: string;
      readonly members: readonly (readonly [string, string])[];
    }
  | { readonly is: "other"; readonly name: ""; readonly bytes: number };

/** The digest in a place of publication: `sha256:…`. */
export function digestIn(uri: string): Hex | undefined {
  const digest = /^sha256:([0-9a-f]{64})$/.exec(uri)?.[1];
  return digest === undefined ? undefined : `0x${digest}`;
}

/**
 * A published card, checked against its digest.
 *
 * @param digest - from the chain; undefined while it isn't known, or for a card that has none
 */
export function useCard(digest: Hex | undefined, uri: string): UseQueryResult<Card> {
  const api = useIndex();
  const config = useConfig();
  return useQuery({
    // A digest names the same bytes forever.
    queryKey: ["card", digest],
    queryFn: async ({ signal }) => {
      if (digest === undefined) throw new Error("there is no digest");
      return readCard(await publishedFile(api.until(signal), config, `sha256/${digest.slice(2)}`, uri), digest);
    },
    enabled: digest !== undefined,
  });
}

/**
 * The text of a card from the index's server, checked against its digest.
 *
 * @throws ClientError `file-missing` if the server hasn't got it, `file-altered` if it has another digest
 */
export async function cardTextOf(api: IndexClient, digest: Hex): Promise<string> {
  return checkedText(await api.file(`sha256/${digest.slice(2)}`), digest);
}

async function checkedText(bytes: Uint8Array, digest: Hex): Promise<string> {
  const { sha256 } = await import("../../scorer/core/hash.ts");
  if (sha256(bytes) === digest) return new TextDecoder().decode(bytes);
  throw new ClientError(
    "file-altered",
    `the published card has the digest ${sha256(bytes)}, and the chain names ${digest}: ask another server for it`,
  );
}

/**
 * Reads a card: a Croissant description, a Hugging Face model card, or other JSON.
 *
 * @throws ClientError `file-altered` if it hasn't the digest
 */
async function readCard(bytes: Uint8Array, digest: Hex): Promise<Card> {
  const text = await checkedText(bytes, digest);
  const { describeCroissant, importModelCard, MetadataError, parseCroissant } = await import("../../metadata/index.ts");
  const name = nameInCard(text);
  const attempts: readonly (() => Card | undefined)[] = [
    () => {
      const description = describeCroissant(parseCroissant(text));
      return { is: "croissant", name, description };
    },
    () => {
      const { body, kind, parents, datasets, licences } = importModelCard(text);
      const listed = { kind, licence: licences.join(", "), parents: parents.join(", "), datasets: datasets.join(", ") };
      return membersCard(name, { ...listed, description: paragraphOf(body) });
    },
    () => {
      const parsed = JSON.parse(text) as unknown;
      return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
        ? membersCard(name, parsed)
        : undefined;
    },
  ];
  for (const attempt of attempts) {
    try {
      const card = attempt();
      if (card !== undefined) return card;
    } catch (error) {
      if (!(error instanceof MetadataError) && !(error instanceof SyntaxError)) throw error;
    }
  }
  return { is: "other", name: "", bytes: bytes.length };
}

function membersCard(name: string, record: object): Card {
  const members = Object.entries(record).flatMap(([member, value]: [string, unknown]) =>
    (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean"
      ? [[member, String(value)] as const]
      : [],
  );
  const told = new Set(["name", "description"]);
  return {
    is: "members",
    name,
    description: new Map(members).get("description") ?? "",
    members: members.filter(([member]) => !told.has(member)),
  };
}

/** The first paragraph of a Markdown text that isn't a heading. */
function paragraphOf(markdown: string): string {
  return (
    markdown
      .split(/\n\s*\n/)
      .find((part) => /^\s*[^#\s]/.test(part))
      ?.trim() ?? ""
  );
}
