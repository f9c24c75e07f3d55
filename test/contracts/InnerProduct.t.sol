// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InnerProduct} from "../../contracts/libraries/InnerProduct.sol";

/// @title InnerProductTest
/// @notice The packed inner product against a loop over signed lanes.
contract InnerProductTest {
    /// @notice The library takes calldata, so it is called from outside.
    function dot(bytes calldata row, bytes calldata query) external pure returns (int256) {
        return InnerProduct.dot(row, query);
    }

    /// @notice Equal to the loop for random lanes, of 1 to 16 words.
    function testFuzz_dotEqualsALoopOverSignedLanes(uint256 seed, uint256 words) external view {
        words = 1 + (words % 16);
        bytes memory row = _random(seed, words);
        bytes memory query = _random(~seed, words);
        require(this.dot(row, query) == _loop(row, query), "dot");
    }

    /// @notice Equal to the loop where every lane is −32,768, −1, 0, 1 or 32,767.
    function testFuzz_dotIsExactAtTheExtremes(uint256 seed, uint256 words) external view {
        words = 1 + (words % 16);
        bytes memory row = _extreme(seed, words);
        bytes memory query = _extreme(~seed, words);
        require(this.dot(row, query) == _loop(row, query), "dot");
    }

    /// @notice ⟨a, b⟩ = ⟨b, a⟩ once both are brought to the other's order, and ⟨a, 0⟩ = 0.
    function testFuzz_dotIsSymmetric(uint256 seed, uint256 words) external view {
        words = 1 + (words % 16);
        bytes memory row = _random(seed, words);
        bytes memory query = _random(~seed, words);
        require(this.dot(row, query) == this.dot(_reordered(query), _reordered(row)), "symmetry");
        require(this.dot(row, new bytes(32 * words)) == 0, "zero");
    }

    /// @notice The largest row there is: 8,192 lanes of −32,768 give 2^43, with 32,767 just above −2^43.
    function test_theLargestProductsOf8192Lanes() external view {
        bytes memory low = _filled(512, 0x8000);
        bytes memory high = _filled(512, 0x7fff);
        require(this.dot(low, low) == int256(1 << 43), "low");
        require(this.dot(high, high) == int256(8192) * 32767 * 32767, "high");
        require(this.dot(low, high) == -int256(8192) * 32768 * 32767, "mixed");
    }

    /// @notice Rows and queries of different lengths are refused.
    function testFuzz_anotherNumberOfLanesIsRefused(uint256 words, uint256 other) external view {
        words = 1 + (words % 16);
        other = other % 17;
        if (other == words) return;
        require(_refuses(new bytes(32 * words), new bytes(32 * other)), "accepted");
        require(_refuses(new bytes(32 * other), new bytes(32 * words)), "accepted");
    }

    /// @notice Lengths that aren't whole words are refused, empty and too long ones too.
    function testFuzz_partialWordsAreRefused(uint256 length) external view {
        length = length % 600;
        if (length % 32 == 0) ++length;
        require(_refuses(new bytes(length), new bytes(length)), "partial");
        require(_refuses("", ""), "empty");
        require(_refuses(new bytes(16416), new bytes(16416)), "too long");
    }

    function _refuses(bytes memory row, bytes memory query) private view returns (bool) {
        try this.dot(row, query) returns (int256) {
            return false;
        } catch (bytes memory reason) {
            return
                keccak256(reason) ==
                keccak256(abi.encodeWithSelector(InnerProduct.LaneMismatch.selector, row.length, query.length));
        }
    }

    /// @dev Lane by lane, with signed arithmetic: lane 16w+j of the query stands at bytes 32w+30−2j.
    function _loop(bytes memory row, bytes memory query) private pure returns (int256 sum) {
        for (uint256 lane = 0; lane < row.length / 2; ++lane) {
            uint256 word = lane / 16;
            uint256 j = lane % 16;
            sum += int256(_lane(row, 2 * lane)) * int256(_lane(query, 32 * word + 30 - 2 * j));
        }
    }

    function _lane(bytes memory packed, uint256 place) private pure returns (int16) {
        return int16((uint16(uint8(packed[place])) << 8) | uint16(uint8(packed[place + 1])));
    }

    function _reordered(bytes memory packed) private pure returns (bytes memory swapped) {
        swapped = new bytes(packed.length);
        for (uint256 place = 0; place < packed.length; place += 2) {
            uint256 to = (place / 32) * 32 + 30 - (place % 32);
            (swapped[to], swapped[to + 1]) = (packed[place], packed[place + 1]);
        }
    }

    function _random(uint256 seed, uint256 words) private pure returns (bytes memory packed) {
        for (uint256 i = 0; i < words; ++i) packed = bytes.concat(packed, keccak256(abi.encode(seed, i)));
    }

    function _extreme(uint256 seed, uint256 words) private pure returns (bytes memory packed) {
        uint16[5] memory values = [uint16(0x8000), 0xffff, 0, 1, 0x7fff];
        for (uint256 i = 0; i < 16 * words; ++i) {
            packed = bytes.concat(packed, bytes2(values[uint256(keccak256(abi.encode(seed, i))) % 5]));
        }
    }

    function _filled(uint256 words, uint256 lane) private pure returns (bytes memory packed) {
        uint256 word = lane * 0x0001000100010001000100010001000100010001000100010001000100010001;
        packed = new bytes(32 * words);
        for (uint256 i = 1; i <= words; ++i) {
            assembly ("memory-safe") {
                mstore(add(packed, shl(5, i)), word)
            }
        }
    }
}
