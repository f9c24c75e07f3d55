import { type ComponentType, lazy, type LazyExoticComponent } from "react";

/** What the pattern of a page's path has found in an address. */
export interface PageProps {
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** A page, fetched when it is first shown. */
export interface PageEntry {
  /** Pattern of its path; `:name` stands for one part of it. */
  readonly path: string;
  readonly page: LazyExoticComponent<ComponentType<PageProps>>;
}

function page(path: string, load: () => Promise<ComponentType<PageProps>>): PageEntry {
  return { path, page: lazy(async () => ({ default: await load() })) };
}

const register = async () => (await import("../pages/register/RegisterPage.tsx")).RegisterPage;

/** All pages. A new one is a component of `PageProps` in a folder of `pages/`, and a line here. */
export const PAGES: readonly PageEntry[] = [
  page("/", async () => (await import("../pages/home/HomePage.tsx")).HomePage),
  page("/datasets", async () => (await import("../pages/lists/ListPages.tsx")).DatasetsPage),
  page("/models", async () => (await import("../pages/lists/ListPages.tsx")).ModelsPage),
  page("/payments", async () => (await import("../pages/lists/ListPages.tsx")).PaymentsPage),
  page("/statements", async () => (await import("../pages/lists/ListPages.tsx")).StatementsPage),
  page("/challenges", async () => (await import("../pages/lists/ListPages.tsx")).ChallengesPage),
  page("/dataset/:id", async () => (await import("../pages/dataset/DatasetPage.tsx")).DatasetPage),
  page("/model/:id", async () => (await import("../pages/model/ModelPage.tsx")).ModelPage),
  page("/account/:address", async () => (await import("../pages/account/AccountPage.tsx")).AccountPage),
  page("/register", register),
  page("/register/dataset/:dataset", register),
  page("/register/parent/:parent", register),
  page("/statement/:hash", async () => (await import("../pages/statement/StatementPage.tsx")).StatementPage),
  page(
    "/challenge/:hash/:level/:position",
    async () => (await import("../pages/challenge/ChallengePage.tsx")).ChallengePage,
  ),
  page("/transaction/:hash", async () => (await import("../pages/transaction/TransactionPage.tsx")).TransactionPage),
  page("/search/:wanted", async () => (await import("../pages/search/SearchPage.tsx")).SearchPage),
  page("/contracts", async () => (await import("../pages/contracts/ContractsPage.tsx")).ContractsPage),
  page("/answer/:model/:feesAfter", async () => (await import("../pages/answer/AnswerPage.tsx")).AnswerPage),
];

/** What the header leads to. */
export const NAVIGATION = [
  { to: "/datasets", name: "Datasets" },
  { to: "/models", name: "Models" },
  { to: "/payments", name: "Payments" },
  { to: "/statements", name: "Statements" },
  { to: "/challenges", name: "Challenges" },
  { to: "/contracts", name: "Contracts" },
] as const;
