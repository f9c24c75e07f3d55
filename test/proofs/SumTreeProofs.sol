// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SumTreeProofs
/// @notice Why a line of a statement has one payable, one prefix and one total: the steps of MerkleSum's tree, in
/// Solidity without assembly. keccak256 is taken as free of collisions: `require` says so of the two nodes compared.
contract SumTreeProofs {
    struct Node {
        bytes32 hash;
        uint256 sum;
    }

    uint256 private constant SUM = 2 ** 144;
    uint256 private constant LINES = 2 ** 24;

    /// @dev As MerkleSum.leafOf.
    function _leaf(uint256 index, uint256 weight) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(index, weight))));
    }

    /// @dev The hash of a node over its two children, as MerkleSum hashes it.
    function _hash(Node memory left, Node memory right) private pure returns (bytes32) {
        return keccak256(abi.encode(left.hash, left.sum, right.hash, right.sum));
    }

    /// @notice One line of a tree has one payable: the leaf's hash fixes index and weight.
    function leafFixesItsWeight(uint256 index, uint256 weight, uint256 other, uint256 otherWeight) external pure {
        bytes32 inner = keccak256(abi.encode(index, weight));
        bytes32 otherInner = keccak256(abi.encode(other, otherWeight));
        bool same = index == other && weight == otherWeight;
        require((inner == otherInner) == same);
        require((_leaf(index, weight) == _leaf(other, otherWeight)) == (inner == otherInner));
        if (_leaf(index, weight) == _leaf(other, otherWeight)) assert(index == other && weight == otherWeight);
    }

    /// @notice The step of the induction, on the left: two proofs that meet in one parent meet in one child, with one
    /// sum. From the root downwards, the two lines are one.
    function parentFixesItsLeftChild(
        Node memory node,
        Node memory right,
        Node memory other,
        Node memory otherRight
    ) external pure {
        require(node.sum < SUM && right.sum < SUM && other.sum < SUM && otherRight.sum < SUM);
        bool same =
            node.hash == other.hash &&
                node.sum == other.sum &&
                right.hash == otherRight.hash &&
                right.sum == otherRight.sum;
        require((_hash(node, right) == _hash(other, otherRight)) == same);
        if (_hash(node, right) == _hash(other, otherRight)) {
            assert(node.hash == other.hash && node.sum == other.sum);
            assert(node.sum + right.sum == other.sum + otherRight.sum);
        }
    }

    /// @notice The same on the right, with the prefix: what stands before the node is what its sibling holds.
    function parentFixesItsRightChild(
        Node memory left,
        Node memory node,
        Node memory otherLeft,
        Node memory other,
        uint256 prefix
    ) external pure {
        require(left.sum < SUM && node.sum < SUM && otherLeft.sum < SUM && other.sum < SUM && prefix <= SUM);
        bool same =
            left.hash == otherLeft.hash &&
                left.sum == otherLeft.sum &&
                node.hash == other.hash &&
                node.sum == other.sum;
        require((_hash(left, node) == _hash(otherLeft, other)) == same);
        if (_hash(left, node) == _hash(otherLeft, other)) {
            assert(node.hash == other.hash && node.sum == other.sum);
            assert(prefix + left.sum == prefix + otherLeft.sum);
        }
    }

    /// @notice A line's weight and prefix are at most the total: climbing keeps prefix + sum ≤ total on both sides.
    function climbingKeepsThePrefixWithin(uint256 prefix, uint256 weight, uint256 sum, uint256 beside) external pure {
        require(sum <= 24 * SUM && beside < SUM && prefix <= sum && weight <= sum - prefix);
        uint256 total = sum + beside;
        assert(prefix + weight <= total);
        assert((prefix + beside) + weight <= total);
    }

    /// @notice Sums of at most 24 siblings of 18 bytes each stay far below a word.
    function sumsFitAWord(uint256 weight, uint256 siblings, uint256 largest) external pure {
        require(weight < SUM && siblings <= 24 && largest < SUM);
        assert(weight + siblings * largest < 25 * SUM);
        assert(25 * SUM < 2 ** 149);
    }

    /// @notice A position that covers a line has one parent, on one side of it, which covers a line too.
    function positionsHaveOneParent(uint256 position, uint256 last) external pure {
        require(position <= last && last < LINES);
        assert(position / 2 <= last / 2);
        assert((position / 2) * 2 + (position % 2) == position);
    }

    /// @notice With proofs of w-byte sums, a packed line's length says w: no other w gives the same length.
    function lengthFixesTheWidth(uint256 depth, uint256 width, uint256 other) external pure {
        require(depth <= 24 && width <= 18 && other <= 18);
        uint256 length = 3 + width + depth * (32 + width);
        if (length == 3 + other + depth * (32 + other)) assert(width == other);
    }
}
