// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {StreamPayouts} from "../attribution/StreamPayouts.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IRevenueCallback, IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {Shares} from "../libraries/Shares.sol";
import {ModelId} from "../types/Ids.sol";
import {InferenceMarket} from "./InferenceMarket.sol";

/// @title RevenueLedger
/// @notice See {IRevenueLedger}.
contract RevenueLedger is IRevenueLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Highest protocol fee that a deployment can have: 5 %.
    uint256 public constant PROTOCOL_FEE_CAP_BPS = 500;

    struct Income {
        // slot 0: gross, royalties, open (232 bits)
        uint112 gross;
        uint112 royalties;
        bool open;
        // slot 1: up to where gross and royalties were divided (224 bits)
        uint112 dividedGross;
        uint112 dividedRoyalties;
    }

    /// @inheritdoc IRevenueLedger
    IERC20 public immutable CURRENCY;
    /// @notice The lineage graph, which says who gets what share.
    IModelRegistry public immutable MODELS;
    /// @notice Who gets the protocol fee.
    address public immutable TREASURY;
    /// @notice The protocol's share of gross fees, in basis points; royalties carry none.
    uint256 public immutable PROTOCOL_FEE_BPS;
    /// @inheritdoc IRevenueLedger
    IStreamPayouts public immutable PAYOUTS;
    /// @inheritdoc IRevenueLedger
    IInferenceMarket public immutable MARKET;

    /// @inheritdoc IRevenueLedger
    mapping(address account => uint256 wei_) public balanceOf;
    mapping(ModelId model => Income income) private _incomes;

    constructor(
        IERC20 currency,
        IModelRegistry models,
        address treasury,
        uint256 protocolFeeBps,
        uint256 prepaidDelay
    ) {
        if (protocolFeeBps > PROTOCOL_FEE_CAP_BPS) revert ProtocolFeeTooHigh(protocolFeeBps, PROTOCOL_FEE_CAP_BPS);
        if (treasury == address(0)) revert ZeroAddress();
        CURRENCY = currency;
        MODELS = models;
        TREASURY = treasury;
        PROTOCOL_FEE_BPS = protocolFeeBps;
        PAYOUTS = new StreamPayouts(models, currency, msg.sender);
        MARKET = new InferenceMarket(models, currency, prepaidDelay);
    }

    modifier onlyPayouts() {
        if (msg.sender != address(PAYOUTS)) revert NotPayouts(msg.sender);
        _;
    }

    modifier onlyMarket() {
        if (msg.sender != address(MARKET)) revert NotMarket(msg.sender);
        _;
    }

    /// @inheritdoc IRevenueLedger
    function credit(
        ModelId model,
        uint256 amount,
        bytes calldata data
    ) external nonReentrant returns (uint256 feesAfter) {
        Income storage income = _opened(model);
        _receive(amount, data);
        feesAfter = _credit(income, amount);
        emit FeesCredited(model, amount, feesAfter);
    }

    /// @inheritdoc IRevenueLedger
    function hold(ModelId model, uint256 amount, bytes calldata data) external nonReentrant onlyMarket {
        _opened(model);
        _receive(amount, data);
    }

    /// @inheritdoc IRevenueLedger
    function creditHeld(ModelId model, uint256 amount) external onlyMarket returns (uint256 feesAfter) {
        return _credit(_incomes[model], amount);
    }

    /// @inheritdoc IRevenueLedger
    function releaseHeld(address to, uint256 amount) external onlyMarket {
        CURRENCY.safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueLedger
    function distributeMany(ModelId[] calldata models) external {
        for (uint256 i = 0; i < models.length; ++i) distribute(models[i]);
    }

    /// @inheritdoc IRevenueLedger
    function distribute(ModelId model) public {
        Income storage income = _incomes[model];
        (uint256 gross, uint256 royalties) = (income.gross, income.royalties);
        (uint256 grossFrom, uint256 royaltiesFrom) = (income.dividedGross, income.dividedRoyalties);
        if (gross == grossFrom && royalties == royaltiesFrom) return;
        (income.dividedGross, income.dividedRoyalties) = (uint112(gross), uint112(royalties));

        uint256 protocolFee = Shares.grownDown(grossFrom, gross, PROTOCOL_FEE_BPS);
        if (protocolFee != 0) {
            balanceOf[TREASURY] += protocolFee;
            emit ProtocolFeePaid(model, protocolFee);
        }
        (uint256 fees, uint256 feesFrom) = (_net(gross), _net(grossFrom));
        (address payee, uint16 developerBps, IModelRegistry.Parent[] memory parents) = MODELS.splitOf(model);
        uint256 share =
            Shares.grownDown(feesFrom, fees, developerBps) + Shares.grownDown(royaltiesFrom, royalties, developerBps);
        if (share != 0) {
            balanceOf[payee] += share;
            emit DeveloperPaid(model, payee, share);
        }
        for (uint256 i = 0; i < parents.length; ++i) {
            uint256 bps = parents[i].shareBps;
            share = Shares.grownDown(feesFrom, fees, bps) + Shares.grownDown(royaltiesFrom, royalties, bps);
            if (share == 0) continue;
            Income storage parent = _incomes[parents[i].model];
            uint112 royaltiesSoFar = parent.royalties;
            // A full counter takes what fits: who fills a parent's with money that goes round must not freeze the
            // money of its children. What doesn't fit is nobody's.
            share = Math.min(share, type(uint112).max - royaltiesSoFar);
            parent.royalties = royaltiesSoFar + uint112(share);
            emit RoyaltyPaid(model, parents[i].model, share);
        }
        emit Distributed(model, fees, royalties);
    }

    /// @inheritdoc IRevenueLedger
    function withdraw(address to) external returns (uint256 amount) {
        amount = balanceOf[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        balanceOf[msg.sender] = 0;
        CURRENCY.safeTransfer(to, amount);
        emit Withdrawn(msg.sender, to, amount);
    }

    /// @inheritdoc IRevenueLedger
    function withdrawMany(address[] calldata accounts) external nonReentrant returns (uint256 amount) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            uint256 balance = balanceOf[account];
            if (balance == 0) continue;
            balanceOf[account] = 0;
            if (CURRENCY.trySafeTransfer(account, balance)) {
                amount += balance;
                emit Withdrawn(account, account, balance);
            } else {
                balanceOf[account] += balance;
            }
        }
    }

    /// @inheritdoc IRevenueLedger
    function settle(uint256 pool, address scorer, uint256 fee) external onlyPayouts {
        if (fee != 0) {
            balanceOf[scorer] += fee;
            emit ScorerPaid(scorer, fee);
        }
        CURRENCY.safeTransfer(msg.sender, pool);
    }

    /// @inheritdoc IRevenueLedger
    function payOut(address to, uint256 amount) external onlyPayouts returns (bool) {
        return CURRENCY.trySafeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueLedger
    function countersOf(ModelId model) external view returns (uint256 fees, uint256 royalties) {
        Income storage income = _incomes[model];
        return (_net(income.gross), income.royalties);
    }

    /// @inheritdoc IRevenueLedger
    function incomeOf(
        ModelId model
    ) external view returns (uint256 gross, uint256 royalties, uint256 dividedGross, uint256 dividedRoyalties) {
        Income storage income = _incomes[model];
        return (income.gross, income.royalties, income.dividedGross, income.dividedRoyalties);
    }

    /// @dev Has the caller send money, and trusts the balance instead of its word.
    function _receive(uint256 amount, bytes calldata data) private {
        if (amount == 0) revert NothingToCredit();
        uint256 before = CURRENCY.balanceOf(address(this));
        IRevenueCallback(msg.sender).onCredit(amount, data);
        uint256 received = CURRENCY.balanceOf(address(this)) - before;
        if (received < amount) revert AmountNotReceived(amount, received);
    }

    function _credit(Income storage income, uint256 amount) private returns (uint256 feesAfter) {
        uint256 gross = income.gross + amount;
        income.gross = SafeCast.toUint112(gross);
        return _net(gross);
    }

    /// @dev A model is looked up once; the flag stands in the slot that every payment writes anyway.
    function _opened(ModelId model) private returns (Income storage income) {
        income = _incomes[model];
        if (income.open) return income;
        if (PAYOUTS.attribution() == address(0)) revert NotAppointed();
        if (!MODELS.exists(model)) revert ModelNotFound(model);
        income.open = true;
    }

    /// @dev Gross fees less the protocol's floor: never falls as gross grows.
    function _net(uint256 gross) private view returns (uint256) {
        unchecked {
            return gross - Shares.ofDown(gross, PROTOCOL_FEE_BPS);
        }
    }
}
