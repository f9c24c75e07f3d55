// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueCallback, IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Vouchers} from "../libraries/Vouchers.sol";
import {ModelId} from "../types/Ids.sol";

/// @title InferenceMarket
/// @notice See {IInferenceMarket}.
/// @dev Deployed by the ledger, which holds prepaid money: charging a balance moves no tokens.
contract InferenceMarket is IInferenceMarket, IRevenueCallback, EIP712 {
    using SafeERC20 for IERC20;

    /// @notice Shortest delay for prepaid money: a voucher must get in while blocks are full or censored.
    uint256 public constant MIN_PREPAID_DELAY = 1 hours;

    /// @notice Where payments go.
    IRevenueLedger public immutable LEDGER;
    /// @notice Who owns which model.
    IERC721 public immutable MODELS;
    /// @notice Seconds between asking for a prepaid balance and taking it.
    uint256 public immutable PREPAID_DELAY;
    IERC20 private immutable CURRENCY;

    /// @inheritdoc IInferenceMarket
    mapping(ModelId model => uint256 price) public priceOf;
    /// @dev One slot each.
    mapping(ModelId model => mapping(address payer => Channel channel)) private _channels;

    constructor(IModelRegistry models, IERC20 currency, uint256 prepaidDelay) EIP712("Tributary", "1") {
        if (prepaidDelay < MIN_PREPAID_DELAY || prepaidDelay > 365 days) revert PrepaidDelayOutOfRange(prepaidDelay);
        LEDGER = IRevenueLedger(msg.sender);
        MODELS = IERC721(address(models));
        CURRENCY = currency;
        PREPAID_DELAY = prepaidDelay;
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
        return _pay(msg.sender, model, amount, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function payFor(
        address payer,
        ModelId model,
        uint256 amount,
        bytes32 requestDigest
    ) external returns (uint256 feesAfter) {
        return _pay(payer, model, amount, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function payWithPermit(
        ModelId model,
        uint256 amount,
        bytes32 requestDigest,
        Permit calldata permit
    ) external returns (uint256 feesAfter) {
        _permit(permit);
        return _pay(msg.sender, model, amount, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function payWithAuthorization(
        ModelId model,
        bytes32 requestDigest,
        Authorization calldata authorization
    ) external returns (uint256 feesAfter) {
        uint256 amount = authorization.amount;
        _requirePrice(model, amount);
        bytes32 nonce = keccak256(abi.encode(model, requestDigest, authorization.salt));
        feesAfter = LEDGER.credit(model, amount, abi.encode(address(0), nonce, authorization));
        emit InferencePaid(model, authorization.payer, amount, feesAfter, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function deposit(address payer, ModelId model, uint256 amount) external {
        _deposit(payer, model, amount);
    }

    /// @inheritdoc IInferenceMarket
    function depositWithPermit(address payer, ModelId model, uint256 amount, Permit calldata permit) external {
        _permit(permit);
        _deposit(payer, model, amount);
    }

    /// @inheritdoc IInferenceMarket
    function requestWithdrawal(ModelId model) external {
        Channel storage channel = _channels[model][msg.sender];
        if (channel.balance == 0) revert NothingLeaving(model, msg.sender);
        channel.leavesAt = SafeCast.toUint32(block.timestamp + PREPAID_DELAY);
        emit WithdrawalRequested(model, msg.sender, channel.leavesAt);
    }

    /// @inheritdoc IInferenceMarket
    function cancelWithdrawal(ModelId model) external {
        Channel storage channel = _channels[model][msg.sender];
        if (channel.leavesAt == 0) revert NothingLeaving(model, msg.sender);
        channel.leavesAt = 0;
        emit WithdrawalRequested(model, msg.sender, 0);
    }

    /// @inheritdoc IInferenceMarket
    function withdraw(ModelId model, address to) external returns (uint256 amount) {
        Channel storage channel = _channels[model][msg.sender];
        uint256 leavesAt = channel.leavesAt;
        amount = channel.balance;
        if (leavesAt == 0 || amount == 0) revert NothingLeaving(model, msg.sender);
        if (block.timestamp < leavesAt) revert StillLeaving(leavesAt);
        (channel.balance, channel.leavesAt) = (0, 0);
        emit PrepaidWithdrawn(model, msg.sender, to, amount);
        LEDGER.releaseHeld(to, amount);
    }

    /// @inheritdoc IInferenceMarket
    function payPrepaid(ModelId model, uint256 amount, bytes32 requestDigest) external returns (uint256 feesAfter) {
        return _charge(_channels[model][msg.sender], msg.sender, model, amount, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function charge(
        address payer,
        ModelId model,
        uint112 cumulative,
        bytes32 requestDigest,
        bytes calldata signature
    ) external returns (uint256 feesAfter) {
        _requireSigned(payer, Vouchers.charge(payer, model, cumulative, requestDigest), signature);
        Channel storage channel = _channels[model][payer];
        uint256 spent = channel.spent;
        if (cumulative <= spent) revert AlreadySpent(model, payer, spent, cumulative);
        return _charge(channel, payer, model, cumulative - spent, requestDigest);
    }

    /// @inheritdoc IInferenceMarket
    function redeem(ModelId model, Voucher[] calldata vouchers) external returns (uint256 amount) {
        bytes32 domain = _domainSeparatorV4();
        for (uint256 i = 0; i < vouchers.length; ++i) {
            Voucher calldata voucher = vouchers[i];
            (address payer, uint112 cumulative) = (voucher.payer, voucher.cumulative);
            bytes32 digest = MessageHashUtils.toTypedDataHash(domain, Vouchers.voucher(payer, model, cumulative));
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, voucher.r, voucher.vs);
            uint256 paid =
                failure == ECDSA.RecoverError.NoError && signer == payer ? _redeem(model, payer, cumulative) : 0;
            if (paid == 0) emit VoucherRefused(model, payer, cumulative);
            amount += paid;
        }
        if (amount == 0) revert NothingRedeemed(model);
        emit VouchersCredited(model, amount, LEDGER.creditHeld(model, amount));
    }

    /// @inheritdoc IInferenceMarket
    function redeemSigned(
        ModelId model,
        address payer,
        uint112 cumulative,
        bytes calldata signature
    ) external returns (uint256 amount) {
        _requireSigned(payer, Vouchers.voucher(payer, model, cumulative), signature);
        amount = _redeem(model, payer, cumulative);
        if (amount == 0) revert NothingRedeemed(model);
        emit VouchersCredited(model, amount, LEDGER.creditHeld(model, amount));
    }

    /// @inheritdoc IRevenueCallback
    /// @dev The ledger calls back only who called it, so `data` is what this contract wrote: whose approval is used,
    /// or the zero address and an authorization.
    function onCredit(uint256 amount, bytes calldata data) external {
        if (msg.sender != address(LEDGER)) revert NotLedger(msg.sender);
        address from = abi.decode(data, (address));
        if (from != address(0)) {
            CURRENCY.safeTransferFrom(from, msg.sender, amount);
            return;
        }
        (, bytes32 nonce, Authorization memory given) = abi.decode(data, (address, bytes32, Authorization));
        IERC3009(address(CURRENCY)).receiveWithAuthorization(
            given.payer,
            address(this),
            amount,
            given.validAfter,
            given.validBefore,
            nonce,
            given.v,
            given.r,
            given.s
        );
        CURRENCY.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferenceMarket
    function channelOf(address payer, ModelId model) external view returns (Channel memory) {
        return _channels[model][payer];
    }

    function _pay(
        address payer,
        ModelId model,
        uint256 amount,
        bytes32 requestDigest
    ) private returns (uint256 feesAfter) {
        _requirePrice(model, amount);
        feesAfter = LEDGER.credit(model, amount, abi.encode(msg.sender));
        emit InferencePaid(model, payer, amount, feesAfter, requestDigest);
    }

    function _deposit(address payer, ModelId model, uint256 amount) private {
        if (payer == address(0)) revert ZeroAddress();
        LEDGER.hold(model, amount, abi.encode(msg.sender));
        Channel storage channel = _channels[model][payer];
        channel.balance = SafeCast.toUint112(channel.balance + amount);
        emit Prepaid(model, payer, msg.sender, amount);
    }

    function _charge(
        Channel storage channel,
        address payer,
        ModelId model,
        uint256 amount,
        bytes32 requestDigest
    ) private returns (uint256 feesAfter) {
        _requirePrice(model, amount);
        Channel memory held = channel;
        if (held.balance < amount) revert InsufficientPrepaid(model, payer, held.balance, amount);
        _spend(channel, held, amount);
        feesAfter = LEDGER.creditHeld(model, amount);
        emit InferencePaid(model, payer, amount, feesAfter, requestDigest);
    }

    function _redeem(ModelId model, address payer, uint256 cumulative) private returns (uint256 amount) {
        Channel storage channel = _channels[model][payer];
        Channel memory held = channel;
        if (cumulative <= held.spent || held.balance == 0) return 0;
        unchecked {
            amount = cumulative - held.spent;
        }
        if (amount > held.balance) {
            emit VoucherNotCovered(model, payer, amount - held.balance);
            amount = held.balance;
        }
        _spend(channel, held, amount);
        emit VoucherRedeemed(model, payer, amount);
    }

    /// @dev `spent` fits: it is a part of the model's gross fees, which are at most 112 bits.
    function _spend(Channel storage channel, Channel memory held, uint256 amount) private {
        unchecked {
            held.balance -= uint112(amount);
            held.spent += uint112(amount);
        }
        (channel.balance, channel.spent, channel.leavesAt) = (held.balance, held.spent, held.leavesAt);
    }

    /// @dev A permit can be taken from the mempool and sent first: what counts is the allowance that it gives.
    function _permit(Permit calldata permit) private {
        try
            IERC20Permit(address(CURRENCY)).permit(
                msg.sender,
                address(this),
                permit.value,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s
            )
        {} catch {}
    }

    function _requireSigned(address payer, bytes32 structHash, bytes calldata signature) private view {
        if (!Signatures.isValid(payer, _hashTypedDataV4(structHash), signature)) revert NotSignedByPayer(payer);
    }

    function _requirePrice(ModelId model, uint256 amount) private view {
        uint256 price = priceOf[model];
        if (price == 0) revert NotListed(model);
        if (amount < price) revert BelowPrice(model, amount, price);
    }
}
