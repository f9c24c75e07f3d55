// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "../types/Ids.sol";

/// @title Vouchers
/// @notice EIP-712 structs that a payer signs over its prepaid balance.
library Vouchers {
    bytes32 internal constant VOUCHER_TYPEHASH = keccak256("Voucher(address payer,uint256 model,uint112 cumulative)");
    bytes32 internal constant CHARGE_TYPEHASH = keccak256(
        "Charge(address payer,uint256 model,uint112 cumulative,bytes32 requestDigest)"
    );

    /// @notice Struct hash of a voucher: the channel has paid `cumulative` wei in all.
    function voucher(address payer, ModelId model, uint256 cumulative) internal pure returns (bytes32) {
        return keccak256(abi.encode(VOUCHER_TYPEHASH, payer, model, cumulative));
    }

    /// @notice Struct hash of a charge: the same, for one inference.
    function charge(
        address payer,
        ModelId model,
        uint112 cumulative,
        bytes32 requestDigest
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHARGE_TYPEHASH, payer, model, cumulative, requestDigest));
    }
}
