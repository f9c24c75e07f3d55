// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemoDollar} from "../currency/DemoDollar.sol";

/// @title FreezingDollar
/// @notice For tests: a demo dollar whose issuer can freeze recipients, as stable coins do.
contract FreezingDollar is DemoDollar {
    /// @notice How a transfer to an account ends.
    enum Ending {
        Paid,
        Reverts,
        ReturnsFalse
    }

    /// @notice How transfers to an account end.
    mapping(address account => Ending ending) public endingOf;

    /// @notice Thrown when the recipient is frozen.
    error Frozen(address account);

    /// @notice Says how transfers to `account` end from now on; anyone may.
    function setEnding(address account, Ending ending) external {
        endingOf[account] = ending;
    }

    /// @notice Transfers, unless `to` is frozen.
    function transfer(address to, uint256 amount) public override returns (bool) {
        if (endingOf[to] == Ending.Reverts) revert Frozen(to);
        if (endingOf[to] == Ending.ReturnsFalse) return false;
        return super.transfer(to, amount);
    }
}
