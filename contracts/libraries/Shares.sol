// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Shares
/// @notice Divisions of money. Every share of a growing counter is a difference of floors, so that many small
/// payments pay exactly what one large payment pays, and the dust stays in the counter.
library Shares {
    /// @notice Basis points of the whole.
    uint256 internal constant WHOLE = 10_000;

    /// @notice ⌊counter · bps / 10,000⌋.
    /// @param counter Money so far, below 2^240.
    /// @param bps Share in basis points, at most 10,000.
    function ofDown(uint256 counter, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return (counter * bps) / WHOLE;
        }
    }

    /// @notice What a share grew by while its counter went from `from` to `to`, ⌊to·bps⌋ − ⌊from·bps⌋.
    /// @param from Counter before.
    /// @param to Counter after, at least `from`.
    /// @param bps Share in basis points.
    function grownDown(uint256 from, uint256 to, uint256 bps) internal pure returns (uint256) {
        return ofDown(to, bps) - ofDown(from, bps);
    }

    /// @notice The part of a stream that influence divides: the stream's fees less the part that is always pro-rata.
    /// @dev ⌊s⌋ − ⌊s·p⌋ never falls as the integer s grows, so differences of it are never negative.
    /// @param fees The model's fee counter, in wei.
    /// @param shareBps The stream's share of the fees.
    /// @param proRataBps The part of the stream that is always pro-rata.
    function influencePart(uint256 fees, uint256 shareBps, uint256 proRataBps) internal pure returns (uint256) {
        uint256 stream = ofDown(fees, shareBps);
        return stream - ofDown(stream, proRataBps);
    }

    /// @notice What a line of a statement is paid: ⌊pool·(prefix + weight)/total⌋ − ⌊pool·prefix/total⌋.
    /// @dev uint112 · uint144 fits 256 bits. Over all lines the amounts add up to `pool` exactly.
    /// @param pool Money to divide, at most 2^112 − 1 wei.
    /// @param prefix Weights of the lines before, at most `total`.
    /// @param weight Weight of the line; prefix + weight is at most `total`.
    /// @param total Weights of all lines, above 0 and below 2^144.
    function lineAmount(uint256 pool, uint256 prefix, uint256 weight, uint256 total) internal pure returns (uint256) {
        unchecked {
            return (pool * (prefix + weight)) / total - (pool * prefix) / total;
        }
    }
}
