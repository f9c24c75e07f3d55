import { item } from "../support/fixture.ts";
import type { VaultReferee } from "./attributionVault.ts";

/** Terms that contributions and streams depend on; `deposit` in wei. */
export interface DatasetTerms {
  readonly isOpen: boolean;
  readonly rowCap: number;
  readonly deposit: bigint;
  readonly proRataBps: bigint;
}

interface Place {
  readonly contributor: string;
  readonly rows: number;
  /** First version in which it counts no rows; 0 unless it was retired. */
  retiredFrom: number;
}

interface Submission {
  readonly contributor: string;
  readonly rows: number;
  deposit: bigint;
  accepted: boolean;
}

interface Dataset {
  owner: string;
  terms: DatasetTerms | undefined;
  readonly places: Place[];
  /** Places of each version. */
  readonly versions: number[];
  readonly submissions: Map<string, Submission>;
}

/**
 * The referee of contributions: who let them in is for others to judge; it says what each counts and which deposits are
 * locked.
 */
export class ContributionReferee {
  readonly #vault: VaultReferee;
  readonly #controller: string;
  readonly #datasets: Dataset[] = [];

  /** @param controller Address of the dataset registry */
  constructor(vault: VaultReferee, controller: string) {
    [this.#vault, this.#controller] = [vault, controller];
  }

  create(owner: string): void {
    this.#datasets.push({ owner, terms: undefined, places: [], versions: [], submissions: new Map() });
  }

  get count(): number {
    return this.#datasets.length;
  }

  setTerms(dataset: number, terms: DatasetTerms): void {
    this.#dataset(dataset).terms = terms;
  }

  transfer(dataset: number, owner: string): void {
    this.#dataset(dataset).owner = owner;
  }

  ownerOf(dataset: number): string {
    return this.#dataset(dataset).owner;
  }

  termsOf(dataset: number): DatasetTerms {
    const { terms } = this.#dataset(dataset);
    if (terms === undefined) throw new Error(`dataset ${dataset} has no terms`);
    return terms;
  }

  /** Locks the deposit. */
  submit(dataset: number, contributor: string, root: string, rows: number): void {
    const { isOpen, deposit: asked } = this.termsOf(dataset);
    const deposit = isOpen ? asked * BigInt(rows) : asked;
    if (deposit !== 0n) this.#vault.lock(this.#controller, contributor, deposit);
    this.#dataset(dataset).submissions.set(`${contributor} ${root}`, { contributor, rows, deposit, accepted: false });
  }

  /**
   * @param decided Whether a curator decided; the deposit is released then
   * @returns the rows that it counts, and its place
   */
  accept(dataset: number, contributor: string, root: string, decided: boolean): { rows: number; place: number } {
    const { places } = this.#dataset(dataset);
    const submission = this.#submission(dataset, contributor, root);
    const rows = Math.min(submission.rows, this.termsOf(dataset).rowCap);
    submission.accepted = true;
    places.push({ contributor, rows, retiredFrom: 0 });
    if (decided) this.release(dataset, contributor, root);
    return { rows, place: places.length - 1 };
  }

  /** Gives the deposit back, if there is one. */
  release(dataset: number, contributor: string, root: string): void {
    const submission = this.#submission(dataset, contributor, root);
    if (submission.deposit !== 0n) this.#vault.unlock(this.#controller, contributor, submission.deposit);
    submission.deposit = 0n;
  }

  /** The last row was opened: the deposit of what was accepted is free. */
  openRows(dataset: number, contributor: string, root: string): void {
    if (this.#submission(dataset, contributor, root).accepted) this.release(dataset, contributor, root);
  }

  retire(dataset: number, place: number): void {
    const { places, versions } = this.#dataset(dataset);
    item(places, place).retiredFrom = versions.length + 1;
  }

  freeze(dataset: number): void {
    const { places, versions } = this.#dataset(dataset);
    versions.push(places.length);
  }

  /** Contributors of a version, and the rows that each counts. */
  version(dataset: number, version: number): { contributors: string[]; rows: number[] } {
    const { places, versions } = this.#dataset(dataset);
    const frozen = places.slice(0, item(versions, version - 1));
    return {
      contributors: frozen.map(({ contributor }) => contributor),
      rows: frozen.map(({ rows, retiredFrom }) => (retiredFrom === 0 || retiredFrom > version ? rows : 0)),
    };
  }

  #dataset(dataset: number): Dataset {
    return item(this.#datasets, dataset - 1);
  }

  #submission(dataset: number, contributor: string, root: string): Submission {
    const submission = this.#dataset(dataset).submissions.get(`${contributor} ${root}`);
    if (submission === undefined) throw new Error(`the referee knows no contribution ${root} of ${contributor}`);
    return submission;
  }
}
