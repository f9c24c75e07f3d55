// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SumTrees
/// @notice Trees of weights and of index rows, straight from their definitions, for what a test shows of them.
library SumTrees {
    /// @notice Levels above the lines.
    function depthOf(uint256 lines) internal pure returns (uint256 depth) {
        for (uint256 width = 1; width < lines; width *= 2) ++depth;
    }

    /// @notice Hash and sum of a node; zeros where it covers no line.
    function node(
        uint144[] memory weights,
        uint256 level,
        uint256 position
    ) internal pure returns (bytes32 hash, uint256 sum) {
        if (position << level >= weights.length) return (0, 0);
        if (level == 0) {
            sum = weights[position];
            return (keccak256(abi.encode(keccak256(abi.encode(position, sum)))), sum);
        }
        (bytes32 left, uint256 leftSum) = node(weights, level - 1, 2 * position);
        (bytes32 right, uint256 rightSum) = node(weights, level - 1, 2 * position + 1);
        return (keccak256(abi.encode(left, leftSum, right, rightSum)), leftSum + rightSum);
    }

    /// @notice The siblings from a node to the root.
    function proof(
        uint144[] memory weights,
        uint256 level,
        uint256 position
    ) internal pure returns (bytes memory steps) {
        for (; level < depthOf(weights.length); ++level) {
            steps = bytes.concat(steps, _step(weights, level, position ^ 1));
            position >>= 1;
        }
    }

    /// @notice All lines below a node, as an answer shows them in a tree of at most eight levels.
    function linesBelow(
        uint144[] memory weights,
        uint256 level,
        uint256 position
    ) internal pure returns (bytes memory shown) {
        uint256 first = position << level;
        for (uint256 i = 0; i < 1 << level; ++i) shown = bytes.concat(shown, _step(weights, 0, first + i));
    }

    /// @notice Node of a tree of hashes.
    function hashNode(bytes32[] memory leaves, uint256 level, uint256 position) internal pure returns (bytes32) {
        if (position << level >= leaves.length) return 0;
        if (level == 0) return leaves[position];
        bytes32 left = hashNode(leaves, level - 1, 2 * position);
        return keccak256(bytes.concat(left, hashNode(leaves, level - 1, 2 * position + 1)));
    }

    /// @notice The siblings from a leaf to the root.
    function hashProof(bytes32[] memory leaves, uint256 position) internal pure returns (bytes32[] memory steps) {
        steps = new bytes32[](depthOf(leaves.length));
        for (uint256 level = 0; level < steps.length; ++level) {
            steps[level] = hashNode(leaves, level, (position >> level) ^ 1);
        }
    }

    function _step(uint144[] memory weights, uint256 level, uint256 position) private pure returns (bytes memory) {
        (bytes32 hash, uint256 sum) = node(weights, level, position);
        return bytes.concat(hash, bytes18(uint144(sum)));
    }
}
