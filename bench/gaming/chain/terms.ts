import { contributionTree, type Hex, sha256 } from "../../../scorer/index.ts";
import { NO_ADMISSION, type Sender } from "../../../client/index.ts";
import { type Crowd, seat } from "./crowd.ts";
import { rowBytes } from "./digits.ts";
import { claimAll, earned } from "./settlement.ts";
import { dollars, DOLLAR, outcomeOf, type Stage } from "./stage.ts";
import { type Contribution, createDataset, CURATED, freeze, PRICE, registerModel, submit } from "./world.ts";

const OPEN = 0;
const ALLOW_LIST = 2;
const NO_CAP = 2 ** 32 - 1;

/** What the terms of a dataset do to who claims too much. Refusals are names of custom errors. */
export interface Terms {
  readonly rowCap: {
    /** Rows that the attacker has, declares, and that count with the cap */
    readonly rows: number;
    readonly declared: number;
    readonly counted: number;
    /** What it gets of an interval that is divided by row count, in dollars: it declares what it has */
    readonly honest: number;
    /** It declares too many, with a cap at what it has, and without one */
    readonly capped: number;
    readonly uncapped: number;
  };
  readonly deposit: {
    /** In dollars for each row */
    readonly perRow: number;
    readonly without: string;
    readonly withDeposit: string;
    /** Locked for the declared rows, in dollars */
    readonly locked: number;
  };
  readonly allowList: { readonly plain: string; readonly withoutProof: string };
}

/** Plays a dataset's cap on rows, its deposits and its list of contributors against who ignores them. */
export async function playTerms(stage: Stage, crowd: Crowd): Promise<Terms> {
  const rows = crowd.hands[0]!.length;
  const declared = 1000 * rows;
  const honest = await divide(stage, crowd, "declares what it has", rows, rows);
  const capped = await divide(stage, crowd, "declares too much", declared, rows);
  const uncapped = await divide(stage, crowd, "declares too much, no cap", declared, NO_CAP);
  return {
    rowCap: {
      rows,
      declared,
      counted: capped.counted,
      honest: honest.paid,
      capped: capped.paid,
      uncapped: uncapped.paid,
    },
    deposit: await playDeposit(stage, crowd),
    allowList: await playAllowList(stage, crowd),
  };
}

/** An open dataset of which no index is ever committed: an interval is divided by row count alone. */
async function divide(
  stage: Stage,
  { hands, today }: Crowd,
  world: string,
  declared: number,
  rowCap: number,
): Promise<{ readonly paid: number; readonly counted: number }> {
  const { suite, roles } = stage;
  const { datasets, market, usage, attribution } = suite;
  const dataset = await createDataset(stage, { ...CURATED, curation: OPEN, rowCap });
  const contributions = await seat(stage, world, hands);
  for (const [i, contribution] of contributions.entries()) {
    await submit(stage, dataset, declaring(contribution, i === 0 ? declared : contribution.rows.length));
  }
  await freeze(stage, dataset);
  const { model, stream } = await registerModel(stage, { dataset, version: 1 }, sha256(new Uint8Array()), roles.lab);
  const amount = PRICE * BigInt(today.length);
  await roles.caller.send("paying", market.pay.populateTransaction(model, amount, sha256(new Uint8Array())));
  await roles.lab.send("cutting", usage.cut.populateTransaction(model));
  await roles.lab.send("falling back", attribution.fallBack.populateTransaction(stream, 0));
  const paid = await claimAll(stage, { stream, contributions });
  const [, counted] = await datasets.contributionAt(dataset, 0);
  return { paid: dollars(earned(paid, contributions[0]!.wallet).proRata), counted: Number(counted) };
}

async function playDeposit(stage: Stage, { hands }: Crowd): Promise<Terms["deposit"]> {
  const { suite, roles } = stage;
  const perRow = DOLLAR / 100n;
  const dataset = await createDataset(stage, { ...CURATED, curation: OPEN, deposit: Number(perRow) });
  const [contribution] = await seat(stage, "deposit", [hands[0]!]);
  const { wallet, rows } = contribution!;
  const declared = declaring(contribution!, rows.length);
  const without = await outcomeOf(submit(stage, dataset, declared));
  const { vault, currency, book } = suite;
  const deposit = perRow * BigInt(rows.length);
  await roles.lab.send("minting", currency.mint.populateTransaction(wallet.address, deposit));
  await wallet.send("approving", currency.approve.populateTransaction(book.contracts.vault, deposit));
  const put = vault.deposit.populateTransaction(book.contracts.datasets, wallet.address, deposit);
  await wallet.send("depositing", put);
  const withDeposit = await outcomeOf(submit(stage, dataset, declared));
  const { locked } = await vault.bondOf(book.contracts.datasets, wallet.address);
  return { perRow: dollars(perRow), without, withDeposit, locked: dollars(locked) };
}

/** The list is empty: its root is zero. */
async function playAllowList(stage: Stage, { hands }: Crowd): Promise<Terms["allowList"]> {
  const { datasets } = stage.suite;
  const dataset = await createDataset(stage, { ...CURATED, curation: ALLOW_LIST });
  const [contribution] = await seat(stage, "allow-list", [hands[0]!]);
  const declared = declaring(contribution!, hands[0]!.length);
  const { wallet, root, rows } = declared;
  const admitted = datasets.contributeAdmitted.populateTransaction(dataset, root, rows, "", NO_ADMISSION);
  return {
    plain: await outcomeOf(submit(stage, dataset, declared)),
    withoutProof: await outcomeOf(wallet.send("contributing", admitted)),
  };
}

/** A contribution whose wallet says that it has so many rows. */
function declaring(
  { wallet, rows }: Contribution,
  declared: number,
): { readonly wallet: Sender; readonly root: Hex; readonly rows: number } {
  return { wallet, root: contributionTree(wallet.address as Hex, rows.map(rowBytes)).root, rows: declared };
}
