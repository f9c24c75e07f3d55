// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title HookToken
/// @notice Test double: a currency that calls somebody in the middle of a transfer, before the balances change or
/// after, and may say then that the transfer failed.
contract HookToken is ERC20 {
    address private _target;
    bytes private _data;
    bool private _after;
    bool private _refuses;

    constructor() ERC20("Hook", "HOOK") {}

    /// @notice Makes `amount` units for `to`; anyone may.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Sets the call that the next transfer makes, once; anyone may.
    /// @param target Contract to call.
    /// @param data Calldata.
    /// @param afterwards Whether the call is made after the balances have changed.
    function setHook(address target, bytes calldata data, bool afterwards) external {
        (_target, _data, _after) = (target, data, afterwards);
    }

    /// @notice Makes the next transfer make its call, move nothing and return false; anyone may.
    function refuse() external {
        _refuses = true;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        return _refused() ? false : super.transfer(to, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return _refused() ? false : super.transferFrom(from, to, amount);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        if (!_after) _callHook();
        super._update(from, to, amount);
        if (_after) _callHook();
    }

    function _refused() private returns (bool refused) {
        refused = _refuses;
        if (!refused) return false;
        _refuses = false;
        _callHook();
    }

    function _callHook() private {
        address target = _target;
        if (target == address(0)) return;
        delete _target;
        (bool success, bytes memory returned) = target.call(_data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(returned, 32), mload(returned))
        }
    }
}
