// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Keys
/// @notice The accounts that play, and their signatures, without any help of a test runner.
/// @dev Signs with the nonce 1, which gives every key away: good enough for accounts that exist in tests only.
library Keys {
    /// @notice Number of accounts.
    uint256 internal constant COUNT = 6;

    /// @dev Order and x coordinate of the base point of secp256k1 (SEC 2, 2.4.1), which is the nonce point; its y is
    /// even.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant BASE_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    /// @notice An account, by any number.
    function accountAt(uint256 seed) internal pure returns (address) {
        (uint8 v, bytes32 r, bytes32 s) = sign(seed, bytes32(uint256(1)));
        return ecrecover(bytes32(uint256(1)), v, r, s);
    }

    /// @notice Place of an account; COUNT if it is none.
    function placeOf(address account) internal pure returns (uint256 place) {
        while (place < COUNT && accountAt(place) != account) ++place;
    }

    /// @notice ECDSA signature of an account, with the lower s (EIP-2).
    function sign(uint256 seed, bytes32 digest) internal pure returns (uint8 v, bytes32 r, bytes32 s) {
        uint256 key = uint256(keccak256(abi.encode("key", seed % COUNT))) % ORDER;
        uint256 proof = addmod(uint256(digest), mulmod(BASE_X, key, ORDER), ORDER);
        (v, r) = (27, bytes32(BASE_X));
        if (proof > ORDER / 2) (v, proof) = (28, ORDER - proof);
        s = bytes32(proof);
    }

    /// @notice The same in 65 bytes.
    function signature(uint256 seed, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = sign(seed, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice EIP-712 digest of a struct that a contract of the suite verifies.
    function typed(address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tributary"),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
