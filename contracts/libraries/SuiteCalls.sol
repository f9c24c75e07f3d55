// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SuiteCalls
/// @notice Calls of another contract of the suite, whose code is known: what comes back needs no checks. A call that
/// reverts reverts the caller with the same error.
library SuiteCalls {
    /// @notice Reads two words.
    /// @param target Contract of the suite.
    /// @param selector Function of at most three words of parameters that returns two words.
    /// @param first First parameter, and so on; those that the function doesn't have are ignored.
    function read(
        address target,
        bytes4 selector,
        uint256 first,
        uint256 second,
        uint256 third
    ) internal view returns (uint256 a, uint256 b) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 4), first)
            mstore(add(data, 36), second)
            mstore(add(data, 68), third)
            if iszero(staticcall(gas(), target, data, 100, 0, 64)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
            a := mload(0)
            b := mload(32)
        }
    }

    /// @notice Has something done.
    /// @param target Contract of the suite.
    /// @param selector Function of two words of parameters that returns a bool.
    /// @param first First parameter.
    /// @param second Second parameter.
    function order(address target, bytes4 selector, uint256 first, uint256 second) internal returns (bool done) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 4), first)
            mstore(add(data, 36), second)
            if iszero(call(gas(), target, 0, data, 68, 0, 32)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
            done := mload(0)
        }
    }
}
