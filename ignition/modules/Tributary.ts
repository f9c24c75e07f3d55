import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

const DAY = 86_400;

/**
 * The suite on an existing ERC-20 currency. Parameters (amounts in wei of the currency, times in seconds): `currency`
 * and `treasury` are required, the others default to the protocol's values for a currency with six decimals. All of
 * them are immutable once deployed.
 */
export const tributaryModule = buildModule("Tributary", (m) => {
  const currency = m.getParameter<string>("currency");
  const treasury = m.getParameter<string>("treasury");
  const protocolFeeBps = m.getParameter("protocolFeeBps", 100);
  const cuttingPeriod = m.getParameter("cuttingPeriod", DAY);
  const indexDelay = m.getParameter("indexDelay", 2 * DAY);
  const withdrawalDelay = m.getParameter("withdrawalDelay", 7 * DAY);
  const window = m.getParameter("window", 3 * DAY);
  const responseTime = m.getParameter("responseTime", DAY);
  const fallbackTime = m.getParameter("fallbackTime", 14 * DAY);
  const proposingPeriod = m.getParameter("proposingPeriod", 5 * DAY);
  const bondFloor = m.getParameter("bondFloor", 20_000_000n);
  const challengeBond = m.getParameter("challengeBond", 10_000_000n);

  const datasets = m.contract("DatasetRegistry");
  const models = m.contract("ModelRegistry", [datasets]);
  const ledger = m.contract("RevenueLedger", [currency, models, treasury, protocolFeeBps]);
  const market = m.contract("InferenceMarket", [ledger, models]);
  const vault = m.contract("BondVault", [currency, withdrawalDelay]);
  const indexes = m.contract("IndexRegistry", [models, datasets, ledger, indexDelay]);
  const usage = m.contract("UsageRegistry", [models, indexes, ledger, cuttingPeriod]);
  const attribution = m.contract("AttributionRegistry", [
    datasets,
    models,
    ledger,
    usage,
    indexes,
    vault,
    { window, responseTime, fallbackTime, proposingPeriod, bondFloor, challengeBond, treasury },
  ]);
  const payouts = m.contractAt("StreamPayouts", m.staticCall(attribution, "PAYOUTS"));
  m.call(ledger, "connect", [payouts]);

  return { datasets, models, ledger, market, vault, indexes, usage, attribution, payouts };
});
