import { type LogDescription, type Result, ZeroAddress } from "ethers";
import type { Operation, ReplayReferee } from "./replayReferee.ts";

/** Of calls whose permission others judge: what follows from one that went through. */
type Consequence = (referee: ReplayReferee, operation: Operation) => void;

function nothing(): void {
  // Neither money nor anybody's share depends on it.
}

function transferModel(referee: ReplayReferee, { args: [, to, model] }: Operation): void {
  referee.transferModel(Number(model), to as string, ZeroAddress);
}

function transferDataset(referee: ReplayReferee, { args: [, to, dataset] }: Operation): void {
  referee.transferDataset(Number(dataset), to as string);
}

function move(referee: ReplayReferee, { args: [from, to, amount] }: Operation): void {
  referee.move(from as string, to as string, amount as bigint);
}

/** What came of a call to the dataset registry, by its events: who got in is the registry's word. */
function contributions({ contributions: book }: ReplayReferee, { name: called, events }: Operation): void {
  for (const { name, args } of events) {
    const event = FACTS[name];
    if (event !== undefined) event(book, args, called);
  }
}

const FACTS: Readonly<
  Record<string, (book: ReplayReferee["contributions"], args: LogDescription["args"], called: string) => void>
> = {
  DatasetCreated: (book, { owner }) => book.create(owner as string),
  TermsSet: (book, { dataset, terms }) => {
    const { curation, rowCap, deposit, proRataBps } = terms as Record<string, bigint>;
    book.setTerms(Number(dataset), {
      isOpen: curation === 0n,
      rowCap: Number(rowCap),
      deposit: deposit ?? 0n,
      proRataBps: proRataBps ?? 0n,
    });
  },
  ContributionSubmitted: (book, { dataset, contributor, root, rows }) =>
    book.submit(Number(dataset), contributor as string, root as string, Number(rows)),
  ContributionAccepted: (book, { dataset, contributor, root, position, rows }, called) => {
    const decided = called === "datasets.accept";
    const accepted = book.accept(Number(dataset), contributor as string, root as string, decided);
    if (accepted.place !== Number(position) || accepted.rows !== Number(rows)) {
      throw new Error(`place and rows are ${position}, ${rows}; the referee says ${JSON.stringify(accepted)}`);
    }
  },
  ContributionRejected: (book, { dataset, contributor, root }) =>
    book.release(Number(dataset), contributor as string, root as string),
  ContributionWithdrawn: (book, { dataset, contributor, root }) =>
    book.release(Number(dataset), contributor as string, root as string),
  RowsOpened: (book, { dataset, contributor, root }) =>
    book.openRows(Number(dataset), contributor as string, root as string),
  ContributionRetired: (book, { dataset, position }) => book.retire(Number(dataset), Number(position)),
  VersionFrozen: (book, { dataset }) => book.freeze(Number(dataset)),
};

const CONTRIBUTING = [
  "createDataset",
  "setTerms",
  "contribute",
  "contributeAdmitted",
  "contributeSigned",
  "contributeBatch",
  "accept",
  "reject",
  "review",
  "withdrawContribution",
  "retire",
  "freeze",
];
const WITHOUT_MONEY = [
  "datasets.setMetadata",
  "datasets.setCurator",
  "datasets.setAllowLists",
  "datasets.approveTrainers",
  "datasets.cancelNonces",
  "datasets.approve",
  "datasets.setApprovalForAll",
  "models.setChildTerms",
  "models.approve",
  "models.setApprovalForAll",
  "currency.approve",
  "currency.permit",
  "currency.cancelAuthorization",
];

export const CONSEQUENCES: Readonly<Record<string, Consequence>> = {
  ...Object.fromEntries(CONTRIBUTING.map((method) => [`datasets.${method}`, contributions])),
  ...Object.fromEntries(WITHOUT_MONEY.map((name) => [name, nothing])),
  "datasets.transferFrom": transferDataset,
  "datasets.safeTransferFrom": transferDataset,
  "models.transferFrom": transferModel,
  "models.safeTransferFrom": transferModel,
  "models.register": (referee, { from, args: [registration] }) => {
    const [, , , operator] = registration as string[];
    referee.register(from, operator ?? ZeroAddress, registration as Result);
  },
  "models.setOperator": (referee, { args: [model, operator] }) =>
    referee.setOperator(Number(model), operator as string),
  "models.setPayout": ({ game }, { args: [model, payout] }) =>
    game.ground.lineage.redirect(Number(model), payout === ZeroAddress ? undefined : (payout as string)),
  "currency.mint": ({ game }, { args: [to, amount] }) => game.money.move(to as string, amount as bigint),
  "currency.transfer": (referee, { from, args: [to, amount] }) => referee.move(from, to as string, amount as bigint),
  "currency.transferFrom": move,
  "currency.transferWithAuthorization": move,
  "currency.receiveWithAuthorization": move,
};
