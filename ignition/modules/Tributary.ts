import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { demoDollarModule } from "./DemoDollar.ts";

const DAY = 86_400;

/** What a deployment may choose, with the protocol's values for a currency with six decimals. All are immutable. */
export const DEFAULT_PARAMETERS = {
  /** The protocol's share of gross fees, in basis points; at most 500. */
  protocolFeeBps: 100,
  /** Times, in seconds. */
  reviewTime: 14 * DAY,
  cuttingPeriod: DAY,
  indexDelay: 2 * DAY,
  withdrawalDelay: 7 * DAY,
  prepaidDelay: 2 * DAY,
  window: 3 * DAY,
  responseTime: DAY,
  fallbackTime: 14 * DAY,
  proposingPeriod: 5 * DAY,
  /** Bonds, in wei of the currency. */
  bondFloor: 20_000_000n,
  challengeBond: 10_000_000n,
  rowBond: 5_000_000n,
} as const;

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Currency = ReturnType<Builder["getParameter"]> | (typeof demoDollarModule)["results"]["currency"];

/** The suite on an existing ERC-20 `currency`, with a `treasury` that gets fees and unearned halves of slashed bonds. */
export const tributaryModule = buildModule("Tributary", (m) => suiteOn(m, m.getParameter<string>("currency")));

/**
 * The suite and a demo dollar to go with it. One module and not two runs with one journal: Ignition takes a run for
 * failed as long as anything in its journal is unfinished.
 */
export const localTributaryModule = buildModule("LocalTributary", (m) => {
  const { currency } = m.useModule(demoDollarModule);
  return { currency, ...suiteOn(m, currency) };
});

function suiteOn(m: Builder, currency: Currency) {
  const treasury = m.getParameter<string>("treasury");
  const chosen = (name: keyof typeof DEFAULT_PARAMETERS) =>
    m.getParameter<number | bigint>(name, DEFAULT_PARAMETERS[name]);

  const vault = m.contract("BondVault", [currency, chosen("withdrawalDelay")]);
  const datasets = m.contract("DatasetRegistry", [vault, chosen("reviewTime")]);
  const models = m.contract("ModelRegistry", [datasets]);
  const ledger = m.contract("RevenueLedger", [
    currency,
    models,
    treasury,
    chosen("protocolFeeBps"),
    chosen("prepaidDelay"),
  ]);
  const market = m.contractAt("InferenceMarket", m.staticCall(ledger, "MARKET"));
  const receivers = m.contract("ModelReceivers", [ledger]);
  const indexes = m.contract("IndexRegistry", [
    models,
    ledger,
    vault,
    chosen("indexDelay"),
    chosen("responseTime"),
    chosen("rowBond"),
  ]);
  const usage = m.contract("UsageRegistry", [models, indexes, ledger, chosen("cuttingPeriod")]);
  const attribution = m.contract("AttributionRegistry", [
    datasets,
    ledger,
    usage,
    indexes,
    vault,
    {
      window: chosen("window"),
      responseTime: chosen("responseTime"),
      fallbackTime: chosen("fallbackTime"),
      proposingPeriod: chosen("proposingPeriod"),
      bondFloor: chosen("bondFloor"),
      challengeBond: chosen("challengeBond"),
      treasury,
    },
  ]);
  const payouts = m.contractAt("StreamPayouts", m.staticCall(ledger, "PAYOUTS"));
  m.call(payouts, "appoint", [attribution]);
  const challenges = m.contractAt("ChallengeRegistry", m.staticCall(attribution, "CHALLENGES"));

  return { datasets, models, ledger, market, receivers, vault, indexes, usage, attribution, challenges, payouts };
}
