import { expect } from "chai";
import { AttributionHistory } from "../referee/attributionHistory.ts";
import { prepareStage } from "../referee/attributionStage.ts";
import { casesOf, withSeed } from "../referee/seeds.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const USUAL = 10;
const { first, count } = casesOf("REFEREE_HISTORIES", USUAL);
const STEPS = 500;

/** What must have come about at least once, or the histories would prove little. */
const EVENTS = [
  "attribution.FellBack",
  "attribution.IntervalRejected",
  "attribution.StatementFinalised",
  "attribution.StatementProposed",
  "attribution.StatementVoided",
  "attribution.WeightsPosted",
  "challenges.ChallengeSettled",
  "challenges.LineDefended",
  "challenges.LineRefuted",
  "challenges.NodeChallenged",
  "challenges.NodeOpened",
  "challenges.SilenceCalled",
  "indexes.DemandReleased",
  "indexes.IndexActivated",
  "indexes.IndexRejected",
  "indexes.RowDemanded",
  "indexes.RowShown",
  "indexes.RowWithheld",
  "ledger.RoyaltyPaid",
  "ledger.ScorerPaid",
  "ledger.Withdrawn",
  "payouts.LineClaimed",
  "payouts.ProRataClaimed",
  "payouts.RecipientSet",
  "vault.Withdrawn",
];
const ERRORS = [
  "AlreadyAnswered",
  "AlreadyChallenged",
  "AlreadyReported",
  "ChallengeNotFound",
  "ChallengesOpen",
  "ContributionOutOfRange",
  "DeadlinePassed",
  "DemandNotFound",
  "EmptyPool",
  "EmptyStatement",
  "FallbackNotDue",
  "IndexDelayOver",
  "IndexDelayRunning",
  "IndexDoesNotServe",
  "InsufficientBond",
  "IntervalNotFound",
  "LineIsDefended",
  "LineIsRight",
  "LineIsWrong",
  "LineNotFinal",
  "LineNotInStatement",
  "NodeNotInStatement",
  "NodeNotOpened",
  "NodeOutOfRange",
  "NodesShown",
  "NotDatasetOwner",
  "NotModelOwner",
  "NotSignedByOperator",
  "NothingLeaving",
  "NothingToCut",
  "NothingToWithdraw",
  "PaddingNotEmpty",
  "ProofLength",
  "ReportMissing",
  "ResponseTimeOver",
  "ResponseTimeRunning",
  "RowNotInIndex",
  "ScorerFeeTooHigh",
  "ShownTooLongAgo",
  "StatementNotLive",
  "StatementUndecided",
  "StillLeaving",
  "WeightsOutOfRange",
  "WindowClosed",
  "WindowOpen",
  "WrongIndexStatus",
  "WrongInterval",
  "WrongLanes",
  "WrongReport",
  "WrongSettlementStatus",
];

/** REFEREE_HISTORIES=250 plays that many from a random seed, and REFEREE_SEED=… from a given one. */
describe("The chain and the referee agree on every statement, challenge and claim", () => {
  const stage = firstStage(deploySuite).step(prepareStage);
  const met = new Map<string, number>();

  for (let seed = first; seed < first + count; seed++) {
    it(`at every step of the history with seed ${seed}, and when everybody falls silent`, () =>
      withSeed(seed, async () => {
        const history = await AttributionHistory.begin(await stage.load(), randomFrom(seed));
        await history.play(STEPS);
        for (const [name, times] of history.met) met.set(name, times + (met.get(name) ?? 0));
      }));
  }

  if (count === USUAL && first === 2_026) {
    it("and these histories met every turn that there is", () => {
      expect([...EVENTS, ...ERRORS].filter((name) => !met.has(name))).to.deep.equal([]);
    });
  }
});
