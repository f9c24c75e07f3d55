// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/libraries/Shares.sol";
import {Lemmas} from "./Lemmas.sol";

/// @title LemmasProofs
/// @notice The nonlinear steps of the other proofs, each by itself. `npm run prove` has each `assert` proved.
contract LemmasProofs {
    /// @notice See {Lemmas.product}.
    function product(uint256 counter, uint256 bps) external pure {
        require(counter < Lemmas.COUNTER && bps <= Shares.WHOLE);
        assert(counter * bps <= (Lemmas.COUNTER - 1) * Shares.WHOLE);
    }

    /// @notice See {Lemmas.productsGrow}.
    function productsGrow(uint256 from, uint256 to, uint256 bps) external pure {
        require(from <= to && to < Lemmas.COUNTER && bps <= Shares.WHOLE);
        assert(from * bps <= to * bps);
        assert(to * bps - from * bps <= (to - from) * Shares.WHOLE);
    }

    /// @notice See {Lemmas.productsAddUp}.
    function productsAddUp(uint256 counter, uint256 first, uint256 second) external pure {
        require(counter < Lemmas.COUNTER && first <= Shares.WHOLE && second <= Shares.WHOLE - first);
        assert(counter * (first + second) == counter * first + counter * second);
    }

    /// @notice See {Lemmas.narrowed}.
    function narrowed(uint256 number) external pure {
        require(number <= type(uint112).max);
        assert(uint112(number) == number);
    }

    /// @notice See {Lemmas.portions}.
    function portions(uint112 pool, uint256 from, uint256 to, uint144 total) external pure {
        require(from <= to && to <= total && 0 < total);
        assert((pool * from) / total <= (pool * to) / total);
        assert((pool * to) / total <= pool);
    }

    /// @notice See {Lemmas.lineAmount}.
    function lineAmount(uint112 pool, uint256 prefix, uint256 weight, uint144 total) external pure {
        require(0 < total && prefix <= total && weight <= total - prefix);
        (uint256 less, uint256 more) = Lemmas.portions(pool, prefix, prefix + weight, total);
        assert(Shares.lineAmount(pool, prefix, weight, total) == more - less);
    }
}
