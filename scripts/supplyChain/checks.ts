import type { Licensed } from "./licences.ts";
import { compare, type Lockfile, type Manifest, nameAt, type Ranges } from "./packages.ts";

/**
 * Development packages that shape what is sent to a chain, beside all that are needed to run: the compiler, what
 * deploys, what makes the scorer's kernels, and the Node that runs them.
 */
const REACHES_CHAIN = [
  /^@nomicfoundation\/(hardhat-ignition|hardhat-ignition-ethers|ignition-core|hardhat-ethers|hardhat-typechain)$/,
  /^@nomicfoundation\/hardhat-toolbox-mocha-ethers$/,
  /^(assemblyscript|hardhat|node|solc)$/,
];
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** What of that is given as a range and not as a version. */
export function pins(manifest: Manifest): string[] {
  const development = Object.entries(manifest.devDependencies ?? {}).filter(([name]) =>
    REACHES_CHAIN.some((pattern) => pattern.test(name)),
  );
  const ranges = [
    ...Object.entries(manifest.dependencies ?? {}),
    ...Object.entries(manifest.optionalDependencies ?? {}),
    ...development,
    ...overridden(manifest.overrides ?? {}),
  ];
  return ranges
    .filter(([, range]) => !EXACT.test(range))
    .map(([name, range]) => `${name} ${range} reaches the chain: pin it to one version in package.json`);
}

/** Versions that are forced on packages, however deep. */
function overridden(overrides: Readonly<Record<string, unknown>>): [name: string, range: string][] {
  return Object.entries(overrides).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as [string, string]] : overridden(value as Record<string, unknown>),
  );
}

/** Where the lockfile is out of step with package.json, or doesn't say what a package must hash to. */
export function lockfile(manifest: Manifest, lock: Lockfile): string[] {
  const problems = lock.lockfileVersion === 3 ? [] : [`package-lock.json has version ${lock.lockfileVersion}, not 3`];
  const root = (lock.packages[""] ?? {}) as Manifest;
  for (const kind of ["dependencies", "devDependencies", "optionalDependencies"] as const) {
    const [asked, locked]: [Ranges, Ranges] = [manifest[kind] ?? {}, root[kind] ?? {}];
    for (const name of [...new Set([...Object.keys(asked), ...Object.keys(locked)])].sort(compare)) {
      if (asked[name] !== locked[name])
        problems.push(
          `package-lock.json has ${name} ${locked[name] ?? "not"} in its ${kind}, package.json ${asked[name] ?? "not"}: npm install`,
        );
      const version = lock.packages[`node_modules/${name}`]?.version;
      const exact = asked[name] !== undefined && EXACT.test(asked[name]);
      if (exact && version !== asked[name])
        problems.push(`package-lock.json installs ${name} ${version ?? "not at all"}, not ${asked[name]}: npm install`);
    }
  }
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "" || entry.link === true || entry.inBundle === true) continue;
    if (!/^sha512-/.test(entry.integrity ?? "")) problems.push(`${path} has no sha-512 in package-lock.json`);
    if (entry.resolved !== undefined && !entry.resolved.startsWith("https://registry.npmjs.org/"))
      problems.push(`${path} comes from ${entry.resolved}, not from the registry`);
  }
  return problems;
}

/** Install scripts that nobody approved, and approvals that nothing needs. */
export function installScripts(manifest: Manifest, lock: Lockfile): string[] {
  const allowed = Object.entries(manifest.allowScripts ?? {}).flatMap(([name, yes]) => (yes ? [name] : []));
  const running = new Set(
    Object.entries(lock.packages)
      .filter(([path, { hasInstallScript }]) => path !== "" && hasInstallScript === true)
      .map(([path]) => nameAt(path)),
  );
  return [
    ...[...running]
      .filter((name) => !allowed.includes(name))
      .map((name) => `${name} runs a script when it is installed, and allowScripts in package.json doesn't name it`),
    ...allowed
      .filter((name) => !running.has(name))
      .map((name) => `allowScripts in package.json names ${name}, which has no install script`),
  ];
}

/** Every package by its licence, in Markdown: what runs first, then what develops. */
export function licencesPage(packages: readonly Licensed[]): string {
  const part = (title: string, dev: boolean): string[] => {
    const some = packages.filter((each) => each.dev === dev);
    const names = [...new Set(some.map(({ licence }) => licence.name))].sort(compare);
    return [
      `## ${title}`,
      "",
      ...names.flatMap((name) => {
        const under = some.filter(({ licence }) => licence.name === name);
        return [
          `**${name}** (${under.length}): ${under.map((each) => `${each.name} ${each.version}`).join(", ")}.`,
          "",
        ];
      }),
    ];
  };
  const notes = packages.filter(({ licence }) => licence.note !== "");
  return [
    "# Licences",
    "",
    "What `npm ci` installs, by licence, from package-lock.json. Written by `npm run check:supply -- --write`, and checked by `npm run check:supply`. Packages for other platforms are listed too.",
    "",
    ...part("To run", false),
    ...part("To develop", true),
    "## Looked at by hand",
    "",
    ...notes.map(({ name, version, licence }) => `- ${name} ${version}: ${licence.note}`),
    "",
  ].join("\n");
}
