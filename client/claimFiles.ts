import { getAddress } from "ethers";
import type { Claim, Hex, Statement as ScoredStatement } from "../scorer/index.ts";
import { ClientError } from "./clientError.ts";
import { payoutHash, type ProposedStatement } from "./statements.ts";
import type { Suite } from "./suite.ts";

/**
 * A contributor's lines of a statement as a claim.
 *
 * @param file - the statement's published file, already checked against the chain
 * @throws ClientError `bad-input` when the contributor has no line that pays
 */
export function claimOf(
  { book }: Suite,
  { statement: { payout } }: ProposedStatement,
  file: ScoredStatement,
  contributor: string,
): Claim {
  const wallet = contributor.toLowerCase() as Hex;
  const own = file.lines.filter((line) => line.contributor === wallet && line.amount > 0n);
  if (own.length === 0) {
    throw new ClientError("bad-input", `no line of the statement pays ${contributor}: there is nothing to claim`);
  }
  return {
    chainId: book.chainId,
    payouts: book.contracts.payouts.toLowerCase() as Hex,
    contributor: wallet,
    payout: {
      stream: BigInt(payout.stream),
      interval: Number(payout.interval),
      dataset: BigInt(payout.dataset),
      lines: Number(payout.lines),
      root: String(payout.root) as Hex,
      total: BigInt(payout.total),
      pool: BigInt(payout.pool),
    },
    lines: own.map(({ index, payable, amount, proof }) => ({ index, weight: payable, amount, proof })),
  };
}

/**
 * Checks a claim, whose proofs and amounts are recomputed already, against the chain: it must be of this deployment and
 * of the interval's live or final statement, and the registry must name its contributor for every line.
 *
 * @throws ClientError `mismatch` that says what differs
 */
export async function checkClaim(suite: Suite, { statement, state }: ProposedStatement, claim: Claim): Promise<void> {
  const { book, datasets } = suite;
  if (claim.chainId !== book.chainId || getAddress(claim.payouts) !== getAddress(book.contracts.payouts)) {
    throw new ClientError(
      "mismatch",
      `the claim is for the contract ${claim.payouts} on chain ${claim.chainId}, the deployment's is ${book.contracts.payouts} on chain ${book.chainId}`,
    );
  }
  if (payoutHash(claim.payout) !== payoutHash(statement.payout)) {
    const { stream, interval } = claim.payout;
    throw new ClientError(
      "mismatch",
      `the claim is of another statement than the ${state} one of stream ${stream}, interval ${interval}: get it again`,
    );
  }
  for (const { index } of claim.lines) {
    const { contributor } = await datasets.entitledAt(claim.payout.dataset, index, statement.version);
    if (contributor.toLowerCase() !== claim.contributor) {
      throw new ClientError("mismatch", `line ${index} names ${claim.contributor}, the registry ${contributor}`);
    }
  }
}
