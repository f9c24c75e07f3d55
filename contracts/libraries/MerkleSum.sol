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
    /// @dev A step is a sibling's hash (32) ‖ its sum. Sums may be shown shorter than 18 bytes, all of one proof alike:
    /// the leading zeros of calldata cost gas.
    /// @param index Index of the line, below `lines`.
    /// @param weight Payable weight of the line.
    /// @param lines Lines of the tree, at most 2^24; fixes its depth and its padding.
    /// @param proof ⌈log2 lines⌉ steps of the same length, 32 to 50 bytes, bottom up.
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
        uint256 depth = _depthOf(lines);
        uint256 stride = _strideOf(proof, depth);
        _requireEmptyPadding(index, lines - 1, depth, proof, stride);
        root = leafOf(index, weight);
        total = weight;
        assembly ("memory-safe") {
            // Nodes are hashed in the first four words of memory; the third and fourth are Solidity's and given back.
            let free := mload(64)
            let shift := sub(512, shl(3, stride))
            let step := proof.offset
            // The one above the index says when the root is reached.
            for {
                index := or(index, shl(depth, 1))
            } gt(index, 1) {
                index := shr(1, index)
            } {
                let sum := shr(shift, calldataload(add(step, 32)))
                switch and(index, 1)
                case 0 {
                    mstore(0, root)
                    mstore(32, total)
                    mstore(64, calldataload(step))
                    mstore(96, sum)
                }
                default {
                    mstore(0, calldataload(step))
                    mstore(32, sum)
                    mstore(64, root)
                    mstore(96, total)
                    // What stands on the left comes before the line.
                    prefix := add(prefix, sum)
                }
                root := keccak256(0, 128)
                total := add(total, sum)
                step := add(step, stride)
            }
            mstore(64, free)
            mstore(96, 0)
        }
    }

    /// @dev ⌈log2 lines⌉ of at most 2^24 lines, by halving: cheaper than counting levels.
    function _depthOf(uint256 lines) private pure returns (uint256 depth) {
        assembly ("memory-safe") {
            let last := sub(lines, 1)
            depth := shl(4, gt(last, 0xffff))
            depth := or(depth, shl(3, gt(shr(depth, last), 0xff)))
            depth := or(depth, shl(2, gt(shr(depth, last), 0x0f)))
            depth := or(depth, shl(1, gt(shr(depth, last), 0x03)))
            last := shr(depth, last)
            depth := add(depth, sub(last, gt(last, 2)))
        }
    }

    /// @dev Bytes of each of the proof's steps.
    function _strideOf(bytes calldata proof, uint256 depth) private pure returns (uint256 stride) {
        bool wrong;
        assembly ("memory-safe") {
            stride := div(proof.length, depth)
            wrong := or(xor(mul(stride, depth), proof.length), mul(depth, gt(sub(stride, 32), 18)))
        }
        if (wrong) revert ProofLength(proof.length, STEP * depth);
    }

    /// @dev Only where the line's node is the last real one of its level, and stands on the left, its sibling is
    /// padding. From some level on it is the last one, so the search begins at the top.
    function _requireEmptyPadding(
        uint256 index,
        uint256 last,
        uint256 depth,
        bytes calldata proof,
        uint256 stride
    ) private pure {
        uint256 level = depth;
        bool filled;
        assembly ("memory-safe") {
            for {
                let apart := xor(index, last)
            } level {} {
                level := sub(level, 1)
                if shr(level, apart) {
                    break
                }
                if iszero(and(shr(level, last), 1)) {
                    let step := add(proof.offset, mul(stride, level))
                    let sum := shr(sub(512, shl(3, stride)), calldataload(add(step, 32)))
                    filled := iszero(iszero(or(calldataload(step), sum)))
                    if filled {
                        break
                    }
                }
            }
        }
        if (filled) revert PaddingNotEmpty(level);
    }
}
