import type { Account, IndexClient } from "../../../client/indexApi/index.ts";
import { type AskPage, itemsOf } from "../../../client/indexApi/paging.ts";
import { shortHash } from "../../words/hashes.ts";
import type { Acting, Action, Call } from "../../wallet/action.ts";

/** Lines and contributions that one transaction claims: far below a block's gas. */
const AT_ONCE = 200;
/** Lines, and contributions, that one click claims: ten transactions of each are enough to look through. */
export const MOST_AT_ONCE = 10 * AT_ONCE;
/** Requests that are under way at the same time. */
const ABREAST = 8;
/** Bytes of each step of a proof as the index gives it. */
const PROOF_STEP = 50;

/**
 * Everything that an account can claim, up to `MOST_AT_ONCE`, in as few transactions as can be: lines of final statements with their proofs,
 * pro-rata money, its developer's shares that nobody has divided yet, and its balance. Whoever sends it, the money goes to
 * the account, or to the recipient that it has set.
 */
export function claimAllAction(api: IndexClient, address: string): Action {
  return {
    title: "Claim all",
    meaning: `Sends all that ${shortHash(address)} can claim now to it, or to the recipient that it has set. Anybody may do that for anybody; the money can go nowhere else.`,
    prepare: async (acting) => {
      const { data: account } = await api.account(address);
      return [
        ...(await lineCalls(acting, api, address)),
        ...(await proRataCalls(acting, api, address)),
        ...(await balanceCalls(acting, api, account)),
      ];
    },
  };
}

async function lineCalls({ suite }: Acting, api: IndexClient, address: string): Promise<readonly Call[]> {
  const [{ claimLines }, { shortSumProof }] = await Promise.all([
    import("../../../client/claims.ts"),
    import("../../../client/statements.ts"),
  ]);
  const known = await firstOf(
    (paging) => api.claimableLines(address, paging),
    ({ missing }) => missing === null,
  );
  const hashes = [...new Set(known.map(({ statement }) => statement))];
  const statements = new Map(await abreast(hashes, async (hash) => [hash, (await api.statement(hash)).data] as const));
  const calls: Call[] = [];
  for (const some of chunks(known, AT_ONCE)) {
    const proved = await abreast(some, async ({ statement, line }) => {
      const { weight, proof } = (await api.line(statement, line)).data;
      return { statement, line: { index: line, weight, proof: shortSumProof(proof, PROOF_STEP) } };
    });
    const claims = hashes.flatMap((hash) => {
      const indexed = statements.get(hash);
      const own = proved.filter(({ statement }) => statement === hash).map(({ line }) => line);
      if (indexed === undefined || own.length === 0) return [];
      const { stream, interval, dataset, lines: count, root, total, pool } = indexed;
      return [{ payout: { stream, interval, dataset, lines: count, root, total, pool }, lines: own }];
    });
    calls.push({ doing: `claiming ${many(some.length, "line")}`, transaction: await claimLines(suite, claims) });
  }
  return calls;
}

async function proRataCalls({ suite }: Acting, api: IndexClient, address: string): Promise<readonly Call[]> {
  const { claimProRata } = await import("../../../client/claims.ts");
  const owed = await firstOf((paging) => api.claimableProRata(address, paging));
  const calls: Call[] = [];
  for (const some of chunks(owed, AT_ONCE)) {
    const streams = [...new Set(some.map(({ stream }) => stream))];
    const claims = streams.map((stream) => ({
      stream: BigInt(stream),
      indexes: some.filter((one) => one.stream === stream).map(({ line }) => line),
    }));
    calls.push({
      doing: `claiming what ${many(some.length, "contribution")} earned by row count`,
      transaction: await claimProRata(suite, claims),
    });
  }
  return calls;
}

async function balanceCalls({ suite }: Acting, api: IndexClient, account: Account): Promise<readonly Call[]> {
  const waiting = await undividedModels(api, account);
  const calls: Call[] = [];
  if (waiting.length > 0) {
    calls.push({
      doing: `dividing the income of ${many(waiting.length, "model")}`,
      transaction: await suite.ledger.distributeMany.populateTransaction(waiting.map(({ model }) => model)),
    });
  }
  if (waiting.length > 0 || account.balance > 0n) {
    calls.push({
      doing: "withdrawing the balance",
      transaction: await suite.ledger.withdrawMany.populateTransaction([account.account]),
    });
  }
  return calls;
}

/** Developer's shares that are an account's once somebody has the ledger divide them. */
export async function undividedModels(
  api: IndexClient,
  { account, controls }: Account,
): Promise<readonly { readonly model: number; readonly amount: bigint }[]> {
  const models = await abreast(controls.models, async (model) => (await api.model(model)).data);
  return models.flatMap(({ id, payout, developerBps, income }) => {
    // Elsewhere than to the owner it is another account's.
    if (BigInt(payout) !== 0n && payout !== account) return [];
    const share = (counter: bigint): bigint => (counter * BigInt(developerBps)) / 10_000n;
    const amount =
      share(income.fees) - share(income.dividedFees) + share(income.royalties) - share(income.dividedRoyalties);
    return amount > 0n ? [{ model: id, amount }] : [];
  });
}

/** The statement of a payout that was claimed. */
export async function statementOfPayout(
  api: IndexClient,
  stream: number,
  payoutHash: string,
): Promise<string | undefined> {
  for await (const statement of itemsOf((paging) => api.statements({ stream, state: "final", ...paging }))) {
    if (statement.payoutHash === payoutHash) return statement.hash;
  }
  return undefined;
}

/** The items of a list that one click takes. */
async function firstOf<T>(ask: AskPage<T>, isTaken: (item: T) => boolean = () => true): Promise<readonly T[]> {
  const first: T[] = [];
  for await (const item of itemsOf(ask, { limit: 1_000 })) {
    if (isTaken(item)) first.push(item);
    if (first.length === MOST_AT_ONCE) break;
  }
  return first;
}

/** Asks for each, a few at a time, and keeps their order. */
export async function abreast<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const some of chunks(items, ABREAST)) answers.push(...(await Promise.all(some.map(ask))));
  return answers;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
