// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title FeeOnTransferToken
/// @notice Test double: a currency that burns a part of every transfer, from when the fee is switched on.
contract FeeOnTransferToken is ERC20 {
    /// @notice Part of a transfer that is burnt, in basis points.
    uint256 public feeBps;

    constructor() ERC20("Fee on transfer", "FEE") {}

    /// @notice Makes `amount` units for `to`; anyone may.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Sets the fee; anyone may.
    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (amount * feeBps) / 10_000;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}
