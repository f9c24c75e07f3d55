// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";

/// @title Lemmas
/// @notice What `LemmasProofs` proves under the same names, for use in other proofs: solvers are quick with what is
/// linear in named products, and slow with the products themselves. Each lemma asserts what it presupposes, so that it
/// is proved at every use, and requires what follows.
library Lemmas {
    /// @notice Counters stay below it.
    uint256 internal constant COUNTER = 2 ** 240;

    /// @notice A product of a counter and a share fits a word.
    /// @param counter Money so far, below 2^240.
    /// @param bps Share in basis points, at most 10,000.
    /// @return The product.
    function product(uint256 counter, uint256 bps) internal pure returns (uint256) {
        assert(counter < COUNTER && bps <= Shares.WHOLE);
        return counter * bps;
    }

    /// @notice A product grows with its counter, by at most as much as ten thousand times the counter does.
    /// @param from The smaller counter.
    /// @param to The larger counter, below 2^240.
    /// @param bps Share in basis points, at most 10,000.
    function productsGrow(uint256 from, uint256 to, uint256 bps) internal pure {
        assert(from <= to && to < COUNTER && bps <= Shares.WHOLE);
        require(from * bps <= to * bps);
        require(to * bps - from * bps <= (to - from) * Shares.WHOLE);
    }

    /// @notice A product with two shares is the two products.
    /// @param counter Money so far, below 2^240.
    /// @param first Share in basis points.
    /// @param second Share in basis points; both together are at most 10,000.
    function productsAddUp(uint256 counter, uint256 first, uint256 second) internal pure {
        assert(counter < COUNTER && first <= Shares.WHOLE && second <= Shares.WHOLE - first);
        require(counter * (first + second) == counter * first + counter * second);
    }

    /// @notice The products of {Shares.influencePart} for two states of the fees, by the lemmas above.
    /// @param from Fees before.
    /// @param to Fees after, below 2^240.
    /// @param shareBps The stream's share of the fees, in basis points.
    /// @param proRataBps The part of the stream that is always pro-rata, in basis points.
    function influenceProductsGrow(uint256 from, uint256 to, uint256 shareBps, uint256 proRataBps) internal pure {
        productsGrow(0, from, shareBps);
        productsGrow(from, to, shareBps);
        (uint256 start, uint256 end) = (Shares.ofDown(from, shareBps), Shares.ofDown(to, shareBps));
        productsGrow(0, start, proRataBps);
        productsGrow(start, end, proRataBps);
    }

    /// @notice A number that fits is itself after a cast.
    /// @param number At most 2^112 − 1.
    /// @return cast The cast number.
    function narrowed(uint256 number) internal pure returns (uint112 cast) {
        assert(number <= type(uint112).max);
        cast = uint112(number);
        require(cast == number);
    }

    /// @notice ⌊pool·weight/total⌋, which never falls as the weight grows, and is at most the pool.
    /// @param pool Money to divide, below 2^112.
    /// @param from The smaller weight.
    /// @param to The larger weight, at most `total`.
    /// @param total Weights of all lines, above 0 and below 2^144.
    /// @return less ⌊pool·from/total⌋.
    /// @return more ⌊pool·to/total⌋.
    function portions(
        uint256 pool,
        uint256 from,
        uint256 to,
        uint256 total
    ) internal pure returns (uint256 less, uint256 more) {
        assert(pool <= type(uint112).max && from <= to && to <= total && 0 < total && total <= type(uint144).max);
        (less, more) = ((pool * from) / total, (pool * to) / total);
        require(less <= more && more <= pool);
    }

    /// @notice What a line is paid is the difference of two portions.
    /// @param pool Money to divide, below 2^112.
    /// @param prefix Weights of the lines before.
    /// @param weight Weight of the line.
    /// @param total Weights of all lines, above 0 and below 2^144; `prefix + weight` at most.
    /// @param less Portion of `prefix`.
    /// @param more Portion of `prefix + weight`.
    /// @return amount What the library pays.
    function lineAmount(
        uint256 pool,
        uint256 prefix,
        uint256 weight,
        uint256 total,
        uint256 less,
        uint256 more
    ) internal pure returns (uint256 amount) {
        assert(pool <= type(uint112).max && prefix <= total && weight <= total - prefix);
        assert(0 < total && total <= type(uint144).max);
        assert(less == (pool * prefix) / total && more == (pool * (prefix + weight)) / total);
        amount = Shares.lineAmount(pool, prefix, weight, total);
        require(amount == more - less);
    }
}
