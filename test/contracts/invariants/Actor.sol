// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {IRevenueCallback} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @title Actor
/// @notice The code of an account that plays: like an account that delegates to code (EIP-7702) it has a key, takes
/// tokens, and sends whatever it is told to send.
contract Actor is IERC721Receiver, IRevenueCallback {
    /// @notice Sends a call, and tells what came of it.
    function act(address to, bytes calldata data) external returns (bool success, bytes memory returned) {
        return to.call(data);
    }

    /// @inheritdoc IRevenueCallback
    /// @dev Pays in new dollars of the currency that `data` names, or not at all.
    function onCredit(uint256 amount, bytes calldata data) external {
        if (data.length != 0) abi.decode(data, (DemoDollar)).mint(msg.sender, amount);
    }

    /// @inheritdoc IERC721Receiver
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }
}
