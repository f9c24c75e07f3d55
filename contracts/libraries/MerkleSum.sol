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
        return climb(leafOf(index, weight), weight, 0, index, lines, proof);
    }

    /// @notice The same from any node of the tree.
    /// @param hash Hash of the node.
    /// @param sum Sum of the node.
    /// @param level Level of the node, 0 for lines.
    /// @param position Position of the node on its level; it must cover a line.
    /// @param lines Lines of the tree, at most 2^24.
    /// @param proof Steps of the same length, 32 to 50 bytes, from the node to the root, bottom up.
    /// @return root Hash of the root.
    /// @return total Sum of the root.
    /// @return prefix Sum of all lines before those that the node covers.
    function climb(
        bytes32 hash,
        uint256 sum,
        uint256 level,
        uint256 position,
        uint256 lines,
        bytes calldata proof
    ) internal pure returns (bytes32 root, uint256 total, uint256 prefix) {
        if (position << level >= lines) revert LineOutOfRange(position << level, lines);
        uint256 last = (lines - 1) >> level;
        uint256 depth = _bitsOf(last);
        uint256 stride = _strideOf(proof, depth);
        _requireEmptyPadding(level, position, last, depth, proof, stride);
        root = hash;
        total = sum;
        assembly ("memory-safe") {
            // Nodes are hashed in the first four words of memory; the third and fourth are Solidity's and given back.
            let free := mload(64)
            let shift := sub(512, shl(3, stride))
            let step := proof.offset
            // The one above the position says when the root is reached.
            for {
                position := or(position, shl(depth, 1))
            } gt(position, 1) {
                position := shr(1, position)
            } {
                let beside := shr(shift, calldataload(add(step, 32)))
                switch and(position, 1)
                case 0 {
                    mstore(0, root)
                    mstore(32, total)
                    mstore(64, calldataload(step))
                    mstore(96, beside)
                }
                default {
                    mstore(0, calldataload(step))
                    mstore(32, beside)
                    mstore(64, root)
                    mstore(96, total)
                    // What stands on the left comes before the line.
                    prefix := add(prefix, beside)
                }
                root := keccak256(0, 128)
                total := add(total, beside)
                step := add(step, stride)
            }
            mstore(64, free)
            mstore(96, 0)
        }
    }

    /// @dev Bits of a number below 2^24, by halving: cheaper than counting them.
    function _bitsOf(uint256 value) private pure returns (uint256 bits) {
        assembly ("memory-safe") {
            bits := shl(4, gt(value, 0xffff))
            bits := or(bits, shl(3, gt(shr(bits, value), 0xff)))
            bits := or(bits, shl(2, gt(shr(bits, value), 0x0f)))
            bits := or(bits, shl(1, gt(shr(bits, value), 0x03)))
            value := shr(bits, value)
            bits := add(bits, sub(value, gt(value, 2)))
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

    /// @dev Only where the path's node is the last real one of its level, and stands on the left, its sibling is
    /// padding. From some level on it is the last one, so the search begins at the top.
    /// @param from Level of the proof's first sibling.
    function _requireEmptyPadding(
        uint256 from,
        uint256 position,
        uint256 last,
        uint256 depth,
        bytes calldata proof,
        uint256 stride
    ) private pure {
        uint256 level = depth;
        bool filled;
        assembly ("memory-safe") {
            for {
                let apart := xor(position, last)
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
        if (filled) revert PaddingNotEmpty(from + level);
    }

    /// @notice Hash and sum of a node from its descendants, as an answer shows them.
    /// @param nodes The 2^generations descendants, from left to right: steps of 50 bytes.
    /// @param level Level of the node, at least `generations`.
    /// @param position Position of the node on its level; it must cover a line.
    /// @param generations How many levels the descendants stand below the node.
    /// @param lines Lines of the tree; what covers none of them must be empty.
    function fold(
        bytes calldata nodes,
        uint256 level,
        uint256 position,
        uint256 generations,
        uint256 lines
    ) internal pure returns (bytes32, uint256) {
        uint256 width = 1 << generations;
        if (nodes.length != width * STEP) revert ProofLength(nodes.length, width * STEP);
        uint256 below = level - generations;
        uint256 real = ((lines - 1) >> below) + 1 - position * width;
        if (real > width) real = width;
        bool spoilt;
        uint256 buffer;
        assembly ("memory-safe") {
            buffer := mload(0x40)
            mstore(0x40, add(buffer, shl(6, width)))
            for {
                let i := 0
            } lt(i, width) {
                i := add(i, 1)
            } {
                let node := add(nodes.offset, mul(i, STEP))
                let hash := calldataload(node)
                let sum := shr(112, calldataload(add(node, 32)))
                if iszero(lt(i, real)) {
                    spoilt := or(spoilt, iszero(iszero(or(hash, sum))))
                }
                mstore(add(buffer, shl(6, i)), hash)
                mstore(add(buffer, add(shl(6, i), 32)), sum)
            }
        }
        if (spoilt) revert PaddingNotEmpty(below);
        return _foldPairs(buffer, real, width);
    }

    /// @notice Root and total of the tree over weights.
    /// @param weights One for each line, in order; at least one.
    function rootOf(uint144[] calldata weights) internal pure returns (bytes32, uint256) {
        uint256 width = 1;
        while (width < weights.length) width <<= 1;
        uint256 buffer;
        assembly ("memory-safe") {
            buffer := mload(0x40)
            mstore(0x40, add(buffer, shl(6, width)))
        }
        for (uint256 i = 0; i < weights.length; ++i) {
            uint256 weight = weights[i];
            bytes32 leaf = leafOf(i, weight);
            assembly ("memory-safe") {
                mstore(add(buffer, shl(6, i)), leaf)
                mstore(add(buffer, add(shl(6, i), 32)), weight)
            }
        }
        return _foldPairs(buffer, weights.length, width);
    }

    /// @dev Folds `real` nodes of (hash, sum), and empty ones up to `width`, to one, in place.
    function _foldPairs(uint256 buffer, uint256 real, uint256 width) private pure returns (bytes32 hash, uint256 sum) {
        assembly ("memory-safe") {
            for {} gt(width, 1) {
                width := shr(1, width)
            } {
                // A node without a right sibling stands beside the empty one.
                if and(real, 1) {
                    let empty := add(buffer, shl(6, real))
                    mstore(empty, 0)
                    mstore(add(empty, 32), 0)
                }
                real := shr(1, add(real, 1))
                for {
                    let i := 0
                } lt(i, real) {
                    i := add(i, 1)
                } {
                    let pair := add(buffer, shl(7, i))
                    let parent := add(buffer, shl(6, i))
                    let total := add(mload(add(pair, 32)), mload(add(pair, 96)))
                    mstore(parent, keccak256(pair, 128))
                    mstore(add(parent, 32), total)
                }
            }
            hash := mload(buffer)
            sum := mload(add(buffer, 32))
        }
    }
}
