// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";
import {Lemmas} from "./Lemmas.sol";

/// @title SharesProofs
/// @notice What holds of every division of money, whatever the numbers. `npm run prove` has each `assert` proved.
contract SharesProofs {
    /// @notice A share is the floor of the exact one: no product overflows, nothing is invented.
    function ofDownIsTheFloor(uint256 counter, uint256 bps) external pure {
        require(counter < Lemmas.COUNTER && bps <= Shares.WHOLE);
        Lemmas.product(counter, bps);
        uint256 share = Shares.ofDown(counter, bps);
        assert(share * Shares.WHOLE <= counter * bps);
        assert(counter * bps < share * Shares.WHOLE + Shares.WHOLE);
    }

    /// @notice A share is at most its counter, and the whole is the counter.
    function ofDownIsBounded(uint256 counter, uint256 bps) external pure {
        require(counter < Lemmas.COUNTER && bps <= Shares.WHOLE);
        Lemmas.product(counter, bps);
        Lemmas.productsGrow(0, counter, bps);
        assert(Shares.ofDown(counter, bps) <= counter);
        assert(Shares.ofDown(counter, Shares.WHOLE) == counter);
    }

    /// @notice A share never falls while its counter grows: what it grew by is no negative number.
    function grownDownIsMonotone(uint256 from, uint256 to, uint256 bps) external pure {
        require(from <= to && to < Lemmas.COUNTER && bps <= Shares.WHOLE);
        Lemmas.productsGrow(from, to, bps);
        assert(Shares.ofDown(from, bps) <= Shares.ofDown(to, bps));
        assert(Shares.grownDown(from, to, bps) <= to - from);
    }

    /// @notice Many small payments pay what one large payment pays.
    function grownDownDoesNotDependOnTheSteps(uint256 from, uint256 middle, uint256 to, uint256 bps) external pure {
        require(from <= middle && middle <= to && to < Lemmas.COUNTER && bps <= Shares.WHOLE);
        Lemmas.productsGrow(from, middle, bps);
        Lemmas.productsGrow(middle, to, bps);
        uint256 steps = Shares.grownDown(from, middle, bps) + Shares.grownDown(middle, to, bps);
        assert(steps == Shares.grownDown(from, to, bps));
    }

    /// @notice Shares of a whole pay no more than the whole, and leave less than a wei for each.
    function splitsAddUp(uint256 counter, uint256 first, uint256 second) external pure {
        require(counter < Lemmas.COUNTER && first <= Shares.WHOLE && second <= Shares.WHOLE - first);
        Lemmas.productsAddUp(counter, first, second);
        uint256 paid = Shares.ofDown(counter, first) + Shares.ofDown(counter, second);
        uint256 together = Shares.ofDown(counter, first + second);
        assert(paid <= together);
        assert(together <= paid + 1);
    }

    /// @notice What influence divides never falls while fees grow.
    function influencePartIsMonotone(uint256 from, uint256 to, uint256 shareBps, uint256 proRataBps) external pure {
        require(from <= to && to < Lemmas.COUNTER && shareBps <= Shares.WHOLE && proRataBps <= Shares.WHOLE);
        Lemmas.influenceProductsGrow(from, to, shareBps, proRataBps);
        assert(Shares.influencePart(from, shareBps, proRataBps) <= Shares.influencePart(to, shareBps, proRataBps));
    }

    /// @notice The parts of a stream are the stream.
    function influencePartAndRestAreTheStream(uint256 fees, uint256 shareBps, uint256 proRataBps) external pure {
        require(fees < Lemmas.COUNTER && shareBps <= Shares.WHOLE && proRataBps <= Shares.WHOLE);
        Lemmas.productsGrow(0, fees, shareBps);
        uint256 stream = Shares.ofDown(fees, shareBps);
        Lemmas.product(stream, proRataBps);
        assert(Shares.influencePart(fees, shareBps, proRataBps) + Shares.ofDown(stream, proRataBps) == stream);
    }

    /// @notice Two lines side by side are paid what one line of both weights is paid: amounts telescope.
    function lineAmountsTelescope(
        uint112 pool,
        uint256 prefix,
        uint256 first,
        uint256 second,
        uint144 total
    ) external pure {
        require(total > 0 && prefix <= total && first <= total - prefix && second <= total - prefix - first);
        (uint256 start, uint256 between) = Lemmas.portions(pool, prefix, prefix + first, total);
        (, uint256 end) = Lemmas.portions(pool, prefix + first, prefix + first + second, total);
        uint256 apart =
            Lemmas.lineAmount(pool, prefix, first, total, start, between) +
                Lemmas.lineAmount(pool, prefix + first, second, total, between, end);
        assert(apart == Lemmas.lineAmount(pool, prefix, first + second, total, start, end));
    }

    /// @notice All lines together are paid the pool.
    function allLinesArePaidThePool(uint112 pool, uint144 total) external pure {
        require(total > 0);
        assert(Shares.lineAmount(pool, 0, total, total) == pool);
    }

    /// @notice No line is paid more than the pool, and one without weight nothing.
    function lineAmountIsBounded(uint112 pool, uint256 prefix, uint256 weight, uint144 total) external pure {
        require(total > 0 && prefix <= total && weight <= total - prefix);
        (uint256 less, uint256 more) = Lemmas.portions(pool, prefix, prefix + weight, total);
        assert(Lemmas.lineAmount(pool, prefix, weight, total, less, more) <= pool);
        assert(Lemmas.lineAmount(pool, prefix, 0, total, less, less) == 0);
    }

    /// @notice The products of a line's amount fit a word.
    function lineProductsFit(uint112 pool, uint256 prefix, uint256 weight, uint144 total) external pure {
        require(prefix <= total && weight <= total - prefix);
        unchecked {
            assert(pool == 0 || (pool * (prefix + weight)) / pool == prefix + weight);
        }
    }
}
