export {
  type Account,
  type Block,
  type Challenge,
  CHALLENGE_STATES,
  type ChallengeState,
  type Claim,
  type Claimable,
  type Contribution,
  CONTRIBUTION_STATES,
  type ContributionState,
  type Dataset,
  type Demand,
  type Event,
  type Flows,
  type Health,
  HEALTH,
  type HistoryItem,
  type Interval,
  type Line,
  type Lineage,
  type Model,
  type Payment,
  PAYMENT_WAYS,
  type PaymentWay,
  type Settlement,
  SHAPES,
  type Statement,
  STATEMENT_STATES,
  type StatementState,
  type Stream,
  type Version,
} from "./answers.ts";
export { IndexClient, type IndexClientOptions } from "./indexClient.ts";
export { type Answer, type AnswerPage, type AskPage, itemsOf, pagesOf, type Paging } from "./paging.ts";
export type { Fetch } from "./requests.ts";
export type { Hex, Kind, Shape, ShapeOf } from "./shapes.ts";
export { eventIndexAt, useIndexAt } from "./eventIndex.ts";
