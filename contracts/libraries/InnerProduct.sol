// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title InnerProduct
/// @notice ⟨row, q⟩ over int16 lanes, four products from one multiplication.
/// @dev `row` holds lane 16w+j of its word w at bytes 2j; `q` holds it at bytes 30−2j, so the lanes of a word stand
/// in opposite order. Adding 2^15 to every lane makes all of them non-negative. Masking every fourth lane of both
/// words gives two numbers in base 2^64 whose product has, at 2^192, the sum of four products of lanes with equal
/// index: each is below 2^32, so nothing reaches the next digit. The bias is taken off at the end: Σab = Σ(a+β)(b+β)
/// − β·Σ((a+β)+(b+β)) + n·β², β = 2^15.
library InnerProduct {
    /// @notice Most lanes of a row.
    uint256 internal constant MAX_LANES = 8192;

    /// @notice Thrown when row and query have not the same number of lanes, or not a multiple of 16 up to 8,192.
    /// @param rowBytes Bytes of the row.
    /// @param queryBytes Bytes of the query.
    error LaneMismatch(uint256 rowBytes, uint256 queryBytes);

    /// @notice The exact inner product; |result| ≤ 8192 · 2^30 = 2^43.
    /// @param row int16 lanes, big-endian, lane 0 first.
    /// @param query int16 lanes, big-endian, the 16 lanes of each 32-byte word reversed.
    function dot(bytes calldata row, bytes calldata query) internal pure returns (int256 result) {
        uint256 length = row.length;
        if (length != query.length || length == 0 || length % 32 != 0 || length > 2 * MAX_LANES) {
            revert LaneMismatch(length, query.length);
        }
        assembly ("memory-safe") {
            let bias := 0x8000800080008000800080008000800080008000800080008000800080008000
            let mask := 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff
            let products := 0
            let lanes := 0
            for {
                let i := 0
            } lt(i, length) {
                i := add(i, 32)
            } {
                let a := xor(calldataload(add(row.offset, i)), bias)
                let b := xor(calldataload(add(query.offset, i)), bias)
                let x := and(a, mask)
                let y := and(shr(48, b), mask)
                products := add(products, shr(192, mul(x, y)))
                lanes := add(lanes, add(x, y))
                x := and(shr(16, a), mask)
                y := and(shr(32, b), mask)
                products := add(products, shr(192, mul(x, y)))
                lanes := add(lanes, add(x, y))
                x := and(shr(32, a), mask)
                y := and(shr(16, b), mask)
                products := add(products, shr(192, mul(x, y)))
                lanes := add(lanes, add(x, y))
                x := and(shr(48, a), mask)
                y := and(b, mask)
                products := add(products, shr(192, mul(x, y)))
                lanes := add(lanes, add(x, y))
            }
            // The four digits of `lanes` (each below 2^64) add up in the top digit of the product.
            let sum := shr(192, mul(lanes, 0x0000000000000001000000000000000100000000000000010000000000000001))
            result := sub(add(products, shl(29, length)), shl(15, sum))
        }
    }
}
