// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title ContentUri
/// @notice The IPFS address of a file of which the chain holds only the sha-256.
library ContentUri {
    /// @notice `ipfs://f01551220…`: CIDv1, base 16, codec raw (0x55), multihash sha2-256 (0x12, 0x20 bytes).
    /// @param digest sha-256 of the file.
    function ofDigest(bytes32 digest) internal pure returns (string memory) {
        bytes memory hexDigest = bytes(Strings.toHexString(uint256(digest), 32));
        bytes memory uri = bytes("ipfs://f01551220________________________________________________________________");
        // Both 0x and the fixed part are left out: 64 digits go behind the first 16 characters.
        for (uint256 i = 0; i < 64; ++i) uri[16 + i] = hexDigest[2 + i];
        return string(uri);
    }
}
