// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IRevenueCallback} from "../interfaces/IRevenueLedger.sol";

/// @title ScriptedWallet
/// @notice Test double: a contract wallet that makes the calls it is given. As a payer of the ledger it pays
/// honestly, short, not at all, or calls back into the suite, as its script says; so it does when it is given a token.
contract ScriptedWallet is IRevenueCallback, IERC721Receiver {
    /// @notice A call to make.
    /// @param target Contract to call.
    /// @param data Calldata.
    struct Call {
        address target;
        bytes data;
    }

    /// @notice Makes the calls, in this order; anyone may. Reverts with what the first failing one reverts with.
    function run(Call[] calldata calls) external {
        _run(calls);
    }

    /// @inheritdoc IRevenueCallback
    /// @dev Makes the calls that `data` encodes, from whomever it is called.
    function onCredit(uint256, bytes calldata data) external {
        _run(abi.decode(data, (Call[])));
    }

    /// @inheritdoc IERC721Receiver
    /// @dev Makes the calls that `data` encodes.
    function onERC721Received(address, address, uint256, bytes calldata data) external returns (bytes4) {
        _run(abi.decode(data, (Call[])));
        return IERC721Receiver.onERC721Received.selector;
    }

    function _run(Call[] memory calls) private {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory returned) = calls[i].target.call(calls[i].data);
            if (success) continue;
            assembly ("memory-safe") {
                revert(add(returned, 32), mload(returned))
            }
        }
    }
}
