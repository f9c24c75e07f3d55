import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A case of the attack list, as its page states it. */
export interface AttackCase {
  readonly number: number;
  readonly name: string;
  /** Tests that the page names: file, and title after `attack N: `. */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const PAGE = join("docs", "attacks.md");
const TESTS = "test";

/** What a test's title says which attack it runs by; titles of suites count for the tests in them. */
export const ATTACK = /attack (\d+):/g;

/** The cases of `docs/attacks.md`, in its order: each table row that begins with a number. */
export async function readCases(): Promise<AttackCase[]> {
  const page = await readFile(PAGE, "utf8");
  return [...page.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, number, row = ""]) => {
    const [name = "", , , tests = ""] = row.split(" | ");
    return {
      number: Number(number),
      name,
      tests: [...tests.matchAll(/`([\w/]+\.test\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
        file,
        title,
      })),
    };
  });
}

/** Test files in which a title names an attack, by path, with their text. */
export async function attackFiles(): Promise<Map<string, string>> {
  const names = (await readdir(TESTS, { recursive: true })).filter((name) => name.endsWith(".test.ts")).sort();
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(TESTS, name), "utf8")] as const),
  );
  return new Map(texts.filter(([, text]) => /(it|describe)\(\s*["`]attack \d+:/.test(text)));
}

/** Path of a test file from the folder of the project. */
export const testPath = (name: string): string => join(TESTS, name);

/** The numbers of the attacks that a title, with those of the suites around it, names. */
export function attacksIn(title: string): Set<number> {
  return new Set([...title.matchAll(ATTACK)].map(([, number]) => Number(number)));
}
