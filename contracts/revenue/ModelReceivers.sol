// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IModelReceivers} from "../interfaces/IModelReceivers.sol";
import {IRevenueCallback, IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {ModelId} from "../types/Ids.sol";
import {ModelReceiver} from "./ModelReceiver.sol";

/// @title ModelReceivers
/// @notice See {IModelReceivers}.
contract ModelReceivers is IModelReceivers, IRevenueCallback {
    /// @notice Where payments go.
    IRevenueLedger public immutable LEDGER;
    IERC20 private immutable CURRENCY;

    constructor(IRevenueLedger ledger) {
        LEDGER = ledger;
        CURRENCY = ledger.CURRENCY();
    }

    /// @inheritdoc IModelReceivers
    function sweep(ModelId model) external returns (uint256 amount, uint256 feesAfter) {
        address receiver = receiverOf(model);
        amount = CURRENCY.balanceOf(receiver);
        if (amount == 0) revert NothingToSweep(model, receiver);
        if (receiver.code.length == 0) new ModelReceiver{salt: _saltOf(model)}();
        feesAfter = LEDGER.credit(model, amount, abi.encode(receiver));
        emit Swept(model, receiver, amount, feesAfter);
    }

    /// @inheritdoc IRevenueCallback
    /// @dev The ledger calls back only who called it, so `data` is what `sweep` wrote.
    function onCredit(uint256 amount, bytes calldata data) external {
        if (msg.sender != address(LEDGER)) revert NotLedger(msg.sender);
        ModelReceiver(abi.decode(data, (address))).send(CURRENCY, msg.sender, amount);
    }

    /// @inheritdoc IModelReceivers
    function receiverOf(ModelId model) public view returns (address) {
        return Create2.computeAddress(_saltOf(model), keccak256(type(ModelReceiver).creationCode));
    }

    function _saltOf(ModelId model) private pure returns (bytes32) {
        return bytes32(ModelId.unwrap(model));
    }
}
