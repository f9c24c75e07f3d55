import { type CrookedQuery, playCrookedQuery } from "./chain/crookedQuery.ts";
import { drawCrowd, type Size } from "./chain/crowd.ts";
import { playLateIndex, type QueryAfter } from "./chain/lateIndex.ts";
import { playRowAttacks, type RowAttack } from "./chain/rowAttacks.ts";
import { playShortCuts, type ShortCuts } from "./chain/scorers.ts";
import { Stage } from "./chain/stage.ts";
import { playTerms, type Terms } from "./chain/terms.ts";
import { playWashing, type Washing } from "./chain/washing.ts";

/** What attacks came to in money, through contracts, scorer and claims. Amounts are in dollars. */
export interface ChainFigures extends Size {
  /** Part of the paid questions that the honest wallets' model answers right */
  readonly accuracy: number;
  /** Attacks with rows, by name; `… without intake` where the curator doesn't compare rows */
  readonly attacks: Readonly<Record<string, RowAttack>>;
  readonly queryAfter: QueryAfter;
  readonly crookedQuery: CrookedQuery;
  readonly shortCuts: ShortCuts;
  readonly washing: readonly Washing[];
  readonly terms: Terms;
}

const SIZE: Size = { wallets: 12, rows: 60, queries: 60 };
const SEED = 1;
const WASHED = [0.2, 0.4];
const QUICK_ATTACKS = ["split", "flip100", "duplicate", "duplicate without intake", "copyRival", "queryFrozen"];

/**
 * Plays the attacks once end to end on a chain in this process: wallets contribute handwritten digits, a model is trained
 * on them, callers pay for answers, operator and scorer do their work, and what everybody has gained is read from token
 * balances after all claims.
 *
 * @param quick - fewer attacks with rows, and less washing
 * @param show - is told what is being played
 */
export async function playOnChain(quick: boolean, show: (note: string) => void): Promise<ChainFigures> {
  show("deploying the suite");
  const stage = await Stage.create();
  const crowd = drawCrowd(SIZE, SEED);
  const rows = await playRowAttacks(stage, crowd, show, quick ? QUICK_ATTACKS : undefined);
  show("an index after the queries");
  const queryAfter = await playLateIndex(stage, crowd);
  show("a crooked q");
  const crookedQuery = await playCrookedQuery(stage, crowd);
  show("scorers that take short cuts");
  const shortCuts = await playShortCuts(stage, crowd);
  show("washing");
  const washing = await playWashing(stage, crowd, quick ? WASHED.slice(0, 1) : WASHED);
  show("caps, deposits, allow-lists");
  const terms = await playTerms(stage, crowd);
  return { ...SIZE, ...rows, queryAfter, crookedQuery, shortCuts, washing, terms };
}
