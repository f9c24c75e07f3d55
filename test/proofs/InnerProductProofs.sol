// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title InnerProductProofs
/// @notice The arithmetic that InnerProduct rests on, in Solidity without assembly: lanes with a bias of 2^15.
contract InnerProductProofs {
    uint256 private constant DIGIT = 2 ** 64;
    uint256 private constant LANE = 2 ** 16;

    /// @notice Four products of lanes never reach the next digit: what stands at 2^192 is their sum alone.
    function productsStayInTheirDigit(uint256 a, uint256 b, uint256 c, uint256 d) external pure {
        uint256 most = (LANE - 1) * (LANE - 1);
        require(a <= most && b <= most && c <= most && d <= most);
        assert(a + b + c + d < DIGIT);
        // Digits below hold at most three products each, so nothing is carried into this one.
        assert((a + b + c) + DIGIT * (a + b + c) + DIGIT * DIGIT * (a + b + c) < DIGIT * DIGIT * DIGIT);
    }

    /// @notice The product of two numbers of four digits has at 2^192 the sum of the four products that belong there.
    function crossProductsMeetInOneDigit(uint256 x0, uint256 x1, uint256 y0, uint256 y1) external pure {
        require(x0 < LANE && x1 < LANE && y0 < LANE && y1 < LANE);
        uint256 product = (x0 + DIGIT * x1) * (y0 + DIGIT * y1);
        assert(product == x0 * y0 + DIGIT * (x0 * y1 + x1 * y0) + DIGIT * DIGIT * (x1 * y1));
        assert((product / DIGIT) % DIGIT == x0 * y1 + x1 * y0);
    }

    /// @notice Taking the bias off gives the product of the lanes: ab = (a+β)(b+β) − β((a+β)+(b+β)) + β².
    function biasComesOff(int256 a, int256 b) external pure {
        int256 bias = 2 ** 15;
        require(-bias <= a && a < bias && -bias <= b && b < bias);
        assert((a + bias) * (b + bias) - bias * ((a + bias) + (b + bias)) + bias * bias == a * b);
    }

    /// @notice Sums over all 8,192 lanes fit their words, and the result 2^43.
    function sumsFit(uint256 lanes, int256 product) external pure {
        int256 most = 2 ** 30;
        require(lanes <= 8192 && -most <= product && product <= most);
        assert(lanes * (LANE - 1) * (LANE - 1) < 2 ** 45);
        assert(2 * lanes * (LANE - 1) < DIGIT);
        assert(int256(lanes) * product <= 2 ** 43);
    }
}
