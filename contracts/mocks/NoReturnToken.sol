// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title NoReturnToken
/// @notice Test double: a currency whose transfers return nothing, as the first large dollar on Ethereum does.
contract NoReturnToken {
    /// @notice Balance of an account.
    mapping(address account => uint256 amount) public balanceOf;
    /// @notice What a spender may take from an owner.
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    /// @notice Makes `amount` units for `to`; anyone may.
    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// @notice Lets `spender` take `amount` from the caller.
    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    /// @notice Sends `amount` of the caller's to `to`.
    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    /// @notice Sends `amount` of `from`'s to `to`.
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
