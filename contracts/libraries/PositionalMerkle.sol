// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PositionalMerkle
/// @notice Binary Merkle tree in which the position of a leaf is part of what a proof shows.
/// @dev Node = keccak256(left ‖ right); an empty node is zero on every level. A proof lists the siblings bottom up;
/// bit `l` of the index tells on which side of its sibling the node of level `l` stands. Sorted-pair trees can't show
/// a position, so two rows with one index could both be proved in them.
library PositionalMerkle {
    /// @notice The root that `leaf` at position `index` leads to.
    /// @param leaf Hash of the leaf; its preimage must not have 64 bytes.
    /// @param index Position of the leaf; its bits above the proof's length must be checked by the caller.
    /// @param proof Siblings, bottom up.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata proof) internal pure returns (bytes32 node) {
        node = leaf;
        assembly ("memory-safe") {
            let end := add(proof.offset, shl(5, proof.length))
            for {
                let step := proof.offset
            } lt(step, end) {
                step := add(step, 32)
            } {
                let side := shl(5, and(index, 1))
                mstore(side, node)
                mstore(xor(side, 32), calldataload(step))
                node := keccak256(0, 64)
                index := shr(1, index)
            }
        }
    }

    /// @notice Depth of a tree with `leaves` leaves: ⌈log2 leaves⌉, 0 for one leaf.
    /// @param leaves Number of leaves, above 0.
    function depthOf(uint256 leaves) internal pure returns (uint256 depth) {
        for (uint256 last = leaves - 1; last != 0; last >>= 1) {
            unchecked {
                ++depth;
            }
        }
    }
}
