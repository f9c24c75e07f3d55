// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {Shares} from "../../../contracts/libraries/Shares.sol";
import {ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Keys} from "./Keys.sol";
import {Proposal} from "./Notebook.sol";
import {Records} from "./Records.sol";
import {Key} from "./StreamChoices.sol";

/// @title MoneyPromises
/// @notice What the protocol promises of money.
abstract contract MoneyPromises is Records {
    /// @notice The ledger holds what it owes (balances, prepaid money, streams' money, income that was not divided yet)
    /// and dust: less than a wei for each party of a counter but one, and for each contribution of a stream.
    function theLedgerHoldsWhatItOwesAndBoundedDust() public view {
        address[] memory accounts = _accounts();
        (uint256 owed, uint256 dust) = (0, 0);
        for (uint256 i = 0; i < accounts.length; ++i) owed += _suite.ledger.balanceOf(accounts[i]);
        uint256 models = _suite.models.modelCount();
        for (uint256 model = 1; model <= models; ++model) {
            owed += _prepaidFor(ModelId.wrap(model));
            (uint256 undivided, uint256 parties) = _undividedOf(ModelId.wrap(model));
            owed += undivided;
            dust += 2 * (parties - 1);
        }
        StreamId[] memory streams = _streams();
        for (uint256 i = 0; i < streams.length; ++i) {
            owed += _waitingOn(streams[i]) + _proRataOf(streams[i]);
            dust += _suite.payouts.accountOf(streams[i]).contributions;
        }
        uint256 held = _suite.currency.balanceOf(address(_suite.ledger));
        require(held >= owed, "the ledger holds less than it owes");
        require(held - owed <= dust, "more than dust stays in the ledger");
    }

    /// @notice The payouts hold what was not claimed of final statements, no more and no less.
    function thePayoutsHoldExactlyWhatIsUnclaimed() public view {
        uint256 owed;
        for (uint256 i = 0; i < _notebook.proposals(); ++i) {
            Proposal memory proposal = _notebook.proposalAt(i);
            if (_isFinal(proposal)) owed += proposal.statement.payout.pool - proposal.paid;
        }
        require(_suite.currency.balanceOf(address(_suite.payouts)) == owed, "the payouts hold something else");
    }

    /// @notice No line is paid twice, and the lines of a statement are never paid more than its pool.
    function noLineIsPaidTwiceNorAboveThePool() public view {
        for (uint256 i = 0; i < _notebook.proposals(); ++i) {
            Proposal memory proposal = _notebook.proposalAt(i);
            require(proposal.paid <= proposal.statement.payout.pool, "lines are paid above the pool");
            for (uint256 line = 0; line < proposal.weights.length; ++line) {
                require(_notebook.timesPaid(i, line) <= 1, "a line is paid twice");
            }
        }
    }

    /// @notice A stream pays by rows at most what it had to divide, and owes all of it but less than a wei for each
    /// contribution.
    function aStreamPaysByRowsWhatItHadAndNoMore() public view {
        StreamId[] memory streams = _streams();
        for (uint256 i = 0; i < streams.length; ++i) {
            IStreamPayouts.StreamAccount memory account = _suite.payouts.accountOf(streams[i]);
            (uint256 fees, uint256 royalties) = _suite.ledger.countersOf(streams[i].model());
            uint256 total = (((fees * account.shareBps) / 10_000) * account.proRataBps) / 10_000;
            total += (royalties * account.shareBps) / 10_000 + account.fallbackPools;
            uint256 given = _proRataOf(streams[i]);
            for (uint256 place = 0; place < account.contributions; ++place) {
                given += _suite.payouts.proRataClaimed(streams[i], place);
            }
            require(given <= total, "a stream pays more than it had");
            require(total - given < account.contributions, "a stream keeps money back");
        }
    }

    /// @notice No wei is lost or invented: all dollars are with accounts, in the ledger, the vault, the payouts or at a
    /// model's own address, and no other contract of the suite holds any.
    function noWeiIsLostOrInvented() public view {
        address[] memory accounts = _accounts();
        uint256 found;
        for (uint256 i = 0; i < accounts.length; ++i) found += _suite.currency.balanceOf(accounts[i]);
        found += _suite.currency.balanceOf(address(_suite.ledger));
        found += _suite.currency.balanceOf(address(_suite.vault));
        found += _suite.currency.balanceOf(address(_suite.payouts));
        uint256 models = _suite.models.modelCount();
        for (uint256 model = 1; model <= models; ++model) {
            found += _suite.currency.balanceOf(_suite.receivers.receiverOf(ModelId.wrap(model)));
        }
        require(found == _suite.currency.totalSupply(), "dollars are somewhere else");
    }

    /// @dev Whether it was this statement that became final: one that was voided can have the same payout.
    function _isFinal(Proposal memory proposal) internal view returns (bool) {
        bytes32 hash = keccak256(abi.encode(proposal.statement.payout));
        if (!_suite.payouts.isFinal(hash)) return false;
        Key memory key = Key(proposal.statement.payout.stream, proposal.statement.payout.interval);
        return _settlement(key).voids == proposal.statement.attempt;
    }

    function _settlement(Key memory key) internal view returns (IAttributionRegistry.Settlement memory) {
        return _suite.attribution.settlementOf(key.stream, key.interval);
    }

    function _isOpen(Key memory key) internal view returns (bool) {
        IAttributionRegistry.SettlementStatus status = _settlement(key).status;
        return
            status == IAttributionRegistry.SettlementStatus.Open ||
            status == IAttributionRegistry.SettlementStatus.Proposed;
    }

    function _prepaidFor(ModelId model) private view returns (uint256 owed) {
        for (uint256 i = 0; i < Keys.COUNT; ++i) {
            owed += _suite.market.channelOf(Keys.accountAt(i), model).balance;
        }
    }

    /// @dev What protocol, developer and parents get when the model is next distributed, and the number of parties.
    function _undividedOf(ModelId model) private view returns (uint256 owed, uint256 parties) {
        (uint256 gross, uint256 royalties, uint256 grossFrom, uint256 royaltiesFrom) = _suite.ledger.incomeOf(model);
        uint256 protocolBps = _suite.ledger.PROTOCOL_FEE_BPS();
        owed = Shares.grownDown(grossFrom, gross, protocolBps);
        uint256 fees = gross - Shares.ofDown(gross, protocolBps);
        uint256 feesFrom = grossFrom - Shares.ofDown(grossFrom, protocolBps);
        (, uint16 developerBps, IModelRegistry.Parent[] memory parents) = _suite.models.splitOf(model);
        owed += Shares.grownDown(feesFrom, fees, developerBps);
        owed += Shares.grownDown(royaltiesFrom, royalties, developerBps);
        for (uint256 i = 0; i < parents.length; ++i) {
            owed += Shares.grownDown(feesFrom, fees, parents[i].shareBps);
            owed += Shares.grownDown(royaltiesFrom, royalties, parents[i].shareBps);
        }
        parties = 1 + parents.length + _suite.models.modelOf(model).streams;
    }

    /// @dev Influence money of intervals that haven't ended.
    function _waitingOn(StreamId stream) private view returns (uint256 owed) {
        IStreamPayouts.StreamAccount memory account = _suite.payouts.accountOf(stream);
        (uint256 fees, ) = _suite.ledger.countersOf(stream.model());
        owed = Shares.influencePart(fees, account.shareBps, account.proRataBps);
        uint32 intervals = _intervals(stream);
        for (uint32 interval = 0; interval < intervals; ++interval) {
            if (!_isOpen(Key(stream, interval))) owed -= _suite.attribution.poolOf(stream, interval);
        }
    }

    function _proRataOf(StreamId stream) private view returns (uint256 owed) {
        uint24 contributions = _suite.payouts.accountOf(stream).contributions;
        for (uint32 index = 0; index < contributions; ++index) {
            (, uint256 amount) = _suite.payouts.previewProRata(stream, index);
            owed += amount;
        }
    }
}
