import { ClientError } from "../client/index.ts";
import {
  buildIndex,
  ContributionSums,
  contributionVectors,
  type InfluenceIndex,
  MAX_CONTRIBUTIONS,
} from "../scorer/index.ts";
import { option, optionalArgument } from "./command.ts";
import type { Context } from "./context.ts";
import { readText } from "./edges/files.ts";
import { visitFactors } from "./edges/tensors.ts";
import { UsageError } from "./exit.ts";
import { creditingOf, retrain } from "./model.ts";
import { text, whole } from "./readers.ts";
import { countRows, parseRows } from "./rows.ts";

/** The rows of a model. */
export const ROWS = optionalArgument("ROWS.jsonl", "the rows, one JSON object a line", text);

/** Options that say where the features of rows come from, for a model that train made, or of another framework. */
export const FEATURE_SOURCES = {
  model: option("DIR", "the model's folder, made by train", text),
  features: option("FILE", "the features that it was trained on, if they came from a file", text),
  images: option("FILE", "the images that it was trained on, if its features are pixels", text),
  labels: option("FILE", "the labels of the rows, if they are in a file of their own", text),
  factors: option("PATH", "features or factors of a model of another framework: a file, or a folder of them", text),
};

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
}

/** Features of rows whose source is decided: a trained model's, or those of files. */
export type ChosenSource =
  | { readonly kind: "model"; readonly rows: string; readonly model: string; readonly given: FeatureSources }
  | { readonly kind: "factors"; readonly rows: string | undefined; readonly factors: string };

/** @throws UsageError unless exactly one source is named, with all it needs and nothing else */
export function chooseSource(given: FeatureSources): ChosenSource {
  const { rows, model, factors, features, images, labels } = given;
  if (factors !== undefined) {
    if ([model, features, images, labels].some((other) => other !== undefined)) {
      throw new UsageError("--factors brings everything: leave --model, --features, --images and --labels out");
    }
    return { kind: "factors", rows, factors };
  }
  if (model === undefined || rows === undefined) {
    throw new UsageError("give ROWS.jsonl and --model DIR, or --factors PATH");
  }
  return { kind: "model", rows, model, given };
}

/** An index with the number of rows that went into it. */
export interface BuiltIndex {
  readonly index: InfluenceIndex;
  readonly rows: number;
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
  { rowCap, contributions }: { readonly rowCap: number | undefined; readonly contributions: number | undefined },
): Promise<BuiltIndex> {
  const build =
    source.kind === "model" ? await ofModel(context, source) : await ofFactors(context, source.factors, source.rows);
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
  return { index, rows: counts.reduce((sum, number) => sum + number, 0) };
}

interface Build {
  /** Rows of each contribution */
  readonly counts: readonly number[];
  readonly features: (contributions: number) => Parameters<typeof buildIndex>[0];
}

async function ofModel(context: Context, { rows, model, given }: ChosenSource & { kind: "model" }): Promise<Build> {
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

async function ofFactors(context: Context, path: string, rows: string | undefined): Promise<Build> {
  const contributionOf = await readContributions(rows);
  const sums = new ContributionSums();
  await context.step(`Reading the features in ${path}`, () =>
    visitFactors(path, contributionOf, (factors) => sums.add(factors)),
  );
  return { counts: sums.rowCounts, features: (contributions) => sums.matrix(contributions) };
}

/** Which contribution each row belongs to, where a file of rows says so. */
export async function readContributions(rows: string | undefined): Promise<number[] | undefined> {
  if (rows === undefined) return undefined;
  const parsed = parseRows(await readText(rows, "the rows"), rows, { text: false, label: false });
  return parsed.map(({ contribution }) => contribution);
}
