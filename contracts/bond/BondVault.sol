// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBondVault} from "../interfaces/IBondVault.sol";

/// @title BondVault
/// @notice See {IBondVault}.
contract BondVault is IBondVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The currency of bonds.
    IERC20 public immutable CURRENCY;
    /// @notice Seconds between asking for a balance and taking it.
    uint256 public immutable WITHDRAWAL_DELAY;

    /// @dev slot 0: free, locked; slot 1: leaving, leavesAt.
    mapping(address controller => mapping(address account => Bond bond)) private _bonds;

    constructor(IERC20 currency, uint256 withdrawalDelay) {
        CURRENCY = currency;
        if (withdrawalDelay > 365 days) revert DelayTooLong(withdrawalDelay);
        WITHDRAWAL_DELAY = withdrawalDelay;
    }

    /// @inheritdoc IBondVault
    function deposit(address controller, address account, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        uint256 before = CURRENCY.balanceOf(address(this));
        CURRENCY.safeTransferFrom(msg.sender, address(this), amount);
        uint256 held = CURRENCY.balanceOf(address(this));
        if (held - before < amount) revert AmountNotReceived(amount, held - before);
        // All balances together fit 112 bits, so nobody can fill one until it refuses what a controller awards it.
        SafeCast.toUint112(held);
        Bond storage bond = _bonds[controller][account];
        bond.free += uint112(amount);
        emit Deposited(controller, account, msg.sender, amount);
    }

    /// @inheritdoc IBondVault
    function requestWithdrawal(address controller, uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Bond storage bond = _bonds[controller][msg.sender];
        bond.free = _less(controller, msg.sender, bond.free, amount);
        bond.leaving += uint112(amount);
        bond.leavesAt = uint40(block.timestamp + WITHDRAWAL_DELAY);
        emit WithdrawalRequested(controller, msg.sender, amount, bond.leavesAt);
    }

    /// @inheritdoc IBondVault
    function withdraw(address controller, address to) external nonReentrant returns (uint256 amount) {
        Bond storage bond = _bonds[controller][msg.sender];
        amount = bond.leaving;
        if (amount == 0) revert NothingLeaving(controller, msg.sender);
        if (block.timestamp < bond.leavesAt) revert StillLeaving(bond.leavesAt);
        bond.leaving = 0;
        CURRENCY.safeTransfer(to, amount);
        emit Withdrawn(controller, msg.sender, to, amount);
    }

    /// @inheritdoc IBondVault
    function lock(address account, uint256 amount) external {
        Bond storage bond = _bonds[msg.sender][account];
        bond.free = _less(msg.sender, account, bond.free, amount);
        bond.locked += uint112(amount);
        emit Locked(msg.sender, account, amount);
    }

    /// @inheritdoc IBondVault
    function unlock(address account, uint256 amount) external {
        Bond storage bond = _bonds[msg.sender][account];
        bond.locked = _less(msg.sender, account, bond.locked, amount);
        bond.free += uint112(amount);
        emit Unlocked(msg.sender, account, amount);
    }

    /// @inheritdoc IBondVault
    function slash(address account, address to, uint256 amount) external {
        Bond storage bond = _bonds[msg.sender][account];
        bond.locked = _less(msg.sender, account, bond.locked, amount);
        _bonds[msg.sender][to].free += uint112(amount);
        emit Slashed(msg.sender, account, to, amount);
    }

    /// @inheritdoc IBondVault
    function bondOf(address controller, address account) external view returns (Bond memory) {
        return _bonds[controller][account];
    }

    function _less(
        address controller,
        address account,
        uint112 available,
        uint256 amount
    ) private pure returns (uint112) {
        if (available < amount) revert InsufficientBond(controller, account, available, amount);
        return uint112(available - amount);
    }
}
