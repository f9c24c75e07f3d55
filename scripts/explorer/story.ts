import {
  claimLines,
  claimProRata,
  linesOf,
  readStatements,
  recompute,
  type Sender,
  statedIndex,
  streamIdOf,
  type WalletList,
  walletList,
} from "../../client/index.ts";
import { ceilLog2, sha256, type Statement } from "../../scorer/index.ts";
import { sendCalls } from "../../services/calls.ts";
import { watch } from "../../services/watchtower.ts";
import { answer, challengeAndDefend, favour, type PublishedStatement, propose, score } from "../demo/attribution.ts";
import { depositBond, fundDollars } from "../demo/cast.ts";
import type { CorpusMail } from "../demo/corpus.ts";
import { closeInterval, feesAfterPaying } from "../demo/inference.ts";
import { memberOf } from "../demo/lineage.ts";
import { moveTime } from "../network.ts";
import { ask, clearestRight, payFor, type Served } from "./answering.ts";
import { contributeRows, createDataset, LETTERS, NOTES } from "./datasets.ts";
import { PRICES } from "./models.ts";
import { requestOf } from "./texts.ts";
import type { Branch, World } from "./world.ts";

/** Statement bonds that scorers have in the vault besides, and challenge bonds of the challenger. */
const SPARE_BONDS = 4n;
const PREPAID = 5_000_000n;
const GIFT = 3_000_000n;

/** What the page's tests act on. */
export interface Story {
  /** Statements by what became of them. */
  readonly final: PublishedStatement;
  readonly voided: PublishedStatement;
  /** Wrong, with its root under challenge. */
  readonly challenged: PublishedStatement;
  /** The line that it favours. */
  readonly wrongLine: number;
  /** Right, and nobody challenges it. */
  readonly live: PublishedStatement;
  /** The challenge's. */
  readonly transaction: string;
  /** An answer of the critic's that is right and quotes, by its payment's place; with the review's own label, 1 for a favourable one. */
  readonly answer: { readonly model: bigint; readonly feesAfter: bigint; readonly label: 0 | 1 };
  /** A dataset with published lists of who may contribute and who may train. */
  readonly members: MembersOnly;
}

/** A dataset that only wallets on its lists may use; the visitor is on both. */
export interface MembersOnly {
  readonly dataset: bigint;
  readonly contributors: WalletList;
  readonly trainers: WalletList;
}

/** Two datasets' worth of callers, scorers, challengers and claims, up to a state with something of everything. */
export async function playStory(world: World, show: (what: string) => void): Promise<Story> {
  const { chain, suite, people, mails, reviews, models } = world;
  await depositBonds(world);

  show("callers ask");
  await callFilter(world, mails.texts.asked.slice(0, 12));
  await callCritic(world, reviews.texts.asked.slice(0, 18));
  await callMerged(world, reviews.texts.asked.slice(18, 24));
  const { receipt, text: review } = clearestRight(reviews.served, reviews.texts.asked);
  const { model, feesAfter } = receipt;
  show("first interval");
  const first = await settle(world, mails, 0);
  const firstOfReviews = await settle(world, reviews, 0);
  await challengeAndDefend(suite, people, first, mails.served.trained.indexFile);
  await people.merger.send("cutting an interval", suite.usage.cut.populateTransaction(models.merged));
  await moveTime(chain, Number(await suite.usage.CUTTING_PERIOD()));

  show("second interval, a dishonest scorer is caught");
  await callFilter(world, mails.texts.asked.slice(8, 20));
  const honest = await close(world, mails, 1);
  const voided = await proposeAs(world, people.dishonestScorer, wrongly(honest));
  await catchCheat(world, mails, voided);
  const second = await proposeAs(world, people.scorer, honest);
  await moveTime(chain, Number(await suite.attribution.WINDOW()));
  for (const [published, { served }] of [
    [first, mails],
    [second, mails],
    [firstOfReviews, reviews],
  ] as const) {
    // What is left after the end are the challenges' bonds.
    for (let round = 0; round < 2; round++) await answer(suite, people, published, served.trained.indexFile);
  }
  const byRows = streamIdOf(models.merged, 0);
  await people.merger.send("ending an interval by rows", suite.attribution.fallBack.populateTransaction(byRows, 0));

  show("claims and withdrawals");
  for (const [i, { sender }] of mails.members.entries()) {
    if (i % 4 === 1) continue;
    await claim(world, sender, i, mails.stream, i % 3 === 0 ? [first, second] : [first]);
  }
  for (const [i, { sender }] of reviews.members.entries()) {
    if (i > 1 && i < 6) await claim(world, sender, i, reviews.stream, [firstOfReviews]);
  }
  await distribute(world);
  await people.tuner.send("withdrawing", suite.ledger.withdraw.populateTransaction(people.tuner.address));
  const [, saver, other] = mails.members;
  if (saver !== undefined && other !== undefined) {
    const redirect = suite.payouts.setRecipient.populateTransaction(other.sender.address);
    await saver.sender.send("setting a recipient", redirect);
  }

  show("third interval, a wrong statement under challenge");
  await callFilter(world, mails.texts.asked.slice(4, 14));
  await callCritic(world, reviews.texts.asked.slice(24, 38));
  await prepay(world);
  const third = await close(world, mails, 2);
  const wrong = wrongly(third);
  const wrongLine = wrong.lines.findIndex(({ payable }, i) => payable !== third.lines[i]?.payable);
  const live = await settle(world, reviews, 1);
  const challenged = await proposeAs(world, people.dishonestScorer, wrong);
  const { statement } = challenged.proposed;
  const root = suite.challenges.challenge.populateTransaction(statement, ceilLog2(wrong.lines.length), 0);
  const { hash: transaction } = await people.challenger.send("challenging the root", root);
  await distribute(world);

  show("what waits");
  await callCritic(world, reviews.texts.asked.slice(38, 44));
  await give(world);
  await openCall(world);
  const members = await membersOnly(world);
  await newcomers(world);
  await leaveBond(world);
  return {
    final: first,
    voided,
    challenged,
    wrongLine,
    live,
    transaction,
    answer: { model, feesAfter, label: review.label },
    members,
  };
}

/** What a dishonest scorer says: the smallest line that is worth anything is worth twenty times as much. */
function wrongly(honest: Statement): Statement {
  const paid = honest.lines.filter(({ payable }) => payable > 0n);
  const smallest = paid.reduce((least, line) => (line.payable < least.payable ? line : least));
  return favour(honest, smallest.index);
}

async function depositBonds({ suite, people }: World): Promise<void> {
  const bond = SPARE_BONDS * (await suite.attribution.BOND_FLOOR());
  for (const sender of [people.scorer, people.challenger, people.watchtower]) await depositBond(suite, sender, bond);
}

/** Callers pay the agent, which pays the filter. */
async function callFilter(world: World, texts: readonly CorpusMail[]): Promise<void> {
  const { suite, files, people, mails, models } = world;
  for (const [i, text] of texts.entries()) {
    const caller = people.callers[i % 5]!;
    // Some come to the filter itself.
    if (i % 3 === 0) await ask(suite, files, caller, mails.served, text);
    else {
      await payFor(suite, caller, { model: models.agent, price: PRICES.agent }, text);
      await ask(suite, files, people.agentMaker, mails.served, text);
    }
  }
}

async function callCritic({ suite, files, people, reviews }: World, texts: readonly CorpusMail[]): Promise<void> {
  for (const [i, text] of texts.entries()) await ask(suite, files, people.callers[2 + (i % 6)]!, reviews.served, text);
}

async function callMerged({ suite, people, models }: World, texts: readonly CorpusMail[]): Promise<void> {
  for (const [i, text] of texts.entries()) {
    await payFor(suite, people.callers[i % 3]!, { model: models.merged, price: PRICES.merged }, text);
  }
}

/** One caller pays from its channel. */
async function prepay({ suite, files, people, mails }: World): Promise<void> {
  const caller = people.callers[7]!;
  const { model } = mails.served;
  const deposit = suite.market.deposit.populateTransaction(caller.address, model, PREPAID);
  await caller.send("prepaying", deposit);
  const prepaid: typeof payFor = async (_suite, payer, { price }: Pick<Served, "price">, text) => {
    const call = suite.market.payPrepaid.populateTransaction(model, price, sha256(requestOf(text)));
    return feesAfterPaying(suite, await payer.send("paying from a channel", call));
  };
  for (const text of mails.texts.asked.slice(0, 4)) await ask(suite, files, caller, mails.served, text, prepaid);
}

/** Ends an interval: its operator signs and posts what was asked, and publishes the receipts. */
async function close(world: World, branch: Branch, interval: number): Promise<Statement> {
  const { suite, files, people, publisher, models } = world;
  const { served, stream } = branch;
  const operator = served.model === models.filter ? people.tuner : people.reviewer;
  const verdicts = served.verdicts.splice(0);
  const report = await closeInterval(suite, { tuner: operator }, served.model, verdicts, publisher);
  await files.publishReceipts(report.receiptsRoot, verdicts);
  await distribute(world);
  return score(suite, stream, interval, served.trained.indexFile, served.trained.indexRoot);
}

async function settle(world: World, branch: Branch, interval: number): Promise<PublishedStatement> {
  return proposeAs(world, world.people.scorer, await close(world, branch, interval));
}

async function proposeAs({ suite, files, publisher }: World, scorer: Sender, statement: Statement) {
  await files.publishStatement(statement);
  return propose(suite, scorer, statement, "statement.json", publisher);
}

/** Challenges the wrong line and refutes it a block later, so that nobody can copy the reward. */
async function catchCheat({ suite, people, chain }: World, { served }: Branch, wrong: PublishedStatement) {
  const { proposed, file } = wrong;
  const { indexFile } = served.trained;
  const weights = file.lines.map(({ payable }) => payable);
  for (let rounds = 0; rounds < 6; rounds++) {
    const states = await readStatements(suite, file.stream, file.interval);
    const isVoid = states.some(({ hash, state }) => hash === proposed.hash && state === "void");
    const right = await recompute(suite, proposed, statedIndex(proposed, indexFile));
    const look = await watch(suite, proposed, right, people.watchtower.address, { weights });
    if (isVoid && look.calls.length === 0) return;
    await sendCalls(people.watchtower, look);
    // A challenge made in the same second as the refutation has no reward.
    await moveTime(chain, 12);
  }
  throw new Error("the watchtower didn't void the statement");
}

async function claim(
  { suite }: World,
  contributor: Sender,
  place: number,
  stream: bigint,
  finals: readonly PublishedStatement[],
): Promise<void> {
  const claims = finals
    .map(({ proposed, file }) => ({ payout: proposed.statement.payout, lines: linesOf(file, contributor.address) }))
    .filter(({ lines }) => lines.length > 0);
  if (claims.length > 0) await contributor.send("claiming lines", claimLines(suite, claims));
  await contributor.send("claiming pro-rata money", claimProRata(suite, [{ stream, indexes: [place] }]));
}

async function distribute({ suite, people, models }: World): Promise<void> {
  const { agent, merged, filter, critic, encoder } = models;
  const ids = [agent, merged, filter, critic, encoder];
  await people.scorer.send("distributing", suite.ledger.distributeMany.populateTransaction(ids));
}

/** Somebody transfers to a model's own address, and the money is swept in: the chain doesn't know who paid. */
async function give({ suite, people, models }: World): Promise<void> {
  const [caller] = people.callers;
  if (caller === undefined) throw new Error("the local chain has no callers");
  const to = await suite.receivers.receiverOf(models.encoder);
  await caller.send("a transfer", suite.currency.transfer.populateTransaction(to, GIFT));
  await caller.send("sweeping", suite.receivers.sweep.populateTransaction(models.encoder));
}

/** A dataset that anybody adds to, against a deposit. */
async function openCall(world: World): Promise<void> {
  const { suite, files, people, mails } = world;
  const { newcomers: wallets, curator } = people;
  const members = wallets
    .slice(0, 2)
    .map((sender, i) =>
      memberOf(
        { ...mails.texts.contributors[i]!, name: `notes-${i + 1}`, rows: mails.texts.asked.slice(3 * i, 3 * i + 3) },
        sender,
      ),
    );
  const dataset = await createDataset(suite, files, curator, NOTES, members);
  for (const member of members) {
    const deposit = NOTES.terms.deposit * BigInt(member.contributor.rows.length);
    await fundDollars(suite, member.sender, deposit, suite.book.contracts.vault);
    const put = suite.vault.deposit.populateTransaction(suite.book.contracts.datasets, member.sender.address, deposit);
    await member.sender.send("a deposit", put);
    await contributeRows(suite, files, dataset, member);
  }
}

/** A dataset of wallets on a list, with a version that wallets on another list may train on. */
async function membersOnly({ suite, files, people, mails }: World): Promise<MembersOnly> {
  const { newcomers: wallets, curator, generalist, reviewer, visitor } = people;
  const writers = wallets.slice(0, 2);
  const contributors = walletList([...writers, generalist, visitor].map(({ address }) => address));
  const trainers = walletList([reviewer, visitor].map(({ address }) => address));
  const members = writers.map((sender, i) =>
    memberOf(
      {
        ...mails.texts.contributors[i]!,
        name: `letters-${i + 1}`,
        rows: mails.texts.asked.slice(6 + 2 * i, 8 + 2 * i),
      },
      sender,
    ),
  );
  const dataset = await createDataset(suite, files, curator, LETTERS, members);
  const setLists = suite.datasets.setAllowLists.populateTransaction(dataset, contributors.root, trainers.root);
  await curator.send("setting the lists", setLists);
  for (const list of [contributors, trainers]) await files.publishList(list);
  for (const member of members) await contributeRows(suite, files, dataset, member, contributors);
  await curator.send("freezing a version", suite.datasets.freeze.populateTransaction(dataset));
  return { dataset, contributors, trainers };
}

/** Contributions that wait for the curator, and one that was rejected. */
async function newcomers({ suite, files, people, mails, reviews }: World): Promise<void> {
  const { curator, newcomers: wallets } = people;
  const offered = reviews.texts.asked.slice(44);
  for (const [i, sender] of wallets.entries()) {
    const rows = offered.slice(4 * i, 4 * i + 4);
    await contributeRows(
      suite,
      files,
      reviews.dataset,
      memberOf({ name: `offer-${i + 1}`, rows, heldOut: [] }, sender),
    );
  }
  const [first] = wallets;
  if (first === undefined) return;
  const repeated = memberOf({ ...mails.texts.contributors[0]!, name: "repeated" }, first);
  await contributeRows(suite, files, mails.dataset, repeated);
  const reason = await files.publishContent("The same mails are in contribution 0 already.");
  const submission = [{ contributor: first.address, root: repeated.root }];
  const reject = suite.datasets.reject.populateTransaction(
    mails.dataset,
    submission,
    `0x${reason.slice("sha256:".length)}`,
  );
  await curator.send("rejecting a copy", reject);
}

/** The watchtower takes some of its bond back. */
async function leaveBond({ suite, people, book }: World): Promise<void> {
  const { free } = await suite.vault.bondOf(book.contracts.attribution, people.watchtower.address);
  const leave = suite.vault.requestWithdrawal.populateTransaction(book.contracts.attribution, free / 2n);
  await people.watchtower.send("asking for a bond back", leave);
}
