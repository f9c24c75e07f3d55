// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title StrangeToken
/// @notice Test double: a currency that behaves as its holders don't expect, and changes its behaviour in the middle
/// of everything, as upgradeable ones can. Anyone mints and switches.
contract StrangeToken {
    /// @notice How it behaves.
    /// @param feeBps Part of a transfer that is burnt, in basis points.
    /// @param returnsNothing Whether transfers return no data.
    /// @param refuses Whether transfers move nothing and return false.
    /// @param paused Whether transfers revert.
    /// @param refusesZero Whether transfers of nothing revert.
    /// @param largest Largest amount of one transfer; 0 for any.
    /// @param units What a unit in the books shows as, in thousandths: 1,000 unless balances were rebased.
    struct Behaviour {
        uint16 feeBps;
        bool returnsNothing;
        bool refuses;
        bool paused;
        bool refusesZero;
        uint256 largest;
        uint256 units;
    }

    /// @notice A call that is made whenever an account sends or receives, as ERC-777 has it.
    /// @param target Contract to call; zero for none.
    /// @param data Calldata. What comes of the call doesn't matter.
    struct Hook {
        address target;
        bytes data;
    }

    /// @notice How it behaves now.
    Behaviour public behaviour;
    /// @notice What a spender may take from an owner.
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;
    /// @notice Accounts that can neither send nor receive.
    mapping(address account => bool isBlocked) public blocked;
    mapping(address account => Hook hook) private _hooks;
    mapping(address account => uint256 units) private _units;
    bool private _calling;
    uint8 private immutable DECIMALS;

    /// @notice A transfer.
    event Transfer(address indexed from, address indexed to, uint256 amount);

    /// @notice Thrown while transfers are paused.
    error Paused();
    /// @notice Thrown for a transfer from or to a blocked account.
    error Blocked();
    /// @notice Thrown for a transfer of nothing.
    error ZeroTransfer();
    /// @notice Thrown for an amount that is too large.
    error TooLarge(uint256 amount);

    constructor(uint8 decimals_, Behaviour memory behaviour_) {
        (DECIMALS, behaviour) = (decimals_, behaviour_);
    }

    /// @notice Changes how it behaves; anyone may.
    function behave(Behaviour calldata behaviour_) external {
        behaviour = behaviour_;
    }

    /// @notice Blocks an account, or unblocks it; anyone may.
    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
    }

    /// @notice Sets the call that is made before an account sends and after it receives; anyone may.
    function setHook(address account, Hook calldata hook) external {
        _hooks[account] = hook;
    }

    /// @notice Makes `amount` units for `to`; anyone may.
    function mint(address to, uint256 amount) external {
        _units[to] += amount;
    }

    /// @notice Takes `amount` units from an account, as a rebase downwards would; anyone may.
    function burn(address account, uint256 amount) external {
        _units[account] -= amount;
    }

    /// @notice Lets `spender` take `amount` from the caller.
    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @notice Sends `amount` of the caller's to `to`; what it returns is a matter of its behaviour.
    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    /// @notice Sends `amount` of `from`'s to `to`; what it returns is a matter of its behaviour.
    function transferFrom(address from, address to, uint256 amount) external {
        if (!behaviour.refuses) allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    /// @notice Digits behind the point.
    function decimals() external view returns (uint8) {
        return DECIMALS;
    }

    /// @notice Balance of an account, as it shows.
    function balanceOf(address account) external view returns (uint256) {
        return (_units[account] * behaviour.units) / 1_000;
    }

    function _move(address from, address to, uint256 amount) private {
        Behaviour memory now_ = behaviour;
        if (now_.paused) revert Paused();
        if (blocked[from] || blocked[to]) revert Blocked();
        if (now_.refusesZero && amount == 0) revert ZeroTransfer();
        if (now_.largest != 0 && amount > now_.largest) revert TooLarge(amount);
        if (!now_.refuses) {
            _callHook(from);
            uint256 units = (amount * 1_000) / now_.units;
            _units[from] -= units;
            _units[to] += units - (units * now_.feeBps) / 10_000;
            emit Transfer(from, to, amount);
            _callHook(to);
        }
        assembly ("memory-safe") {
            mstore(0, iszero(mload(add(now_, 64))))
            return(0, mul(32, iszero(mload(add(now_, 32)))))
        }
    }

    function _callHook(address account) private {
        Hook memory hook = _hooks[account];
        if (hook.target == address(0) || _calling) return;
        _calling = true;
        (address target, bytes memory data) = (hook.target, hook.data);
        assembly ("memory-safe") {
            pop(call(gas(), target, 0, add(data, 32), mload(data), 0, 0))
        }
        _calling = false;
    }
}
