// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {DatasetId} from "../types/Ids.sol";

/// @title Contributions
/// @notice EIP-712 structs of contributions and invitations, and what an edit of terms may change.
library Contributions {
    bytes32 internal constant CONTRIBUTION_TYPEHASH = keccak256(
        "Contribution(uint256 dataset,address contributor,bytes32 root,uint32 rows,"
        "uint256 nonce,uint256 deadline,string uri)"
    );
    bytes32 internal constant INVITATION_TYPEHASH = keccak256(
        "Invitation(uint256 dataset,address contributor,uint256 deadline)"
    );

    /// @notice EIP-712 struct hash of a contribution that its wallet signs.
    function hash(IDatasetRegistry.SignedContribution calldata signed) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    CONTRIBUTION_TYPEHASH,
                    signed.dataset,
                    signed.contributor,
                    signed.root,
                    signed.rows,
                    signed.nonce,
                    signed.deadline,
                    keccak256(bytes(signed.uri))
                )
            );
    }

    /// @notice EIP-712 struct hash of an invitation that a curator signs.
    function invitation(DatasetId dataset, address contributor, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(INVITATION_TYPEHASH, dataset, contributor, deadline));
    }

    /// @notice Whether an edit of terms is in the contributors' favour: shares may rise and nothing else changes. The
    /// deposit, which must never rise, is the caller's to check.
    /// @param from Terms before.
    /// @param to Terms after.
    /// @param licence Licence after; empty if it stays.
    function inFavour(
        IDatasetRegistry.DatasetTerms memory from,
        IDatasetRegistry.DatasetTerms calldata to,
        string calldata licence
    ) internal pure returns (bool) {
        return
            to.streamBps >= from.streamBps &&
            to.proRataBps >= from.proRataBps &&
            to.rowCap == from.rowCap &&
            to.modality == from.modality &&
            to.curation == from.curation &&
            to.training == from.training &&
            bytes(licence).length == 0;
    }
}
