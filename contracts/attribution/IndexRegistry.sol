// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IBondVault} from "../interfaces/IBondVault.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {InnerProduct} from "../libraries/InnerProduct.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PositionalMerkle} from "../libraries/PositionalMerkle.sol";
import {DatasetId, ModelId, StreamId} from "../types/Ids.sol";

/// @title IndexRegistry
/// @notice See {IIndexRegistry}.
contract IndexRegistry is IIndexRegistry {
    /// @notice Highest exponent bound: with it and 2^20 contributions no sum can overflow.
    uint256 public constant MAX_EXPONENT_BOUND = 40;

    /// @notice Shortest delay and response time: a transaction must get in while blocks are full or censored.
    uint256 public constant MIN_DELAY = 1 hours;

    /// @notice The lineage graph.
    IModelRegistry public immutable MODELS;
    /// @notice Owners and versions of datasets.
    IDatasetRegistry public immutable DATASETS;
    /// @notice Fee counters.
    IRevenueLedger public immutable LEDGER;
    /// @notice Bonds; who demands a row deposits under this contract.
    IBondVault public immutable VAULT;
    /// @notice Seconds between commitment and activation.
    uint256 public immutable INDEX_DELAY;
    /// @notice Seconds to show a demanded row.
    uint256 public immutable RESPONSE_TIME;
    /// @notice Bond of a demand, in wei: pays for showing the row.
    uint256 public immutable ROW_BOND;

    mapping(ModelId model => Basis basis) private _bases;
    /// @dev slot 0: root; slot 1: exponentBound, status, committedAt, activeFrom, openDemands, commitment (224 bits).
    mapping(StreamId stream => Index index) private _indexes;
    mapping(bytes32 key => Demand demand) private _demands;

    constructor(
        IModelRegistry models,
        IRevenueLedger ledger,
        IBondVault vault,
        uint256 indexDelay,
        uint256 responseTime,
        uint256 rowBond
    ) {
        MODELS = models;
        DATASETS = models.DATASETS();
        LEDGER = ledger;
        VAULT = vault;
        if (indexDelay < MIN_DELAY || indexDelay > 365 days) revert IndexDelayOutOfRange(indexDelay);
        if (responseTime < MIN_DELAY || responseTime > indexDelay) revert ResponseTimeOutOfRange(responseTime);
        INDEX_DELAY = indexDelay;
        RESPONSE_TIME = responseTime;
        ROW_BOND = rowBond;
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
        _indexes[stream] = Index({
            root: root,
            exponentBound: exponentBound,
            status: IndexStatus.Committed,
            committedAt: uint40(block.timestamp),
            activeFrom: 0,
            openDemands: 0,
            commitment: index.commitment + 1
        });
        emit IndexCommitted(stream, root, exponentBound, uri);
    }

    /// @inheritdoc IIndexRegistry
    function rejectIndex(StreamId stream, bytes32 reason) external {
        DatasetId dataset = MODELS.streamAt(stream.model(), stream.slot()).dataset;
        if (IERC721(address(DATASETS)).ownerOf(DatasetId.unwrap(dataset)) != msg.sender)
            revert NotDatasetOwner(stream, msg.sender);
        Index storage index = _committed(stream);
        index.status = IndexStatus.Rejected;
        emit IndexRejected(stream, index.root, reason);
    }

    /// @inheritdoc IIndexRegistry
    function demandRow(StreamId stream, uint32 row) external {
        Index storage index = _committed(stream);
        uint256 overAt = index.committedAt + INDEX_DELAY;
        if (block.timestamp >= overAt) revert IndexDelayOver(overAt);
        uint256 rows = _rowsOf(stream);
        if (row >= rows) revert RowOutOfRange(row, rows);
        Demand storage demand = _demands[_demandKey(stream, index.commitment, row)];
        if (demand.by != address(0)) revert AlreadyDemanded(row, demand.by);
        uint40 deadline = uint40(block.timestamp + RESPONSE_TIME);
        (demand.by, demand.deadline) = (msg.sender, deadline);
        ++index.openDemands;
        emit RowDemanded(stream, index.commitment, row, msg.sender, deadline);
        VAULT.lock(msg.sender, ROW_BOND);
    }

    /// @inheritdoc IIndexRegistry
    function showRow(
        StreamId stream,
        uint32 row,
        uint8 exponent,
        bytes calldata lanes,
        bytes32[] calldata proof
    ) external {
        (Index storage index, Demand storage demand) = _openDemand(stream, row);
        if (block.timestamp >= demand.deadline) revert ResponseTimeOver(demand.deadline);
        uint256 laneCount = _bases[stream.model()].lanes;
        if (lanes.length != 2 * laneCount) revert WrongLanes(lanes.length, laneCount);
        if (
            proof.length != PositionalMerkle.depthOf(_rowsOf(stream)) ||
            PositionalMerkle.rootOf(Leaves.indexRow(row, exponent, lanes), row, proof) != index.root
        ) revert RowNotInIndex(row);
        demand.shown = true;
        --index.openDemands;
        emit RowShown(stream, index.commitment, row, msg.sender, exponent, lanes);
        VAULT.slash(demand.by, msg.sender, ROW_BOND);
    }

    /// @inheritdoc IIndexRegistry
    function callSilence(StreamId stream, uint32 row) external {
        (Index storage index, Demand storage demand) = _openDemand(stream, row);
        if (block.timestamp < demand.deadline) revert ResponseTimeRunning(demand.deadline);
        index.status = IndexStatus.Rejected;
        emit RowWithheld(stream, index.commitment, row);
        releaseDemand(stream, index.commitment, row);
    }

    /// @inheritdoc IIndexRegistry
    function activateIndex(StreamId stream) external {
        Index storage index = _committed(stream);
        uint256 activatableAt = index.committedAt + INDEX_DELAY;
        if (block.timestamp < activatableAt) revert IndexDelayRunning(activatableAt);
        if (index.openDemands != 0) revert DemandsOpen(index.openDemands);
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

    /// @inheritdoc IIndexRegistry
    function demandOf(StreamId stream, uint32 commitment, uint32 row) external view returns (Demand memory) {
        return _demands[_demandKey(stream, commitment, row)];
    }

    /// @inheritdoc IIndexRegistry
    function releaseDemand(StreamId stream, uint32 commitment, uint32 row) public {
        Index storage index = _indexes[stream];
        if (commitment == index.commitment && index.status != IndexStatus.Rejected) {
            revert WrongIndexStatus(stream, index.status);
        }
        bytes32 key = _demandKey(stream, commitment, row);
        Demand memory demand = _demands[key];
        if (demand.by == address(0) || demand.shown) revert DemandNotFound(row);
        delete _demands[key];
        emit DemandReleased(stream, commitment, row, demand.by);
        VAULT.unlock(demand.by, ROW_BOND);
    }

    function _openDemand(
        StreamId stream,
        uint32 row
    ) private view returns (Index storage index, Demand storage demand) {
        index = _committed(stream);
        demand = _demands[_demandKey(stream, index.commitment, row)];
        if (demand.by == address(0) || demand.shown) revert DemandNotFound(row);
    }

    /// @dev Contributions of the stream's dataset version.
    function _rowsOf(StreamId stream) private view returns (uint256) {
        IModelRegistry.Stream memory terms = MODELS.streamAt(stream.model(), stream.slot());
        return DATASETS.versionAt(terms.dataset, terms.version).contributions;
    }

    function _demandKey(StreamId stream, uint32 commitment, uint32 row) private pure returns (bytes32) {
        return keccak256(abi.encode(stream, commitment, row));
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
