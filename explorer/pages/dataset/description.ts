import type { UseQueryResult } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import { ClientError } from "../../../client/clientError.ts";
import type { Dataset, Hex } from "../../../client/indexApi/index.ts";
import type { DatasetDescription } from "../../../metadata/index.ts";
import { useConfig } from "../../config/ConfigContext.ts";
import { publishedFile } from "../../data/files.ts";
import { useIndex } from "../../data/IndexContext.ts";

/** What is published under the digest that the chain has. */
export type Published =
  | { readonly is: "croissant"; readonly description: DatasetDescription }
  /** Another JSON file with these members, as text. */
  | { readonly is: "json"; readonly name: string | undefined; readonly members: readonly (readonly [string, string])[] }
  | { readonly is: "other"; readonly bytes: number };

/** A dataset's published description, checked against its digest on the chain. */
export function useDescription(dataset: Dataset | undefined): UseQueryResult<Published> {
  const api = useIndex();
  const config = useConfig();
  return useQuery({
    // A digest names the same bytes forever.
    queryKey: ["description", dataset?.metadataDigest],
    queryFn: async ({ signal }) => {
      if (dataset === undefined) throw new Error("there is no dataset");
      const { metadataDigest, uri } = dataset;
      return readDescription(
        await publishedFile(api.until(signal), config, `sha256/${metadataDigest.slice(2)}`, uri),
        metadataDigest,
      );
    },
    enabled: dataset !== undefined,
  });
}

/**
 * Reads a description.
 *
 * @throws ClientError `file-altered` if it hasn't the digest
 */
export async function readDescription(bytes: Uint8Array, digest: Hex): Promise<Published> {
  const [{ sha256 }, { describeCroissant, parseCroissant, MetadataError }] = await Promise.all([
    import("../../../scorer/core/hash.ts"),
    import("../../../metadata/index.ts"),
  ]);
  if (sha256(bytes) !== digest) {
    throw new ClientError(
      "file-altered",
      `the published description has the digest ${sha256(bytes)}, and the chain names ${digest}: ask another server for it`,
    );
  }
  const text = new TextDecoder().decode(bytes);
  try {
    return { is: "croissant", description: describeCroissant(parseCroissant(text)) };
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
  }
  const plain = membersOf(text);
  return plain ?? { is: "other", bytes: bytes.length };
}

function membersOf(text: string): Published | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const members = Object.entries(parsed).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? [[name, String(value)] as const]
      : [],
  );
  return { is: "json", name: members.find(([name]) => name === "name")?.[1], members };
}
