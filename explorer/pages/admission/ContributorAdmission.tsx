import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ChangeEvent } from "react";
import type { Dataset } from "../../../client/indexApi/index.ts";
import { Field } from "../../components/Field.tsx";
import { Loading } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { useSuite } from "../../wallet/useSuite.ts";
import { useWallet } from "../../wallet/WalletContext.ts";
import { failureText } from "../../words/failures.ts";
import { CURATION } from "../dataset/terms.ts";
import type { Admitted } from "./admission.ts";
import { useChosenFile } from "./useChosenFile.ts";

/** Whether the connected wallet may contribute to a dataset, and what shows it. */
export interface ContributorAdmission {
  /** Whether the dataset asks for it at all. */
  readonly isAsked: boolean;
  readonly query: UseQueryResult<Admitted>;
  /** Why the wallet can't contribute now; undefined if it can. */
  readonly unavailable: string | undefined;
  readonly choose: (event: ChangeEvent<HTMLInputElement>) => void;
}

/** Looks the wallet up on the dataset's published list, or in a file that the reader chooses. */
export function useContributorAdmission({ id, curation, contributors }: Dataset): ContributorAdmission {
  const { account } = useWallet();
  const [api, config, openSuite] = [useIndex(), useConfig(), useSuite()];
  const { chosen, choose } = useChosenFile();
  const isAsked = curation === CURATION.allowList;
  const query = useQuery({
    // The list changes with its root, and not with every block.
    queryKey: ["admission", id, contributors, account, chosen?.name, chosen?.text],
    queryFn: async ({ signal }) => {
      const [{ contributorAdmission }, suite] = await Promise.all([import("./admission.ts"), openSuite()]);
      return contributorAdmission({ suite, api: api.until(signal), config, chosen }, id, account ?? "");
    },
    enabled: isAsked && account !== undefined,
  });
  const unavailable =
    !isAsked || account === undefined || query.data !== undefined
      ? undefined
      : query.error === null
        ? "Looking for your wallet on the list"
        : "Your wallet isn’t admitted, see above";
  return { isAsked, query, unavailable, choose };
}

/** Says whether the wallet is on the list, and takes a list or an invitation. */
export function AdmissionField({ query, choose }: Pick<ContributorAdmission, "query" | "choose">) {
  const { account } = useWallet();
  return (
    <div className="form" aria-live="polite">
      {account === undefined ? (
        <p className="note">This dataset has a list of wallets that may contribute: connect yours to look it up.</p>
      ) : query.data !== undefined ? (
        <p className="good-text">{query.data.because}</p>
      ) : query.error !== null ? (
        <p className="fault">{failureText(query.error).message}</p>
      ) : (
        <Loading what="the dataset’s list" lines={1} />
      )}
      <Field
        label="List or invitation (optional)"
        hint="The owner’s file with one address a line, or what a curator signed for your wallet. It stays in this browser, and is checked against the chain."
      >
        {(control) => <input {...control} type="file" accept=".txt,.json,.csv" onChange={choose} />}
      </Field>
    </div>
  );
}
