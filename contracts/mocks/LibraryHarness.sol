// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ContentUri} from "../libraries/ContentUri.sol";
import {InnerProduct} from "../libraries/InnerProduct.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {MerkleSum} from "../libraries/MerkleSum.sol";
import {PositionalMerkle} from "../libraries/PositionalMerkle.sol";
import {Shares} from "../libraries/Shares.sol";
import {LineEvidence, Payout, Statement, Statements} from "../libraries/Statements.sol";
import {UsageReport, UsageReports} from "../libraries/UsageReports.sol";
import {ModelId, StreamId} from "../types/Ids.sol";

/// @title LibraryHarness
/// @notice For tests: the internal libraries, callable from outside.
contract LibraryHarness {
    /// @notice See {ContentUri.ofDigest}.
    function contentUri(bytes32 digest) external pure returns (string memory) {
        return ContentUri.ofDigest(digest);
    }

    /// @notice See {InnerProduct.dot}.
    function dot(bytes calldata row, bytes calldata query) external pure returns (int256) {
        return InnerProduct.dot(row, query);
    }

    /// @notice See {Leaves.row}.
    function rowLeaf(address contributor, uint256 index, bytes32 digest) external pure returns (bytes32) {
        return Leaves.row(contributor, index, digest);
    }

    /// @notice See {Leaves.indexRow}.
    function indexLeaf(uint256 index, uint8 exponent, bytes calldata lanes) external pure returns (bytes32) {
        return Leaves.indexRow(index, exponent, lanes);
    }

    /// @notice See {MerkleSum.leafOf}.
    function sumLeaf(uint256 index, uint256 weight) external pure returns (bytes32) {
        return MerkleSum.leafOf(index, weight);
    }

    /// @notice See {MerkleSum.trace}.
    function trace(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total, uint256 prefix) {
        return MerkleSum.trace(index, weight, lines, proof);
    }

    /// @notice See {MerkleSum.climb}.
    function climb(
        bytes32 hash,
        uint256 sum,
        uint256 level,
        uint256 position,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total, uint256 prefix) {
        return MerkleSum.climb(hash, sum, level, position, lines, proof);
    }

    /// @notice See {MerkleSum.fold}.
    function fold(
        bytes calldata nodes,
        uint256 level,
        uint256 position,
        uint256 generations,
        uint256 lines
    ) external pure returns (bytes32 hash, uint256 sum) {
        return MerkleSum.fold(nodes, level, position, generations, lines);
    }

    /// @notice See {MerkleSum.rootOf}.
    function sumRoot(uint144[] calldata weights) external pure returns (bytes32 root, uint256 total) {
        return MerkleSum.rootOf(weights);
    }

    /// @notice See {PositionalMerkle.rootOf}.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata proof) external pure returns (bytes32) {
        return PositionalMerkle.rootOf(leaf, index, proof);
    }

    /// @notice See {PositionalMerkle.depthOf}.
    function depthOf(uint256 leaves) external pure returns (uint256) {
        return PositionalMerkle.depthOf(leaves);
    }

    /// @notice See {Shares.lineAmount}.
    function lineAmount(uint256 pool, uint256 prefix, uint256 weight, uint256 total) external pure returns (uint256) {
        return Shares.lineAmount(pool, prefix, weight, total);
    }

    /// @notice See {Statements.hash} and {Statements.hashMemory}.
    function statementHash(Statement calldata statement) external pure returns (bytes32 ofCalldata, bytes32 ofMemory) {
        return (Statements.hash(statement), Statements.hashMemory(statement));
    }

    /// @notice See {Statements.hash}.
    function payoutHash(Payout calldata payout) external pure returns (bytes32) {
        return Statements.hash(payout);
    }

    /// @notice See {Statements.expectedWeight}.
    function expectedWeight(
        Statement calldata statement,
        LineEvidence calldata evidence,
        uint256 rows
    ) external pure returns (uint256) {
        return Statements.expectedWeight(statement, evidence, rows);
    }

    /// @notice See {UsageReports.hash}.
    function usageReportHash(UsageReport calldata report) external pure returns (bytes32) {
        return UsageReports.hash(report);
    }

    /// @notice Model and slot of a stream.
    function partsOf(StreamId stream) external pure returns (ModelId model, uint8 slot) {
        return (stream.model(), stream.slot());
    }
}
