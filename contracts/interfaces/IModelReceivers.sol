// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "../types/Ids.sol";

/// @title IModelReceivers
/// @notice An address for each model: whatever can send tokens to an address can pay a model.
/// @dev The address follows from the model's number alone (CREATE2, EIP-1014), so it is known before anything stands
/// there. What has arrived is credited to the model by `sweep`, which anyone may call, whether the model is listed or
/// not; who paid, and for what, the chain does not know.
interface IModelReceivers {
    /// @notice What had arrived at a model's address was credited to its fees.
    event Swept(ModelId indexed model, address indexed receiver, uint256 amount, uint256 feesAfter);

    /// @notice Thrown when nothing has arrived at a model's address.
    error NothingToSweep(ModelId model, address receiver);
    /// @notice Thrown when somebody other than the ledger asks for money.
    error NotLedger(address caller);

    /// @notice Credits a model with what has arrived at its address; anyone may.
    /// @return amount Wei credited.
    /// @return feesAfter The model's net fee counter after it.
    function sweep(ModelId model) external returns (uint256 amount, uint256 feesAfter);

    /// @notice A model's address.
    function receiverOf(ModelId model) external view returns (address);
}
