import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import type { Dataset } from "../../../client/indexApi/index.ts";
import { useConfig } from "../../config/ConfigContext.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { useSuite } from "../../wallet/useSuite.ts";
import { useWallet } from "../../wallet/WalletContext.ts";
import { failureText } from "../../words/failures.ts";
import type { ChosenFile, Permitted } from "../admission/admission.ts";
import { TRAINING } from "../dataset/terms.ts";
import { type Permission, versionKey } from "./registration.ts";

/** A version of a dataset that a model names. */
export interface NamedVersion {
  readonly dataset: Dataset;
  readonly version: number;
}

/**
 * What lets the connected wallet register models that name versions of datasets, by dataset and version; without those
 * on which anybody may train, and those that are still being looked up.
 *
 * @param chosen - lists of trainers that the reader has chosen, by dataset
 */
export function usePermissions(
  named: readonly NamedVersion[],
  chosen: ReadonlyMap<number, ChosenFile>,
): ReadonlyMap<string, Permission> {
  const { account } = useWallet();
  const [api, config, openSuite] = [useIndex(), useConfig(), useSuite()];
  const asked = named.filter(
    ({ dataset: { training, versions }, version }) =>
      training !== TRAINING.anyone && version >= 1 && version <= versions,
  );
  return useQueries({
    queries: asked.map(({ dataset, version }) => {
      const file = chosen.get(dataset.id);
      return {
        queryKey: ["permission", dataset.id, version, dataset.trainers, account, file?.name, file?.text],
        queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
          const [{ trainerPermission }, suite] = await Promise.all([import("../admission/admission.ts"), openSuite()]);
          const sources = { suite, api: api.until(signal), config, chosen: file };
          return trainerPermission(sources, dataset, version, account ?? "");
        },
        enabled: account !== undefined,
      };
    }),
    combine: (results: UseQueryResult<Permitted>[]) =>
      new Map(
        results.flatMap(({ data, error }, i): [string, Permission][] => {
          const one = asked[i];
          if (one === undefined) return [];
          const key = versionKey(one.dataset.id, one.version);
          if (account === undefined) return [[key, { fault: "Connect the wallet that registers the model" }]];
          if (data !== undefined) return [[key, data]];
          return error === null ? [] : [[key, { fault: failureText(error).message }]];
        }),
      ),
  });
}
