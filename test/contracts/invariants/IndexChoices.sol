// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook} from "./Notebook.sol";
import {StreamChoices} from "./StreamChoices.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title IndexChoices
/// @notice Handlers of influence indexes.
contract IndexChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IIndexRegistry-commitBasis}.
    function IndexRegistry_commitBasis(uint256 seed) external view returns (Call memory) {
        ModelId model = ModelId.wrap(1 + _pick(seed, 0, MODELS.modelCount()));
        IIndexRegistry.Basis memory basis = IIndexRegistry.Basis(LANES, bytes32("basis"), bytes32("method"));
        bytes memory data = abi.encodeCall(IIndexRegistry.commitBasis, (model, basis, ""));
        return _only(_ownerOf(model), seed, address(INDEXES), data);
    }

    /// @notice See {IIndexRegistry-commitIndex}.
    function IndexRegistry_commitIndex(uint256 seed) external view returns (Call memory) {
        StreamId stream = _stream(seed);
        bytes memory data = abi.encodeCall(IIndexRegistry.commitIndex, (stream, _indexRoot(stream), 0, ""));
        return _only(_ownerOf(stream.model()), seed, address(INDEXES), data);
    }

    /// @notice See {IIndexRegistry-rejectIndex}. Mostly by somebody who may not.
    function IndexRegistry_rejectIndex(uint256 seed) external view returns (Call memory chosen) {
        StreamId stream = _stream(seed);
        address owner = _datasetOwner(stream);
        bytes memory data = abi.encodeCall(IIndexRegistry.rejectIndex, (stream, bytes32(seed)));
        chosen = _from(_pick(seed, 0, 3) == 0 ? owner : _other(owner, seed), address(INDEXES), data);
        chosen.forbidden = chosen.from != owner;
    }

    /// @notice See {IIndexRegistry-demandRow}.
    function IndexRegistry_demandRow(uint256 seed) external view returns (Call memory) {
        StreamId stream = _stream(seed);
        bytes memory data = abi.encodeCall(IIndexRegistry.demandRow, (stream, _row(stream, seed)));
        uint256 overAt = INDEXES.indexOf(stream).committedAt + INDEXES.INDEX_DELAY();
        return _notAfter(_anybody(seed, address(INDEXES), data), overAt);
    }

    /// @notice See {IIndexRegistry-showRow}: a demanded row, or another one in its place.
    function IndexRegistry_showRow(uint256 seed) external view returns (Call memory chosen) {
        StreamId stream = _stream(seed);
        (uint32 row, bool wrong) = (_demanded(stream, seed), _isWrong(seed));
        bytes32[] memory leaves = _indexLeaves(PAYOUTS.accountOf(stream).contributions);
        row = uint32(row % leaves.length);
        bytes32[] memory proof = SumTrees.hashProof(leaves, row);
        bytes memory lanes = _lanes(wrong ? row + 1 : row);
        chosen = _anybody(
            seed,
            address(INDEXES),
            abi.encodeCall(IIndexRegistry.showRow, (stream, row, 0, lanes, proof))
        );
        chosen.forbidden = wrong;
        return _notAfter(chosen, INDEXES.demandOf(stream, INDEXES.indexOf(stream).commitment, row).deadline);
    }

    /// @notice See {IIndexRegistry-callSilence}.
    function IndexRegistry_callSilence(uint256 seed) external view returns (Call memory chosen) {
        StreamId stream = _stream(seed);
        uint32 row = _demanded(stream, seed);
        uint32 commitment = INDEXES.indexOf(stream).commitment;
        chosen = _anybody(seed, address(INDEXES), abi.encodeCall(IIndexRegistry.callSilence, (stream, row)));
        return _notBefore(chosen, seed, INDEXES.demandOf(stream, commitment, row).deadline);
    }

    /// @notice See {IIndexRegistry-releaseDemand}.
    function IndexRegistry_releaseDemand(uint256 seed) external view returns (Call memory) {
        StreamId stream = _stream(seed);
        uint32 commitment = INDEXES.indexOf(stream).commitment;
        if (commitment > 1 && _pick(seed, 0, 2) == 0) --commitment;
        uint32 row = _row(stream, seed);
        for (uint32 i = 0; i < 8 && INDEXES.demandOf(stream, commitment, row).by == address(0); ++i) row = i;
        bytes memory data = abi.encodeCall(IIndexRegistry.releaseDemand, (stream, commitment, row));
        return _anybody(seed, address(INDEXES), data);
    }

    /// @notice See {IIndexRegistry-activateIndex}.
    function IndexRegistry_activateIndex(uint256 seed) external view returns (Call memory chosen) {
        StreamId stream = _stream(seed);
        chosen = _anybody(seed, address(INDEXES), abi.encodeCall(IIndexRegistry.activateIndex, (stream)));
        return _notBefore(chosen, seed, INDEXES.indexOf(stream).committedAt + INDEXES.INDEX_DELAY());
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 8;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.IndexRegistry_commitBasis.selector,
                this.IndexRegistry_commitIndex.selector,
                this.IndexRegistry_rejectIndex.selector,
                this.IndexRegistry_demandRow.selector,
                this.IndexRegistry_showRow.selector,
                this.IndexRegistry_callSilence.selector,
                this.IndexRegistry_releaseDemand.selector,
                this.IndexRegistry_activateIndex.selector
            );
    }

    /// @dev A row, or the place after the last.
    function _row(StreamId stream, uint256 seed) private view returns (uint32) {
        return uint32(_pick(seed, 1, PAYOUTS.accountOf(stream).contributions + 1));
    }

    /// @dev A row that is demanded, if there is one among the first eight.
    function _demanded(StreamId stream, uint256 seed) private view returns (uint32) {
        uint32 commitment = INDEXES.indexOf(stream).commitment;
        for (uint32 row = 0; row < 8; ++row) {
            IIndexRegistry.Demand memory demand = INDEXES.demandOf(stream, commitment, row);
            if (demand.by != address(0) && !demand.shown) return row;
        }
        return _row(stream, seed);
    }
}
