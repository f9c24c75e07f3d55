// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {IChallengeRegistry} from "../../../contracts/interfaces/IChallengeRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {StreamId} from "../../../contracts/types/Ids.sol";
import {Keys} from "./Keys.sol";
import {Proposal, Submission} from "./Notebook.sol";
import {Records} from "./Records.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title BondPromises
/// @notice What the protocol promises of bonds and deposits: each is held, returned or slashed, exactly once.
abstract contract BondPromises is Records {
    /// @notice The vault holds all bonds, free, locked and leaving, no more and no less.
    function theVaultHoldsExactlyAllBonds() public view {
        address[] memory accounts = _accounts();
        uint256 owed;
        for (uint256 i = 0; i < accounts.length; ++i) {
            owed += _all(address(_suite.attribution), accounts[i]);
            owed += _all(address(_suite.indexes), accounts[i]) + _all(address(_suite.datasets), accounts[i]);
            for (uint256 j = 0; j < Keys.COUNT; ++j) owed += _all(Keys.accountAt(j), accounts[i]);
        }
        require(_suite.currency.balanceOf(address(_suite.vault)) == owed, "the vault holds something else");
    }

    /// @notice What is locked of an account for statements and challenges are the bonds of its live statements and of
    /// its walks that were not settled: no bond is lost, and none is returned or slashed twice.
    function aBondIsLockedForEachLiveStatementAndUnsettledWalk() public view {
        uint256[] memory bonds = new uint256[](Keys.COUNT + 1);
        uint256 challengeBond = _suite.challenges.CHALLENGE_BOND();
        for (uint256 i = 0; i < _notebook.proposals(); ++i) {
            Proposal memory proposal = _notebook.proposalAt(i);
            if (_isLive(proposal)) bonds[Keys.placeOf(proposal.statement.scorer)] += proposal.statement.bond;
            uint256 nodes = 2 << SumTrees.depthOf(proposal.weights.length);
            for (uint256 node = 1; node < nodes; ++node) {
                (IChallengeRegistry.Challenge memory placed, ) = _suite.challenges.nodeOf(proposal.hash, node);
                if (placed.turns != 0) bonds[Keys.placeOf(placed.challenger)] += challengeBond;
            }
        }
        _requireLocked(address(_suite.attribution), bonds, "bonds of statements and challenges");
    }

    /// @notice What is locked of an account for rows are the bonds of its demands that were not shown or released.
    function aBondIsLockedForEachOpenDemand() public view {
        uint256[] memory bonds = new uint256[](Keys.COUNT + 1);
        uint256 rowBond = _suite.indexes.ROW_BOND();
        StreamId[] memory streams = _streams();
        for (uint256 i = 0; i < streams.length; ++i) {
            uint24 rows = _suite.payouts.accountOf(streams[i]).contributions;
            uint32 commitments = _suite.indexes.indexOf(streams[i]).commitment;
            for (uint32 commitment = 1; commitment <= commitments; ++commitment) {
                for (uint32 row = 0; row < rows; ++row) {
                    IIndexRegistry.Demand memory demand = _suite.indexes.demandOf(streams[i], commitment, row);
                    if (demand.by != address(0) && !demand.shown) bonds[Keys.placeOf(demand.by)] += rowBond;
                }
            }
        }
        _requireLocked(address(_suite.indexes), bonds, "bonds of demands");
    }

    /// @notice What is locked of an account for contributions are the deposits of those that were not released:
    /// nobody is ever given somebody else's deposit.
    function aDepositIsLockedForEachContributionThatOwesOne() public view {
        uint256[] memory deposits = new uint256[](Keys.COUNT + 1);
        for (uint256 i = 0; i < _notebook.submissions(); ++i) {
            Submission memory sent = _notebook.submissionAt(i);
            (, , , , , uint88 deposit) = _suite.datasets.submissionOf(sent.dataset, sent.contributor, sent.root);
            deposits[Keys.placeOf(sent.contributor)] += deposit;
        }
        _requireLocked(address(_suite.datasets), deposits, "deposits of contributions");
    }

    /// @notice A live statement counts its nodes that are challenged and not answered: with one of them open it can't
    /// become final.
    function aLiveStatementCountsItsOpenChallenges() public view {
        for (uint256 i = 0; i < _notebook.proposals(); ++i) {
            Proposal memory proposal = _notebook.proposalAt(i);
            if (!_isLive(proposal)) continue;
            uint256 open;
            uint256 nodes = 2 << SumTrees.depthOf(proposal.weights.length);
            for (uint256 node = 1; node < nodes; ++node) {
                (IChallengeRegistry.Challenge memory placed, IChallengeRegistry.Answer memory answer) = _suite
                    .challenges
                    .nodeOf(proposal.hash, node);
                if (placed.challenger != address(0) && answer.by == address(0)) ++open;
            }
            require(_openChallengesOf(proposal) == open, "a statement miscounts its challenges");
        }
    }

    function _isLive(Proposal memory proposal) internal view returns (bool) {
        bytes29 live = _suite
            .attribution
            .settlementOf(proposal.statement.payout.stream, proposal.statement.payout.interval)
            .statementId;
        return live != 0 && live == bytes29(proposal.hash);
    }

    function _openChallengesOf(Proposal memory proposal) private view returns (uint256) {
        return
            _suite
                .attribution
                .settlementOf(proposal.statement.payout.stream, proposal.statement.payout.interval)
                .openChallenges;
    }

    function _requireLocked(address controller, uint256[] memory amounts, string memory what) private view {
        for (uint256 i = 0; i < Keys.COUNT; ++i) {
            require(_bond(controller, Keys.accountAt(i)).locked == amounts[i], what);
        }
    }

    function _all(address controller, address account) private view returns (uint256) {
        IBondVault.Bond memory bond = _bond(controller, account);
        return uint256(bond.free) + bond.locked + bond.leaving;
    }
}
