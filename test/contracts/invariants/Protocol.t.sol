// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {IModelReceivers} from "../../../contracts/interfaces/IModelReceivers.sol";
import {Actor} from "./Actor.sol";
import {AttributionPromises} from "./AttributionPromises.sol";
import {ChallengeChoices} from "./ChallengeChoices.sol";
import {Choices} from "./Choices.sol";
import {ContributionChoices} from "./ContributionChoices.sol";
import {CurrencyChoices} from "./CurrencyChoices.sol";
import {DatasetChoices} from "./DatasetChoices.sol";
import {
    IDeployedAttribution,
    IDeployedChallenges,
    IDeployedDatasets,
    IDeployedIndexes,
    IDeployedLedger,
    IDeployedModels,
    IDeployedPayouts,
    IDeployedUsage
} from "./Deployed.sol";
import {IndexChoices} from "./IndexChoices.sol";
import {IntruderChoices} from "./IntruderChoices.sol";
import {Keys} from "./Keys.sol";
import {MarketChoices} from "./MarketChoices.sol";
import {ModelChoices} from "./ModelChoices.sol";
import {MoneyChoices} from "./MoneyChoices.sol";
import {Notebook, Suite} from "./Notebook.sol";
import {Opening} from "./Opening.sol";
import {PayoutChoices} from "./PayoutChoices.sol";
import {Player} from "./Player.sol";
import {StatementChoices} from "./StatementChoices.sol";
import {UsageChoices} from "./UsageChoices.sol";
import {Witness} from "./Witness.sol";

/// @title ICheats
/// @notice The cheatcodes of the test runner that the campaign needs.
interface ICheats {
    /// @notice Sets the block's time.
    function warp(uint256 time) external;
    /// @notice Gives an account code.
    function etch(address account, bytes calldata code) external;
    /// @notice Creation code of a contract as it was built, by `file:Name`.
    function getCode(string calldata artifact) external view returns (bytes memory);
}

ICheats constant CHEATS = ICheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @title WarpingPlayer
/// @notice Plays in the test runner, which sets the time. It stands in this file, because the runner calls only
/// contracts of the test files themselves.
contract WarpingPlayer is Player {
    constructor(
        Notebook notebook,
        Opening opening,
        Witness witness,
        Choices[] memory parts
    ) Player(notebook, opening, witness, parts) {}

    function _arriveAt(uint256 time) internal override {
        CHEATS.warp(time);
    }
}

/// @title ProtocolInvariants
/// @notice What the protocol promises after any calls of anybody, in any order, at any time. INVARIANT_RUNS and
/// INVARIANT_DEPTH set how many.
contract ProtocolInvariants is AttributionPromises {
    uint256 private constant BEGIN = 1_800_000_000;
    address private constant TREASURY = address(0x7EA);

    WarpingPlayer private _player;
    Witness private _witness;

    /// @notice Deploys everything, and plays the opening.
    function setUp() external {
        CHEATS.warp(BEGIN);
        _suite = _deploy();
        _notebook = new Notebook(_suite, BEGIN);
        _witness = new Witness(_notebook);
        Opening opening = new Opening(_notebook);
        _player = new WarpingPlayer(_notebook, opening, _witness, _parts());
        bytes memory code = address(new Actor()).code;
        for (uint256 i = 0; i < Keys.COUNT; ++i) CHEATS.etch(Keys.accountAt(i), code);
        for (uint256 i = 0; i < opening.LENGTH(); ++i) _player.step(0);
    }

    /// @notice The runner calls the player and nothing else.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_player);
    }

    /// @notice After every call all promises hold. Each is a function whose name says it, and so does its error.
    function invariant_everyPromiseHolds() external view {
        theLedgerHoldsWhatItOwesAndBoundedDust();
        thePayoutsHoldExactlyWhatIsUnclaimed();
        noLineIsPaidTwiceNorAboveThePool();
        aStreamPaysByRowsWhatItHadAndNoMore();
        noWeiIsLostOrInvented();
        theVaultHoldsExactlyAllBonds();
        aBondIsLockedForEachLiveStatementAndUnsettledWalk();
        aBondIsLockedForEachOpenDemand();
        aDepositIsLockedForEachContributionThatOwesOne();
        aLiveStatementCountsItsOpenChallenges();
        aKeyIsInOneState();
        oneStatementOfAnIntervalIsFinal();
        aVoidStatementPaysNothing();
        whatFellBackArePoolsOfProRataIntervals();
        sharesOfAModelAddUpToTheWhole();
        lineageHasNoCycle();
        noCounterFalls();
        nothingThatIsFixedChanges();
        nobodyDoesWhatItMayNot();
        nothingHappensOutsideItsTime();
    }

    /// @notice Nobody's counter falls: fees, royalties, what a channel spent, intervals, voids, deadlines.
    function noCounterFalls() public view {
        require(bytes(_witness.fallen()).length == 0, string.concat("fell: ", _witness.fallen()));
    }

    /// @notice Shares, frozen versions, active indexes, intervals, reports, pools and ends of intervals never change.
    function nothingThatIsFixedChanges() public view {
        require(bytes(_witness.changed()).length == 0, string.concat("changed: ", _witness.changed()));
    }

    /// @notice Nobody does what only another may, with a wrong signature, a wrong proof or money it hasn't.
    function nobodyDoesWhatItMayNot() public view {
        require(_player.allowedToAStranger() == 0, "somebody did what it may not");
    }

    /// @notice Windows, deadlines and delays are kept.
    function nothingHappensOutsideItsTime() public view {
        require(_player.outsideItsTime() == 0, "something happened outside of its time");
    }

    function _parts() private returns (Choices[] memory parts) {
        parts = new Choices[](12);
        parts[0] = new StatementChoices(_notebook);
        parts[1] = new ChallengeChoices(_notebook);
        parts[2] = new IndexChoices(_notebook);
        parts[3] = new MarketChoices(_notebook);
        parts[4] = new MoneyChoices(_notebook);
        parts[5] = new PayoutChoices(_notebook);
        parts[6] = new ContributionChoices(_notebook);
        parts[7] = new DatasetChoices(_notebook);
        parts[8] = new ModelChoices(_notebook);
        parts[9] = new CurrencyChoices(_notebook);
        parts[10] = new UsageChoices(_notebook);
        parts[11] = new IntruderChoices(_notebook);
    }

    function _deploy() private returns (Suite memory suite) {
        suite.currency = new DemoDollar();
        suite.vault = IBondVault(_built("bond/BondVault.sol:BondVault", abi.encode(suite.currency, 7 days)));
        suite.datasets = IDeployedDatasets(
            _built("dataset/DatasetRegistry.sol:DatasetRegistry", abi.encode(suite.vault, 14 days))
        );
        suite.models = IDeployedModels(_built("lineage/ModelRegistry.sol:ModelRegistry", abi.encode(suite.datasets)));
        suite.ledger = IDeployedLedger(
            _built(
                "revenue/RevenueLedger.sol:RevenueLedger",
                abi.encode(suite.currency, suite.models, TREASURY, 100, 2 days)
            )
        );
        suite.market = IInferenceMarket(address(suite.ledger.MARKET()));
        suite.receivers = IModelReceivers(
            _built("revenue/ModelReceivers.sol:ModelReceivers", abi.encode(suite.ledger))
        );
        suite.indexes = IDeployedIndexes(
            _built(
                "attribution/IndexRegistry.sol:IndexRegistry",
                abi.encode(suite.models, suite.ledger, suite.vault, 2 days, 1 days, 5e6)
            )
        );
        suite.usage = IDeployedUsage(
            _built(
                "attribution/UsageRegistry.sol:UsageRegistry",
                abi.encode(suite.models, suite.indexes, suite.ledger, 1 days)
            )
        );
        suite.attribution = IDeployedAttribution(
            _built(
                "attribution/AttributionRegistry.sol:AttributionRegistry",
                abi.encode(
                    suite.datasets,
                    suite.ledger,
                    suite.usage,
                    suite.indexes,
                    suite.vault,
                    IAttributionRegistry.Parameters(3 days, 1 days, 14 days, 5 days, 20e6, 10e6, TREASURY)
                )
            )
        );
        suite.challenges = IDeployedChallenges(address(suite.attribution.CHALLENGES()));
        suite.payouts = IDeployedPayouts(address(suite.ledger.PAYOUTS()));
        suite.payouts.appoint(address(suite.attribution));
    }
    /// @dev Contracts as they were built for deployment, so that they aren't compiled once more for the tests.
    function _built(string memory artifact, bytes memory arguments) private returns (address deployed) {
        bytes memory code = bytes.concat(CHEATS.getCode(string.concat("contracts/", artifact)), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
        }
        require(deployed != address(0), string.concat("not deployed: ", artifact));
    }
}
