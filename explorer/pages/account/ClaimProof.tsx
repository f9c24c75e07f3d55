import { ClientError } from "../../../client/clientError.ts";
import { DownloadButton } from "../../components/DownloadButton.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { statementOfPayout } from "./claimActions.ts";

interface ClaimProofProps {
  readonly account: string;
  /** A statement by its hash, or by the payout that was claimed. */
  readonly of: string | { readonly stream: number; readonly payoutHash: string };
}

/** Keeps an account's lines of a statement with their proofs. */
export function ClaimProof({ account, of }: ClaimProofProps) {
  const api = useIndex();
  const { book } = useConfig();
  return (
    <DownloadButton
      make={async () => {
        const { claimFile } = await import("./downloads.ts");
        const hash = typeof of === "string" ? of : await statementOfPayout(api, of.stream, of.payoutHash);
        if (hash === undefined) throw new ClientError("not-found", "the index knows no statement of this payout");
        return claimFile(api, book, hash, account);
      }}
    >
      Proof
    </DownloadButton>
  );
}
