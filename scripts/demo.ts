import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClientError, connectSuite, readBooks, type Suite } from "../client/index.ts";
import {
  answer,
  challengeAndDefend,
  claimAll,
  favour,
  type PublishedStatement,
  propose,
  score,
  watch,
} from "./demo/attribution.ts";
import { type Cast, castOf, fundDollars, fundGas, senderNamed } from "./demo/cast.ts";
import { type CorpusMail, loadContributors } from "./demo/corpus.ts";
import { buyVerdict, closeInterval, type Verdict } from "./demo/inference.ts";
import {
  acceptAndFreeze,
  commitIndex,
  contribute,
  createDataset,
  type Lineage,
  memberOf,
  PRICES,
  registerLineage,
  type Trained,
  train,
} from "./demo/lineage.ts";
import { Publisher } from "./demo/publisher.ts";
import { booksTable, contributorTable, dollars } from "./demo/report.ts";
import { options, run } from "./commandLine.ts";
import { deploymentIdOf, deploySuite } from "./deployment.ts";
import { bar, step } from "./progress.ts";
import { canMoveTime, type Chain, connectChain, moveTime } from "./network.ts";

/** The line that `--json` prints. Amounts are in 10^-6 dollars. */
interface Result {
  readonly ok: boolean;
  readonly contributors: number;
  readonly inferences: number;
  readonly accuracy: number;
  readonly paidIn: string;
  readonly accounted: string;
  readonly fraudCaught: boolean;
  readonly seconds: number;
}

const OUTPUT = "demo-output";

async function main(): Promise<number> {
  const values = options({
    network: { type: "string", default: "hardhat" },
    json: { type: "boolean", default: false },
  });
  const started = performance.now();
  const chain = await connectChain(values.network);
  if (!canMoveTime(chain)) {
    throw new ClientError(
      "bad-input",
      `the demo waits out delays of days by moving the chain's clock, which only a development node allows; "${values.network}" is ${chain.client} on chain ${chain.chainId}. Nothing was sent. Use "npx hardhat node" or anvil with --network localhost.`,
    );
  }
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const contributors = await step(
    "Reading the mail corpus",
    () => Promise.resolve(loadContributors()),
    (found) => `${found.length} sender domains`,
  );
  const cast = castOf(chain);
  const publisher = await Publisher.at(OUTPUT);
  say(`Sending transactions to ${chain.client}, chain ${chain.chainId}; publishing files in ${publisher.folder}/`);

  const suite = await step(
    "Deploying the suite",
    () => deploy(chain, cast, publisher),
    ({ book }) => `ledger at ${book.contracts.ledger}`,
  );
  const members = contributors.map((contributor) => memberOf(contributor, senderNamed(chain, contributor.name)));
  await step("Funding wallets for gas", async (show) => {
    const { callers, ...roles } = cast;
    const senders = [...Object.values(roles), ...callers, ...members.map(({ sender }) => sender)];
    await fundGas(chain, senders, (done) => show(bar(done, senders.length)));
  });
  const rows = members.reduce((sum, { contributor }) => sum + contributor.rows.length, 0);

  const dataset = await step(
    "Creating the dataset",
    () => createDataset(suite, cast, publisher),
    (id) => `dataset ${id}`,
  );
  await step(
    "Contributing",
    async (show) => {
      await publisher.json(
        "contributions.json",
        Object.fromEntries(
          members.map(({ contributor, root }) => [contributor.name, { root, rows: contributor.rows.length }]),
        ),
      );
      for (const [i, member] of members.entries()) {
        await contribute(suite, dataset, member);
        show(bar(i + 1, members.length));
      }
    },
    () => `${members.length} wallets, ${rows} mails`,
  );
  await step("Accepting and freezing version 1", () => acceptAndFreeze(suite, cast, dataset, members));
  const trained = await step(
    "Training the spam filter and its influence index",
    () => Promise.resolve(train(members)),
    ({ index }) => `${index.size} rows × ${index.lanesPerRow} lanes`,
  );
  const lineage = await step(
    "Registering base, fine-tune and agent",
    () => registerLineage(suite, cast, dataset, trained, publisher),
    ({ base, finetune, agent }) => `agent ${agent} ← fine-tune ${finetune} ← base ${base}`,
  );
  await step("Committing the influence index, waiting out its delay, activating it", async () => {
    await commitIndex(suite, cast, lineage, trained, publisher);
    await moveTime(chain, Number(await suite.indexes.INDEX_DELAY()));
    await cast.tuner.send("activating the index", suite.indexes.activateIndex.populateTransaction(lineage.stream));
  });

  const mails = contributors.flatMap(({ heldOut }) => heldOut);
  await step("Funding callers", () => fundPayers(suite, cast, mails.length));
  const world: World = { chain, suite, cast, publisher, lineage, trained };
  const half = Math.ceil(mails.length / 2);

  const verdicts = await buy(world, "Paying for verdicts, first interval", mails.slice(0, half));
  const first = await settleHonestly(world, verdicts, 0);
  const line = await step(
    "Challenging the root, answering down to a line",
    () => challengeAndDefend(suite, cast, first, trained.indexFile),
    (challenged) => `line ${challenged} stands`,
  );
  await moveTime(chain, Number(await suite.usage.CUTTING_PERIOD()));

  const moreVerdicts = await buy(world, "Paying for verdicts, second interval", mails.slice(half));
  await closeAndDistribute(world, moreVerdicts, 1);
  const honest = await score(suite, lineage.stream, 1, trained.indexFile, trained.indexRoot);
  const favoured = (line + 1) % members.length;
  const crooked = await step("A dishonest scorer favours one wallet", () =>
    propose(suite, cast.dishonestScorer, favour(honest, favoured), "statement-1-crooked.json", publisher),
  );
  const caught = await step(
    "The watchtower recomputes and refutes it",
    () => watch(suite, cast, crooked, trained.indexFile),
    ({ wrongLines, slashed }) => `${wrongLines} wrong line, ${dollars(slashed)} slashed`,
  );
  const second = await step("An honest statement takes its place", () =>
    propose(suite, cast.scorer, honest, "statement-1.json", publisher),
  );

  const finals = [first, second];
  await step(
    "Waiting out the window, finalising",
    async () => {
      await moveTime(chain, Number(await suite.attribution.WINDOW()));
      for (const published of finals) await answer(suite, cast, published, trained.indexFile);
      await answer(suite, cast, first, trained.indexFile);
    },
    () => "the challenger's bond went to the scorer",
  );
  await step("Claiming lines and pro-rata money", async (show) => {
    for (const [i, { sender }] of members.entries()) {
      await claimAll(suite, sender, i, finals);
      show(bar(i + 1, members.length));
    }
  });
  const books = await step("Reading the books from the chain", async () =>
    readBooks(
      suite,
      finals.map(({ proposed, file }) => ({ statement: proposed.statement, lines: file.lines })),
    ),
  );

  const all = [...verdicts, ...moreVerdicts];
  const fraudCaught =
    caught.voided && caught.wrongLines === 1 && caught.slashed === BigInt(crooked.proposed.statement.bond);
  const balanced = books.paidIn === books.accounted && books.held === books.accounted - books.claimed - books.withdrawn;
  const result: Result = {
    ok: balanced && fraudCaught,
    contributors: members.length,
    inferences: all.length,
    accuracy: Number((all.filter(({ correct }) => correct).length / all.length).toFixed(4)),
    paidIn: String(books.paidIn),
    accounted: String(books.accounted),
    fraudCaught,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    process.stdout.write(`${await contributorTable(suite, members, finals)}\n\n${booksTable(books)}\n\n`);
    process.stdout.write(
      `${result.contributors} contributors, ${result.inferences} paid verdicts, accuracy ${result.accuracy}, fraud ${fraudCaught ? "caught" : "NOT caught"}, books ${balanced ? "balanced to the wei" : "NOT balanced"}, ${result.seconds} s\n`,
    );
  }
  return result.ok ? 0 : 1;
}

interface World {
  readonly chain: Chain;
  readonly suite: Suite;
  readonly cast: Cast;
  readonly publisher: Publisher;
  readonly lineage: Lineage;
  readonly trained: Trained;
}

async function deploy(chain: Chain, cast: Cast, publisher: Publisher): Promise<Suite> {
  // A chain in this process ends with it: there is nothing to resume.
  const journal =
    chain.connection.networkConfig.type === "edr-simulated"
      ? {}
      : { deploymentId: await deploymentIdOf(chain, "demo") };
  const book = await deploySuite(chain, { treasury: cast.treasury.address, ...journal });
  await writeFile(join(publisher.folder, "address-book.json"), JSON.stringify(book, null, 2));
  return connectSuite(book, chain.provider);
}

async function fundPayers(suite: Suite, cast: Cast, verdicts: number): Promise<void> {
  const { market } = suite.book.contracts;
  await fundDollars(suite, cast.agentMaker, PRICES.finetune * BigInt(verdicts), market);
  // The callers take turns anew in each interval, so the first of them may have one more turn than the others.
  const each = PRICES.agent * BigInt(Math.ceil(verdicts / cast.callers.length) + 1);
  for (const caller of cast.callers) await fundDollars(suite, caller, each, market);
}

async function buy(world: World, title: string, mails: readonly CorpusMail[]): Promise<Verdict[]> {
  const { suite, cast, lineage, trained } = world;
  return step(
    title,
    async (show) => {
      const verdicts: Verdict[] = [];
      for (const [i, mail] of mails.entries()) {
        const caller = cast.callers[i % cast.callers.length];
        if (caller === undefined) throw new Error("the demo has no callers");
        verdicts.push(await buyVerdict(suite, cast, caller, lineage, trained, mail));
        show(bar(i + 1, mails.length));
      }
      return verdicts;
    },
    (verdicts) => `${verdicts.length} verdicts, ${verdicts.filter(({ correct }) => correct).length} right`,
  );
}

async function closeAndDistribute(world: World, verdicts: readonly Verdict[], interval: number): Promise<void> {
  const { suite, cast, lineage, publisher } = world;
  await step(`Cutting interval ${interval}, signing and posting its usage report`, () =>
    closeInterval(suite, cast, lineage.finetune, verdicts, publisher),
  );
  await step("Distributing revenue along the lineage", async () => {
    for (const model of [lineage.agent, lineage.finetune, lineage.base]) {
      await cast.scorer.send("distributing", suite.ledger.distribute.populateTransaction(model));
    }
  });
}

async function settleHonestly(
  world: World,
  verdicts: readonly Verdict[],
  interval: number,
): Promise<PublishedStatement> {
  const { suite, cast, lineage, trained, publisher } = world;
  await closeAndDistribute(world, verdicts, interval);
  return step(
    "Scoring, publishing and proposing the statement, checking every line against the chain",
    async () =>
      propose(
        suite,
        cast.scorer,
        await score(suite, lineage.stream, interval, trained.indexFile, trained.indexRoot),
        `statement-${interval}.json`,
        publisher,
      ),
    ({ file }) => `${file.lines.length} lines`,
  );
}

await run(main);
