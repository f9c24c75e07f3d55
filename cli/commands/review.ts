import { ClientError, type Suite } from "../../client/index.ts";
import { digestTree, proveRow } from "../../metadata/index.ts";
import { type Hex, ZERO_WORD } from "../../scorer/index.ts";
import { chainTime, eventMember, readCurrency } from "../chain.ts";
import { argument, command, flag, option, requiredOption, rest } from "../command.ts";
import type { Context } from "../context.ts";
import { readContributedRows } from "../contributedRows.ts";
import { examine, readPublished } from "../intake.ts";
import { intakeFields, intakeOf, isCopied } from "../intakeReport.ts";
import { digestFile } from "../edges/files.ts";
import { chooseWallet, type WalletChoice } from "../edges/wallet.ts";
import { address, id, submission, text } from "../readers.ts";
import { count, fields, money, table } from "../style.ts";
import { type Plan, renderTransactions, SENDING, type Sent, transact } from "../transaction.ts";
import { nameOf, readSubmissions, type Submission } from "../submissions.ts";

/** Contributions that one transaction decides on: far below a block's gas. */
const BATCH = 40;

export const review = command({
  name: "review",
  role: "dataset owner",
  summary: "list the contributions of a dataset that wait for a decision",
  details:
    "Also those that were accepted at once and whose deposit is locked until their last row is opened. Oldest first. " +
    "With --rows, their rows are compared with those of all contributions before them: exact copies, and side by side what is nearly the same. Near-duplicates are for you to judge: honest rows are among them (docs/intake.md).",
  arguments: { dataset: argument("DATASET", "number of the dataset", id(32)) },
  options: {
    rows: option(
      "DIR",
      "published rows: for each contribution, accepted ones too, a folder, a file, or its rows.json as ROOT.json, by the name of its root",
      text,
    ),
  },
  examples: ["review 1", "review 1 --rows published", "review 1 --json"],
  run: async (context, { dataset, rows: folder }) => {
    const suite = await context.suite();
    await suite.datasets.termsOf(dataset);
    const [submissions, now, reviewTime, currency] = await Promise.all([
      readSubmissions(suite, dataset),
      chainTime(suite),
      suite.datasets.REVIEW_TIME(),
      readCurrency(suite),
    ]);
    const examined =
      folder === undefined ? undefined : await examine(context, await readPublished(context, folder, submissions));
    const waiting = submissions.flatMap((submission, i) =>
      waits(submission) ? [{ ...submission, intake: examined === undefined ? null : intakeOf(examined, i) }] : [],
    );
    const contributions = waiting.map((contribution) => ({
      ...contribution,
      age: now - contribution.submittedAt,
      withdrawableAt: contribution.status === "pending" ? contribution.submittedAt + reviewTime : null,
    }));
    const first = contributions.find(({ status, intake }) => status === "pending" && !isCopied(intake));
    return {
      data: { dataset, contributions },
      render: (style) =>
        contributions.length === 0
          ? `nothing waits in dataset ${dataset}`
          : [
              ...contributions.map((contribution) => {
                const { rows, deposit, opened, age, status, uri, withdrawableAt, intake } = contribution;
                return [
                  style.bold(nameOf(contribution)),
                  fields(style, [
                    ["  status", status],
                    ["  rows", `${rows}, the last one ${opened ? "opened" : "not opened"}`],
                    ["  deposit", money(deposit, currency)],
                    ["  age", duration(age)],
                    ...(uri === "" ? [] : [["  published at", uri] as const]),
                    ...(withdrawableAt !== null && withdrawableAt <= now
                      ? [["  review time", "over: its contributor can withdraw it"] as const]
                      : []),
                    ...(intake === null ? [] : intakeFields(intake)),
                  ]),
                ].join("\n");
              }),
              count(contributions.length, "contribution"),
            ].join("\n"),
      ...(first === undefined ? {} : { next: `tributary review accept ${dataset} ${nameOf(first)}` }),
    };
  },
});

/** Whether somebody still has to do something about a contribution. */
function waits({ status, deposit }: Submission): boolean {
  return status === "pending" || (status === "accepted" && deposit > 0n);
}

/** 93780 → 1 d 2 h */
function duration(seconds: bigint): string {
  const units: [bigint, string][] = [
    [86_400n, "d"],
    [3_600n, "h"],
    [60n, "min"],
    [1n, "s"],
  ];
  let left = seconds;
  const parts = units.flatMap(([length, name]) => {
    const number = left / length;
    left %= length;
    return number === 0n ? [] : [`${number} ${name}`];
  });
  return parts.slice(0, 2).join(" ") || "0 s";
}

export const reviewOpen = command({
  name: "review open",
  role: "dataset owner",
  summary: "open the last row that a contribution declares",
  details:
    "All rows are compared with the contribution's root here; the chain is shown the last one, by anyone who has the rows. Where contributions are accepted at once, that releases the deposit. " +
    "Exit 6 when the rows aren't the contribution's, or not as many as it declares: a reason to reject it.",
  arguments: { dataset: argument("DATASET", "number of the dataset", id(32)) },
  options: {
    contributor: requiredOption("ADDRESS", "who contributed the rows", address),
    rows: requiredOption("PATH", "the rows: folder, file, or rows.json", text),
    lines: flag("each line of the file is a row, whatever its kind"),
    ...SENDING,
  },
  examples: ["review open 1 --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --rows folder --broadcast"],
  run: async (context, { dataset, contributor, rows: path, lines, ...sending }) => {
    const { digests } = await readContributedRows(context, path, lines);
    const suite = await context.suite();
    const wallet = contributor.toLowerCase() as Hex;
    const { root } = digestTree(wallet, digests);
    const [, declared] = await suite.datasets.submissionOf(dataset, contributor, root);
    if (declared === 0n) {
      throw new ClientError(
        "mismatch",
        `${contributor} has no contribution of these rows (root ${root}) in dataset ${dataset}: take the rows that it published, all of them and in its order`,
      );
    }
    if (declared !== BigInt(digests.length)) {
      throw new ClientError(
        "mismatch",
        `the contribution ${contributor}/${root} declares ${declared} rows and has ${digests.length}: its last row can't be opened; reject it`,
      );
    }
    const chosen = await chooseWallet(context, sending);
    const last = proveRow(wallet, digests, digests.length - 1);
    const transaction = await suite.datasets.review.populateTransaction(dataset, { contributor, root }, last.digest, [
      ...last.proof,
    ]);
    const { transactions } = await transact(context, suite, chosen, [
      { doing: "the opening of the last row", contract: "datasets", transaction },
    ]);
    return {
      data: {
        broadcast: sending.broadcast,
        dataset,
        contributor,
        root,
        rows: digests.length,
        digest: last.digest,
        transactions,
      },
      render: (style) =>
        `${fields(style, [
          ["contribution", `${contributor}/${root}`],
          ["rows", digests.length],
          ["last row", last.digest],
        ])}\n${renderTransactions(style, transactions)}`,
      next: `tributary review accept ${dataset} ${contributor}/${root}`,
    };
  },
});

const DECIDING = {
  dataset: argument("DATASET", "number of the dataset", id(32)),
  contributions: rest("CONTRIBUTOR/ROOT", 'as "review" lists them', submission),
};

export const reviewAccept = command({
  name: "review accept",
  role: "dataset owner",
  summary: "accept contributions into a dataset",
  details: "They get the next places in the given order, and their deposits are released.",
  arguments: DECIDING,
  options: { ...SENDING },
  examples: [`review accept 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0x${"ab".repeat(32)} --broadcast`],
  run: async (context, { dataset, contributions, ...sending }) => {
    const suite = await context.suite();
    const { transactions } = await decide(context, suite, sending, contributions, "the acceptance", (batch) =>
      suite.datasets.accept.populateTransaction(dataset, batch),
    );
    return {
      data: { broadcast: sending.broadcast, dataset, accepted: contributions.map((one) => ({ ...one })), transactions },
      render: (style) => renderTransactions(style, transactions),
      next: sending.broadcast ? `tributary freeze ${dataset}` : "add --broadcast to send it",
    };
  },
});

export const reviewReject = command({
  name: "review reject",
  role: "dataset owner",
  summary: "reject contributions to a dataset",
  details:
    "Their deposits are released. The chain keeps the sha-256 of the reason: publish the file, so that the contributor can read it.",
  arguments: DECIDING,
  options: { reason: option("FILE", "a note that says why", text), ...SENDING },
  examples: [
    `review reject 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0x${"ab".repeat(32)} --reason why.md --broadcast`,
  ],
  run: async (context, { dataset, contributions, reason: path, ...sending }) => {
    const reason = path === undefined ? ZERO_WORD : await digestFile(path, "the reason");
    const suite = await context.suite();
    const { transactions } = await decide(context, suite, sending, contributions, "the rejection", (batch) =>
      suite.datasets.reject.populateTransaction(dataset, batch, reason),
    );
    return {
      data: {
        broadcast: sending.broadcast,
        dataset,
        rejected: contributions.map((one) => ({ ...one })),
        reason: path === undefined ? null : reason,
        transactions,
      },
      render: (style) => renderTransactions(style, transactions),
      next: sending.broadcast ? `tributary review ${dataset}` : "add --broadcast to send it",
    };
  },
});

type Decided = Pick<Submission, "contributor" | "root">;

async function decide(
  context: Context,
  suite: Suite,
  sending: WalletChoice,
  contributions: readonly Decided[],
  what: string,
  call: (batch: Decided[]) => Promise<Plan["transaction"]>,
): Promise<{ readonly transactions: readonly Sent[] }> {
  const chosen = await chooseWallet(context, sending);
  const plans: Plan[] = [];
  for (let start = 0; start < contributions.length; start += BATCH) {
    const batch = contributions.slice(start, start + BATCH);
    plans.push({
      doing: `${what} of ${count(batch.length, "contribution")}`,
      contract: "datasets",
      transaction: await call(batch),
    });
  }
  return transact(context, suite, chosen, plans);
}

export const freeze = command({
  name: "freeze",
  role: "dataset owner",
  summary: "freeze all accepted contributions of a dataset as a version",
  details:
    "Models name versions, never the dataset as it grows. After the first version the terms change only in the contributors' favour.",
  arguments: { dataset: argument("DATASET", "number of the dataset", id(32)) },
  options: { ...SENDING },
  examples: ["freeze 1", "freeze 1 --broadcast"],
  run: async (context, { dataset, ...sending }) => {
    const suite = await context.suite();
    const { datasets } = suite;
    const chosen = await chooseWallet(context, sending);
    const transaction = await datasets.freeze.populateTransaction(dataset);
    const { transactions, logs } = await transact(context, suite, chosen, [
      { doing: "the freeze", contract: "datasets", transaction },
    ]);
    const version = eventMember(datasets.interface, logs, "VersionFrozen", "version");
    const frozen = version === null ? null : await datasets.versionAt(dataset, version);
    const data = {
      broadcast: sending.broadcast,
      dataset,
      version,
      contributions: frozen?.contributions ?? null,
      rows: frozen?.rows ?? null,
      transactions,
    };
    return {
      data,
      render: (style) =>
        [
          ...(frozen === null
            ? []
            : [
                table(
                  ["dataset", "version", "contributions", "rows"],
                  [[dataset, version ?? 0n, frozen.contributions, frozen.rows]],
                  [0, 1, 2, 3],
                ),
              ]),
          renderTransactions(style, transactions),
        ].join("\n"),
      next: sending.broadcast ? `tributary dataset show ${dataset}` : "add --broadcast to send it",
    };
  },
});
