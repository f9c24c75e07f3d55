// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DatasetId, ContributionId} from "../types/Ids.sol";

/// @title IDatasetRegistry
/// @notice Datasets, the contributions in them, and their frozen versions.
/// @dev A dataset is an ERC-721 token; its owner is its curator. A contribution is a Merkle root over rows; its
/// leaves name the contributor, so that nobody gains by submitting a root seen elsewhere. Accepted contributions get
/// the next place in the dataset; a version is a prefix of those places. Example: `contribute(dataset, root, 120,
/// "ipfs://…")`, `accept(dataset, [Submission(contributor, root)])`, `freeze(dataset)`.
interface IDatasetRegistry {
    /// @notice What a model that trains on the dataset must leave to its contributors.
    /// @param streamBps Least share of the model's income, in basis points.
    /// @param proRataBps Part of the stream's fees that is divided by row count in any case, in basis points.
    /// @param rowCap Rows that one contribution counts at the most.
    struct DatasetTerms {
        uint16 streamBps;
        uint16 proRataBps;
        uint32 rowCap;
    }

    /// @notice State of a submitted contribution.
    enum SubmissionStatus {
        None,
        Pending,
        Accepted,
        Rejected
    }

    /// @notice Names a submitted contribution of a dataset.
    /// @param contributor Wallet that submitted it.
    /// @param root Positional Merkle root over its rows.
    struct Submission {
        address contributor;
        bytes32 root;
    }

    /// @notice A frozen prefix of a dataset's accepted contributions.
    /// @param contributions Number of contributions in it.
    /// @param rows Rows that count: capped, without retired contributions; above 0.
    /// @param frozenAt Time of the freeze, in seconds.
    struct Version {
        uint24 contributions;
        uint40 rows;
        uint40 frozenAt;
    }

    /// @notice A dataset was created.
    event DatasetCreated(
        DatasetId indexed dataset,
        address indexed owner,
        DatasetTerms terms,
        bytes32 metadataDigest,
        string uri
    );
    /// @notice A contribution was submitted and waits for the curator.
    event ContributionSubmitted(
        DatasetId indexed dataset,
        address indexed contributor,
        bytes32 root,
        uint32 rows,
        string uri
    );
    /// @notice A contribution was accepted at `position`; `rows` are the rows that count.
    event ContributionAccepted(
        DatasetId indexed dataset,
        uint256 indexed position,
        address indexed contributor,
        bytes32 root,
        uint32 rows
    );
    /// @notice A contribution was rejected; `reason` is the sha-256 digest of the curator's note.
    event ContributionRejected(DatasetId indexed dataset, address indexed contributor, bytes32 root, bytes32 reason);
    /// @notice A contributor retired its contribution: it scores 0 from version `fromVersion` on.
    event ContributionRetired(DatasetId indexed dataset, uint256 indexed position, uint16 fromVersion);
    /// @notice A version was frozen.
    event VersionFrozen(DatasetId indexed dataset, uint16 indexed version, uint24 contributions, uint40 rows);

    /// @notice Thrown when no dataset has this id.
    error DatasetNotFound(DatasetId dataset);
    /// @notice Thrown when a share is above 10,000 basis points.
    error BasisPointsTooHigh(uint256 bps);
    /// @notice Thrown when the row cap of a new dataset is zero.
    error RowCapZero();
    /// @notice Thrown when the caller doesn't own the dataset.
    error NotDatasetOwner(DatasetId dataset, address caller);
    /// @notice Thrown when a contribution has no root or no rows.
    error EmptyContribution();
    /// @notice Thrown when the same wallet submits the same root to the same dataset again.
    error AlreadyContributed(DatasetId dataset, address contributor, bytes32 root);
    /// @notice Thrown when a contribution to accept or reject isn't pending.
    error NotPending(address contributor, bytes32 root, SubmissionStatus status);
    /// @notice Thrown when a dataset would have more than 2^20 contributions, or 2^40 − 1 rows.
    error DatasetFull(DatasetId dataset);
    /// @notice Thrown when no accepted contribution stands at this place.
    error ContributionNotFound(DatasetId dataset, uint256 position);
    /// @notice Thrown when somebody other than the contributor retires a contribution.
    error NotContributor(address contributor, address caller);
    /// @notice Thrown when a contribution is retired twice.
    error AlreadyRetired(DatasetId dataset, uint256 position);
    /// @notice Thrown when a version would have no rows that count.
    error NothingToFreeze(DatasetId dataset);
    /// @notice Thrown when a dataset has no such version.
    error VersionNotFound(DatasetId dataset, uint256 version);

    /// @notice Creates a dataset; anyone may. The caller becomes owner and curator.
    /// @param terms Its terms.
    /// @param metadataDigest sha-256 of its description; `tokenURI` is the IPFS address of that digest.
    /// @param uri Where the description is published; only in the event.
    /// @return dataset Its id.
    function createDataset(
        DatasetTerms calldata terms,
        bytes32 metadataDigest,
        string calldata uri
    ) external returns (DatasetId dataset);

    /// @notice Submits a contribution of the caller's.
    /// @param dataset Dataset to contribute to.
    /// @param root Positional Merkle root over the rows (docs/formats.md).
    /// @param rows Number of rows, above 0.
    /// @param uri Where the rows will be published; only in the event.
    /// @return contribution Its id.
    function contribute(
        DatasetId dataset,
        bytes32 root,
        uint32 rows,
        string calldata uri
    ) external returns (ContributionId contribution);

    /// @notice Accepts pending contributions, in this order; the dataset's owner only.
    function accept(DatasetId dataset, Submission[] calldata submissions) external;

    /// @notice Rejects pending contributions; the dataset's owner only.
    /// @param reason sha-256 digest of a note that says why.
    function reject(DatasetId dataset, Submission[] calldata submissions, bytes32 reason) external;

    /// @notice Retires a contribution of the caller's: it scores 0 in all later versions; earlier ones keep it.
    function retire(DatasetId dataset, uint256 position) external;

    /// @notice Freezes all contributions accepted so far as a version; the dataset's owner only.
    /// @return version Its number, from 1.
    function freeze(DatasetId dataset) external returns (uint16 version);

    /// @notice The contribution at a place.
    /// @return contributor Wallet that is paid for it.
    /// @return rows Rows that count.
    /// @return retiredFrom First version in which it scores 0, or 0 if it was never retired.
    function contributionAt(
        DatasetId dataset,
        uint256 position
    ) external view returns (address contributor, uint32 rows, uint16 retiredFrom);

    /// @notice Rows that the contribution at a place counts in a version: 0 if it was retired before.
    /// @return contributor Wallet that is paid for it.
    /// @return rows Rows that count in that version.
    function creditAt(
        DatasetId dataset,
        uint256 position,
        uint16 version
    ) external view returns (address contributor, uint32 rows);

    /// @notice A version of a dataset; reverts when it doesn't exist.
    function versionAt(DatasetId dataset, uint16 version) external view returns (Version memory);

    /// @notice The terms of a dataset; reverts when it doesn't exist.
    function termsOf(DatasetId dataset) external view returns (DatasetTerms memory);

    /// @notice State of a submitted contribution, and its place once it was accepted.
    function submissionOf(
        DatasetId dataset,
        address contributor,
        bytes32 root
    ) external view returns (SubmissionStatus status, uint32 rows, uint40 submittedAt, uint24 position);

    /// @notice sha-256 of a dataset's description.
    function metadataDigestOf(DatasetId dataset) external view returns (bytes32);

    /// @notice Whether a row stands in a submitted contribution.
    /// @param index Position of the row in the contribution.
    /// @param digest sha-256 of the row's bytes.
    /// @param proof Siblings of the row's leaf, bottom up.
    function isRow(
        DatasetId dataset,
        Submission calldata submission,
        uint256 index,
        bytes32 digest,
        bytes32[] calldata proof
    ) external view returns (bool);
}
