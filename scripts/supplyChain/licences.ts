import type { Package } from "./packages.ts";

/** Licences that anything may have: they ask for a notice, or for nothing. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "LLVM-exception",
  "MIT",
  "Python-2.0",
  "Unlicense",
  "WTFPL",
  "Zlib",
]);

/** Packages whose licence asks for more, or isn't in their package.json: what was found, and why they may be used. */
const REVIEWED: Readonly<Record<string, { readonly licence: string; readonly note: string }>> = {
  "@ethereumjs/rlp": { licence: "MPL-2.0", note: "used unchanged and not distributed with this repository" },
  "@ethereumjs/tx": { licence: "MPL-2.0", note: "used unchanged and not distributed with this repository" },
  "@ethereumjs/util": { licence: "MPL-2.0", note: "used unchanged and not distributed with this repository" },
  "@nomicfoundation/ignition-ui": {
    licence: "MIT",
    note: "its package.json names no licence, its LICENSE file is MIT's",
  },
  "axe-core": { licence: "MPL-2.0", note: "used unchanged, by tests" },
  "caniuse-lite": { licence: "CC-BY-4.0", note: "data of a build tool; nothing of it is published" },
  busboy: { licence: "MIT", note: "its package.json names the licence in an older way, its LICENSE file is MIT's" },
  "humanize-number": { licence: "MIT", note: "named in its Readme alone; used unchanged, by a test's server" },
  memorystream: {
    licence: "MIT",
    note: "its package.json names the licence in an older way, its LICENSE file is MIT's",
  },
  streamsearch: {
    licence: "MIT",
    note: "its package.json names the licence in an older way, its LICENSE file is MIT's",
  },
};

/** What a package may be used under. */
export interface Licence {
  /** SPDX expression. */
  readonly name: string;
  /** What was found by hand, or nothing. */
  readonly note: string;
  readonly problems: readonly string[];
}

/** A package with its licence. */
export type Licensed = Package & { readonly licence: Licence };

/** The licence of a package: what the registry says, or what was found by hand. */
export function licenceOf({ name, version, declared }: Package): Licence {
  const found = REVIEWED[name];
  if (found !== undefined && (declared ?? found.licence) === found.licence)
    return { name: found.licence, note: found.note, problems: [] };
  const expression = (declared ?? "none").replaceAll(/^\(|\)$/g, "");
  const unknown = expression.split(/ (?:AND|OR|WITH) /).filter((licence) => !PERMISSIVE.has(licence));
  const problems = unknown.map(
    (licence) => `${name} ${version} has licence ${licence}: look at it, and add it to scripts/supplyChain/licences.ts`,
  );
  return { name: expression, note: "", problems };
}
