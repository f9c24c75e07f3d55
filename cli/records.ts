import { ClientError, readAllStatements, type Suite } from "../client/index.ts";
import { SUBMISSION_STATES, wordOf } from "./words.ts";

/** What a column holds: small integers, amounts of the currency in its smallest unit, times in Unix seconds, or text. */
export type ColumnKind = "integer" | "amount" | "time" | "text";

/** A table of what happened in a deployment; a value is null where there is none. */
export interface RecordTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  readonly rows: readonly (readonly (bigint | string | null)[])[];
}

/** A row of some table, by column. */
type Row = Readonly<Record<string, bigint | string | null>>;

/** The columns that every table begins with: where the event stands. */
const PLACE = { block: "integer", time: "time", transaction: "text", logIndex: "integer" } as const;

const PAYMENTS = {
  ...PLACE,
  ...{ kind: "text", model: "integer", payer: "text", amount: "amount", feesAfter: "amount" },
} as const satisfies Record<string, ColumnKind>;

const CLAIMS = {
  ...PLACE,
  ...{ kind: "text", stream: "integer", interval: "integer", contributor: "text", contribution: "integer" },
  amount: "amount",
} as const satisfies Record<string, ColumnKind>;

// Weights are up to 144 bits, more than a decimal of 38 digits holds.
const STATEMENTS = {
  ...PLACE,
  ...{ stream: "integer", interval: "integer", statement: "text", state: "text", scorer: "text", attempt: "integer" },
  ...{ root: "text", total: "text", lines: "integer", pool: "amount", fee: "amount", bond: "amount" },
  ...{ indexRoot: "text", reportHash: "text", uri: "text" },
} as const satisfies Record<string, ColumnKind>;

const CONTRIBUTIONS = {
  ...PLACE,
  ...{ dataset: "integer", contributor: "text", root: "text", rows: "integer", status: "text", place: "integer" },
  uri: "text",
} as const satisfies Record<string, ColumnKind>;

/** What happened in a deployment. */
export interface Records {
  readonly payments: RecordTable;
  readonly claims: RecordTable;
  readonly statements: RecordTable;
  readonly contributions: RecordTable;
}

/** An event's place in the chain. */
interface Placed {
  readonly blockNumber: number;
  readonly transactionHash: string;
  readonly index: number;
}

/** Reads payments, claims, statements and contributions from the logs of a deployment, each in the chain's order. */
export async function readRecords(suite: Suite): Promise<Records> {
  const [payments, claims, statements, contributions] = [
    await readPayments(suite),
    await readClaims(suite),
    await readStatementRows(suite),
    await readContributionRows(suite),
  ];
  const times = await readTimes(suite, [payments, claims, statements, contributions].flat());
  const table = (
    name: string,
    columns: Readonly<Record<string, ColumnKind>>,
    found: readonly Found[],
  ): RecordTable => ({
    name,
    columns: Object.entries(columns).map(([column, kind]) => ({ name: column, kind })),
    rows: found
      .toSorted((a, b) => a.at.blockNumber - b.at.blockNumber || a.at.index - b.at.index)
      .map(({ at, row }) => {
        const placed: Row = {
          block: BigInt(at.blockNumber),
          time: times.get(at.blockNumber) ?? null,
          transaction: at.transactionHash,
          logIndex: BigInt(at.index),
          ...row,
        };
        return Object.keys(columns).map((column) => placed[column] ?? null);
      }),
  });
  return {
    payments: table("payments", PAYMENTS, payments),
    claims: table("claims", CLAIMS, claims),
    statements: table("statements", STATEMENTS, statements),
    contributions: table("contributions", CONTRIBUTIONS, contributions),
  };
}

interface Found {
  readonly at: Placed;
  readonly row: Row;
}

async function readPayments({ market, receivers, book }: Suite): Promise<Found[]> {
  const from = book.fromBlock;
  const [paid, redeemed, swept] = await Promise.all([
    market.queryFilter(market.filters.InferencePaid(), from),
    market.queryFilter(market.filters.VoucherRedeemed(), from),
    receivers.queryFilter(receivers.filters.Swept(), from),
  ]);
  return [
    ...paid.map((at) => {
      const { model, payer, amount, feesAfter } = at.args;
      return { at, row: { kind: "call", model, payer, amount, feesAfter } };
    }),
    ...redeemed.map((at) => {
      const { model, payer, amount } = at.args;
      return { at, row: { kind: "voucher", model, payer, amount } };
    }),
    // Who sent money to a model's receiver, its token's transfers say.
    ...swept.map((at) => {
      const { model, amount, feesAfter } = at.args;
      return { at, row: { kind: "receiver", model, amount, feesAfter } };
    }),
  ];
}

async function readClaims({ payouts, book }: Suite): Promise<Found[]> {
  const from = book.fromBlock;
  const [opened, lines, proRata] = await Promise.all([
    payouts.queryFilter(payouts.filters.PayoutOpened(), from),
    payouts.queryFilter(payouts.filters.LineClaimed(), from),
    payouts.queryFilter(payouts.filters.ProRataClaimed(), from),
  ]);
  const payoutOf = new Map(opened.map(({ args }) => [args.payoutHash, args]));
  return [
    ...lines.map((at) => {
      const { payoutHash, contributor, index, amount } = at.args;
      const payout = payoutOf.get(payoutHash);
      if (payout === undefined) {
        throw new ClientError("mismatch", `the node leaves out the payout ${payoutHash}: ask another node`);
      }
      const { stream, interval } = payout;
      return { at, row: { kind: "influence", stream, interval, contributor, contribution: index, amount } };
    }),
    ...proRata.map((at) => {
      const { stream, contributor, index, amount } = at.args;
      return { at, row: { kind: "pro-rata", stream, contributor, contribution: index, amount } };
    }),
  ];
}

async function readStatementRows(suite: Suite): Promise<Found[]> {
  const { attribution, book } = suite;
  const [events, known] = await Promise.all([
    attribution.queryFilter(attribution.filters.StatementProposed(), book.fromBlock),
    readAllStatements(suite),
  ]);
  const states = new Map(known.map(({ hash, state }) => [hash, state]));
  return events.map((at) => {
    const { statementHash, statement, uri } = at.args;
    const { payout, scorer, fee, bond, attempt, indexRoot, reportHash } = statement;
    const { stream, interval, root, total, lines, pool } = payout;
    const state = states.get(statementHash) ?? null;
    return {
      at,
      row: {
        ...{ stream, interval, statement: statementHash, state, scorer, attempt, root, total: String(total) },
        ...{ lines, pool, fee, bond, indexRoot, reportHash, uri },
      },
    };
  });
}

async function readContributionRows({ datasets, book }: Suite): Promise<Found[]> {
  const from = book.fromBlock;
  const [submitted, accepted] = await Promise.all([
    datasets.queryFilter(datasets.filters.ContributionSubmitted(), from),
    datasets.queryFilter(datasets.filters.ContributionAccepted(), from),
  ]);
  const keyOf = (args: { dataset: bigint; contributor: string; root: string }): string =>
    `${args.dataset}/${args.contributor}/${args.root}`;
  const places = new Map(accepted.map(({ args }) => [keyOf(args), args.position]));
  return Promise.all(
    submitted.map(async (at) => {
      const { dataset, contributor, root, rows, uri } = at.args;
      const [status] = await datasets.submissionOf(dataset, contributor, root);
      const place = places.get(keyOf(at.args)) ?? null;
      return { at, row: { dataset, contributor, root, rows, status: wordOf(SUBMISSION_STATES, status), place, uri } };
    }),
  );
}

/** The time of each block. */
async function readTimes({ provider }: Suite, found: readonly Found[]): Promise<Map<number, bigint>> {
  const blocks = [...new Set(found.map(({ at }) => at.blockNumber))];
  return new Map(
    await Promise.all(
      blocks.map(async (number): Promise<[number, bigint]> => {
        const block = await provider.getBlock(number);
        if (block === null) throw new ClientError("network", `the node has no block ${number}: ask another node`);
        return [number, BigInt(block.timestamp)];
      }),
    ),
  );
}

/** A table's rows by the names of their columns. */
export function rowsOf({ columns, rows }: RecordTable): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
}
