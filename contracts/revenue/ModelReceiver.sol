// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title ModelReceiver
/// @notice The address of one model. It gives what it has to its deployer's order, and does nothing else.
contract ModelReceiver {
    using SafeERC20 for IERC20;

    address private immutable DEPLOYER;

    /// @notice Thrown when somebody other than the deployer calls.
    error NotDeployer(address caller);

    constructor() {
        DEPLOYER = msg.sender;
    }

    /// @notice Sends tokens on; only the deployer may call.
    function send(IERC20 currency, address to, uint256 amount) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender);
        currency.safeTransfer(to, amount);
    }
}
