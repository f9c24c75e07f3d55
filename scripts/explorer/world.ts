import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type AddressBook, connectSuite, streamIdOf, type Suite } from "../../client/index.ts";
import { openFiles, type PublishedFiles } from "../../services/index.ts";
import type { Member, Trained } from "../demo/lineage.ts";
import { acceptAndFreeze, commitIndex, train } from "../demo/lineage.ts";
import { Publisher } from "../demo/publisher.ts";
import { deploymentIdOf, deploySuite } from "../deployment.ts";
import { type Chain, moveTime } from "../network.ts";
import { connectTo } from "../stack/world.ts";
import { classifier, quoter, type Served } from "./answering.ts";
import { contributeRows, createDataset, MAILS, REVIEWS } from "./datasets.ts";
import { type Models, PRICES, registerModels } from "./models.ts";
import { ContentPublisher } from "./publisher.ts";
import { fund, membersOf, type People, peopleOf } from "./roles.ts";
import { mails, reviews, type Texts } from "./texts.ts";

/** A dataset with its contributors, and the model that was trained on it and serves. */
export interface Branch {
  readonly dataset: bigint;
  readonly texts: Texts;
  readonly members: readonly Member[];
  readonly served: Served;
  readonly stream: bigint;
}

/** A deployment on which everything can still happen. */
export interface World {
  readonly chain: Chain;
  readonly book: AddressBook;
  readonly suite: Suite;
  readonly people: People;
  readonly files: PublishedFiles;
  readonly publisher: ContentPublisher;
  readonly mails: Branch;
  readonly reviews: Branch;
  readonly models: Models;
  readonly paths: { readonly book: string; readonly published: string };
}

/**
 * Deploys the suite on a fresh development node, and plays it up to two models that serve, each with an active index;
 * moves the node's clock for that.
 *
 * @param folder - emptied; gets the address book and what is published
 */
export async function buildWorld(url: string, folder: string): Promise<World> {
  const book = await Publisher.at(folder);
  const published = join(folder, "published");
  const files = await openFiles(published);
  const publisher = new ContentPublisher(files);
  const chain = await connectTo(url);
  const people = peopleOf(chain);
  const deploymentId = await deploymentIdOf(chain, `explorer-${process.pid}`);
  const addresses = await deploySuite(chain, { treasury: people.treasury.address, deploymentId });
  // The journal is for chains that outlive the process.
  await rm(join("ignition", "deployments", deploymentId), { recursive: true });
  await book.json("address-book.json", addresses);
  const suite = await connectSuite(addresses, chain.provider);

  const texts = { mails: mails(), reviews: await reviews() };
  const members = {
    mails: membersOf(chain, people, texts.mails.contributors),
    reviews: membersOf(chain, people, texts.reviews.contributors),
  };
  await fund(chain, suite, people, [...members.mails, ...members.reviews]);
  const datasets = {
    mails: await createDataset(suite, files, people.curator, MAILS, members.mails),
    reviews: await createDataset(suite, files, people.curator, REVIEWS, members.reviews),
  };
  for (const of of ["mails", "reviews"] as const) {
    for (const member of members[of]) await contributeRows(suite, files, datasets[of], member);
    await acceptAndFreeze(suite, people, datasets[of], members[of]);
  }
  const trained = { mails: train(members.mails), reviews: train(members.reviews) };
  const models = await registerModels(suite, publisher, people, datasets, trained);
  const streams = { mails: streamIdOf(models.filter, 0), reviews: streamIdOf(models.critic, 0) };
  const owners = { mails: people.tuner, reviews: people.reviewer };
  const committed = { mails: models.filter, reviews: models.critic };
  for (const of of ["mails", "reviews"] as const) {
    const lineage = { finetune: committed[of], stream: streams[of] };
    await files.publishIndex(trained[of].indexFile, trained[of].indexRoot);
    await commitIndex(suite, { tuner: owners[of] }, lineage, trained[of], publisher);
  }
  await moveTime(chain, Number(await suite.indexes.INDEX_DELAY()));
  for (const of of ["mails", "reviews"] as const) {
    await owners[of].send("activating an index", suite.indexes.activateIndex.populateTransaction(streams[of]));
  }
  const serve = (model: bigint, price: bigint, of: Trained, reply: Served["reply"]): Served => ({
    ...{ model, price, trained: of, reply },
    verdicts: [],
  });
  return {
    ...{ chain, book: addresses, suite, people, files, publisher, models },
    mails: {
      dataset: datasets.mails,
      texts: texts.mails,
      members: members.mails,
      served: serve(models.filter, PRICES.filter, trained.mails, classifier(["ham", "spam"])),
      stream: streams.mails,
    },
    reviews: {
      dataset: datasets.reviews,
      texts: texts.reviews,
      members: members.reviews,
      served: serve(
        models.critic,
        PRICES.critic,
        trained.reviews,
        quoter(["unfavourable", "favourable"], members.reviews),
      ),
      stream: streams.reviews,
    },
    paths: { book: join(folder, "address-book.json"), published },
  };
}
