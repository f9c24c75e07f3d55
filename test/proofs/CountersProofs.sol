// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";

/// @title CountersProofs
/// @notice The steps of RevenueLedger's counters, as its code takes them: what grows never falls, and what a
/// distribution pays is at most what came in.
contract CountersProofs {
    uint256 private constant CAP = 500;

    /// @dev As RevenueLedger._credit; the checker knows no custom errors, so the cast's check stands here.
    function _credited(uint112 gross, uint256 amount) private pure returns (uint112) {
        uint256 credited = gross + amount;
        require(credited <= type(uint112).max);
        return uint112(credited);
    }

    /// @dev As RevenueLedger._net.
    function _net(uint256 gross, uint256 feeBps) private pure returns (uint256) {
        unchecked {
            return gross - Shares.ofDown(gross, feeBps);
        }
    }

    /// @notice A payment that doesn't revert moves the gross counter up by all of it.
    function grossGrowsByWhatIsPaid(uint112 gross, uint256 amount) external pure {
        require(amount <= type(uint256).max - gross);
        uint112 credited = _credited(gross, amount);
        assert(credited >= gross);
        assert(credited - gross == amount);
    }

    /// @notice Net fees never fall as gross fees grow, and never exceed them.
    function netNeverFalls(uint112 from, uint112 to, uint256 feeBps) external pure {
        require(from <= to && feeBps <= CAP);
        assert(_net(from, feeBps) <= _net(to, feeBps));
        assert(_net(to, feeBps) <= to);
    }

    /// @notice The protocol's fee and the net fees are the gross fees.
    function feeAndNetAreTheGross(uint112 gross, uint256 feeBps) external pure {
        require(feeBps <= CAP);
        assert(_net(gross, feeBps) + Shares.ofDown(gross, feeBps) == gross);
    }

    /// @notice A distribution pays the protocol and two shares of the net fees at most what came in.
    function distributionPaysAtMostWhatCameIn(
        uint112 from,
        uint112 to,
        uint256 feeBps,
        uint256 first,
        uint256 second
    ) external pure {
        require(from <= to && feeBps <= CAP && first <= Shares.WHOLE && second <= Shares.WHOLE - first);
        uint256 fee = Shares.grownDown(from, to, feeBps);
        (uint256 netFrom, uint256 netTo) = (_net(from, feeBps), _net(to, feeBps));
        assert(fee + (netTo - netFrom) == to - from);
        // Two shares stand for any number: SharesProofs.splitsAddUp joins them one by one.
        assert(Shares.ofDown(netTo, first) + Shares.ofDown(netTo, second) <= netTo);
    }

    /// @notice The pools of two intervals side by side are the pool of both: however it is cut, nothing is lost.
    function poolsTelescope(
        uint112 from,
        uint112 middle,
        uint112 to,
        uint256 shareBps,
        uint256 proRataBps
    ) external pure {
        require(from <= middle && middle <= to && shareBps <= Shares.WHOLE && proRataBps <= Shares.WHOLE);
        uint256 start = Shares.influencePart(from, shareBps, proRataBps);
        uint256 between = Shares.influencePart(middle, shareBps, proRataBps);
        uint256 end = Shares.influencePart(to, shareBps, proRataBps);
        assert(start <= between && between <= end);
        assert((between - start) + (end - between) == end - start);
    }

    /// @notice The scorer's fee leaves the rest of the pool, and both fit their fields.
    function scorersFeeFitsThePool(uint112 pool, uint16 feeBps) external pure {
        require(feeBps <= 1_000);
        uint256 fee = Shares.ofDown(pool, feeBps);
        assert(fee <= pool);
        assert(uint112(fee) == fee);
        assert(uint112(pool - fee) + uint112(fee) == pool);
    }
}
