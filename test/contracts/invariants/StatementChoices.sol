// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook, Proposal} from "./Notebook.sol";
import {Key, StreamChoices} from "./StreamChoices.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title StatementChoices
/// @notice Handlers of statements and of how intervals end.
contract StatementChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IAttributionRegistry-propose}: right, with a wrong weight, or with a total that no tree has.
    function AttributionRegistry_propose(uint256 seed) external view returns (Call memory) {
        uint256 kind = _pick(seed, 0, 4);
        (Key memory key, Proposal memory draft) = _draft(seed, kind == 1);
        (bytes32 root, uint256 total) = SumTrees.node(draft.weights, SumTrees.depthOf(draft.weights.length), 0);
        if (kind == 2) (total, draft.right) = (total + 1, false);
        uint16 feeBps = uint16(_pick(seed, 2, 1_001));
        bytes memory data = abi.encodeCall(
            IAttributionRegistry.propose,
            (key.stream, key.interval, root, uint144(total), feeBps, "")
        );
        return _drafted(key, seed, data, draft);
    }

    /// @notice See {IAttributionRegistry-proposeWeights}: right or wrong.
    function AttributionRegistry_proposeWeights(uint256 seed) external view returns (Call memory) {
        (Key memory key, Proposal memory draft) = _draft(seed, _pick(seed, 0, 3) == 0);
        uint16 feeBps = uint16(_pick(seed, 2, 1_001));
        bytes memory data = abi.encodeCall(
            IAttributionRegistry.proposeWeights,
            (key.stream, key.interval, draft.weights, feeBps)
        );
        return _drafted(key, seed, data, draft);
    }

    /// @notice See {IAttributionRegistry-finalise}. Mostly after the window.
    function AttributionRegistry_finalise(uint256 seed) external view returns (Call memory chosen) {
        Proposal memory proposal = _live(seed);
        bytes memory data = abi.encodeCall(IAttributionRegistry.finalise, (proposal.statement));
        chosen = _anybody(seed, address(ATTRIBUTION), data);
        return _notBefore(chosen, seed, proposal.statement.proposedAt + ATTRIBUTION.WINDOW());
    }

    /// @notice See {IAttributionRegistry-fallBack}. Seldom after waiting for the deadline.
    function AttributionRegistry_fallBack(uint256 seed) external view returns (Call memory chosen) {
        Key memory key = _key(seed);
        bytes memory data = abi.encodeCall(IAttributionRegistry.fallBack, (key.stream, key.interval));
        chosen = _anybody(seed, address(ATTRIBUTION), data);
        IAttributionRegistry.Settlement memory settlement = ATTRIBUTION.settlementOf(key.stream, key.interval);
        if (settlement.voids == ATTRIBUTION.MAX_VOIDS() || !_serves(key)) return chosen;
        uint256 wait = _pick(seed, 0, 8) == 0 ? _notBefore(chosen, seed, settlement.deadline).wait : 0;
        (chosen.wait, chosen.notBefore) = (wait, settlement.deadline);
    }

    /// @notice See {IAttributionRegistry-rejectInterval}. Mostly by somebody who may not.
    function AttributionRegistry_rejectInterval(uint256 seed) external view returns (Call memory chosen) {
        Key memory key = _key(seed);
        bytes memory data = abi.encodeCall(
            IAttributionRegistry.rejectInterval,
            (key.stream, key.interval, bytes32(seed))
        );
        return _seldom(_datasetOwner(key.stream), seed, data);
    }

    /// @notice See {IAttributionRegistry-rejectStatement}. Mostly by somebody who may not.
    function AttributionRegistry_rejectStatement(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        bytes memory data = abi.encodeCall(IAttributionRegistry.rejectStatement, (proposal.statement, bytes32(seed)));
        return _seldom(_datasetOwner(proposal.statement.payout.stream), seed, data);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 16;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.AttributionRegistry_propose.selector,
                this.AttributionRegistry_proposeWeights.selector,
                this.AttributionRegistry_finalise.selector,
                this.AttributionRegistry_fallBack.selector,
                this.AttributionRegistry_rejectInterval.selector,
                this.AttributionRegistry_rejectStatement.selector
            );
    }

    /// @dev Whether an interval is open and has a report.
    function _isProposable(Key memory key) private view returns (bool) {
        bool isOpen =
            ATTRIBUTION.settlementOf(key.stream, key.interval).status == IAttributionRegistry.SettlementStatus.Open;
        return isOpen && _serves(key) && USAGE.reportHashOf(key.stream.model(), key.interval) != 0;
    }

    /// @dev Whether an index is active since before the interval began.
    function _serves(Key memory key) private view returns (bool) {
        IIndexRegistry.Index memory index = INDEXES.indexOf(key.stream);
        uint112 from = USAGE.intervalAt(key.stream.model(), key.interval).from;
        return index.status == IIndexRegistry.IndexStatus.Active && index.activeFrom <= from;
    }

    function _seldom(address owner, uint256 seed, bytes memory data) private view returns (Call memory chosen) {
        chosen = _from(_pick(seed, 0, 6) == 0 ? owner : _other(owner, seed), address(ATTRIBUTION), data);
        chosen.forbidden = chosen.from != owner;
    }

    function _draft(uint256 seed, bool wrong) private view returns (Key memory key, Proposal memory draft) {
        for (uint256 i = 0; i < 4; ++i) {
            key = _key(seed + i);
            if (_isProposable(key)) break;
        }
        (draft.weights, draft.right) = (_weights(key), !wrong);
        if (wrong) draft.weights[_pick(seed, 1, draft.weights.length)] += 1;
    }

    function _drafted(
        Key memory key,
        uint256 seed,
        bytes memory data,
        Proposal memory draft
    ) private view returns (Call memory chosen) {
        chosen = _anybody(seed, address(ATTRIBUTION), data);
        chosen.memo = abi.encode(draft);
        return _notAfter(chosen, ATTRIBUTION.settlementOf(key.stream, key.interval).deadline);
    }
}
