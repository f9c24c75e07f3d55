import { hexlify, randomBytes, type Wallet } from "ethers";
import {
  ClientError,
  decodeRevert,
  explainError,
  NO_ADMISSION,
  signContribution,
  type Suite,
} from "../../client/index.ts";
import { digestTree } from "../../metadata/index.ts";
import type { Hex } from "../../scorer/index.ts";
import type { IDatasetRegistry } from "../../typechain-types/dataset/DatasetRegistry.ts";
import { ADMISSION, readAdmission } from "../admission.ts";
import { chainTime, utc } from "../chain.ts";
import { argument, command, flag, option, type Outcome, rest } from "../command.ts";
import type { Context } from "../context.ts";
import { type ContributedRows, readContributedRows } from "../contributedRows.ts";
import { newRows } from "../newRows.ts";
import { readJsonObject, writeOut } from "../edges/files.ts";
import { chooseWallet, unlockWallet } from "../edges/wallet.ts";
import { EXIT, failureOf, UsageError } from "../exit.ts";
import { id, text, time } from "../readers.ts";
import {
  decodeSignedContribution,
  type ReadContribution,
  encodeSignedContribution,
} from "../../client/signedContribution.ts";
import { count, fields, table } from "../style.ts";
import { renderTransactions, SENDING, type Sending, transact } from "../transaction.ts";
import { SUBMISSION_STATES, wordOf } from "../words.ts";

/** Seconds that a signature holds when nothing else is said. */
const SIGNATURE_LASTS = 7n * 86_400n;

export const contribute = command({
  name: "contribute",
  role: "contributor",
  summary: "contribute the rows of a folder or a file to a dataset",
  details:
    "Rows are cut as for a Croissant file: a record of a .csv, a line of a .jsonl, any other file as a whole. Only the root over the rows' sha-256 reaches the chain; every leaf names " +
    "the sending wallet, so nobody else can contribute the same root as its own. Keep the files: they prove what was contributed. " +
    'With --sign nothing is sent: the signed file goes to whoever sends it, and pays the gas, with "contribute relay".',
  arguments: {
    dataset: argument("DATASET", "number of the dataset", id(32)),
    path: argument("PATH", 'folder, file, or the rows.json that "dataset init" wrote', text),
  },
  options: {
    lines: flag("each line of the file is a row, whatever its kind"),
    uri: option("URI", "where the rows will be published", text),
    against: option(
      "DIR",
      "published rows of the contributions so far, as for review --rows: a row that stands in one of them is refused",
      text,
    ),
    onlyNew: option("OUT", "with --against, write the rows that are new to the folder OUT, and contribute those", text),
    ...ADMISSION,
    sign: option("OUT.json", "sign the contribution for somebody else to send", text),
    deadline: option("TIME", "until when it may be sent, with --sign (default: 7 days from now)", time),
    ...SENDING,
  },
  examples: [
    "contribute 1 rows.jsonl",
    "contribute 1 folder --broadcast",
    "contribute 1 folder --against published --only-new new --broadcast",
    "contribute 1 folder --sign contribution.json --deadline 2027-01-31",
  ],
  run: async (context, { dataset, path, lines, uri = "", against, onlyNew, sign, deadline, ...rest }) => {
    const { list, invitation, ...sending } = rest;
    if (sign !== undefined && sending.broadcast) {
      throw new UsageError("--sign is for somebody else to send: leave --broadcast out");
    }
    if (sign === undefined && deadline !== undefined) throw new UsageError("--deadline is for --sign");
    if (onlyNew !== undefined && against === undefined) {
      throw new UsageError(
        "--only-new leaves out what stands in earlier contributions: name their rows with --against DIR",
      );
    }
    const read = await readContributedRows(context, path, lines);
    const suite = await context.suite();
    const rows =
      against === undefined
        ? read
        : await newRows(context, suite, { dataset, rows: read, path, lines, against, onlyNew });
    if (sign !== undefined) {
      const wallet = await unlockWallet(context, sending);
      const admission = await readAdmission({ list, invitation }, suite, dataset, wallet.address);
      return signed(context, suite, wallet, { dataset, rows, uri, deadline, admission, path: sign });
    }
    const chosen = await chooseWallet(context, sending);
    const contributor = chosen.address;
    const root = await rootOf(context, contributor, rows);
    const number = rows.digests.length;
    const admission = await readAdmission({ list, invitation }, suite, dataset, contributor);
    const transaction =
      admission === undefined
        ? await suite.datasets.contribute.populateTransaction(dataset, root, number, uri)
        : await suite.datasets.contributeAdmitted.populateTransaction(dataset, root, number, uri, admission);
    const { transactions } = await transact(context, suite, chosen, [
      { doing: "the contribution", contract: "datasets", transaction },
    ]);
    const [status] = await suite.datasets.submissionOf(dataset, contributor, root);
    const data = {
      broadcast: sending.broadcast,
      dataset,
      contributor,
      root,
      rows: number,
      files: rows.files,
      status: wordOf(SUBMISSION_STATES, status),
      transactions,
    };
    return {
      data,
      render: (style) =>
        `${fields(style, [
          ["root", root],
          ["rows", number],
        ])}\n${renderTransactions(style, transactions)}`,
      next: sending.broadcast
        ? `the dataset's curator decides: tributary review ${dataset}`
        : "add --broadcast to send it",
    };
  },
});

async function rootOf(context: Context, contributor: string, { digests }: ContributedRows): Promise<Hex> {
  return context.step(
    `Hashing ${count(digests.length, "row")}`,
    () => digestTree(contributor.toLowerCase() as Hex, digests).root,
  );
}

/** Signs a contribution that the chain would take now. */
async function signed(
  context: Context,
  suite: Suite,
  wallet: Wallet,
  asked: {
    readonly dataset: bigint;
    readonly rows: ContributedRows;
    readonly uri: string;
    readonly deadline: bigint | undefined;
    readonly admission: IDatasetRegistry.AdmissionStruct | undefined;
    readonly path: string;
  },
): Promise<Outcome> {
  const { dataset, rows, uri, admission = NO_ADMISSION, path } = asked;
  const now = await chainTime(suite);
  const deadline = asked.deadline ?? now + SIGNATURE_LASTS;
  if (deadline <= now) throw new UsageError(`--deadline is ${utc(deadline)}, and that is over: name a later time`);
  const root = await rootOf(context, wallet.address, rows);
  const message = {
    dataset,
    root,
    rows: rows.digests.length,
    nonce: BigInt(hexlify(randomBytes(32))),
    deadline,
    uri,
  };
  const contribution = { ...(await signContribution(suite, wallet, message)), admission };
  const refusal = await refusalOf(suite, contribution);
  if (refusal !== undefined) throw refusal;
  const { chainId, contracts } = suite.book;
  await writeOut(
    path,
    encodeSignedContribution({ chainId, datasets: contracts.datasets, contribution }),
    "the signed contribution",
  );
  const { nonce } = message;
  return {
    data: {
      broadcast: false,
      dataset,
      contributor: wallet.address,
      root,
      rows: message.rows,
      files: rows.files,
      status: "none",
      signed: { file: path, nonce, deadline },
      transactions: [],
    },
    render: (style) =>
      fields(style, [
        ["root", root],
        ["rows", message.rows],
        ["signed by", wallet.address],
        ["until", utc(deadline)],
        ["nonce", nonce],
        ["file", path],
      ]),
    next: `tributary contribute relay ${path}`,
  };
}

/** Why the chain would not take a signed contribution now; undefined if it would. */
async function refusalOf(
  { datasets }: Suite,
  contribution: IDatasetRegistry.SignedContributionStruct,
): Promise<ClientError | undefined> {
  try {
    await datasets.contributeSigned.staticCall(contribution);
    return undefined;
  } catch (error) {
    const explained = explainError(error, "the contribution");
    if (explained instanceof ClientError && explained.code === "reverted") return explained;
    throw explained;
  }
}

/** One file of a batch, and what becomes of it. */
interface Relayed {
  readonly file: string;
  readonly contribution: ReadContribution;
  /** The custom error; undefined where the chain takes it. */
  readonly refusal: string | undefined;
}

export const contributeRelay = command({
  name: "contribute relay",
  role: "contributor",
  summary: "send contributions that others signed, in one transaction",
  details:
    "Whoever sends pays the gas and can change nothing: wallet, rows, place of publication and deadline are signed. What the chain would refuse is left out, and exit is 4 then.",
  arguments: { files: rest("FILE.json", 'what "contribute … --sign FILE.json" wrote', text) },
  options: { ...SENDING },
  examples: ["contribute relay ada.json grace.json", "contribute relay ada.json grace.json --broadcast"],
  run: async (context, { files, ...sending }) => {
    const records: Record<string, unknown>[] = [];
    for (const file of files) records.push(await readJsonObject(file, "the signed contribution"));
    const suite = await context.suite();
    const batch = await context.step(`Checking ${count(files.length, "signature")}`, () =>
      Promise.all(
        records.map(async (record, i): Promise<Relayed> => {
          const file = files[i] ?? "";
          const contribution = decodeSignedContribution(record, suite, file);
          const refusal = await refusalOf(suite, contribution);
          return { file, contribution, refusal: refusal === undefined ? undefined : failureOf(refusal).message };
        }),
      ),
    );
    const taken = batch.filter(({ refusal }) => refusal === undefined);
    let sent: Sending = { transactions: [], logs: [] };
    if (taken.length > 0) {
      const chosen = await chooseWallet(context, sending);
      const transaction = await suite.datasets.contributeBatch.populateTransaction(
        taken.map(({ contribution }) => contribution),
      );
      sent = await transact(context, suite, chosen, [
        { doing: `the batch of ${count(taken.length, "contribution")}`, contract: "datasets", transaction },
      ]);
    }
    const skipped = skippedIn(suite, sent);
    const { transactions } = sent;
    const contributions = batch.map(({ file, contribution, refusal }) => {
      const reason = refusal ?? skipped.get(keyOf(contribution));
      const state = reason !== undefined ? "refused" : sending.broadcast ? "sent" : "ready";
      return {
        file,
        dataset: contribution.dataset,
        contributor: contribution.contributor,
        root: contribution.root,
        rows: contribution.rows,
        state,
        reason: reason ?? null,
      };
    });
    const refused = contributions.filter(({ state }) => state === "refused");
    for (const { file, reason } of refused) context.note(`${file}: ${reason ?? ""}`);
    return {
      data: { broadcast: sending.broadcast, contributions, transactions },
      render: (style) =>
        [
          table(
            ["file", "dataset", "contributor", "rows", "state"],
            contributions.map(({ file, dataset, contributor, rows, state }) => [
              file,
              dataset,
              contributor,
              rows,
              state,
            ]),
            [1, 3],
          ),
          ...(transactions.length === 0 ? [] : [renderTransactions(style, transactions)]),
        ].join("\n"),
      exitCode: refused.length > 0 ? EXIT.reverted : EXIT.ok,
      next: sending.broadcast ? `tributary review ${contributions[0]?.dataset ?? ""}` : "add --broadcast to send it",
    };
  },
});

function keyOf({ dataset, contributor, root }: ReadContribution): string {
  return `${dataset}/${contributor}/${root}`;
}

/** What the registry left out of the batch, by `keyOf`, and why. */
function skippedIn({ datasets }: Suite, { logs }: Sending): Map<string, string> {
  const skipped = new Map<string, string>();
  for (const log of logs) {
    const event = datasets.interface.parseLog(log);
    if (event?.name !== "ContributionSkipped") continue;
    const [dataset, contributor, root, reason] = event.args as unknown as [bigint, string, string, string];
    skipped.set(`${dataset}/${contributor}/${root}`, decodeRevert(reason)?.name ?? reason);
  }
  return skipped;
}
