// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DatasetId, ContributionId} from "../types/Ids.sol";

/// @title IDatasetRegistry
/// @notice Datasets, the contributions in them, and their frozen versions.
/// @dev A dataset is an ERC-721 token; its owner is its curator and may appoint others. Deposits are locked in the
/// bond vault, where contributors put them under this contract. A contribution is a Merkle root over rows; its leaves
/// name the contributor, so that nobody gains by submitting a root seen elsewhere. Accepted contributions get the
/// next place in the dataset; a version is a prefix of those places. Example: `contribute(dataset, root, 120,
/// "ipfs://…")`, `accept(dataset, [Submission(contributor, root)])`, `freeze(dataset)`.
interface IDatasetRegistry {
    /// @notice What the rows are.
    enum Modality {
        Text,
        Image,
        Audio,
        Tabular
    }

    /// @notice How a contribution gets into the dataset: at once (Open), by a curator's decision (Curated), or at
    /// once for wallets on a list or with an invitation (AllowList).
    enum Curation {
        Open,
        Curated,
        AllowList
    }

    /// @notice Who may register models that name the dataset: anyone, wallets on a list, or wallets that the owner
    /// approved.
    enum Training {
        Anyone,
        AllowList,
        Approval
    }

    /// @notice Terms of a dataset. They can be edited until the first version is frozen, and then only in the
    /// contributors' favour: shares may rise, the deposit may fall, nothing else changes. The deposit never rises,
    /// and the curation of a dataset with a deposit never changes.
    /// @param modality What the rows are.
    /// @param curation How a contribution gets in.
    /// @param training Who may train on it.
    /// @param streamBps Least share of the model's income that goes to the contributors, in basis points.
    /// @param proRataBps Part of the stream's fees that is divided by row count in any case, in basis points.
    /// @param rowCap Rows that one contribution counts at the most.
    /// @param deposit Wei that a contributor locks: for a contribution, in an open dataset for each row.
    struct DatasetTerms {
        Modality modality;
        Curation curation;
        Training training;
        uint16 streamBps;
        uint16 proRataBps;
        uint32 rowCap;
        uint88 deposit;
    }

    /// @notice State of a submitted contribution.
    enum SubmissionStatus {
        None,
        Pending,
        Accepted,
        Rejected,
        Withdrawn
    }

    /// @notice What shows that a wallet may contribute to an allow-list dataset: a proof, or an invitation.
    /// @param proof Siblings of keccak256(keccak256(abi.encode(wallet))) in the list's tree (sorted pairs,
    /// OpenZeppelin).
    /// @param inviter Owner or curator who signed the invitation; zero if there is none.
    /// @param deadline Time until which the invitation holds, in seconds.
    /// @param signature The inviter's EIP-712 signature of Invitation(dataset, contributor, deadline).
    struct Admission {
        bytes32[] proof;
        address inviter;
        uint256 deadline;
        bytes signature;
    }

    /// @notice A contribution that its wallet signed and anybody may send.
    /// @param dataset Dataset to contribute to.
    /// @param contributor Wallet that signed it: an account or an ERC-1271 contract.
    /// @param root Positional Merkle root over its rows.
    /// @param rows Number of rows.
    /// @param nonce Any number that the wallet hasn't used; in no order.
    /// @param deadline Time until which it may be sent, in seconds.
    /// @param uri Where the rows will be published; signed by its keccak256.
    /// @param admission Empty unless the dataset has an allow-list.
    /// @param signature EIP-712 signature of Contribution(dataset, contributor, root, rows, nonce, deadline, uri).
    struct SignedContribution {
        DatasetId dataset;
        address contributor;
        bytes32 root;
        uint32 rows;
        uint256 nonce;
        uint256 deadline;
        string uri;
        Admission admission;
        bytes signature;
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
    event DatasetCreated(DatasetId indexed dataset, address indexed owner, bytes32 metadataDigest, string uri);
    /// @notice A dataset's terms were set; `licence` is an SPDX id.
    event TermsSet(DatasetId indexed dataset, DatasetTerms terms, string licence);
    /// @notice A dataset's description changed; no version comes of it.
    event MetadataSet(DatasetId indexed dataset, bytes32 metadataDigest, string uri);
    /// @notice The owner appointed or dismissed a curator.
    event CuratorSet(DatasetId indexed dataset, address indexed curator, bool appointed);
    /// @notice Lists of wallets that may contribute or train; roots of OpenZeppelin's standard Merkle trees.
    event AllowListsSet(DatasetId indexed dataset, bytes32 contributors, bytes32 trainers);
    /// @notice The owner allowed a wallet to train on the dataset, or took that back for models to come.
    event TrainerApproved(DatasetId indexed dataset, address indexed trainer, bool approved);
    /// @notice The last row that a contribution declares was opened. What stands between isn't shown by that.
    event RowsOpened(DatasetId indexed dataset, address indexed contributor, bytes32 root, uint32 rows);
    /// @notice A contributor took back what no curator had decided on in time.
    event ContributionWithdrawn(DatasetId indexed dataset, address indexed contributor, bytes32 root);
    /// @notice A relayed contribution was left out of its batch; `reason` is what it reverted with.
    event ContributionSkipped(DatasetId indexed dataset, address indexed contributor, bytes32 root, bytes reason);
    /// @notice A wallet's nonce was used by a signed contribution.
    event NonceSpent(address indexed contributor, uint256 nonce);
    /// @notice A wallet cancelled nonces: signatures with them are worthless.
    event NoncesCancelled(address indexed contributor, uint256 indexed word, uint256 mask);
    /// @notice A contribution was submitted; in a curated dataset it now waits for a curator.
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
    /// @notice Thrown when a deployment's review time is above a year.
    error ReviewTimeTooLong(uint256 reviewTime);
    /// @notice Thrown when a contribution's deposit is above 2^88 − 1 wei.
    error DepositTooHigh(uint256 deposit);
    /// @notice Thrown when a dataset has 65,534 versions.
    error TooManyVersions(DatasetId dataset);
    /// @notice Thrown when the row cap would be zero.
    error RowCapZero();
    /// @notice Thrown when terms would change against the contributors where they may not.
    error TermsFrozen(DatasetId dataset);
    /// @notice Thrown when the caller is neither owner nor curator of the dataset.
    error NotCurator(DatasetId dataset, address caller);
    /// @notice Thrown when a wallet may not contribute to an allow-list dataset.
    error NotAdmitted(DatasetId dataset, address contributor);
    /// @notice Thrown when a wallet may not register models that name the dataset.
    error TrainingNotPermitted(DatasetId dataset, address trainer);
    /// @notice Thrown when a signed contribution comes after its deadline.
    error SignatureExpired(uint256 deadline);
    /// @notice Thrown when a wallet used or cancelled a nonce before.
    error NonceUsed(address contributor, uint256 nonce);
    /// @notice Thrown when a contribution isn't signed by its wallet.
    error InvalidSignature(address contributor);
    /// @notice Thrown when the proof doesn't show the last row of a contribution.
    error LastRowNotShown(bytes32 root, uint256 rows);
    /// @notice Thrown when the last row of a contribution was opened before.
    error AlreadyOpened(bytes32 root);
    /// @notice Thrown when a contribution is withdrawn, or its deposit would be released, before the review time is
    /// over.
    error ReviewTimeRunning(uint256 until);
    /// @notice Thrown when the caller doesn't own the dataset.
    error NotDatasetOwner(DatasetId dataset, address caller);
    /// @notice Thrown when a contribution has no root or no rows.
    error EmptyContribution();
    /// @notice Thrown when the same wallet submits the same root to the same dataset again.
    error AlreadyContributed(DatasetId dataset, address contributor, bytes32 root);
    /// @notice Thrown when a contribution to decide on or to withdraw isn't pending.
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
    /// @param licence SPDX id of its licence; only in the event.
    /// @param metadataDigest sha-256 of its description; `tokenURI` is the IPFS address of that digest.
    /// @param uri Where the description is published; only in the event.
    /// @return dataset Its id.
    function createDataset(
        DatasetTerms calldata terms,
        string calldata licence,
        bytes32 metadataDigest,
        string calldata uri
    ) external returns (DatasetId dataset);

    /// @notice Edits the terms; the dataset's owner only. After the first freeze only in the contributors' favour.
    /// @param licence SPDX id; after the first freeze it must be empty, and the earlier one holds.
    function setTerms(DatasetId dataset, DatasetTerms calldata terms, string calldata licence) external;

    /// @notice Changes the description; the dataset's owner only.
    function setMetadata(DatasetId dataset, bytes32 metadataDigest, string calldata uri) external;

    /// @notice Appoints or dismisses a curator; the dataset's owner only. Appointments hold while the token is this
    /// owner's.
    function setCurator(DatasetId dataset, address curator, bool appointed) external;

    /// @notice Sets the lists of wallets that may contribute and train; the dataset's owner only.
    /// @param contributors Root over keccak256(keccak256(abi.encode(wallet))), sorted pairs; zero for nobody.
    /// @param trainers Root of the same kind.
    function setAllowLists(DatasetId dataset, bytes32 contributors, bytes32 trainers) external;

    /// @notice Allows wallets to register models that name the dataset; the dataset's owner only. Approvals and lists
    /// outlive a sale of the token, until the new owner changes them.
    function approveTrainers(DatasetId dataset, address[] calldata trainers, bool approved) external;

    /// @notice Submits a contribution of the caller's; an allow-list dataset asks for `contributeAdmitted`.
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

    /// @notice Submits a contribution of the caller's to an allow-list dataset.
    /// @param admission What shows that the caller may.
    function contributeAdmitted(
        DatasetId dataset,
        bytes32 root,
        uint32 rows,
        string calldata uri,
        Admission calldata admission
    ) external returns (ContributionId contribution);

    /// @notice Submits a contribution that its wallet signed; anyone may, and pays the gas.
    function contributeSigned(SignedContribution calldata signed) external returns (ContributionId contribution);

    /// @notice Submits many signed contributions; what can't be submitted is skipped with an event.
    function contributeBatch(SignedContribution[] calldata batch) external;

    /// @notice Makes signatures of the caller's with these nonces worthless.
    /// @param word Bits 8 and up of the nonces.
    /// @param mask One bit for each nonce of the word.
    function cancelNonces(uint256 word, uint256 mask) external;

    /// @notice Accepts pending contributions, in this order; owner and curators only. Deposits are released.
    function accept(DatasetId dataset, Submission[] calldata submissions) external;

    /// @notice Rejects pending contributions; owner and curators only. Deposits are released.
    /// @param reason sha-256 digest of a note that says why.
    function reject(DatasetId dataset, Submission[] calldata submissions, bytes32 reason) external;

    /// @notice Opens the last row that a contribution declares; anyone may. A count that can't be opened is a reason
    /// to reject; where contributions are accepted at once, opening releases the deposit, after the review time. It
    /// shows a leaf at the last place, not that there are rows at the others: the published rows show that.
    /// @param digest sha-256 of the last row's bytes.
    /// @param proof Siblings of its leaf, bottom up.
    function review(
        DatasetId dataset,
        Submission calldata submission,
        bytes32 digest,
        bytes32[] calldata proof
    ) external;

    /// @notice Takes a contribution of the caller's back that no curator decided on within the review time.
    function withdrawContribution(DatasetId dataset, bytes32 root) external;

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
    function entitledAt(
        DatasetId dataset,
        uint256 position,
        uint16 version
    ) external view returns (address contributor, uint32 rows);

    /// @notice A version of a dataset; reverts when it doesn't exist.
    function versionAt(DatasetId dataset, uint16 version) external view returns (Version memory);

    /// @notice What a model must leave to a version's contributors; reverts when there is no such version, or when
    /// the trainer may not use it.
    /// @param trainer Wallet that registers the model.
    /// @param proof Proof of the trainer in an allow-list; empty otherwise.
    function offerTo(
        DatasetId dataset,
        uint16 version,
        address trainer,
        bytes32[] calldata proof
    ) external view returns (uint16 streamBps, uint16 proRataBps);

    /// @notice Whether an account may decide on contributions: the owner, and whom this owner appointed.
    function isCurator(DatasetId dataset, address account) external view returns (bool);

    /// @notice The terms of a dataset; reverts when it doesn't exist.
    function termsOf(DatasetId dataset) external view returns (DatasetTerms memory);

    /// @notice State of a submitted contribution.
    /// @return status Its state.
    /// @return rows Rows that it declares.
    /// @return submittedAt Time of the submission, in seconds.
    /// @return position Its place in the dataset once it was accepted.
    /// @return opened Whether its last row was opened.
    /// @return deposit Wei of the contributor's that are locked for it.
    function submissionOf(
        DatasetId dataset,
        address contributor,
        bytes32 root
    )
        external
        view
        returns (
            SubmissionStatus status,
            uint32 rows,
            uint40 submittedAt,
            uint24 position,
            bool opened,
            uint88 deposit
        );

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
