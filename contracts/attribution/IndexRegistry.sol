// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {InnerProduct} from "../libraries/InnerProduct.sol";
import {DatasetId, ModelId, StreamId} from "../types/Ids.sol";

/// @title IndexRegistry
/// @notice See {IIndexRegistry}.
contract IndexRegistry is IIndexRegistry {
    /// @notice Highest exponent bound: with it and 2^20 contributions no sum can overflow.
    uint256 public constant MAX_EXPONENT_BOUND = 40;

    /// @notice Shortest delay: a dataset's owner must get a rejection in while blocks are full or censored.
    uint256 public constant MIN_INDEX_DELAY = 1 hours;

    /// @notice The lineage graph.
    IModelRegistry public immutable MODELS;
    /// @notice Owners of datasets.
    IERC721 public immutable DATASETS;
    /// @notice Fee counters.
    IRevenueLedger public immutable LEDGER;
    /// @notice Seconds between commitment and activation.
    uint256 public immutable INDEX_DELAY;

    mapping(ModelId model => Basis basis) private _bases;
    /// @dev slot 0: root; slot 1: exponentBound, status, committedAt, activeFrom (168 bits).
    mapping(StreamId stream => Index index) private _indexes;

    constructor(IModelRegistry models, IERC721 datasets, IRevenueLedger ledger, uint256 indexDelay) {
        MODELS = models;
        DATASETS = datasets;
        LEDGER = ledger;
        if (indexDelay < MIN_INDEX_DELAY || indexDelay > 365 days) revert IndexDelayOutOfRange(indexDelay);
        INDEX_DELAY = indexDelay;
    }

    /// @inheritdoc IIndexRegistry
    function commitBasis(ModelId model, Basis calldata basis, string calldata uri) external {
        _requireModelOwner(model);
        uint256 lanes = basis.lanes;
        if (lanes == 0 || lanes % 16 != 0 || lanes > InnerProduct.MAX_LANES) revert LanesOutOfRange(lanes);
        if (basis.basisDigest == 0 || basis.methodDigest == 0) revert DigestMissing();
        if (_bases[model].lanes != 0) revert BasisAlreadyCommitted(model);
        _bases[model] = basis;
        emit BasisCommitted(model, basis.lanes, basis.basisDigest, basis.methodDigest, uri);
    }

    /// @inheritdoc IIndexRegistry
    function commitIndex(StreamId stream, bytes32 root, uint8 exponentBound, string calldata uri) external {
        ModelId model = stream.model();
        _requireModelOwner(model);
        if (root == 0) revert DigestMissing();
        if (exponentBound > MAX_EXPONENT_BOUND) revert ExponentBoundTooHigh(exponentBound);
        if (_bases[model].lanes == 0) revert BasisMissing(model);
        MODELS.streamAt(model, stream.slot());
        Index storage index = _indexes[stream];
        if (index.status == IndexStatus.Committed || index.status == IndexStatus.Active) {
            revert WrongIndexStatus(stream, index.status);
        }
        _indexes[stream] = Index(root, exponentBound, IndexStatus.Committed, uint40(block.timestamp), 0);
        emit IndexCommitted(stream, root, exponentBound, uri);
    }

    /// @inheritdoc IIndexRegistry
    function rejectIndex(StreamId stream, bytes32 reason) external {
        DatasetId dataset = MODELS.streamAt(stream.model(), stream.slot()).dataset;
        if (DATASETS.ownerOf(DatasetId.unwrap(dataset)) != msg.sender) revert NotDatasetOwner(stream, msg.sender);
        Index storage index = _committed(stream);
        index.status = IndexStatus.Rejected;
        emit IndexRejected(stream, index.root, reason);
    }

    /// @inheritdoc IIndexRegistry
    function activateIndex(StreamId stream) external {
        Index storage index = _committed(stream);
        uint256 activatableAt = index.committedAt + INDEX_DELAY;
        if (block.timestamp < activatableAt) revert IndexDelayRunning(activatableAt);
        (uint256 fees, ) = LEDGER.countersOf(stream.model());
        index.status = IndexStatus.Active;
        index.activeFrom = uint112(fees);
        emit IndexActivated(stream, index.root, uint112(fees));
    }

    /// @inheritdoc IIndexRegistry
    function basisOf(ModelId model) external view returns (Basis memory) {
        return _bases[model];
    }

    /// @inheritdoc IIndexRegistry
    function lanesOf(ModelId model) external view returns (uint16) {
        return _bases[model].lanes;
    }

    /// @inheritdoc IIndexRegistry
    function indexOf(StreamId stream) external view returns (Index memory) {
        return _indexes[stream];
    }

    function _committed(StreamId stream) private view returns (Index storage index) {
        index = _indexes[stream];
        if (index.status != IndexStatus.Committed) revert WrongIndexStatus(stream, index.status);
    }

    function _requireModelOwner(ModelId model) private view {
        if (IERC721(address(MODELS)).ownerOf(ModelId.unwrap(model)) != msg.sender) {
            revert NotModelOwner(model, msg.sender);
        }
    }
}
