// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IRevenueCallback, IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {ModelId} from "../types/Ids.sol";

/// @title InferenceMarket
/// @notice See {IInferenceMarket}.
contract InferenceMarket is IInferenceMarket, IRevenueCallback {
    using SafeERC20 for IERC20;

    /// @notice Where payments go.
    IRevenueLedger public immutable LEDGER;
    /// @notice Who owns which model.
    IERC721 public immutable MODELS;
    IERC20 private immutable CURRENCY;

    /// @inheritdoc IInferenceMarket
    mapping(ModelId model => uint256 price) public priceOf;

    constructor(IRevenueLedger ledger, IERC721 models) {
        LEDGER = ledger;
        MODELS = models;
        CURRENCY = ledger.CURRENCY();
    }

    modifier onlyModelOwner(ModelId model) {
        if (MODELS.ownerOf(ModelId.unwrap(model)) != msg.sender) revert NotModelOwner(model, msg.sender);
        _;
    }

    /// @inheritdoc IInferenceMarket
    function list(ModelId model, uint256 price) external onlyModelOwner(model) {
        if (price == 0 || price > type(uint112).max) revert PriceOutOfRange(price);
        priceOf[model] = price;
        emit Listed(model, price);
    }

    /// @inheritdoc IInferenceMarket
    function delist(ModelId model) external onlyModelOwner(model) {
        if (priceOf[model] == 0) revert NotListed(model);
        delete priceOf[model];
        emit Delisted(model);
    }

    /// @inheritdoc IInferenceMarket
    function pay(ModelId model, uint256 amount, bytes32 requestDigest) external returns (uint256 feesAfter) {
        uint256 price = priceOf[model];
        if (price == 0) revert NotListed(model);
        if (amount < price) revert BelowPrice(model, amount, price);
        feesAfter = LEDGER.credit(model, amount, abi.encode(msg.sender));
        emit InferencePaid(model, msg.sender, amount, feesAfter, requestDigest);
    }

    /// @inheritdoc IRevenueCallback
    /// @dev The ledger calls back only who called it, so `data` is what `pay` wrote.
    function onCredit(uint256 amount, bytes calldata data) external {
        if (msg.sender != address(LEDGER)) revert NotLedger(msg.sender);
        CURRENCY.safeTransferFrom(abi.decode(data, (address)), msg.sender, amount);
    }
}
