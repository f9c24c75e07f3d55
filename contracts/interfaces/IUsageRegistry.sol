// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {UsageReport} from "../libraries/UsageReports.sol";
import {ModelId} from "../types/Ids.sol";

/// @title IUsageRegistry
/// @notice Intervals of models' fee counters, and what operators report about them.
/// @dev Intervals follow one another without gap or overlap, so no wei is reported twice or for the future. A payment
/// belongs to the interval with `from < feesAfter ≤ to`; a payment of a wei that the protocol fee took whole doesn't
/// move the counter and belongs with the one before it.
interface IUsageRegistry {
    /// @notice A piece `(from, to]` of a model's fee counter.
    /// @param from Fee counter at its start, in wei.
    /// @param to Fee counter at its end, in wei; above `from`.
    /// @param cutAt Time of the cut, in seconds modulo 2^32: from 2106 on deadlines have passed, and all is pro-rata.
    struct Interval {
        uint112 from;
        uint112 to;
        uint32 cutAt;
    }

    /// @notice An interval was cut.
    event IntervalCut(ModelId indexed model, uint32 indexed interval, uint112 from, uint112 to);
    /// @notice An operator's report was posted; it was signed by the current one.
    event UsageReported(
        ModelId indexed model,
        uint32 indexed interval,
        address indexed operator,
        bytes32 reportHash,
        bytes32 receiptsRoot,
        int16 exponent,
        bytes q
    );

    /// @notice Thrown when a deployment's cutting period is above a year.
    error CuttingPeriodTooLong(uint256 period);
    /// @notice Thrown when a model's cutting period isn't over.
    error CuttingPeriodRunning(ModelId model, uint256 cuttableAt);
    /// @notice Thrown when a model had no fees since its last interval.
    error NothingToCut(ModelId model);
    /// @notice Thrown when a model has no such interval.
    error IntervalNotFound(ModelId model, uint256 interval);
    /// @notice Thrown when a report's ends aren't those of the interval.
    error WrongInterval(ModelId model, uint256 interval, uint256 from, uint256 to);
    /// @notice Thrown when an interval has a report already.
    error AlreadyReported(ModelId model, uint256 interval);
    /// @notice Thrown when q has not two bytes for each lane of the model's basis.
    error WrongLanes(uint256 bytesGiven, uint256 lanes);
    /// @notice Thrown when a report isn't signed by the model's current operator.
    error NotSignedByOperator(ModelId model, address operator);

    /// @notice Cuts the next interval of a model; anyone may, once per cutting period.
    /// @return interval Its number, from 0.
    function cut(ModelId model) external returns (uint32 interval);

    /// @notice Posts the report that the operator signed (EIP-712, or ERC-1271 for contracts); anyone may, once.
    function report(UsageReport calldata usage, bytes calldata signature) external;

    /// @notice An interval; reverts when it doesn't exist.
    function intervalAt(ModelId model, uint32 interval) external view returns (Interval memory);

    /// @notice EIP-712 struct hash of an interval's report; zero if there is none.
    function reportHashOf(ModelId model, uint32 interval) external view returns (bytes32);

    /// @notice Fee counter and time of a model's last cut, and the number of its intervals.
    function headOf(ModelId model) external view returns (uint112 to, uint40 cutAt, uint32 intervals);
}
