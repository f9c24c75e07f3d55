/**
 * Which random cases a run plays: the same ones in every run, unless `REFEREE_DAGS` or `REFEREE_HISTORIES` asks for
 * another number; those begin at a random seed, or at `REFEREE_SEED`.
 */
export function casesOf(
  variable: "REFEREE_DAGS" | "REFEREE_HISTORIES",
  usual: number,
): { first: number; count: number } {
  const { REFEREE_SEED: seed, [variable]: count } = process.env;
  const first = seed === undefined ? (count === undefined ? 2_026 : Math.floor(Math.random() * 2 ** 31)) : Number(seed);
  const cases = { first, count: count === undefined ? usual : Number(count) };
  if (!Number.isSafeInteger(cases.first) || !Number.isSafeInteger(cases.count)) {
    throw new Error("REFEREE_SEED, REFEREE_DAGS and REFEREE_HISTORIES are whole numbers");
  }
  return cases;
}

/** Plays one case; an error names the seed that brings it back. */
export async function withSeed(seed: number, play: () => Promise<void>): Promise<void> {
  try {
    await play();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${message}`, { cause: error });
  }
}
