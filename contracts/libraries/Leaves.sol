// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Leaves
/// @notice The leaves of the two positional trees: rows of a contribution, and rows of an influence index.
library Leaves {
    /// @notice Leaf of a row of a contribution. It names the wallet, so a copied root is worthless to the copier.
    /// @param contributor Wallet that contributed the row.
    /// @param index Position of the row in the contribution.
    /// @param digest sha-256 of the row's bytes.
    function row(address contributor, uint256 index, bytes32 digest) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(contributor, index, digest))));
    }

    /// @notice Leaf of a row of an influence index. Its preimage has 96 bytes, a node's has 64.
    /// @param index Position of the contribution in the dataset.
    /// @param exponent Exponent of the row's lanes.
    /// @param lanes int16 lanes, big-endian, lane 0 first.
    function indexRow(uint256 index, uint8 exponent, bytes calldata lanes) internal pure returns (bytes32) {
        return keccak256(abi.encode(index, exponent, keccak256(lanes)));
    }
}
