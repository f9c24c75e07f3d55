import { ZeroAddress } from "ethers";
import type {
  ChildTermsSetEvent,
  ModelRegisteredEvent,
  OperatorSetEvent,
  PayoutSetEvent,
  TransferEvent,
} from "../../../typechain-types/lineage/ModelRegistry.ts";
import { DATASETS, INCOMES, MODELS, PARENTS, STREAMS } from "../tables.ts";
import { count, type Handler, on, whole } from "./handler.ts";

/** A stream's place in its model's list stands in the lowest eight bits of its number. */
const SLOTS = 256;

/** What events of the model registry do to the index. */
export const modelHandlers: Readonly<Record<string, Handler>> = {
  ModelRegistered: on((happening, { model, owner, developerBps, registration }: ModelRegisteredEvent.OutputObject) => {
    const { changes, time } = happening;
    count(happening, "models");
    const id = whole(model);
    const { kind, children, supersedes, parents, sources } = registration;
    changes.put(MODELS, {
      id,
      owner,
      kind: Number(kind),
      operator: registration.operator,
      payout: ZeroAddress,
      developerBps: Number(developerBps),
      childKinds: Number(children.kinds),
      childBps: Number(children.leastBps),
      artifactDigest: registration.artifactDigest,
      recipeDigest: registration.recipeDigest,
      uri: registration.uri,
      priceHint: String(registration.priceHint),
      supersedes: supersedes === 0n ? null : whole(supersedes),
      supersededBy: null,
      parents: parents.length,
      streams: sources.length,
      price: null,
      lanes: null,
      basisDigest: null,
      methodDigest: null,
      basisUri: null,
      registeredAt: time,
    });
    changes.put(INCOMES, {
      model: id,
      gross: "0",
      fees: "0",
      royalties: "0",
      dividedGross: "0",
      dividedFees: "0",
      dividedRoyalties: "0",
      payments: 0,
    });
    if (supersedes !== 0n) changes.update(MODELS, [whole(supersedes)], () => ({ supersededBy: id }));
    parents.forEach(({ model: parent, shareBps }, place) =>
      changes.put(PARENTS, { model: id, place, parent: whole(parent), shareBps: Number(shareBps) }),
    );
    sources.forEach(({ dataset, version, shareBps }, slot) => {
      // The event doesn't say what is always pro-rata: it is the dataset's of this moment.
      const { proRataBps } = changes.get(DATASETS, whole(dataset));
      changes.put(STREAMS, {
        id: id * SLOTS + slot,
        model: id,
        slot,
        dataset: whole(dataset),
        version: Number(version),
        shareBps: Number(shareBps),
        proRataBps,
        fallbackPools: "0",
      });
    });
  }),
  // A mint comes before the registration, which names the owner.
  Transfer: on(({ changes }, { from, to, tokenId }: TransferEvent.OutputObject) => {
    if (from !== ZeroAddress) changes.update(MODELS, [whole(tokenId)], () => ({ owner: to }));
  }),
  OperatorSet: on(({ changes }, { model, operator }: OperatorSetEvent.OutputObject) =>
    changes.update(MODELS, [whole(model)], () => ({ operator })),
  ),
  PayoutSet: on(({ changes }, { model, payout }: PayoutSetEvent.OutputObject) =>
    changes.update(MODELS, [whole(model)], () => ({ payout })),
  ),
  ChildTermsSet: on(({ changes }, { model, children }: ChildTermsSetEvent.OutputObject) =>
    changes.update(MODELS, [whole(model)], () => ({
      childKinds: Number(children.kinds),
      childBps: Number(children.leastBps),
    })),
  ),
};
