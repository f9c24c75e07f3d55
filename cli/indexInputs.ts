import { ClientError } from "../client/index.ts";
import {
  buildIndex,
  ContributionSums,
  contributionVectors,
  decodeProjections,
  type InfluenceIndex,
  type KroneckerProjection,
  MAX_CONTRIBUTIONS,
  projectRows,
  ProjectionFit,
} from "../scorer/index.ts";
import { option, optionalArgument, type Reader } from "./command.ts";
import type { Context } from "./context.ts";
import { readBytes, readText } from "./edges/files.ts";
import { type FactorVisitor, visitFactors } from "./edges/tensors.ts";
import { UsageError } from "./exit.ts";
import { creditingOf, retrain } from "./model.ts";
import { text, whole } from "./readers.ts";
import { countRows, parseRows } from "./rows.ts";

/** The rows of a model. */
export const ROWS = optionalArgument("ROWS.jsonl", "the rows, one JSON object a line", text);

/** Options that say where the features of rows come from, for a model that train made. */
export const MODEL_SOURCES = {
  model: option("DIR", "the model's folder, made by train", text),
  features: option("FILE", "the features that it was trained on, if they came from a file", text),
  images: option("FILE", "the images that it was trained on, if its features are pixels", text),
  labels: option("FILE", "the labels of the rows, if they are in a file of their own", text),
};

/** The same, or for a model of another framework. */
export const FEATURE_SOURCES = {
  ...MODEL_SOURCES,
  factors: option("PATH", "features or factors of a model of another framework: a file, or a folder of them", text),
  projection: option("FILE", "with --factors: the projection that the index was built with", text),
};

/** KAxKG, as 64x32. */
const lanesReader: Reader<readonly [number, number]> = (given) => {
  const [, a, g] = /^(\d{1,4})x(\d{1,4})$/.exec(given) ?? [];
  if (a === undefined || g === undefined || Number(a) * Number(g) === 0) {
    throw new UsageError("expected KAxKG, lanes of the activations and of the gradients of each layer: 64x32");
  }
  return [Number(a), Number(g)];
};

/** How wide factors are projected. */
export const LANES = option(
  "KAxKG",
  "with --factors: fit a projection to the rows, to so many lanes of activations and gradients a layer",
  lanesReader,
);

/** Options that say what is made of them. */
export const INDEX_SHAPE = {
  rowCap: option("N", "rows that one contribution counts at the most, by the dataset's terms", whole(1, 2 ** 32 - 1)),
  contributions: option(
    "N",
    "contributions of the dataset version, if the last ones have no rows here",
    whole(1, MAX_CONTRIBUTIONS),
  ),
};

/** What was given for these options. */
export interface FeatureSources {
  readonly rows: string | undefined;
  readonly model: string | undefined;
  readonly features: string | undefined;
  readonly images: string | undefined;
  readonly labels: string | undefined;
  readonly factors: string | undefined;
  readonly projection: string | undefined;
}

/** A trained model with its rows. */
export interface ModelSource {
  readonly kind: "model";
  readonly rows: string;
  readonly model: string;
  readonly given: Omit<FeatureSources, "factors" | "projection">;
}

/** Features of rows whose source is decided: a trained model's, or those of files. */
export type ChosenSource =
  | ModelSource
  | {
      readonly kind: "factors";
      readonly rows: string | undefined;
      readonly factors: string;
      readonly projection: string | undefined;
    };

/** @throws UsageError unless rows and a model are named */
export function chooseModel(given: Omit<FeatureSources, "factors" | "projection">): ModelSource {
  const { rows, model } = given;
  if (model === undefined || rows === undefined) {
    throw new UsageError("give ROWS.jsonl and --model DIR, or --factors PATH");
  }
  return { kind: "model", rows, model, given };
}

/** @throws UsageError unless exactly one source is named, with all it needs and nothing else */
export function chooseSource(given: FeatureSources): ChosenSource {
  const { rows, model, factors, projection, features, images, labels } = given;
  if (factors !== undefined) {
    if ([model, features, images, labels].some((other) => other !== undefined)) {
      throw new UsageError("--factors brings everything: leave --model, --features, --images and --labels out");
    }
    return { kind: "factors", rows, factors, projection };
  }
  if (projection !== undefined) throw new UsageError("--projection is for --factors");
  return chooseModel(given);
}

/** An index with the number of rows that went into it. */
export interface BuiltIndex {
  readonly index: InfluenceIndex;
  readonly rows: number;
  /** What the factors of each layer were projected with */
  readonly projections: readonly KroneckerProjection[] | undefined;
}

/** What is made of features. */
export interface IndexShape {
  readonly rowCap: number | undefined;
  readonly contributions: number | undefined;
  readonly lanes: readonly [number, number] | undefined;
}

/**
 * Makes the influence index of a trained model, or of row features in files.
 *
 * @throws ClientError `mismatch` when the rows aren't those of the model, `bad-input` for fewer contributions than rows
 * name; ScorerError of what can't be an index
 */
export async function buildFrom(
  context: Context,
  source: ChosenSource,
  { rowCap, contributions, lanes }: IndexShape,
): Promise<BuiltIndex> {
  if (lanes !== undefined && (source.kind === "model" || source.projection !== undefined)) {
    throw new UsageError("--lanes fits a projection to --factors: leave it out with --model and with --projection");
  }
  const build = source.kind === "model" ? await ofModel(context, source) : await ofFactors(context, source, lanes);
  const counts = [...build.counts];
  if (contributions !== undefined && contributions < counts.length) {
    throw new ClientError(
      "bad-input",
      `there are rows of contribution ${counts.length - 1}, so there are more than ${contributions} contributions`,
    );
  }
  while (counts.length < (contributions ?? 0)) counts.push(0);
  const index = await context.step("Computing the influence of each contribution", () =>
    buildIndex(
      build.features(counts.length),
      counts.map((number) => Math.min(number, rowCap ?? number)),
    ),
  );
  return { index, rows: counts.reduce((sum, number) => sum + number, 0), projections: build.projections };
}

interface Build {
  /** Rows of each contribution */
  readonly counts: readonly number[];
  readonly features: (contributions: number) => Parameters<typeof buildIndex>[0];
  readonly projections?: readonly KroneckerProjection[] | undefined;
}

async function ofModel(context: Context, { rows, model, given }: ModelSource): Promise<Build> {
  const trained = await retrain(context, model, { ...given, rows });
  const { alpha } = creditingOf(trained);
  const { features, labels, rows: own } = trained.data;
  const contributionOf = own.map(({ contribution }) => contribution);
  return {
    counts: countRows(own),
    features: (contributions) =>
      contributionVectors(trained.model, { features, labels, contributionOf, contributions }, alpha),
  };
}

async function ofFactors(
  context: Context,
  { factors, rows, projection }: ChosenSource & { kind: "factors" },
  lanes: readonly [number, number] | undefined,
): Promise<Build> {
  const contributionOf = await readContributions(rows);
  const projections =
    lanes === undefined
      ? await readProjections(projection)
      : await context.step(`Fitting a projection to the factors in ${factors}`, async () => {
          const fit = new ProjectionFit();
          await visitFactors(factors, contributionOf, (found) => fit.add(found));
          return fit.projections(lanes);
        });
  const sums = new ContributionSums();
  await context.step(`Reading the features in ${factors}`, () =>
    visitProjected(factors, contributionOf, projections, (found) => sums.add(found)),
  );
  return { counts: sums.rowCounts, features: (contributions) => sums.matrix(contributions), projections };
}

/** The projections in a file, if one is named. */
export async function readProjections(path: string | undefined): Promise<KroneckerProjection[] | undefined> {
  return path === undefined ? undefined : decodeProjections(await readBytes(path, "the projection"));
}

/** Visits row features as `visitFactors`, projected where there is something to project with. */
export function visitProjected(
  path: string,
  contributionOf: Parameters<typeof visitFactors>[1],
  projections: readonly KroneckerProjection[] | undefined,
  visit: FactorVisitor,
): Promise<void> {
  return visitFactors(path, contributionOf, (found) =>
    visit(projections === undefined ? found : projectRows(projections, found)),
  );
}

/** Which contribution each row belongs to, where a file of rows says so. */
export async function readContributions(rows: string | undefined): Promise<number[] | undefined> {
  if (rows === undefined) return undefined;
  const parsed = parseRows(await readText(rows, "the rows"), rows, { text: false, label: false });
  return parsed.map(({ contribution }) => contribution);
}
