import type { Dataset, Model } from "../../../client/indexApi/index.ts";
import { percentOfBps } from "../../words/amounts.ts";
import { enteredBps, enteredId } from "../../words/entries.ts";
import { modelKindName } from "../../words/kinds.ts";
import { TRAINING } from "../dataset/terms.ts";

/** Parents and datasets that a model can name, each (`IModelRegistry.register`). */
export const MOST_SOURCES = 16;
const WHOLE = 10_000;
const BASE = 0;

/** A source as it is entered. */
export interface EnteredSource {
  readonly id: string;
  /** Of a dataset; empty for a model. */
  readonly version: string;
  /** In percent. */
  readonly share: string;
}

/** What is known of what a form names: undefined while it is asked for, null if there is none. */
export interface Known {
  readonly models: ReadonlyMap<number, Model | null>;
  readonly datasets: ReadonlyMap<number, Dataset | null>;
  /** What lets the wallet name datasets that not everybody may train on, by `versionKey`. */
  readonly permissions: ReadonlyMap<string, Permission>;
}

/** What lets a wallet name a dataset, or why it can't. */
export type Permission = { readonly proof: readonly string[]; readonly because: string } | { readonly fault: string };

/** A version of a dataset, to find its permission by. */
export function versionKey(dataset: number, version: number): string {
  return `${dataset}/${version}`;
}

/** A registration as it is entered. */
export interface EnteredRegistration {
  readonly kind: number;
  readonly parents: readonly EnteredSource[];
  readonly datasets: readonly EnteredSource[];
}

/** What can be said of an entered source. */
export interface SourceFinding {
  readonly bps: number | undefined;
  /** What is wrong; undefined while nothing is, or before it is known. */
  readonly fault: string | undefined;
  readonly waits: boolean;
  /** What lets the wallet name the dataset, where not everybody may. */
  readonly permission?: { readonly proof: readonly string[]; readonly because: string };
}

/** What the chain would say of an entered registration. */
export interface RegistrationFindings {
  readonly parents: readonly SourceFinding[];
  readonly datasets: readonly SourceFinding[];
  readonly developerBps: number;
  /** What is wrong with all of it together. */
  readonly fault: string | undefined;
  /** Whether something is still being asked for. */
  readonly waits: boolean;
}

/** Checks a registration against what the registries hold, as the contract does when it is sent. */
export function checkRegistration(entered: EnteredRegistration, known: Known): RegistrationFindings {
  const parents = entered.parents.map((source, i) => parentFinding(source, i, entered, known));
  const datasets = entered.datasets.map((source, i) => datasetFinding(source, i, entered, known));
  const all = [...parents, ...datasets];
  const given = all.reduce((sum, { bps = 0 }) => sum + bps, 0);
  const fault =
    entered.kind === BASE && parents.length > 0
      ? "A base model has no parents: choose how it came from them, or remove them."
      : parents.length > MOST_SOURCES || datasets.length > MOST_SOURCES
        ? `A model names at most ${MOST_SOURCES} parents and ${MOST_SOURCES} datasets.`
        : given > WHOLE
          ? `Parents and datasets get ${percentOfBps(given)} together: at most 100 % can be given.`
          : undefined;
  return { parents, datasets, developerBps: WHOLE - given, fault, waits: all.some(({ waits }) => waits) };
}

function parentFinding(
  { id, share }: EnteredSource,
  place: number,
  { kind, parents }: EnteredRegistration,
  { models }: Known,
): SourceFinding {
  const number = enteredId(id);
  if (number === undefined) return wrong("Enter the model’s number.", share);
  if (parents.some((other, i) => i < place && enteredId(other.id) === number)) {
    return wrong(`Model ${number} is named twice.`, share);
  }
  const model = models.get(number);
  if (model === undefined) return waiting(share);
  if (model === null) return wrong(`There is no model ${number}.`, share);
  if (((model.childKinds >> kind) & 1) === 0) {
    return wrong(
      model.childKinds === 0
        ? `Model ${number} allows no models made from it.`
        : `Model ${number} doesn’t allow a ${modelKindName(kind)} made from it.`,
      share,
    );
  }
  return shareFinding(share, model.childBps, `Model ${number} asks for`);
}

function datasetFinding(
  { id, version, share }: EnteredSource,
  place: number,
  { datasets }: EnteredRegistration,
  known: Known,
): SourceFinding {
  const number = enteredId(id);
  if (number === undefined) return wrong("Enter the dataset’s number.", share);
  if (datasets.some((other, i) => i < place && enteredId(other.id) === number)) {
    return wrong(`Dataset ${number} is named twice: a model names one version of it.`, share);
  }
  const dataset = known.datasets.get(number);
  if (dataset === undefined) return waiting(share);
  if (dataset === null) return wrong(`There is no dataset ${number}.`, share);
  const frozen = enteredId(version);
  if (dataset.versions === 0) return wrong(`Dataset ${number} has no frozen version yet.`, share);
  if (frozen === undefined || frozen > dataset.versions) {
    return wrong(`Enter a version of dataset ${number}, from 1 to ${dataset.versions}.`, share);
  }
  const offered = shareFinding(share, dataset.streamBps, `Dataset ${number} asks for`);
  if (dataset.training === TRAINING.anyone || offered.fault !== undefined) return offered;
  const permission = known.permissions.get(versionKey(number, frozen));
  if (permission === undefined) return waiting(share);
  return "fault" in permission ? wrong(permission.fault, share) : { ...offered, permission };
}

function shareFinding(share: string, least: number, asks: string): SourceFinding {
  const bps = enteredBps(share);
  if (share.trim() === "")
    return wrong(
      `Enter its share: ${asks.charAt(0).toLowerCase() + asks.slice(1)} ${percentOfBps(least)} or more.`,
      share,
    );
  if (bps === undefined)
    return wrong("Enter a percentage from 0 to 100, with at most two digits behind the point.", share);
  if (bps < least) return wrong(`${asks} ${percentOfBps(least)} or more.`, share);
  return { bps, fault: undefined, waits: false };
}

function wrong(fault: string, share: string): SourceFinding {
  return { bps: enteredBps(share), fault, waits: false };
}

function waiting(share: string): SourceFinding {
  return { bps: enteredBps(share), fault: undefined, waits: true };
}
