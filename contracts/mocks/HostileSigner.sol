// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title HostileSigner
/// @notice Test double: a contract wallet (ERC-1271) that finds every signature valid, and makes a call of its own
/// while it is asked. The signature is that call.
contract HostileSigner {
    bytes4 private constant VALID = 0x1626ba7e;

    /// @notice Makes the call that `signature` encodes as (target, data), and says yes whatever comes of it.
    function isValidSignature(bytes32, bytes calldata signature) external returns (bytes4) {
        (address target, bytes memory data) = abi.decode(signature, (address, bytes));
        assembly ("memory-safe") {
            pop(call(gas(), target, 0, add(data, 32), mload(data), 0, 0))
        }
        return VALID;
    }

    /// @notice Burns all gas that it gets.
    function burn() external pure {
        while (true) {}
    }
}
