import { encodeBytes32String } from "ethers";
import type { Sender } from "../../../client/index.ts";
import { Intake } from "../../../metadata/index.ts";
import { contributionTree, type Hex, sha256 } from "../../../scorer/index.ts";
import { imageOf, rowBytes, train } from "./digits.ts";
import type { Stage } from "./stage.ts";
import {
  activateIndex,
  type Contribution,
  createDataset,
  CURATED,
  freeze,
  registerTrained,
  type Stream,
  submit,
} from "./world.ts";

/** What a curator compares: nothing, the bytes of rows, or also whether their images are alike. */
export type Compared = "nothing" | "bytes" | "images";

/** A dataset version with what was let into it. */
export interface Admitted {
  readonly dataset: bigint;
  readonly contributions: readonly Contribution[];
  /** Rows that the curator refused because they stand in an earlier contribution. */
  readonly refusedRows: number;
}

/**
 * Contributes to a new curated dataset, one after the other, and freezes its first version.
 *
 * @param compared - by what the curator compares rows with those of earlier contributions. A contribution that repeats some
 * is rejected; its wallet then submits what is new, if anything is
 */
export async function admit(stage: Stage, offered: readonly Contribution[], compared: Compared): Promise<Admitted> {
  const dataset = await createDataset(stage, CURATED);
  const seen = new Intake();
  const contributions: Contribution[] = [];
  let refusedRows = 0;
  for (const offer of offered) {
    const copied = compared === "nothing" ? new Set<number>() : copiesIn(seen, offer, compared);
    if (copied.size > 0) {
      await contribute(stage, dataset, offer, "reject");
      refusedRows += copied.size;
    }
    const fresh = { ...offer, rows: offer.rows.filter((_, row) => !copied.has(row)) };
    if (fresh.rows.length === 0) continue;
    await contribute(stage, dataset, fresh, "accept");
    contributions.push(fresh);
  }
  await freeze(stage, dataset);
  return { dataset, contributions, refusedRows };
}

/** Rows that stand in an earlier contribution, or are like one of it. */
function copiesIn(seen: Intake, { rows }: Contribution, compared: Compared): Set<number> {
  const { contribution, copies, near } = seen.add(
    rows.map((row) => sha256(rowBytes(row))),
    (row) => (compared === "images" ? { kind: "image", image: imageOf(rows[row]!) } : undefined),
  );
  const alike = near.filter(({ earlier }) => earlier.contribution < contribution);
  return new Set([...copies, ...alike].map(({ row }) => row));
}

/** A wallet submits its rows, and the curator decides on them. */
export async function contribute(
  stage: Stage,
  dataset: bigint,
  { wallet, rows }: Contribution,
  decision: "accept" | "reject",
): Promise<void> {
  const { root } = contributionTree(wallet.address as Hex, rows.map(rowBytes));
  await submit(stage, dataset, { wallet, root, rows: rows.length });
  const { datasets } = stage.suite;
  const submissions = [{ contributor: wallet.address, root }];
  await stage.roles.curator.send(
    "deciding on a contribution",
    decision === "accept"
      ? datasets.accept.populateTransaction(dataset, submissions)
      : datasets.reject.populateTransaction(dataset, submissions, encodeBytes32String("rows of an earlier one")),
  );
}

/**
 * Contributions, a model that is trained on them, and its index, active: a stream that is open for payments.
 *
 * @param operator - who signs the model's usage reports; its owner if left out
 */
export async function openStream(
  stage: Stage,
  offered: readonly Contribution[],
  { compared = "bytes", operator }: { readonly compared?: Compared; readonly operator?: Sender } = {},
): Promise<Stream & Pick<Admitted, "refusedRows">> {
  const { dataset, contributions, refusedRows } = await admit(stage, offered, compared);
  const trained = train(contributions.map(({ rows }) => rows));
  const stream = await registerTrained(stage, dataset, contributions, trained, operator);
  await activateIndex(stage, stream.stream, trained.committed);
  return { ...stream, refusedRows };
}
