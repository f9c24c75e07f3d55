/** Tests that a mutant runs against, and what has to be compiled for them. */
export interface Stage {
  readonly runner: "mocha" | "solidity";
  /** `file:Name` of each contract in whose bytecode the mutated source can be, as far as the tests use them. */
  readonly contracts: readonly string[];
  readonly tests: readonly string[];
}

/** A source to be mutated. Its stages run in turn until a test fails: what kills most for the least comes first. */
export interface Target {
  readonly name: string;
  readonly file: string;
  readonly stages: readonly Stage[];
}

const HARNESS = "contracts/mocks/LibraryHarness.sol:LibraryHarness";
const LEDGER = "contracts/revenue/RevenueLedger.sol:RevenueLedger";
const ATTRIBUTION = "contracts/attribution/AttributionRegistry.sol:AttributionRegistry";
const VAULT = "contracts/bond/BondVault.sol:BondVault";
const DATASETS = "contracts/dataset/DatasetRegistry.sol:DatasetRegistry";
const MODELS = "contracts/lineage/ModelRegistry.sol:ModelRegistry";

const tests = (...names: readonly string[]): string[] => names.map((name) => `test/contracts/${name}.test.ts`);
const mocha = (contracts: readonly string[], ...names: readonly string[]): Stage => ({
  runner: "mocha",
  contracts,
  tests: tests(...names),
});
const solidity = (file: string, ...names: readonly string[]): Stage => ({
  runner: "solidity",
  contracts: names.map((name) => `test/contracts/${file}:${name}`),
  tests: [`test/contracts/${file}`],
});

/** The contracts that carry the money, and their tests. */
export const TARGETS: readonly Target[] = [
  {
    name: "MerkleSum",
    file: "contracts/libraries/MerkleSum.sol",
    stages: [
      solidity("Trees.t.sol", "MerkleSumTest"),
      mocha([HARNESS], "Formats"),
      mocha(
        [HARNESS, LEDGER, ATTRIBUTION],
        "StreamPayouts",
        "ChallengeRegistry",
        "FormatVectors",
        "AttributionRegistry",
        "AttributionReferee",
        "ChallengeAttacks",
      ),
    ],
  },
  {
    name: "InnerProduct",
    file: "contracts/libraries/InnerProduct.sol",
    stages: [
      solidity("InnerProduct.t.sol", "InnerProductTest"),
      mocha([HARNESS], "Formats"),
      mocha([HARNESS, ATTRIBUTION], "ChallengeRegistry", "FormatVectors", "AttributionReferee", "ChallengeAttacks"),
    ],
  },
  {
    name: "Shares",
    file: "contracts/libraries/Shares.sol",
    stages: [
      solidity("Shares.t.sol", "SharesTest"),
      mocha([HARNESS], "Formats"),
      mocha(
        [HARNESS, LEDGER, ATTRIBUTION, DATASETS, MODELS],
        "RevenueLedger",
        "StreamPayouts",
        "AttributionRegistry",
        "ModelRegistry",
        "Referee",
        "AttributionReferee",
        "Economics",
      ),
    ],
  },
  {
    name: "RevenueLedger",
    file: "contracts/revenue/RevenueLedger.sol",
    stages: [
      mocha([LEDGER], "RevenueLedger"),
      mocha(
        [LEDGER],
        "Prepaid",
        "InferenceMarket",
        "StreamPayouts",
        "ModelReceivers",
        "Vouchers",
        "SignedPayments",
        "Referee",
        "PaymentHistories",
        "AttributionReferee",
      ),
    ],
  },
  {
    name: "AttributionRegistry",
    file: "contracts/attribution/AttributionRegistry.sol",
    stages: [
      mocha([ATTRIBUTION], "AttributionRegistry"),
      mocha([ATTRIBUTION], "ChallengeRegistry", "StreamPayouts", "Economics", "AttributionReferee", "ChallengeAttacks"),
    ],
  },
  {
    name: "BondVault",
    file: "contracts/bond/BondVault.sol",
    stages: [
      mocha([VAULT], "BondVault"),
      mocha([VAULT], "DatasetDeposits", "Economics", "AttributionRegistry", "ChallengeRegistry", "AttributionReferee"),
    ],
  },
];
