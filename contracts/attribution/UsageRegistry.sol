// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IUsageRegistry} from "../interfaces/IUsageRegistry.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {UsageReport, UsageReports} from "../libraries/UsageReports.sol";
import {ModelId} from "../types/Ids.sol";

/// @title UsageRegistry
/// @notice See {IUsageRegistry}.
contract UsageRegistry is IUsageRegistry, EIP712 {
    struct Head {
        // slot 0: to, cutAt, intervals (184 bits)
        uint112 to;
        uint40 cutAt;
        uint32 intervals;
    }

    /// @notice Operators.
    IModelRegistry public immutable MODELS;
    /// @notice Lanes of models.
    IIndexRegistry public immutable INDEXES;
    /// @notice Fee counters.
    IRevenueLedger public immutable LEDGER;
    /// @notice Least seconds between two cuts of a model.
    uint256 public immutable CUTTING_PERIOD;

    /// @inheritdoc IUsageRegistry
    mapping(ModelId model => Head head) public headOf;
    mapping(ModelId model => mapping(uint256 interval => Interval piece)) private _intervals;
    /// @inheritdoc IUsageRegistry
    mapping(ModelId model => mapping(uint32 interval => bytes32 hash)) public reportHashOf;

    constructor(
        IModelRegistry models,
        IIndexRegistry indexes,
        IRevenueLedger ledger,
        uint256 cuttingPeriod
    ) EIP712("Tributary", "1") {
        MODELS = models;
        INDEXES = indexes;
        LEDGER = ledger;
        if (cuttingPeriod > 365 days) revert CuttingPeriodTooLong(cuttingPeriod);
        CUTTING_PERIOD = cuttingPeriod;
    }

    /// @inheritdoc IUsageRegistry
    function cut(ModelId model) external returns (uint32 interval) {
        Head storage head = headOf[model];
        (uint256 fees, ) = LEDGER.countersOf(model);
        uint112 from = head.to;
        uint112 to = uint112(fees);
        interval = head.intervals;
        if (to == from) revert NothingToCut(model);
        uint256 cuttableAt = head.cutAt + CUTTING_PERIOD;
        if (interval != 0 && block.timestamp < cuttableAt) revert CuttingPeriodRunning(model, cuttableAt);
        (head.to, head.cutAt, head.intervals) = (to, uint40(block.timestamp), interval + 1);
        _intervals[model][interval] = Interval(from, to, uint32(block.timestamp));
        emit IntervalCut(model, interval, from, to);
    }

    /// @inheritdoc IUsageRegistry
    function report(UsageReport calldata usage, bytes calldata signature) external {
        (ModelId model, uint32 interval) = (usage.model, usage.interval);
        Interval memory piece = intervalAt(model, interval);
        if (usage.from != piece.from || usage.to != piece.to) {
            revert WrongInterval(model, interval, usage.from, usage.to);
        }
        if (reportHashOf[model][interval] != 0) revert AlreadyReported(model, interval);
        uint256 lanes = INDEXES.lanesOf(model);
        if (lanes == 0 || usage.q.length != 2 * lanes) revert WrongLanes(usage.q.length, lanes);
        bytes32 hash = UsageReports.hash(usage);
        address operator = MODELS.operatorOf(model);
        if (operator == address(0) || !Signatures.isValid(operator, _hashTypedDataV4(hash), signature))
            revert NotSignedByOperator(model, operator);
        reportHashOf[model][interval] = hash;
        emit UsageReported(model, interval, operator, hash, usage.receiptsRoot, usage.exponent, usage.q);
    }

    /// @inheritdoc IUsageRegistry
    function intervalAt(ModelId model, uint32 interval) public view returns (Interval memory piece) {
        piece = _intervals[model][interval];
        if (piece.to == 0) revert IntervalNotFound(model, interval);
    }
}
