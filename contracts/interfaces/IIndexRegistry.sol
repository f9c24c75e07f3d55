// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId, StreamId} from "../types/Ids.sol";

/// @title IIndexRegistry
/// @notice Influence indexes: what each contribution is to a model, committed before the queries that it is scored
/// on.
/// @dev A model commits lanes, query basis and method once. Its owner then commits one index per stream: row `i`
/// belongs to the contribution at place `i` of the dataset version. During the delay the dataset's owner may reject
/// it, and anyone may demand a row, which must then be shown in time or the index is rejected; after the delay, when
/// no demand is open, anyone activates it. Only intervals that begin at or above the fee counter of that moment use
/// it. An active index is final.
interface IIndexRegistry {
    /// @notice State of a stream's index.
    enum IndexStatus {
        None,
        Committed,
        Rejected,
        Active
    }

    /// @notice How a model's influence is measured.
    /// @param lanes Lanes of rows and queries: a multiple of 16, at most 8,192.
    /// @param basisDigest sha-256 of what makes a query vector of a request.
    /// @param methodDigest sha-256 of the JSON that names the attribution rule and its parameters.
    struct Basis {
        uint16 lanes;
        bytes32 basisDigest;
        bytes32 methodDigest;
    }

    /// @notice A stream's influence index.
    /// @param root Positional Merkle root over its rows.
    /// @param exponentBound E: a row's exponent is at most min(64, ⌈log2 rows⌉ + E), or it scores 0.
    /// @param status Its state.
    /// @param committedAt Time of the commitment, in seconds.
    /// @param activeFrom Fee counter at activation, in wei.
    /// @param openDemands Rows that are demanded and not shown.
    /// @param commitment Number of the commitment, from 1: how many indexes the stream has had so far.
    struct Index {
        bytes32 root;
        uint8 exponentBound;
        IndexStatus status;
        uint40 committedAt;
        uint112 activeFrom;
        uint24 openDemands;
        uint32 commitment;
    }

    /// @notice The demand of a row of a committed index.
    /// @param by Who demanded it; zero if nobody did, or if its bond was given back.
    /// @param deadline Until when the row must be shown, in seconds.
    /// @param shown Whether it was.
    struct Demand {
        address by;
        uint40 deadline;
        bool shown;
    }

    /// @notice A model fixed lanes, basis and method.
    event BasisCommitted(ModelId indexed model, uint16 lanes, bytes32 basisDigest, bytes32 methodDigest, string uri);
    /// @notice An index was committed for a stream.
    event IndexCommitted(StreamId indexed stream, bytes32 root, uint8 exponentBound, string uri);
    /// @notice The dataset's owner rejected a stream's index; `reason` is the sha-256 digest of a note.
    event IndexRejected(StreamId indexed stream, bytes32 root, bytes32 reason);
    /// @notice A row of a committed index was demanded against a bond.
    event RowDemanded(
        StreamId indexed stream,
        uint256 indexed commitment,
        uint256 indexed row,
        address by,
        uint256 deadline
    );
    /// @notice A demanded row was shown; the bond of the demand went to `by`.
    event RowShown(
        StreamId indexed stream,
        uint256 indexed commitment,
        uint256 indexed row,
        address by,
        uint8 exponent,
        bytes lanes
    );
    /// @notice A demanded row was not shown in time: the index is rejected.
    event RowWithheld(StreamId indexed stream, uint256 indexed commitment, uint256 indexed row);
    /// @notice The bond of a demand went back, because the index was rejected.
    event DemandReleased(StreamId indexed stream, uint256 indexed commitment, uint256 indexed row, address by);
    /// @notice A stream's index serves all intervals that begin at `activeFrom` or above.
    event IndexActivated(StreamId indexed stream, bytes32 root, uint112 activeFrom);

    /// @notice Thrown when a deployment's index delay is below an hour or above a year.
    error IndexDelayOutOfRange(uint256 delay);
    /// @notice Thrown when a deployment's response time is below an hour or above its index delay.
    error ResponseTimeOutOfRange(uint256 responseTime);
    /// @notice Thrown when the caller doesn't own the model.
    error NotModelOwner(ModelId model, address caller);
    /// @notice Thrown when the caller doesn't own the stream's dataset.
    error NotDatasetOwner(StreamId stream, address caller);
    /// @notice Thrown when lanes aren't a multiple of 16 from 16 to 8,192.
    error LanesOutOfRange(uint256 lanes);
    /// @notice Thrown when a digest or root is zero.
    error DigestMissing();
    /// @notice Thrown when a model commits a second basis.
    error BasisAlreadyCommitted(ModelId model);
    /// @notice Thrown when a model has no basis.
    error BasisMissing(ModelId model);
    /// @notice Thrown when an exponent bound is above 40.
    error ExponentBoundTooHigh(uint256 bound);
    /// @notice Thrown when an index isn't in the state that a call asks for.
    error WrongIndexStatus(StreamId stream, IndexStatus status);
    /// @notice Thrown when an index is activated before its delay is over.
    error IndexDelayRunning(uint256 activatableAt);
    /// @notice Thrown when a row is demanded after the index delay.
    error IndexDelayOver(uint256 overAt);
    /// @notice Thrown when an index is activated while demanded rows are not shown.
    error DemandsOpen(uint256 count);
    /// @notice Thrown when an index has no such row.
    error RowOutOfRange(uint256 row, uint256 rows);
    /// @notice Thrown when a row was demanded before: one answer serves everybody.
    error AlreadyDemanded(uint256 row, address by);
    /// @notice Thrown when a row has no open demand.
    error DemandNotFound(uint256 row);
    /// @notice Thrown when a row is shown after the response time.
    error ResponseTimeOver(uint256 deadline);
    /// @notice Thrown when silence is called before the response time is over.
    error ResponseTimeRunning(uint256 deadline);
    /// @notice Thrown when a row that is shown has another number of lanes than the model's basis.
    error WrongLanes(uint256 bytes_, uint256 lanes);
    /// @notice Thrown when a row that is shown doesn't stand at its place in the index.
    error RowNotInIndex(uint256 row);

    /// @notice Fixes lanes, query basis and method of a model, once; its owner only.
    /// @param uri Where basis and method are published; only in the event.
    function commitBasis(ModelId model, Basis calldata basis, string calldata uri) external;

    /// @notice Commits the index of a stream; the model's owner only. A rejected one may be replaced.
    /// @param root Positional Merkle root over its rows (docs/formats.md).
    /// @param exponentBound E, at most 40.
    /// @param uri Where the index file is published; only in the event.
    function commitIndex(StreamId stream, bytes32 root, uint8 exponentBound, string calldata uri) external;

    /// @notice Rejects a committed index that isn't active yet; the dataset's owner only.
    /// @param reason sha-256 digest of a note that says why.
    function rejectIndex(StreamId stream, bytes32 reason) external;

    /// @notice Demands, against a bond, that a row of a committed index be shown within the response time; anyone may,
    /// during the index delay.
    /// @param row Place of the contribution in the dataset.
    function demandRow(StreamId stream, uint32 row) external;

    /// @notice Shows a demanded row; anyone may. The bond of the demand goes to the caller.
    /// @param row Place of the contribution in the dataset.
    /// @param exponent Exponent of the row.
    /// @param lanes int16 lanes, big-endian, lane 0 first.
    /// @param proof Siblings on the path to the index's root, bottom up.
    function showRow(
        StreamId stream,
        uint32 row,
        uint8 exponent,
        bytes calldata lanes,
        bytes32[] calldata proof
    ) external;

    /// @notice Rejects an index of which a demanded row was not shown in time; anyone may. The bond goes back.
    function callSilence(StreamId stream, uint32 row) external;

    /// @notice Gives the bond of an open demand back after its index was rejected; anyone may.
    /// @param commitment Number of the rejected commitment.
    function releaseDemand(StreamId stream, uint32 commitment, uint32 row) external;

    /// @notice Activates a committed index after its delay, when no demand is open; anyone may.
    function activateIndex(StreamId stream) external;

    /// @notice Lanes, basis and method of a model; zeros if none were committed.
    function basisOf(ModelId model) external view returns (Basis memory);

    /// @notice Lanes of a model's rows and queries; 0 if no basis was committed.
    function lanesOf(ModelId model) external view returns (uint16);

    /// @notice The index of a stream; status None if none was committed.
    function indexOf(StreamId stream) external view returns (Index memory);

    /// @notice The demand of a row; zeros if there is none.
    /// @param commitment Number of the commitment.
    function demandOf(StreamId stream, uint32 commitment, uint32 row) external view returns (Demand memory);
}
