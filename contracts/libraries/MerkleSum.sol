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
    /// @notice Thrown when a packed line is not 3 + w + depth · (32 + w) bytes long, for any w from 0 to 18.
    /// @param length Its bytes.
    /// @param depth Levels of the tree below the root.
    error PackedLineLength(uint256 length, uint256 depth);
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
    /// @param weight Payable weight of the line, below 2^144; the caller checks it.
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

    /// @notice The same of a line in one piece: index (3 bytes) ‖ weight (w) ‖ steps (32 + w each), 0 ≤ w ≤ 18.
    /// @param offset Where in calldata the line begins.
    /// @param length Its bytes, modulo 2^256: less than none is refused like any other length that is wrong.
    /// @param lines Lines of the tree, at most 2^24; with the length it tells w.
    /// @return index Index of the line.
    /// @return weight Payable weight of the line.
    /// @return root Hash of the root.
    /// @return total Sum of the root.
    /// @return prefix Sum of all lines before `index`.
    function traceLine(
        uint256 offset,
        uint256 length,
        uint256 lines
    ) internal pure returns (uint256 index, uint256 weight, bytes32 root, uint256 total, uint256 prefix) {
        assembly ("memory-safe") {
            index := shr(232, calldataload(offset))
        }
        if (index >= lines) revert LineOutOfRange(index, lines);
        uint256 stride;
        unchecked {
            uint256 depth = _bitsOf(lines - 1);
            bool wrong;
            assembly ("memory-safe") {
                // With a hash before the weight in place of the index, there would be one more step.
                let steps := add(length, 29)
                stride := div(steps, add(depth, 1))
                wrong := or(xor(mul(stride, add(depth, 1)), steps), gt(sub(stride, 32), 18))
                weight := shr(sub(512, shl(3, stride)), calldataload(add(offset, 3)))
            }
            if (wrong) revert PackedLineLength(length, depth);
            offset = offset + stride - 29;
            _requireEmptyPadding(0, index, lines - 1, depth, offset, stride);
            (root, total, prefix) = _ascend(leafOf(index, weight), weight, index, depth, offset, stride);
        }
    }

    /// @notice The same from any node of the tree.
    /// @param hash Hash of the node.
    /// @param sum Sum of the node.
    /// @param level Level of the node, 0 for lines; at most the tree's depth, which the caller checks.
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
        uint256 step;
        assembly ("memory-safe") {
            step := proof.offset
        }
        uint256 stride = _strideOf(proof, depth);
        _requireEmptyPadding(level, position, last, depth, step, stride);
        return _ascend(hash, sum, position, depth, step, stride);
    }

    /// @dev Root, total and prefix sum from a node and the steps of its proof.
    /// @param depth Number of the steps.
    /// @param step Where in calldata the first one stands.
    /// @param stride Bytes of each.
    function _ascend(
        bytes32 hash,
        uint256 sum,
        uint256 position,
        uint256 depth,
        uint256 step,
        uint256 stride
    ) private pure returns (bytes32 root, uint256 total, uint256 prefix) {
        total = sum;
        assembly ("memory-safe") {
            // Nodes are hashed in the first four words of memory; the third and fourth are Solidity's and given back.
            let free := mload(64)
            let shift := sub(512, shl(3, stride))

            // The parent of a node whose hash stands in the first word, and of its sibling on the right.
            function onLeft(at, shift_, own, to) -> above {
                let beside := shr(shift_, calldataload(add(at, 32)))
                mstore(32, own)
                mstore(64, calldataload(at))
                mstore(96, beside)
                above := add(own, beside)
                mstore(to, keccak256(0, 128))
            }

            // The parent of a node whose hash stands in the third word, and of its sibling on the left, the lines of
            // which come before the node's.
            function onRight(at, shift_, own, before, to) -> above, prefix_ {
                let beside := shr(shift_, calldataload(add(at, 32)))
                mstore(0, calldataload(at))
                mstore(32, beside)
                mstore(96, own)
                above := add(own, beside)
                prefix_ := add(before, beside)
                mstore(to, keccak256(0, 128))
            }

            // The one above the position says when the root is reached.
            position := or(position, shl(depth, 1))
            mstore(0, hash)
            // Levels are climbed in pairs, after the odd one: the first parent is written where the second needs it.
            if and(depth, 1) {
                switch and(position, 1)
                case 0 {
                    total := onLeft(step, shift, total, 0)
                }
                default {
                    mstore(64, hash)
                    total, prefix := onRight(step, shift, total, prefix, 0)
                }
                step := add(step, stride)
                position := shr(1, position)
            }
            for {} 1 {
                position := shr(2, position)
                step := add(step, add(stride, stride))
            } {
                for {} iszero(and(position, 3)) {
                    position := shr(2, position)
                    step := add(step, add(stride, stride))
                } {
                    total := onLeft(step, shift, total, 0)
                    total := onLeft(add(step, stride), shift, total, 0)
                }
                if eq(position, 1) {
                    break
                }
                if and(position, 1) {
                    mstore(64, mload(0))
                    if and(position, 2) {
                        total, prefix := onRight(step, shift, total, prefix, 64)
                        total, prefix := onRight(add(step, stride), shift, total, prefix, 0)
                        continue
                    }
                    total, prefix := onRight(step, shift, total, prefix, 0)
                    total := onLeft(add(step, stride), shift, total, 0)
                    continue
                }
                total := onLeft(step, shift, total, 64)
                total, prefix := onRight(add(step, stride), shift, total, prefix, 0)
            }
            root := mload(0)
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
    /// @param steps Where in calldata the proof begins.
    function _requireEmptyPadding(
        uint256 from,
        uint256 position,
        uint256 last,
        uint256 depth,
        uint256 steps,
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
                    let step := add(steps, mul(stride, level))
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
