import { ClientError, encodeInvitation, readAllowLists, signInvitation, type WalletList } from "../../client/index.ts";
import { ZERO_WORD } from "../../scorer/index.ts";
import { openFiles } from "../../services/index.ts";
import { readWalletList } from "../admission.ts";
import { chainTime, utc } from "../chain.ts";
import { argument, command, flag, option, requiredOption, rest } from "../command.ts";
import { writeOut } from "../edges/files.ts";
import { chooseWallet, unlockWallet } from "../edges/wallet.ts";
import { UsageError } from "../exit.ts";
import { address, id, text, time } from "../readers.ts";
import { count, fields } from "../style.ts";
import { renderTransactions, SENDING, transact } from "../transaction.ts";

const DATASET = argument("DATASET", "number of the dataset", id(32));
/** Stands for an empty list. */
const NOBODY = "none";

export const datasetAllow = command({
  name: "dataset allow",
  role: "dataset owner",
  summary: "set the lists of wallets that may contribute to a dataset, or train on it",
  details:
    "A list is a file with one address a line; the chain keeps its root. Publish the file: who is on it needs it to show that. With --publish it goes where the services put theirs, where the explorer finds it. A list that isn't named stays as it is.",
  arguments: { dataset: DATASET },
  options: {
    contributors: option("FILE", `wallets that may contribute, or ${NOBODY}`, text),
    trainers: option("FILE", `wallets that may train, or ${NOBODY}`, text),
    publish: option("DIR", "where to publish the lists that are set", text),
    ...SENDING,
  },
  examples: ["dataset allow 1 --contributors wallets.txt --broadcast", "dataset allow 1 --trainers none --broadcast"],
  run: async (context, { dataset, contributors, trainers, publish, ...sending }) => {
    if (contributors === undefined && trainers === undefined) {
      throw new UsageError("nothing to set: add --contributors FILE or --trainers FILE");
    }
    const suite = await context.suite();
    const [before, ...lists] = await Promise.all([
      readAllowLists(suite, dataset),
      listOf(contributors),
      listOf(trainers),
    ]);
    const roots = {
      contributors: rootOf(contributors, lists[0], before?.contributors),
      trainers: rootOf(trainers, lists[1], before?.trainers),
    };
    const chosen = await chooseWallet(context, sending);
    const transaction = await suite.datasets.setAllowLists.populateTransaction(
      dataset,
      roots.contributors,
      roots.trainers,
    );
    const { transactions } = await transact(context, suite, chosen, [
      { doing: "the change of the lists", contract: "datasets", transaction },
    ]);
    if (sending.broadcast && publish !== undefined) {
      const files = await openFiles(publish);
      for (const list of lists) if (list !== undefined) await files.publishList(list);
    }
    return {
      data: { broadcast: sending.broadcast, dataset, ...roots, transactions },
      render: (style) =>
        `${fields(style, [
          ["may contribute", rootText(roots.contributors)],
          ["may train", rootText(roots.trainers)],
        ])}\n${renderTransactions(style, transactions)}`,
      next: !sending.broadcast
        ? "add --broadcast to send it"
        : publish === undefined
          ? "publish the list for who is on it"
          : `serve ${publish}, so that who is on the list finds it`,
    };
  },
});

function listOf(path: string | undefined): Promise<WalletList | undefined> {
  return path === undefined || path === NOBODY ? Promise.resolve(undefined) : readWalletList(path);
}

function rootOf(path: string | undefined, list: WalletList | undefined, before: string | undefined): string {
  return path === undefined ? (before ?? ZERO_WORD) : (list?.root ?? ZERO_WORD);
}

function rootText(root: string): string {
  return root === ZERO_WORD ? "nobody by a list" : `the wallets of the list ${root}`;
}

export const datasetInvite = command({
  name: "dataset invite",
  role: "dataset owner",
  summary: "sign an invitation of a wallet to an allow-list dataset",
  details:
    "Nothing is sent. The owner and curators may invite; an invitation serves for any number of contributions until its deadline.",
  arguments: { dataset: DATASET, contributor: argument("CONTRIBUTOR", "who is invited", address) },
  options: {
    deadline: requiredOption("TIME", "until when it holds", time),
    out: requiredOption("FILE.json", "the invitation to write", text),
    keystore: SENDING.keystore,
  },
  examples: ["dataset invite 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deadline 2027-01-31 --out invitation.json"],
  run: async (context, { dataset, contributor, deadline, out, keystore }) => {
    const suite = await context.suite();
    const now = await chainTime(suite);
    if (deadline <= now) throw new UsageError(`--deadline is ${utc(deadline)}, and that is over: name a later time`);
    const wallet = await unlockWallet(context, { broadcast: false, keystore, from: undefined });
    if (!(await suite.datasets.isCurator(dataset, wallet.address))) {
      throw new ClientError(
        "bad-input",
        `${wallet.address} is no curator of dataset ${dataset}: its owner and curators invite`,
      );
    }
    const invitation = await signInvitation(suite, wallet, { dataset, contributor, deadline });
    await writeOut(out, encodeInvitation(suite.book, { dataset, contributor }, invitation), "the invitation");
    return {
      data: { dataset, contributor, inviter: wallet.address, deadline, file: out },
      render: (style) =>
        fields(style, [
          ["invited", contributor],
          ["by", wallet.address],
          ["until", utc(deadline)],
          ["file", out],
        ]),
      next: `the contributor adds --invitation ${out}`,
    };
  },
});

export const datasetApprove = command({
  name: "dataset approve",
  role: "dataset owner",
  summary: "allow wallets to train on a dataset whose terms ask for approval",
  arguments: { dataset: DATASET, trainers: rest("TRAINER", "wallets that may register models", address) },
  options: { revoke: flag("take approvals back, for models to come"), ...SENDING },
  examples: ["dataset approve 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --broadcast"],
  run: async (context, { dataset, trainers, revoke, ...sending }) => {
    const suite = await context.suite();
    const chosen = await chooseWallet(context, sending);
    const transaction = await suite.datasets.approveTrainers.populateTransaction(dataset, [...trainers], !revoke);
    const { transactions } = await transact(context, suite, chosen, [
      {
        doing: `the ${revoke ? "revocation" : "approval"} of ${count(trainers.length, "wallet")}`,
        contract: "datasets",
        transaction,
      },
    ]);
    return {
      data: { broadcast: sending.broadcast, dataset, trainers, approved: !revoke, transactions },
      render: (style) => renderTransactions(style, transactions),
      next: sending.broadcast ? `tributary dataset show ${dataset}` : "add --broadcast to send it",
    };
  },
});
