import { readFile, writeFile } from "node:fs/promises";
import { format } from "prettier";
import { options, run } from "./commandLine.ts";
import { installScripts, licencesPage, lockfile, pins } from "./supplyChain/checks.ts";
import { licenceOf } from "./supplyChain/licences.ts";
import { installed, type Lockfile, type Manifest } from "./supplyChain/packages.ts";

const PAGE = "docs/licences.md";

/**
 * What comes from outside: exact versions of what reaches the chain, a lockfile that is in step and has a hash of
 * every package, no install scripts but the allowed ones, and a page with every package's licence.
 */
async function main(): Promise<number> {
  const values = options({ write: { type: "boolean", default: false }, json: { type: "boolean", default: false } });
  const manifest = JSON.parse(await readFile("package.json", "utf8")) as Manifest;
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")) as Lockfile;
  const packages = installed(lock).map((each) => ({ ...each, licence: licenceOf(each) }));
  const page = await format(licencesPage(packages), { parser: "markdown", printWidth: 120 });
  if (values.write) await writeFile(PAGE, page);
  const committed = await readFile(PAGE, "utf8").catch(() => "");
  const problems = [
    ...pins(manifest),
    ...lockfile(manifest, lock),
    ...installScripts(manifest, lock),
    ...packages.flatMap(({ licence }) => licence.problems),
    ...(committed === page ? [] : [`${PAGE} isn't that of the lockfile: npm run check:supply -- --write`]),
  ];
  if (values.json) process.stdout.write(`${JSON.stringify({ packages: packages.length, problems })}\n`);
  else for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (!values.json && problems.length === 0)
    process.stdout.write(`${packages.length} packages, nothing against them\n`);
  return problems.length === 0 ? 0 : 1;
}

await run(main);
