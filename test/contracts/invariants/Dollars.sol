// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";

/// @title Dollars
/// @notice EIP-712 digests of what is signed for the demo dollar: permits (ERC-2612) and authorizations (ERC-3009)
/// without a deadline.
library Dollars {
    /// @notice Latest time at which an authorization may be used.
    uint256 internal constant NO_DEADLINE = type(uint40).max;

    bytes32 internal constant TRANSFER = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 internal constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant CANCEL = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    /// @notice Digest of an owner's next permit.
    function permit(
        DemoDollar currency,
        address owner,
        address spender,
        uint256 value
    ) internal view returns (bytes32) {
        uint256 nonce = currency.nonces(owner);
        return _digest(currency, keccak256(abi.encode(PERMIT, owner, spender, value, nonce, NO_DEADLINE)));
    }

    /// @notice Digest of an authorization; `typehash` is TRANSFER or RECEIVE.
    function authorization(
        DemoDollar currency,
        bytes32 typehash,
        address from,
        address to,
        uint256 value,
        bytes32 nonce
    ) internal view returns (bytes32) {
        return _digest(currency, keccak256(abi.encode(typehash, from, to, value, 0, NO_DEADLINE, nonce)));
    }

    /// @notice Digest that makes an authorization's nonce worthless.
    function cancellation(DemoDollar currency, address from, bytes32 nonce) internal view returns (bytes32) {
        return _digest(currency, keccak256(abi.encode(CANCEL, from, nonce)));
    }

    function _digest(DemoDollar currency, bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", currency.DOMAIN_SEPARATOR(), structHash));
    }
}
