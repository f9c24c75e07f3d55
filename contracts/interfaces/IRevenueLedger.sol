// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInferenceMarket} from "./IInferenceMarket.sol";
import {IStreamPayouts} from "./IStreamPayouts.sol";
import {ModelId} from "../types/Ids.sol";

/// @title IRevenueCallback
/// @notice What `RevenueLedger.credit` asks of its caller.
interface IRevenueCallback {
    /// @notice Called by the ledger in the middle of `credit`: the caller now sends `amount` of the currency to it.
    /// @param amount Wei that the ledger waits for.
    /// @param data What the caller gave to `credit`.
    function onCredit(uint256 amount, bytes calldata data) external;
}

/// @title IRevenueLedger
/// @notice The money: two running counters for each model, and their split.
/// @dev `fees` are paid for a model's own inferences, net of the protocol fee; `royalties` come from its children.
/// Every share is a difference of ⌊counter · bps / 10,000⌋: a thousand payments of one wei pay what one of a thousand
/// pays. Of each counter at most 32 wei of dust (33 shares, rounded down) stay undivided. A parent's royalty is its
/// income like any other: lineage of any depth is the same small step repeated, and a shared ancestor is paid once
/// per path. Balances are pulled. Tokens that reach the ledger outside of `credit` belong to nobody and can't be
/// taken.
interface IRevenueLedger {
    /// @notice `amount` came in for inferences of `model`; `feesAfter` is its net fee counter after it. Of prepaid
    /// money the market's events tell: InferencePaid and VouchersCredited.
    event FeesCredited(ModelId indexed model, uint256 amount, uint256 feesAfter);
    /// @notice A model's income up to its counters was divided.
    event Distributed(ModelId indexed model, uint256 fees, uint256 royalties);
    /// @notice A developer's share was added to the balance of the model's owner, or of its payout address.
    event DeveloperPaid(ModelId indexed model, address indexed payee, uint256 amount);
    /// @notice A parent's share was added to its royalties, or as much of it as they could count.
    event RoyaltyPaid(ModelId indexed model, ModelId indexed parent, uint256 amount);
    /// @notice The protocol's part of a model's gross fees was added to the treasury's balance.
    event ProtocolFeePaid(ModelId indexed model, uint256 amount);
    /// @notice A scorer's fee was added to its balance.
    event ScorerPaid(address indexed scorer, uint256 amount);
    /// @notice An account took its balance out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when the protocol fee is above its cap.
    error ProtocolFeeTooHigh(uint256 bps, uint256 cap);
    /// @notice Thrown when an address that must not be zero is.
    error ZeroAddress();
    /// @notice Thrown when money would come in before there is a registry that ends intervals.
    error NotAppointed();
    /// @notice Thrown when somebody other than the payouts contract takes money of streams.
    error NotPayouts(address caller);
    /// @notice Thrown when somebody other than the market moves prepaid money.
    error NotMarket(address caller);
    /// @notice Thrown when a payment is zero.
    error NothingToCredit();
    /// @notice Thrown when no model has this id.
    error ModelNotFound(ModelId model);
    /// @notice Thrown when less arrived than was to be paid: a currency that takes a fee on transfer is refused.
    error AmountNotReceived(uint256 expected, uint256 received);
    /// @notice Thrown when an account has no balance to withdraw.
    error NothingToWithdraw(address account);

    /// @notice The currency; one for the whole deployment.
    function CURRENCY() external view returns (IERC20);

    /// @notice The contract that pays contributors; deployed by the ledger.
    function PAYOUTS() external view returns (IStreamPayouts);

    /// @notice Prices and payments; deployed by the ledger, which holds the money that payers have prepaid there.
    function MARKET() external view returns (IInferenceMarket);

    /// @notice Adds a payment to a model's fees; anyone may pay for any model.
    /// @dev Calls `onCredit(amount, data)` on the caller, which sends the money during the call.
    /// @param model Model that is paid.
    /// @param amount Wei of the currency, above 0.
    /// @param data Handed back to the caller.
    /// @return feesAfter The model's net fee counter after the payment.
    function credit(ModelId model, uint256 amount, bytes calldata data) external returns (uint256 feesAfter);

    /// @notice Takes in money that is prepaid for a model; only the market may call.
    /// @dev As `credit`, but the money belongs to the payer until `creditHeld` or `releaseHeld`.
    function hold(ModelId model, uint256 amount, bytes calldata data) external;

    /// @notice Adds money that is held already to a model's fees; only the market may call, whose own events tell
    /// of it.
    /// @return feesAfter The model's net fee counter after the payment.
    function creditHeld(ModelId model, uint256 amount) external returns (uint256 feesAfter);

    /// @notice Pays money out that is held; only the market may call.
    function releaseHeld(address to, uint256 amount) external;

    /// @notice Divides what a model took in since the last time among treasury, developer and parents; anyone may.
    /// @dev Shares of streams stay in the counters: `StreamPayouts` pays them out. Does nothing when nothing is new.
    function distribute(ModelId model) external;

    /// @notice `distribute` for many models.
    function distributeMany(ModelId[] calldata models) external;

    /// @notice Sends accounts their own balances; anyone may. Empty ones, and those whose transfer fails, are
    /// skipped.
    /// @return amount Wei paid in all.
    function withdrawMany(address[] calldata accounts) external returns (uint256 amount);

    /// @notice Takes the caller's balance out, to `to`.
    /// @return amount Wei paid.
    function withdraw(address to) external returns (uint256 amount);

    /// @notice Moves the pool of a final statement to the payouts contract and credits the scorer; only it may call.
    function settle(uint256 pool, address scorer, uint256 fee) external;

    /// @notice Pays a contributor's pro-rata money; only the payouts contract may call.
    /// @return Whether the transfer went through.
    function payOut(address to, uint256 amount) external returns (bool);

    /// @notice A model's two counters, in wei: fees (net of the protocol fee) and royalties.
    function countersOf(ModelId model) external view returns (uint256 fees, uint256 royalties);

    /// @notice What a model was paid in all, and up to where that was divided, in wei.
    function incomeOf(
        ModelId model
    ) external view returns (uint256 gross, uint256 royalties, uint256 dividedGross, uint256 dividedRoyalties);

    /// @notice An account's balance, in wei.
    function balanceOf(address account) external view returns (uint256);
}
