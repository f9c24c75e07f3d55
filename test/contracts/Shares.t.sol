// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";

/// @title SharesTest
/// @notice Divisions of money neither lose nor invent a wei.
contract SharesTest {
    /// @notice The amounts of all lines add up to the pool exactly, and each is within one wei of its exact share.
    function testFuzz_lineAmountsAddUpToThePool(uint112 pool, uint256 seed, uint256 lines) external pure {
        lines = 1 + (lines % 40);
        uint256[] memory weights = _weights(seed, lines);
        uint256 total;
        for (uint256 i = 0; i < lines; ++i) total += weights[i];
        if (total == 0) return;
        uint256 prefix;
        uint256 paid;
        for (uint256 i = 0; i < lines; ++i) {
            uint256 amount = Shares.lineAmount(pool, prefix, weights[i], total);
            uint256 exact = (uint256(pool) * weights[i]) / total;
            require(amount == exact || amount == exact + 1, "off by more than a wei");
            require(weights[i] != 0 || amount == 0, "paid for nothing");
            prefix += weights[i];
            paid += amount;
        }
        require(paid == pool, "lost or invented");
    }

    /// @notice The largest pool and the largest weights that the protocol has don't overflow.
    function testFuzz_lineAmountsOfTheLargestNumbers(uint256 prefix, uint256 weight) external pure {
        uint256 total = type(uint144).max;
        prefix = prefix % (total + 1);
        weight = weight % (total - prefix + 1);
        uint256 pool = type(uint112).max;
        require(Shares.lineAmount(pool, prefix, weight, total) <= pool, "more than the pool");
        require(Shares.lineAmount(pool, 0, total, total) == pool, "the whole");
    }

    /// @notice The influence part never falls as fees grow.
    function testFuzz_influencePartNeverFalls(
        uint112 fees,
        uint112 more,
        uint256 shareBps,
        uint256 proRataBps
    ) external pure {
        (shareBps, proRataBps) = (shareBps % 10_001, proRataBps % 10_001);
        uint256 before = Shares.influencePart(fees, shareBps, proRataBps);
        require(Shares.influencePart(uint256(fees) + more, shareBps, proRataBps) >= before, "fell");
        require(Shares.influencePart(uint256(fees) + 1, shareBps, proRataBps) >= before, "fell by a wei");
    }

    /// @notice Influence part and fixed part are the stream's share, to the wei.
    function testFuzz_influencePartAndFixedPartAreTheStream(
        uint112 fees,
        uint256 shareBps,
        uint256 proRataBps
    ) external pure {
        (shareBps, proRataBps) = (shareBps % 10_001, proRataBps % 10_001);
        uint256 stream = Shares.ofDown(fees, shareBps);
        uint256 fixedPart = Shares.ofDown(stream, proRataBps);
        require(Shares.influencePart(fees, shareBps, proRataBps) + fixedPart == stream, "parts");
    }

    /// @notice A counter that grows in many steps pays what it pays in one.
    function testFuzz_growthDoesNotDependOnTheSteps(uint112 from, uint256 seed, uint256 bps) external pure {
        bps = bps % 10_001;
        uint256 counter = from;
        uint256 paid;
        for (uint256 i = 0; i < 20; ++i) {
            uint256 next = counter + (uint256(keccak256(abi.encode(seed, i))) >> (144 + 5 * i));
            paid += Shares.grownDown(counter, next, bps);
            counter = next;
        }
        require(paid == Shares.grownDown(from, counter, bps), "depends on the steps");
    }

    /// @notice Shares that add up to the whole pay no more than the whole, and less than a wei each is left.
    function testFuzz_sharesOfAWholeLeaveDustOnly(uint112 counter, uint256 seed, uint256 parts) external pure {
        parts = 1 + (parts % 33);
        uint256 left = Shares.WHOLE;
        uint256 paid;
        for (uint256 i = 0; i < parts; ++i) {
            uint256 bps = i + 1 == parts ? left : uint256(keccak256(abi.encode(seed, i))) % (left + 1);
            left -= bps;
            paid += Shares.ofDown(counter, bps);
        }
        require(paid <= counter && counter - paid < parts, "dust");
    }

    function _weights(uint256 seed, uint256 lines) private pure returns (uint256[] memory weights) {
        weights = new uint256[](lines);
        for (uint256 i = 0; i < lines; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // Up to 107 bits, of very different sizes, every fourth zero.
            weights[i] = random % 4 == 0 ? 0 : (random >> 149) >> (random % 107);
        }
    }
}
