// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleSum} from "../../contracts/libraries/MerkleSum.sol";
import {PackedHead, Payout, PayoutHead, Statements} from "../../contracts/libraries/Statements.sol";
import {DatasetId, StreamId} from "../../contracts/types/Ids.sol";

/// @title DecodersTest
/// @notice Claims in one piece and proofs from anybody: what is read of them is what their parts say, or nothing.
contract DecodersTest {
    /// @notice The libraries take calldata, so they are called from outside.
    function traceClaim(
        bytes calldata packed
    ) external pure returns (bytes32 payoutHash, uint256 index, uint256 weight, uint256 total, uint256 prefix) {
        PackedHead head;
        bytes32 root;
        (head, index, weight, root, total, prefix) = Statements.traceClaim(packed);
        payoutHash = Statements.hash(head, root, total);
    }

    /// @notice See {MerkleSum.trace}.
    function trace(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total, uint256 prefix) {
        return MerkleSum.trace(index, weight, lines, proof);
    }

    /// @notice See {Statements.pack}.
    function pack(PayoutHead calldata head) external pure returns (PackedHead packed, bool fits) {
        return Statements.pack(head);
    }

    /// @notice A claim in one piece reverts where the claim of many does, and else leads to the same payout.
    function testFuzz_aPackedClaimSaysWhatItsPartsSay(
        PayoutHead memory head,
        uint256 index,
        uint256 weight,
        uint256 width,
        uint256 seed,
        bool padded
    ) external view {
        head.stream = StreamId.wrap(StreamId.unwrap(head.stream) & type(uint56).max);
        head.dataset = DatasetId.wrap(DatasetId.unwrap(head.dataset) & type(uint32).max);
        head.lines = uint24(1 + (head.lines % (1 << (seed % 21))));
        index = index % (uint256(head.lines) + 2);
        width = width % 19;
        weight = width == 0 ? 0 : weight >> (256 - 8 * width);
        bytes memory steps = _steps(seed, index, head.lines, width, padded);
        bytes memory packed = bytes.concat(_headOf(head), bytes3(uint24(index)), _tail(weight, width), steps);
        (bytes32 root, uint256 total, uint256 prefix, bool traced) = _trace(index, weight, head.lines, steps);
        try this.traceClaim(packed) returns (
            bytes32 payoutHash,
            uint256 readIndex,
            uint256 readWeight,
            uint256 readTotal,
            uint256 readPrefix
        ) {
            require(traced && readIndex == index && readWeight == weight, "line");
            require(readTotal == total && readPrefix == prefix, "sums");
            bytes memory words = abi.encode(
                head.stream,
                head.interval,
                head.dataset,
                head.lines,
                root,
                total,
                head.pool
            );
            require(payoutHash == keccak256(words), "payout");
        } catch {
            require(!traced, "only the other one reads it");
        }
    }

    /// @notice Whatever bytes are given: a line beyond the tree is never read, and no length but a line's.
    function testFuzz_anyBytesAreALineOfTheTreeOrNone(bytes memory packed, uint8 lines) external view {
        if (packed.length > 18) {
            // Small trees, whose lengths random bytes may have.
            (packed[15], packed[16], packed[17]) = (0, 0, bytes1(lines % 9));
        }
        try this.traceClaim(packed) returns (bytes32, uint256 index, uint256 weight, uint256, uint256) {
            require(index < lines % 9 && weight < 1 << 144, "line");
            uint256 depth = _depth(lines % 9);
            uint256 rest = packed.length - 35;
            require(rest >= 32 * depth && (rest - 32 * depth) % (depth + 1) == 0, "length");
            require((rest - 32 * depth) / (depth + 1) <= 18, "width");
        } catch {}
    }

    /// @notice A head that fits has the hash of its payout; one that doesn't is told.
    function testFuzz_aPackedHeadIsItsPayoutsOrToldNotToBe(Payout memory payout) external view {
        PayoutHead memory head = PayoutHead(payout.stream, payout.interval, payout.dataset, payout.lines, payout.pool);
        (PackedHead packed, bool fits) = this.pack(head);
        bool expected =
            StreamId.unwrap(payout.stream) <= type(uint56).max && DatasetId.unwrap(payout.dataset) <= type(uint32).max;
        require(fits == expected, "fits");
        bool same = Statements.hash(packed, payout.root, payout.total) == keccak256(abi.encode(payout));
        require(same == expected, "hash");
    }

    /// @notice Steps in another order, or on the other side, lead elsewhere.
    function testFuzz_swappedSiblingsLeadElsewhere(uint256 seed, uint256 index, uint256 a, uint256 b) external view {
        uint256 lines = 256;
        index = index % lines;
        (a, b) = (a % 8, b % 8);
        bytes memory steps = _steps(seed, index, lines, 18, true);
        (bytes32 root, uint256 total, , ) = _trace(index, 5, lines, steps);
        bytes memory swapped = bytes.concat(steps);
        for (uint256 i = 0; i < 50; ++i) {
            (swapped[50 * a + i], swapped[50 * b + i]) = (steps[50 * b + i], steps[50 * a + i]);
        }
        (bytes32 other, uint256 sum, , ) = _trace(index, 5, lines, swapped);
        require((other == root) == (a == b) && sum == total, "order");
        (other, , , ) = _trace(index ^ (1 << a), 5, lines, steps);
        require(other != root, "side");
    }

    /// @notice Sums as large as 18 bytes hold add up without wrapping.
    function testFuzz_sumsDoNotOverflow(uint256 seed, uint256 index, uint256 lines, uint256 weight) external view {
        lines = 1 + (lines % (1 << 20));
        index = index % lines;
        weight = weight >> 112;
        bytes memory steps = _steps(seed, index, lines, 18, true);
        uint256 depth = _depth(lines);
        uint256 expected = weight;
        uint256 before;
        for (uint256 level = 0; level < depth; ++level) {
            bool covers = (((index >> level) ^ 1) << level) < lines;
            for (uint256 i = 32; i < 50; ++i) steps[50 * level + i] = covers ? bytes1(0xff) : bytes1(0);
            if (!covers) continue;
            expected += type(uint144).max;
            if ((index >> level) & 1 == 1) before += type(uint144).max;
        }
        (, uint256 total, uint256 prefix, bool traced) = _trace(index, weight, lines, steps);
        require(traced && total == expected && prefix == before, "sums");
    }

    function _trace(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes memory steps
    ) private view returns (bytes32 root, uint256 total, uint256 prefix, bool traced) {
        try this.trace(index, weight, lines, steps) returns (bytes32 root_, uint256 total_, uint256 prefix_) {
            return (root_, total_, prefix_, true);
        } catch {}
    }

    /// @dev Random steps of a line's proof; where `padded`, those that cover no line are empty.
    function _steps(
        uint256 seed,
        uint256 index,
        uint256 lines,
        uint256 width,
        bool padded
    ) private pure returns (bytes memory steps) {
        uint256 depth = _depth(lines);
        for (uint256 level = 0; level < depth; ++level) {
            bool empty = padded && (((index >> level) ^ 1) << level) >= lines;
            bytes32 hash = empty ? bytes32(0) : keccak256(abi.encode(seed, level));
            uint256 sum = empty || width == 0 ? 0 : uint256(keccak256(abi.encode(hash))) >> (256 - 8 * width);
            steps = bytes.concat(steps, hash, _tail(sum, width));
        }
    }

    /// @dev Stream (7 bytes) ‖ interval (4) ‖ dataset (4) ‖ lines (3) ‖ pool (14).
    function _headOf(PayoutHead memory head) private pure returns (bytes memory) {
        return
            bytes.concat(
                _tail(StreamId.unwrap(head.stream), 7),
                bytes4(head.interval),
                _tail(DatasetId.unwrap(head.dataset), 4),
                bytes3(head.lines),
                bytes14(head.pool)
            );
    }

    /// @dev The last `width` bytes of a number.
    function _tail(uint256 value, uint256 width) private pure returns (bytes memory tail) {
        tail = new bytes(width);
        for (uint256 i = 0; i < width; ++i) tail[width - 1 - i] = bytes1(uint8(value >> (8 * i)));
    }

    function _depth(uint256 lines) private pure returns (uint256 depth) {
        while (1 << depth < lines) ++depth;
    }
}
