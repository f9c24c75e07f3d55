import type { Dataset, Hex } from "../../../client/indexApi/index.ts";
import {
  CONTRIBUTION_TYPES,
  type ContributionMessage,
  datasetDomain,
  NO_ADMISSION,
} from "../../../client/contributions.ts";
import type { IDatasetRegistry } from "../../../typechain-types/dataset/DatasetRegistry.ts";
import { bondCalls } from "../../chain/calls.ts";
import { saveFile } from "../../components/DownloadButton.tsx";
import type { Acting, Action, Call } from "../../wallet/action.ts";
import { CURATION } from "./terms.ts";

/** What is contributed. */
export interface ContributedRows {
  readonly dataset: Dataset;
  /** SHA-256 of each row. */
  readonly digests: readonly Hex[];
  /** Where the rows will be published; empty if that isn't said. */
  readonly uri: string;
  /** What shows that the wallet may contribute; undefined where nothing is asked for. */
  readonly admission: IDatasetRegistry.AdmissionStruct | undefined;
}

const SIGNATURE_LASTS = 7n * 86_400n;

/** Root over rows; every leaf names the wallet. */
export async function rootFor(account: string, digests: readonly Hex[]): Promise<Hex> {
  const { digestTree } = await import("../../../metadata/index.ts");
  return digestTree(account.toLowerCase() as Hex, digests).root;
}

/** What a contributor locks in all. */
export function depositFor({ deposit, curation }: Dataset, rows: number): bigint {
  return curation === CURATION.open ? deposit * BigInt(rows) : deposit;
}

async function depositCalls(acting: Acting, { dataset, digests }: ContributedRows): Promise<readonly Call[]> {
  const needed = depositFor(dataset, digests.length);
  return needed === 0n ? [] : bondCalls(acting, "datasets", needed);
}

/** Contributes rows of the wallet's own, in a transaction of its own. */
export function contributeAction(rows: ContributedRows): Action {
  const { dataset, digests, uri, admission } = rows;
  return {
    title: "Contribute",
    meaning: `Commits your wallet to ${digests.length} rows of dataset ${dataset.id}. The root over their digests goes to the chain; the rows stay with you.`,
    prepare: async (acting) => {
      const root = await rootFor(acting.account, digests);
      const { datasets } = acting.suite;
      const asked = [dataset.id, root, digests.length, uri] as const;
      const transaction =
        admission === undefined
          ? await datasets.contribute.populateTransaction(...asked)
          : await datasets.contributeAdmitted.populateTransaction(...asked, admission);
      return [
        ...(await depositCalls(acting, rows)),
        { doing: `the contribution of ${digests.length} rows`, transaction },
      ];
    },
  };
}

/** Signs a contribution for somebody else to send, who pays the gas and can change nothing. */
export function signContributionAction(rows: ContributedRows): Action {
  const { dataset, digests, uri, admission = NO_ADMISSION } = rows;
  let asked: ContributionMessage | undefined;
  return {
    title: "Sign a contribution",
    meaning: `Your signature commits your wallet to ${digests.length} rows of dataset ${dataset.id}. You get a file; whoever has it can send it within seven days, pays the gas, and can change nothing.`,
    message: async (acting) => {
      const { hexlify, randomBytes } = await import("ethers");
      const { suite, account } = acting;
      const [root, block] = await Promise.all([rootFor(account, digests), suite.provider.getBlock("latest")]);
      asked = {
        dataset: BigInt(dataset.id),
        root,
        rows: digests.length,
        nonce: BigInt(hexlify(randomBytes(32))),
        deadline: BigInt(block?.timestamp ?? 0) + SIGNATURE_LASTS,
        uri,
      };
      return {
        meaning: "Dataset, root, rows, place of publication and deadline are what you sign; the wallet shows the same.",
        domain: datasetDomain(suite),
        types: CONTRIBUTION_TYPES,
        primaryType: "Contribution",
        values: { ...asked, contributor: account },
      };
    },
    signed: async ({ suite, account }, signature) => {
      if (asked === undefined) throw new Error("nothing was asked");
      const [{ encodeSignedContribution }, { explainError }] = await Promise.all([
        import("../../../client/signedContribution.ts"),
        import("../../../client/errors.ts"),
      ]);
      const contribution = { ...asked, contributor: account, admission, signature };
      // What the chain would refuse is of no use to anybody.
      await suite.datasets.contributeSigned.staticCall(contribution).catch((error: unknown) => {
        throw explainError(error, "the signed contribution");
      });
      const { chainId, contracts } = suite.book;
      const file = encodeSignedContribution({ chainId, datasets: contracts.datasets, contribution });
      saveFile({ name: `contribution-${asked.root.slice(2, 10)}.json`, type: "application/json", text: file });
      return "The file is saved. Send it with tributary contribute relay, or give it to somebody who does.";
    },
  };
}
