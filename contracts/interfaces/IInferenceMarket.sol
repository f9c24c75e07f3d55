// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "../types/Ids.sol";

/// @title IInferenceMarket
/// @notice Prices of models, and payments for inferences.
interface IInferenceMarket {
    /// @notice A model is for sale at `price` wei or more per inference.
    event Listed(ModelId indexed model, uint256 price);
    /// @notice A model is no longer for sale; money that has arrived is not touched.
    event Delisted(ModelId indexed model);
    /// @notice An inference was paid. `feesAfter` is the model's net fee counter after it: the place of the payment
    /// among all others of the model, which its receipt names.
    event InferencePaid(
        ModelId indexed model,
        address indexed payer,
        uint256 amount,
        uint256 feesAfter,
        bytes32 requestDigest
    );

    /// @notice Thrown when the caller doesn't own the model.
    error NotModelOwner(ModelId model, address caller);
    /// @notice Thrown when a model would be listed for nothing, or for more than a counter holds.
    error PriceOutOfRange(uint256 price);
    /// @notice Thrown when a model isn't for sale.
    error NotListed(ModelId model);
    /// @notice Thrown when a payment is below the model's price.
    error BelowPrice(ModelId model, uint256 amount, uint256 price);
    /// @notice Thrown when somebody other than the ledger asks for money.
    error NotLedger(address caller);

    /// @notice Puts a model up for sale, or changes its price; its owner only.
    /// @param price Least payment for one inference, in wei of the currency, above 0.
    function list(ModelId model, uint256 price) external;

    /// @notice Takes a model off the market; its owner only.
    function delist(ModelId model) external;

    /// @notice Pays for one inference from the caller's wallet, which must have approved this contract.
    /// @param amount Wei to pay, at least the price.
    /// @param requestDigest sha-256 of the request.
    /// @return feesAfter The model's net fee counter after the payment.
    function pay(ModelId model, uint256 amount, bytes32 requestDigest) external returns (uint256 feesAfter);

    /// @notice Price of a model in wei; 0 if it isn't for sale.
    function priceOf(ModelId model) external view returns (uint256);
}
