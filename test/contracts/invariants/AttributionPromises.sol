// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {BondPromises} from "./BondPromises.sol";
import {MoneyPromises} from "./MoneyPromises.sol";
import {Proposal} from "./Notebook.sol";
import {Key} from "./StreamChoices.sol";

/// @title AttributionPromises
/// @notice What the protocol promises of lineage and of how intervals end.
abstract contract AttributionPromises is MoneyPromises, BondPromises {
    /// @notice A key has a live statement exactly while it is proposed, challenges only then, and at most eight voids.
    function aKeyIsInOneState() public view {
        Key[] memory keys = _keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            IAttributionRegistry.Settlement memory settlement = _settlement(keys[i]);
            bool isProposed = settlement.status == IAttributionRegistry.SettlementStatus.Proposed;
            require((settlement.statementId != 0) == isProposed, "a statement without a proposal");
            require(isProposed || settlement.openChallenges == 0, "challenges of nothing");
            require(settlement.voids <= 8, "too many voids");
        }
    }

    /// @notice One statement of an interval becomes final, if any, and exactly where the interval ended by it.
    function oneStatementOfAnIntervalIsFinal() public view {
        uint256 count = _notebook.proposals();
        uint256 finals;
        for (uint256 i = 0; i < count; ++i) if (_isFinal(_notebook.proposalAt(i))) ++finals;
        Key[] memory keys = _keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            if (_settlement(keys[i]).status == IAttributionRegistry.SettlementStatus.Final) --finals;
        }
        require(finals == 0, "an interval has two final statements, or none");
    }

    /// @notice A statement that was refuted, called silent or rejected pays nothing.
    function aVoidStatementPaysNothing() public view {
        for (uint256 i = 0; i < _notebook.proposals(); ++i) {
            Proposal memory proposal = _notebook.proposalAt(i);
            require(proposal.paid == 0 || _isFinal(proposal), "a statement pays that isn't final");
        }
    }

    /// @notice What fell back on a stream are the pools of its intervals that ended pro-rata.
    function whatFellBackArePoolsOfProRataIntervals() public view {
        StreamId[] memory streams = _streams();
        for (uint256 i = 0; i < streams.length; ++i) {
            uint256 pools;
            for (uint32 interval = 0; interval < _intervals(streams[i]); ++interval) {
                Key memory key = Key(streams[i], interval);
                if (_settlement(key).status != IAttributionRegistry.SettlementStatus.ProRata) continue;
                pools += _suite.attribution.poolOf(key.stream, key.interval);
            }
            require(_suite.payouts.accountOf(streams[i]).fallbackPools == pools, "other pools fell back");
        }
    }

    /// @notice The shares of a model add up to the whole, of at most 16 parents and 16 datasets.
    function sharesOfAModelAddUpToTheWhole() public view {
        for (uint256 model = 1; model <= _suite.models.modelCount(); ++model) {
            (, uint256 given, IModelRegistry.Parent[] memory parents) = _suite.models.splitOf(ModelId.wrap(model));
            IModelRegistry.Stream[] memory streams = _suite.models.streamsOf(ModelId.wrap(model));
            for (uint256 i = 0; i < parents.length; ++i) given += parents[i].shareBps;
            for (uint256 i = 0; i < streams.length; ++i) given += streams[i].shareBps;
            require(given == 10_000, "shares don't add up");
            require(parents.length <= 16 && streams.length <= 16, "too many edges");
        }
    }

    /// @notice A model's parents are older than it is, so no model is its own ancestor.
    function lineageHasNoCycle() public view {
        for (uint256 model = 1; model <= _suite.models.modelCount(); ++model) {
            (, , IModelRegistry.Parent[] memory parents) = _suite.models.splitOf(ModelId.wrap(model));
            for (uint256 i = 0; i < parents.length; ++i) {
                require(ModelId.unwrap(parents[i].model) < model, "a parent is younger than its child");
            }
        }
    }
}
