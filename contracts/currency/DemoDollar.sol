// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title DemoDollar
/// @notice A worthless dollar with six decimals, permit (ERC-2612) and ERC-3009, for local and test chains: anyone
/// mints.
contract DemoDollar is ERC20Permit, ERC20Capped, ERC3009 {
    /// @dev Far below 2^112 wei, which the ledger's counters hold.
    constructor() ERC20("Demo Dollar", "DUSD") ERC20Permit("Demo Dollar") ERC20Capped(1 << 80) {}

    /// @notice Makes `amount` units (10^-6 dollar) for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Capped) {
        super._update(from, to, value);
    }
}
