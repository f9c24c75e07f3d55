import { ZeroHash } from "ethers";
import type { Sender, Suite } from "../../client/index.ts";
import { DEFAULT_RIDGE_CONFIG, DEFAULT_TEXT_CONFIG, headDigest, jsonDigest } from "../../scorer/index.ts";
import { createdId, type Trained } from "../demo/lineage.ts";
import type { Publishing } from "../demo/publisher.ts";
import type { People } from "./roles.ts";

const KINDS = { base: 0, finetune: 1, merge: 3, agent: 5 } as const;
const ALL_KINDS = 0x3f;

/** Prices of one answer, in 10^-6 dollars. */
export const PRICES = { filter: 100_000n, critic: 120_000n, merged: 150_000n, agent: 250_000n } as const;

/** The models of the local chain. */
export interface Models {
  /** Turns texts into features. */
  readonly encoder: bigint;
  /** Says whether a mail is spam. */
  readonly filter: bigint;
  /** Says whether a review is favourable, and quotes. */
  readonly critic: bigint;
  readonly merged: bigint;
  readonly agent: bigint;
}

interface Registration {
  readonly kind: keyof typeof KINDS;
  readonly card: { readonly name: string; readonly description: string; readonly licence: string };
  readonly artifactDigest: string;
  readonly recipeDigest?: string;
  readonly parents?: readonly { readonly model: bigint; readonly shareBps: number }[];
  readonly sources?: readonly { readonly dataset: bigint; readonly version: number; readonly shareBps: number }[];
  /** Least share of its children's income; closed to children without one. */
  readonly ofChildren?: number;
  readonly price?: bigint;
}

/** Registers the models, each by its developer, and lists those that are for sale. */
export async function registerModels(
  suite: Suite,
  publisher: Publishing,
  people: People,
  datasets: { readonly mails: bigint; readonly reviews: bigint },
  trained: { readonly mails: Trained; readonly reviews: Trained },
): Promise<Models> {
  const register = async (owner: Sender, given: Registration): Promise<bigint> => {
    const { kind, card, artifactDigest, parents = [], sources = [], ofChildren, price } = given;
    const { uri } = await publisher.json("card.json", card);
    const registration = {
      kind: KINDS[kind],
      artifactDigest,
      recipeDigest: given.recipeDigest ?? ZeroHash,
      supersedes: 0n,
      priceHint: price ?? 0n,
      operator: owner.address,
      children: ofChildren === undefined ? { kinds: 0, leastBps: 0 } : { kinds: ALL_KINDS, leastBps: ofChildren },
      parents: [...parents],
      sources: sources.map((source) => ({ ...source, permission: [] })),
      uri,
    };
    const call = suite.models.register.populateTransaction(registration);
    const model = createdId(await owner.send("registering a model", call), suite, "ModelRegistered", "model");
    if (price !== undefined) {
      await owner.send("listing a model", suite.market.list.populateTransaction(model, price));
    }
    return model;
  };
  const { baseLab, tuner, reviewer, merger, agentMaker } = people;
  const ridge = jsonDigest(DEFAULT_RIDGE_CONFIG);
  const encoder = await register(baseLab, {
    kind: "base",
    card: {
      name: "Hashed n-grams",
      description: "Turns a text into 4,096 features, by hashing its words and pairs of words.",
      licence: "Apache-2.0",
    },
    artifactDigest: jsonDigest(DEFAULT_TEXT_CONFIG),
    ofChildren: 1_000,
  });
  const filter = await register(tuner, {
    kind: "finetune",
    card: { name: "Spam filter", description: "Says whether a mail is spam.", licence: "Apache-2.0" },
    artifactDigest: headDigest(trained.mails.model.head),
    recipeDigest: ridge,
    parents: [{ model: encoder, shareBps: 1_000 }],
    sources: [{ dataset: datasets.mails, version: 1, shareBps: 6_000 }],
    ofChildren: 1_500,
    price: PRICES.filter,
  });
  const critic = await register(reviewer, {
    kind: "finetune",
    card: {
      name: "Critic",
      description: "Says whether a review is favourable, and quotes what others wrote that is most like it.",
      licence: "Apache-2.0",
    },
    artifactDigest: headDigest(trained.reviews.model.head),
    recipeDigest: ridge,
    parents: [{ model: encoder, shareBps: 1_000 }],
    sources: [{ dataset: datasets.reviews, version: 1, shareBps: 5_000 }],
    ofChildren: 1_500,
    price: PRICES.critic,
  });
  const merged = await register(merger, {
    kind: "merge",
    card: {
      name: "Letters and reviews",
      description: "Both heads on one encoder: reads mails and reviews alike.",
      licence: "Apache-2.0",
    },
    artifactDigest: jsonDigest({ merged: [String(filter), String(critic)] }),
    recipeDigest: ridge,
    parents: [
      { model: filter, shareBps: 1_500 },
      { model: critic, shareBps: 1_500 },
    ],
    sources: [{ dataset: datasets.reviews, version: 1, shareBps: 2_000 }],
    ofChildren: 1_000,
    price: PRICES.merged,
  });
  const agent = await register(agentMaker, {
    kind: "agent",
    card: {
      name: "Post room",
      description: "Sorts letters: asks the filter about mails and the critic about reviews.",
      licence: "MIT",
    },
    artifactDigest: jsonDigest({ asks: [String(filter), String(critic), String(merged)] }),
    parents: [
      { model: filter, shareBps: 2_000 },
      { model: merged, shareBps: 2_000 },
    ],
    price: PRICES.agent,
  });
  return { encoder, filter, critic, merged, agent };
}
