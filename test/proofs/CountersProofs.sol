// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";
import {Lemmas} from "./Lemmas.sol";

/// @title CountersProofs
/// @notice The steps of RevenueLedger's counters and of the pools of AttributionRegistry and StreamPayouts, as their
/// code takes them: what grows never falls, and what is paid is at most what came in.
contract CountersProofs {
    uint256 private constant CAP = 500;
    uint256 private constant MOST = type(uint112).max;

    /// @dev As RevenueLedger._net.
    function _net(uint256 gross, uint256 feeBps) private pure returns (uint256) {
        unchecked {
            return gross - Shares.ofDown(gross, feeBps);
        }
    }

    /// @notice As RevenueLedger._receive and StreamPayouts.open: who held what it owes still does after a payment that
    /// it took into its books, whatever the token did.
    function whatIsBookedIsHeld(uint256 owed, uint256 before, uint256 afterwards, uint256 amount) external pure {
        require(owed <= before && before <= afterwards);
        uint256 received = afterwards - before;
        require(received >= amount);
        assert(owed + amount <= afterwards);
    }

    /// @notice As RevenueLedger._credit: a payment that doesn't revert moves the gross counter up by all of it.
    function grossGrowsByWhatIsPaid(uint112 income, uint256 amount) external pure {
        require(amount <= type(uint256).max - income);
        uint256 gross = income + amount;
        require(gross <= MOST);
        uint112 credited = Lemmas.narrowed(gross);
        assert(credited >= income);
        assert(credited - income == amount);
    }

    /// @notice Net fees never fall as gross fees grow, and never exceed them.
    function netNeverFalls(uint112 from, uint112 to, uint256 feeBps) external pure {
        require(from <= to && feeBps <= CAP);
        Lemmas.productsGrow(from, to, feeBps);
        Lemmas.productsGrow(0, to, feeBps);
        assert(_net(from, feeBps) <= _net(to, feeBps));
        assert(_net(to, feeBps) <= to);
    }

    /// @notice The protocol's fee and the net fees are the gross fees.
    function feeAndNetAreTheGross(uint112 gross, uint256 feeBps) external pure {
        require(feeBps <= CAP);
        Lemmas.productsGrow(0, gross, feeBps);
        assert(_net(gross, feeBps) + Shares.ofDown(gross, feeBps) == gross);
    }

    /// @notice As RevenueLedger.distribute: what the protocol and the net counter grow by is what came in.
    function distributionDividesWhatCameIn(uint112 from, uint112 to, uint256 feeBps) external pure {
        require(from <= to && feeBps <= CAP);
        Lemmas.productsGrow(0, from, feeBps);
        Lemmas.productsGrow(from, to, feeBps);
        uint256 protocolFee = Shares.grownDown(from, to, feeBps);
        (uint256 fees, uint256 feesFrom) = (_net(to, feeBps), _net(from, feeBps));
        assert(protocolFee + (fees - feesFrom) == to - from);
    }

    /// @notice As RevenueLedger.distribute: the share of a developer or parent can be computed, whatever the counters,
    /// and is at most what they grew by.
    function shareOfADistributionIsBounded(
        uint112 feesFrom,
        uint112 fees,
        uint112 royaltiesFrom,
        uint112 royalties,
        uint256 bps
    ) external pure {
        require(feesFrom <= fees && royaltiesFrom <= royalties && bps <= Shares.WHOLE);
        Lemmas.productsGrow(feesFrom, fees, bps);
        Lemmas.productsGrow(royaltiesFrom, royalties, bps);
        uint256 share = Shares.grownDown(feesFrom, fees, bps) + Shares.grownDown(royaltiesFrom, royalties, bps);
        assert(share <= uint256(fees - feesFrom) + (royalties - royaltiesFrom));
    }

    /// @notice All distributions so far paid two shares at most the net fees and royalties that came in. Two stand for
    /// any number: SharesProofs.splitsAddUp joins them one by one.
    function distributionsPayAtMostWhatCameIn(
        uint112 fees,
        uint112 royalties,
        uint256 first,
        uint256 second
    ) external pure {
        require(first <= Shares.WHOLE && second <= Shares.WHOLE - first);
        Lemmas.productsAddUp(fees, first, second);
        Lemmas.productsAddUp(royalties, first, second);
        Lemmas.productsGrow(0, fees, first + second);
        Lemmas.productsGrow(0, royalties, first + second);
        uint256 paid = Shares.ofDown(fees, first) + Shares.ofDown(royalties, first);
        paid += Shares.ofDown(fees, second) + Shares.ofDown(royalties, second);
        assert(paid <= uint256(fees) + royalties);
    }

    /// @notice As RevenueLedger.distribute: a parent's counter takes the share, or what fits if that is less, and
    /// nothing in it reverts or wraps. The smaller of two numbers stands for OpenZeppelin's Math.min, which is assembly
    /// underneath.
    function fullRoyaltyCounterTakesWhatFits(uint112 royaltiesSoFar, uint256 share) external pure {
        uint256 room = type(uint112).max - royaltiesSoFar;
        uint256 taken = share < room ? share : room;
        uint112 royalties = royaltiesSoFar + Lemmas.narrowed(taken);
        assert(royalties >= royaltiesSoFar && royalties - royaltiesSoFar == taken);
        assert(taken <= share);
        assert(taken == share || royalties == type(uint112).max);
    }

    /// @notice As AttributionRegistry._pool: the pools of two intervals side by side are the pool of both. However it
    /// is cut, nothing is lost, and all pools together are at most the fees.
    function poolsTelescope(
        uint112 from,
        uint112 middle,
        uint112 to,
        uint256 shareBps,
        uint256 proRataBps
    ) external pure {
        require(from <= middle && middle <= to && shareBps <= Shares.WHOLE && proRataBps <= Shares.WHOLE);
        Lemmas.influenceProductsGrow(from, middle, shareBps, proRataBps);
        Lemmas.influenceProductsGrow(middle, to, shareBps, proRataBps);
        uint256 start = Shares.influencePart(from, shareBps, proRataBps);
        uint256 between = Shares.influencePart(middle, shareBps, proRataBps);
        uint256 end = Shares.influencePart(to, shareBps, proRataBps);
        assert(start <= between && between <= end);
        assert((between - start) + (end - between) == end - start);
        assert(end - start <= to);
    }

    /// @notice As AttributionRegistry._propose: the scorer's fee leaves the rest of the pool, and both fit their
    /// fields.
    function scorersFeeFitsThePool(uint112 pool, uint16 feeBps) external pure {
        require(feeBps <= 1_000);
        Lemmas.productsGrow(0, pool, feeBps);
        uint256 fee = Shares.ofDown(pool, feeBps);
        assert(fee <= pool);
        assert(Lemmas.narrowed(pool - fee) + Lemmas.narrowed(fee) == pool);
    }

    /// @notice As StreamPayouts._proRataTotal: what a stream divides pro-rata never falls as its three counters grow,
    /// and their sum, which isn't checked, fits.
    function proRataTotalNeverFalls(
        uint112 fixedFrom,
        uint112 fixedTo,
        uint112 royaltiesFrom,
        uint112 royaltiesTo,
        uint112 poolsFrom,
        uint112 poolsTo,
        uint256 bps
    ) external pure {
        require(fixedFrom <= fixedTo && royaltiesFrom <= royaltiesTo && poolsFrom <= poolsTo && bps <= Shares.WHOLE);
        Lemmas.productsGrow(0, royaltiesFrom, bps);
        Lemmas.productsGrow(royaltiesFrom, royaltiesTo, bps);
        uint256 from = fixedFrom + Shares.ofDown(royaltiesFrom, bps) + poolsFrom;
        uint256 to = fixedTo + Shares.ofDown(royaltiesTo, bps) + poolsTo;
        assert(from <= to && to <= 3 * MOST);
    }

    /// @notice As StreamPayouts._owed: two contributions are owed at most the total, their products fit, and what one
    /// is owed never falls as the total grows. Two stand for any number.
    function owedProRataIsBounded(
        uint256 totalFrom,
        uint256 total,
        uint40 first,
        uint40 second,
        uint40 rows
    ) external pure {
        require(totalFrom <= total && total <= 3 * MOST && 0 < rows && first <= rows && second <= rows - first);
        uint256 owed = (total * first) / rows;
        assert((totalFrom * first) / rows <= owed);
        assert(owed + (total * second) / rows <= total);
    }
}
