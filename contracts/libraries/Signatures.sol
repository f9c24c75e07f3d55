// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Signatures
/// @notice Signatures of accounts and of contracts.
library Signatures {
    /// @notice Whether `signer` signed `digest`: as an account, or else by its own word (ERC-1271).
    /// @dev An account that delegates to code (EIP-7702) still signs as an account, so its key is tried first.
    /// @param signer Account or contract, not zero.
    /// @param digest EIP-712 digest.
    /// @param signature 65 bytes of an account, or whatever the contract understands.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }
}
