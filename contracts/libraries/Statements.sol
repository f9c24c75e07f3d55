// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DatasetId, StreamId} from "../types/Ids.sol";
import {InnerProduct} from "./InnerProduct.sol";
import {Leaves} from "./Leaves.sol";
import {MerkleSum} from "./MerkleSum.sol";
import {PositionalMerkle} from "./PositionalMerkle.sol";
import {UsageReport, UsageReports} from "./UsageReports.sol";

/// @notice What claims need of a statement.
/// @param stream Stream whose money is divided.
/// @param interval Interval of the model's fees.
/// @param dataset Dataset of the stream; names the wallet of each line.
/// @param lines Number of lines: contributions of the dataset version.
/// @param root Root hash of the sum tree.
/// @param total Root sum of the sum tree.
/// @param pool Wei to divide, net of the scorer's fee.
struct Payout {
    StreamId stream;
    uint32 interval;
    DatasetId dataset;
    uint24 lines;
    bytes32 root;
    uint144 total;
    uint112 pool;
}

/// @notice A payout without root and total of its sum tree: both follow from the proof of any of its lines.
/// @param stream Stream whose money is divided.
/// @param interval Interval of the model's fees.
/// @param dataset Dataset of the stream; names the wallet of each line.
/// @param lines Number of lines: contributions of the dataset version.
/// @param pool Wei to divide, net of the scorer's fee.
struct PayoutHead {
    StreamId stream;
    uint32 interval;
    DatasetId dataset;
    uint24 lines;
    uint112 pool;
}

/// @notice A scorer's bonded claim for one stream and one interval. The chain stores its hash.
/// @param payout What claims need of it.
/// @param scorer Who proposed it.
/// @param fee The scorer's fee, in wei.
/// @param bond The scorer's bond, in wei.
/// @param proposedAt Time of the proposal, in seconds.
/// @param attempt How many statements for this stream and interval were voided before.
/// @param version Dataset version of the stream.
/// @param exponentBound E of the index.
/// @param indexRoot Root of the influence index.
/// @param reportHash EIP-712 struct hash of the usage report.
struct Statement {
    Payout payout;
    address scorer;
    uint112 fee;
    uint112 bond;
    uint40 proposedAt;
    uint8 attempt;
    uint16 version;
    uint8 exponentBound;
    bytes32 indexRoot;
    bytes32 reportHash;
}

/// @notice One line of a statement with everything that its weight follows from.
/// @param index Place of the contribution in the dataset.
/// @param weight Payable weight that the statement's tree holds for it.
/// @param sumProof Proof of that weight: steps of 50 bytes, bottom up.
/// @param exponent Exponent of the contribution's row in the influence index.
/// @param lanes Lanes of that row.
/// @param indexProof Proof of that row: siblings, bottom up.
/// @param usage The usage report of the interval, with q.
struct LineEvidence {
    uint32 index;
    uint144 weight;
    bytes sumProof;
    uint8 exponent;
    bytes lanes;
    bytes32[] indexProof;
    UsageReport usage;
}

/// @title Statements
/// @notice Hashes of statements, and the arithmetic of a line.
library Statements {
    /// @notice Highest exponent of a row, whatever its size: with it a weight is at most 2^107.
    uint256 internal constant MAX_EXPONENT = 64;

    /// @notice Bytes of a payout; both structs are static: 7 words, and 9 more.
    uint256 internal constant PAYOUT_BYTES = 7 * 32;
    uint256 private constant STATEMENT_BYTES = 16 * 32;

    /// @notice Thrown when the usage report is not the one that the statement is about.
    error WrongReport(bytes32 given, bytes32 expected);
    /// @notice Thrown when the row doesn't stand at its place in the influence index.
    error RowNotInIndex(uint256 index);
    /// @notice Thrown when the weight doesn't stand at its place in the statement's tree.
    error LineNotInStatement(uint256 index, uint256 weight);

    /// @notice What the chain stores of a live statement: keccak256(abi.encode(statement)).
    function hashMemory(Statement memory statement) internal pure returns (bytes32) {
        return keccak256(abi.encode(statement));
    }

    /// @notice The same of a statement in calldata, where the struct stands as it is encoded.
    function hash(Statement calldata statement) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, statement, STATEMENT_BYTES)
            digest := keccak256(copy, STATEMENT_BYTES)
        }
    }

    /// @notice What the chain stores of a final statement: keccak256(abi.encode(payout)).
    function hash(Payout calldata payout) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, payout, PAYOUT_BYTES)
            digest := keccak256(copy, PAYOUT_BYTES)
        }
    }

    /// @notice The same of a payout whose root and total a proof has led to.
    function hash(PayoutHead calldata head, bytes32 root, uint256 total) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, head, 128)
            mstore(add(copy, 128), root)
            mstore(add(copy, 160), total)
            mstore(add(copy, 192), calldataload(add(head, 128)))
            digest := keccak256(copy, PAYOUT_BYTES)
        }
    }

    /// @notice The parts of a proof that carries its payout.
    /// @param proof abi.encode(payout), then the steps; at least PAYOUT_BYTES, which the caller checks.
    function splitProof(bytes calldata proof) internal pure returns (Payout calldata payout, bytes calldata steps) {
        assembly ("memory-safe") {
            payout := proof.offset
            steps.offset := add(proof.offset, PAYOUT_BYTES)
            steps.length := sub(proof.length, PAYOUT_BYTES)
        }
    }

    /// @notice Reverts unless the payout's tree holds `weight` for line `index`.
    /// @return prefix Weights of all lines before it.
    function requireLine(
        Payout calldata payout,
        uint256 index,
        uint256 weight,
        bytes calldata proof
    ) internal pure returns (uint256 prefix) {
        bytes32 root;
        uint256 total;
        (root, total, prefix) = MerkleSum.trace(index, weight, payout.lines, proof);
        if (root != payout.root || total != payout.total) revert LineNotInStatement(index, weight);
    }

    /// @notice The weight that a line must have: max(0, ⟨φ, q⟩) << e.
    /// @dev A row beyond the exponent bound, with another number of lanes than q, or of a contribution without
    /// counted rows weighs 0: whatever stands in the index, a line has one right weight.
    /// @param statement Statement that the line is of.
    /// @param evidence Line with its row and the report; both are checked against the statement's hashes.
    /// @param rows Rows that the contribution counts in the statement's dataset version.
    function expectedWeight(
        Statement calldata statement,
        LineEvidence calldata evidence,
        uint256 rows
    ) internal pure returns (uint256) {
        bytes32 reportHash = UsageReports.hash(evidence.usage);
        if (reportHash != statement.reportHash) revert WrongReport(reportHash, statement.reportHash);
        uint256 exponent = evidence.exponent;
        bytes32 leaf = Leaves.indexRow(evidence.index, evidence.exponent, evidence.lanes);
        if (
            evidence.indexProof.length != PositionalMerkle.depthOf(statement.payout.lines) ||
            PositionalMerkle.rootOf(leaf, evidence.index, evidence.indexProof) != statement.indexRoot
        ) revert RowNotInIndex(evidence.index);
        if (rows == 0 || exponent > MAX_EXPONENT || evidence.lanes.length != evidence.usage.q.length) return 0;
        if (exponent > PositionalMerkle.depthOf(rows) + statement.exponentBound) return 0;
        int256 product = InnerProduct.dot(evidence.lanes, evidence.usage.q);
        return product > 0 ? uint256(product) << exponent : 0;
    }
}
