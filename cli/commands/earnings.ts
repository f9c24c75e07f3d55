import { readOwnBalance, readOwnIntervals, readOwnStreams, readStatement, type Suite } from "../../client/index.ts";
import { readCurrency } from "../chain.ts";
import { ownLines, proofsFor } from "../claimable.ts";
import { command, option, optionalArgument } from "../command.ts";
import type { Context } from "../context.ts";
import { chooseWallet } from "../edges/wallet.ts";
import { NothingToDo } from "../exit.ts";
import { checkOnChain, readProofs } from "../proofs.ts";
import { type PublishedProofs, scanPublished } from "../published.ts";
import { address, text } from "../readers.ts";
import { fields, money, table } from "../style.ts";
import { WALLET } from "../transaction.ts";

export const earnings = command({
  name: "earnings",
  role: "contributor",
  summary: "show what an account earned, what it can claim now, and what is pending, by stream and interval",
  details:
    "What a statement gives a contributor stands in its published file: with --files DIR the amounts of statements that weren't claimed are shown, too.",
  arguments: { account: optionalArgument("ADDRESS", "whose (default: the wallet's)", address) },
  options: {
    files: option("DIR", "folder of published statements or claims", text),
    keystore: WALLET.keystore,
  },
  examples: ["earnings", "earnings 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --files published"],
  run: async (context, { account: named, files, keystore }) => {
    const account = named ?? (await chooseWallet(context, { broadcast: false, keystore, from: undefined })).address;
    const suite = await context.suite();
    const [currency, own, balance] = await Promise.all([
      readCurrency(suite),
      readOwnStreams(suite, account),
      readOwnBalance(suite, account),
    ]);
    const published = files === undefined ? [] : (await scanPublished(context, files, false)).proofs;
    const proofs = proofsFor(published, account, new Set(own.map(({ stream }) => stream)));
    const streams = await Promise.all(
      own.map(async ({ stream, dataset, version, contributions }) => {
        const indexes = contributions.map(({ index }) => index);
        const [intervals, proRata] = await Promise.all([
          readOwnIntervals(suite, stream, account),
          readProRata(suite, stream, indexes),
        ]);
        const described = await Promise.all(
          intervals.map(async (one) => {
            const counts = one.state === "final" || one.state === "proposed";
            const stated = counts ? await readStated(context, suite, account, stream, one.interval, proofs) : undefined;
            return {
              ...one,
              claimable: one.state === "final" ? (stated?.unclaimed ?? null) : 0n,
              pending: one.state === "proposed" ? (stated?.all ?? null) : 0n,
            };
          }),
        );
        return { stream, dataset, version, contributions, proRata, intervals: described };
      }),
    );
    const undistributed = sum(balance.undistributed.map(({ amount }) => amount));
    const earlier = sum([balance.developerShares, balance.scorerFees]);
    if (streams.length === 0 && earlier + undistributed + balance.balance === 0n) {
      throw new NothingToDo(`${account} has no contribution that a model pays for, and no balance`);
    }
    const intervals = streams.flatMap((one) => one.intervals);
    const totals = {
      paid: sum([
        balance.withdrawn,
        ...streams.map(({ proRata }) => proRata.claimed),
        ...intervals.map(({ claimed }) => claimed),
      ]),
      claimable: sum([
        balance.balance,
        ...streams.map(({ proRata }) => proRata.claimable),
        ...intervals.map(({ claimable }) => claimable ?? 0n),
      ]),
      pending: sum([undistributed, ...intervals.map(({ pending }) => pending ?? 0n)]),
      unknown: intervals.filter(({ claimable, pending }) => claimable === null || pending === null).length,
    };
    const data = {
      account,
      totals,
      streams: streams.map((one) => ({
        ...one,
        contributions: one.contributions.map((place) => ({ ...place })),
        intervals: one.intervals.map((interval) => ({ ...interval })),
      })),
      balance: { ...balance, undistributed: balance.undistributed.map((model) => ({ ...model })) },
    };
    const amount = (value: bigint | null): string => (value === null ? "in a file" : money(value, currency));
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["account", account],
            ["paid so far", money(totals.paid, currency)],
            ["claimable now", money(totals.claimable, currency)],
            ["pending", money(totals.pending, currency)],
            ["of that, not divided yet", money(undistributed, currency)],
            ["developers' shares in all", money(balance.developerShares, currency)],
            ["scorers' fees in all", money(balance.scorerFees, currency)],
            ["balance in the ledger", money(balance.balance, currency)],
          ]),
          ...(streams.length === 0
            ? []
            : [
                table(
                  ["stream", "interval", "state", "paid", "claimable", "pending"],
                  streams.flatMap(({ stream, proRata, intervals: shown }) => [
                    [stream, "all", "by row count", amount(proRata.claimed), amount(proRata.claimable), ""],
                    ...shown.map(({ interval, state, claimed, claimable, pending }) => [
                      stream,
                      interval,
                      state,
                      amount(claimed),
                      amount(claimable),
                      amount(pending),
                    ]),
                  ]),
                  [0, 1, 3, 4, 5],
                ),
              ]),
        ].join("\n"),
      next:
        totals.unknown > 0 && files === undefined
          ? `name the published statements for their amounts: tributary earnings ${account} --files DIR`
          : "tributary claim --all --files DIR",
    };
  },
});

/** What row count gives and gave the contributions of a wallet. */
async function readProRata(
  { payouts }: Suite,
  stream: bigint,
  indexes: readonly number[],
): Promise<{ claimed: bigint; claimable: bigint }> {
  const read = await Promise.all(
    indexes.map((index) => Promise.all([payouts.proRataClaimed(stream, index), payouts.previewProRata(stream, index)])),
  );
  return {
    claimed: sum(read.map(([claimed]) => claimed)),
    claimable: sum(read.map(([, { amount }]) => amount)),
  };
}

/** What a published file says that a statement gives a wallet; undefined without its file. */
async function readStated(
  context: Context,
  suite: Suite,
  account: string,
  stream: bigint,
  interval: number,
  published: readonly PublishedProofs[],
): Promise<{ readonly all: bigint; readonly unclaimed: bigint } | undefined> {
  const proposed = await readStatement(suite, stream, interval);
  const { payout } = proposed.statement;
  const file = published.find((one) => one.stream === stream && one.interval === interval && one.root === payout.root);
  if (file === undefined) return undefined;
  const proofs = await readProofs(file.path);
  await context.step(`Checking ${file.path}`, () => checkOnChain(suite, proposed, proofs));
  const lines: readonly { readonly amount: bigint }[] =
    proofs.kind === "claim"
      ? proofs.file.lines
      : proofs.file.lines.filter(({ contributor }) => contributor === account.toLowerCase());
  const all = sum(lines.map(({ amount }) => amount));
  if (proposed.state !== "final") return { all, unclaimed: 0n };
  const own = await Promise.all(ownLines(proofs, account).map((line) => suite.payouts.previewClaim(payout, line)));
  return { all, unclaimed: sum(own.filter(({ claimed }) => !claimed).map(({ amount }) => amount)) };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
