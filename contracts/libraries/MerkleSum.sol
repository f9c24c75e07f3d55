// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MerkleSum
/// @notice The sum tree of a statement: every node commits to the sum of the payable weights below it.
/// @dev Leaf = keccak256(keccak256(abi.encode(index, weight))); node = keccak256(abi.encode(leftHash, leftSum,
/// rightHash, rightSum)); an empty node is (0, 0) on every level. A leaf hashes 32 bytes and a node 128, so none can
/// stand for the other. Sums are uint144 (2^20 lines of at most 2^107 each make at most 2^127), and a sibling's sum
/// is read from 18 bytes, so additions below can't overflow 256 bits.
library MerkleSum {
    /// @notice Bytes of one step of a proof: hash (32) ‖ sum (18).
    uint256 internal constant STEP = 50;

    /// @notice Thrown when a proof has not one step for each level of the tree.
    /// @param length Bytes of the proof.
    /// @param expected Bytes that a tree of this many lines asks for.
    error ProofLength(uint256 length, uint256 expected);
    /// @notice Thrown when a line's index is not below the number of lines.
    /// @param index Index of the line.
    /// @param lines Lines of the tree.
    error LineOutOfRange(uint256 index, uint256 lines);
    /// @notice Thrown when a sibling that covers only padding is not the empty node.
    /// @param level Level of the sibling, 0 for leaves.
    error PaddingNotEmpty(uint256 level);

    /// @notice Hash of the leaf of line `index`.
    /// @param index Index of the line.
    /// @param weight Its payable weight.
    function leafOf(uint256 index, uint256 weight) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(0, index)
            mstore(32, weight)
            mstore(0, keccak256(0, 64))
            leaf := keccak256(0, 32)
        }
    }

    /// @notice Root, total and prefix sum that a line's proof leads to.
    /// @param index Index of the line, below `lines`.
    /// @param weight Payable weight of the line.
    /// @param lines Lines of the tree; fixes its depth and its padding.
    /// @param proof ⌈log2 lines⌉ steps of 50 bytes, bottom up.
    /// @return root Hash of the root.
    /// @return total Sum of the root.
    /// @return prefix Sum of all lines before `index`.
    function trace(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes calldata proof
    ) internal pure returns (bytes32 root, uint256 total, uint256 prefix) {
        if (index >= lines) revert LineOutOfRange(index, lines);
        root = leafOf(index, weight);
        total = weight;
        uint256 read;
        bool spoilt;
        assembly ("memory-safe") {
            let left := mload(0x40)
            let leftSum := add(left, 32)
            let right := add(left, 64)
            let rightSum := add(left, 96)
            let step := proof.offset
            let position := index
            // The last real position of each level: a sibling beyond it covers only padding. At the root it is 0.
            for {
                let last := sub(lines, 1)
            } last {
                last := shr(1, last)
            } {
                let hash := calldataload(step)
                let sum := shr(112, calldataload(add(step, 32)))
                switch and(position, 1)
                case 0 {
                    if lt(last, add(position, 1)) {
                        if or(hash, sum) {
                            spoilt := 1
                            break
                        }
                    }
                    mstore(left, root)
                    mstore(leftSum, total)
                    mstore(right, hash)
                    mstore(rightSum, sum)
                }
                default {
                    mstore(left, hash)
                    mstore(leftSum, sum)
                    mstore(right, root)
                    mstore(rightSum, total)
                    // What stands on the left comes before the line.
                    prefix := add(prefix, sum)
                }
                root := keccak256(left, 128)
                total := add(total, sum)
                position := shr(1, position)
                step := add(step, STEP)
            }
            read := sub(step, proof.offset)
        }
        if (spoilt) revert PaddingNotEmpty(read / STEP);
        if (proof.length != read) revert ProofLength(proof.length, read);
    }
}
