// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "../types/Ids.sol";

/// @title IInferenceMarket
/// @notice Prices of models, and payments for inferences: from a wallet, from a prepaid balance, by vouchers.
/// @dev A prepaid balance is reserved for one model: a (payer, model) channel. Out of it the payer pays by its own
/// transactions, or by signatures over the cumulative amount that the channel has paid: a voucher over `n` inferences
/// is redeemed in one transaction, and no signature pays twice. What is signed or sent counts up one counter, so a
/// later signature covers all earlier ones. A payer takes its balance back after a delay in which vouchers can still
/// be redeemed.
interface IInferenceMarket {
    /// @notice A payer's prepaid balance for one model.
    /// @param balance What is left, in wei.
    /// @param spent All that the channel has paid, in wei.
    /// @param leavesAt When the balance may be taken back, in seconds; 0 unless its payer asked for it.
    struct Channel {
        uint112 balance;
        uint112 spent;
        uint32 leavesAt;
    }

    /// @notice A payer's EIP-3009 authorization for one inference. Its nonce is
    /// keccak256(abi.encode(model, requestDigest, salt)), so whoever sends it can't use it for anything else.
    struct Authorization {
        address payer;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 salt;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice A payer's EIP-2612 permit for this contract.
    struct Permit {
        uint256 value;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice A voucher that a payer signed with its key, in the compact form of EIP-2098.
    /// @param payer Who signed.
    /// @param cumulative All that its channel has paid then, in wei.
    /// @param r Half of the EIP-712 signature over Voucher(payer, model, cumulative).
    /// @param vs The other half.
    struct Voucher {
        address payer;
        uint112 cumulative;
        bytes32 r;
        bytes32 vs;
    }

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
    /// @notice Money was prepaid for a model.
    event Prepaid(ModelId indexed model, address indexed payer, address from, uint256 amount);
    /// @notice A voucher was redeemed: the channel has paid `amount` more.
    event VoucherRedeemed(ModelId indexed model, address indexed payer, uint256 amount);
    /// @notice A balance does not cover the voucher that is being redeemed: `shortfall` can be redeemed once there is
    /// more.
    event VoucherNotCovered(ModelId indexed model, address indexed payer, uint256 shortfall);
    /// @notice A voucher of a batch was not redeemed: its signature is not the payer's, it is not above what the
    /// channel has paid, or the channel is empty.
    event VoucherRefused(ModelId indexed model, address indexed payer, uint256 cumulative);
    /// @notice Vouchers were redeemed; `feesAfter` is the model's net fee counter after all of them.
    event VouchersCredited(ModelId indexed model, uint256 amount, uint256 feesAfter);
    /// @notice A payer asked for its balance, to be taken from `leavesAt` on; 0 if it thought better of it.
    event WithdrawalRequested(ModelId indexed model, address indexed payer, uint256 leavesAt);
    /// @notice A payer took its balance back.
    event PrepaidWithdrawn(ModelId indexed model, address indexed payer, address to, uint256 amount);

    /// @notice Thrown when a deployment's delay for prepaid money is below an hour or above a year.
    error PrepaidDelayOutOfRange(uint256 delay);
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
    /// @notice Thrown when an address that must not be zero is.
    error ZeroAddress();
    /// @notice Thrown when a channel holds less than is to be paid.
    error InsufficientPrepaid(ModelId model, address payer, uint256 balance, uint256 amount);
    /// @notice Thrown when a signature isn't the payer's.
    error NotSignedByPayer(address payer);
    /// @notice Thrown when a signed amount isn't above what the channel has paid: it was redeemed before.
    error AlreadySpent(ModelId model, address payer, uint256 spent, uint256 cumulative);
    /// @notice Thrown when no voucher of a batch can be redeemed.
    error NothingRedeemed(ModelId model);
    /// @notice Thrown when a balance is empty, or its payer didn't ask for it.
    error NothingLeaving(ModelId model, address payer);
    /// @notice Thrown when a balance can't be taken back yet.
    error StillLeaving(uint256 leavesAt);

    /// @notice Puts a model up for sale, or changes its price; its owner only.
    /// @param price Least payment for one inference, in wei of the currency, above 0.
    function list(ModelId model, uint256 price) external;

    /// @notice Takes a model off the market; its owner only. Prepaid money stays: vouchers can still be redeemed.
    function delist(ModelId model) external;

    /// @notice Pays for one inference from the caller's wallet, which must have approved this contract.
    /// @param amount Wei to pay, at least the price.
    /// @param requestDigest sha-256 of the request.
    /// @return feesAfter The model's net fee counter after the payment.
    function pay(ModelId model, uint256 amount, bytes32 requestDigest) external returns (uint256 feesAfter);

    /// @notice As `pay`, in another's name: the caller pays, `payer` stands in the receipt.
    function payFor(
        address payer,
        ModelId model,
        uint256 amount,
        bytes32 requestDigest
    ) external returns (uint256 feesAfter);

    /// @notice As `pay`, with the approval in the same call (ERC-2612). A permit that somebody sent before is fine.
    function payWithPermit(
        ModelId model,
        uint256 amount,
        bytes32 requestDigest,
        Permit calldata permit
    ) external returns (uint256 feesAfter);

    /// @notice Pays for one inference with the payer's EIP-3009 authorization; anyone may send it.
    function payWithAuthorization(
        ModelId model,
        bytes32 requestDigest,
        Authorization calldata authorization
    ) external returns (uint256 feesAfter);

    /// @notice Prepays for a model, from the caller's wallet, for any payer.
    function deposit(address payer, ModelId model, uint256 amount) external;

    /// @notice As `deposit`, with the approval in the same call (ERC-2612).
    function depositWithPermit(address payer, ModelId model, uint256 amount, Permit calldata permit) external;

    /// @notice Asks for the caller's balance, to be taken after the delay. A second request starts the delay anew.
    function requestWithdrawal(ModelId model) external;

    /// @notice Takes the request back: operators serve a channel only while its balance stays.
    function cancelWithdrawal(ModelId model) external;

    /// @notice Takes what is left of the caller's balance, after the delay.
    /// @return amount Wei paid.
    function withdraw(ModelId model, address to) external returns (uint256 amount);

    /// @notice Pays for one inference from the caller's prepaid balance.
    function payPrepaid(ModelId model, uint256 amount, bytes32 requestDigest) external returns (uint256 feesAfter);

    /// @notice Pays for one inference from a payer's prepaid balance, with its signature; anyone may send it.
    /// @param cumulative All that the channel has paid with this inference, in wei.
    /// @param signature EIP-712 signature over Charge(payer, model, cumulative, requestDigest).
    function charge(
        address payer,
        ModelId model,
        uint112 cumulative,
        bytes32 requestDigest,
        bytes calldata signature
    ) external returns (uint256 feesAfter);

    /// @notice Redeems the latest vouchers of many payers of a model; anyone may. What can't be redeemed is skipped;
    /// what a balance doesn't cover is redeemed as far as it goes.
    /// @return amount Wei paid in all.
    function redeem(ModelId model, Voucher[] calldata vouchers) external returns (uint256 amount);

    /// @notice Redeems one voucher, whose payer may be a contract (ERC-1271); anyone may.
    /// @param signature EIP-712 signature over Voucher(payer, model, cumulative).
    /// @return amount Wei paid.
    function redeemSigned(
        ModelId model,
        address payer,
        uint112 cumulative,
        bytes calldata signature
    ) external returns (uint256 amount);

    /// @notice Price of a model in wei; 0 if it isn't for sale.
    function priceOf(ModelId model) external view returns (uint256);

    /// @notice A payer's prepaid balance for a model.
    function channelOf(address payer, ModelId model) external view returns (Channel memory);
}
