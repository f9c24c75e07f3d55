// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IBondVault
/// @notice Bonds: deposit, lock, slash, withdraw after a delay.
/// @dev A deposit is made for one controller, the contract that may lock and slash it, and for no other: nobody has
/// to be appointed, and a controller can reach nothing that wasn't deposited for it. Whatever a controller awards is
/// a balance under the same controller, to be withdrawn by whom it belongs to.
interface IBondVault {
    /// @notice A balance of an account under a controller, in wei.
    /// @param free What can be locked or withdrawn.
    /// @param locked What secures something now.
    /// @param leaving What was asked back, and can be neither locked nor slashed.
    /// @param leavesAt When `leaving` may be taken, in seconds.
    struct Bond {
        uint112 free;
        uint112 locked;
        uint112 leaving;
        uint40 leavesAt;
    }

    /// @notice Money was deposited for an account under a controller.
    event Deposited(address indexed controller, address indexed account, address indexed from, uint256 amount);
    /// @notice A controller locked part of an account's balance.
    event Locked(address indexed controller, address indexed account, uint256 amount);
    /// @notice A controller released a lock.
    event Unlocked(address indexed controller, address indexed account, uint256 amount);
    /// @notice A controller gave part of an account's locked balance to somebody else.
    event Slashed(address indexed controller, address indexed account, address indexed to, uint256 amount);
    /// @notice An account asked for part of its balance, to be taken from `leavesAt` on.
    event WithdrawalRequested(address indexed controller, address indexed account, uint256 amount, uint256 leavesAt);
    /// @notice An account took what it had asked for.
    event Withdrawn(address indexed controller, address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when a deployment's withdrawal delay is above a year.
    error DelayTooLong(uint256 delay);
    /// @notice Thrown when an amount is zero.
    error ZeroAmount();
    /// @notice Thrown when less arrived than was to be deposited: a currency with a fee on transfer is refused.
    error AmountNotReceived(uint256 expected, uint256 received);
    /// @notice Thrown when an account's free balance under the controller is too small.
    error InsufficientBond(address controller, address account, uint256 free, uint256 needed);
    /// @notice Thrown when nothing was asked back.
    error NothingLeaving(address controller, address account);
    /// @notice Thrown when what was asked back can't be taken yet.
    error StillLeaving(uint256 leavesAt);

    /// @notice Deposits for an account under a controller; the caller pays and must have approved the vault. All that
    /// the vault holds must fit 112 bits.
    function deposit(address controller, address account, uint256 amount) external;

    /// @notice Asks for part of the caller's free balance. A second request adds to the first and starts the delay
    /// anew.
    function requestWithdrawal(address controller, uint256 amount) external;

    /// @notice Takes what was asked for, after the delay.
    function withdraw(address controller, address to) external returns (uint256 amount);

    /// @notice Locks part of an account's free balance under the caller.
    function lock(address account, uint256 amount) external;

    /// @notice Releases part of an account's locked balance under the caller.
    function unlock(address account, uint256 amount) external;

    /// @notice Gives part of an account's locked balance under the caller to `to`, as its free balance.
    function slash(address account, address to, uint256 amount) external;

    /// @notice The balance of an account under a controller.
    function bondOf(address controller, address account) external view returns (Bond memory);
}
