/** The parts of package.json that are read here. */
export interface Manifest {
  readonly license?: string;
  readonly dependencies?: Ranges;
  readonly devDependencies?: Ranges;
  readonly optionalDependencies?: Ranges;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Packages whose install scripts may run. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** Versions or ranges by package. */
export type Ranges = Readonly<Record<string, string>>;

/** package-lock.json, of lockfileVersion 3. */
export interface Lockfile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
}

/** An entry of the lockfile. */
export interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly name?: string;
}

/** A package that the lockfile installs. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Its folder, from the project's. */
  readonly path: string;
  /** What the registry says of its licence. */
  readonly declared: string | undefined;
  /** Whether it is needed for development only. */
  readonly dev: boolean;
}

/** All packages of a lockfile, each version once, by name. */
export function installed(lock: Lockfile): Package[] {
  const found = new Map<string, Package>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "" || entry.link === true) continue;
    const name = entry.name ?? nameAt(path);
    const version = entry.version ?? "";
    const key = `${name}@${version}`;
    const dev = entry.dev === true && found.get(key)?.dev !== false;
    found.set(key, { name, version, path, declared: entry.license, dev });
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** The package in a folder of node_modules, nested or not. */
export function nameAt(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** Order by code units: the same under every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
