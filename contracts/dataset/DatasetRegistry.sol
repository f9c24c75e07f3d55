// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {ContentUri} from "../libraries/ContentUri.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PositionalMerkle} from "../libraries/PositionalMerkle.sol";
import {Shares} from "../libraries/Shares.sol";
import {ContributionId, DatasetId} from "../types/Ids.sol";

/// @title DatasetRegistry
/// @notice See {IDatasetRegistry}.
contract DatasetRegistry is ERC721, IDatasetRegistry {
    /// @notice Most contributions of a dataset: sums over a statement's lines are sized for it.
    uint256 public constant MAX_CONTRIBUTIONS = 1 << 20;

    struct Dataset {
        // slot 0: streamBps, proRataBps, rowCap, accepted, rows, versions (144 bits)
        uint16 streamBps;
        uint16 proRataBps;
        uint32 rowCap;
        uint24 accepted;
        uint40 rows;
        uint16 versions;
        // slot 1
        bytes32 metadataDigest;
    }

    struct SubmissionState {
        // slot 0: rows, submittedAt, position, status (104 bits)
        uint32 rows;
        uint40 submittedAt;
        uint24 position;
        SubmissionStatus status;
    }

    struct Contribution {
        // slot 0: contributor, rows, retiredFrom (208 bits)
        address contributor;
        uint32 rows;
        uint16 retiredFrom;
    }

    /// @notice Number of datasets; ids go from 1 to it.
    uint256 public datasetCount;

    mapping(DatasetId dataset => Dataset state) private _datasets;
    mapping(ContributionId contribution => SubmissionState state) private _submissions;
    mapping(DatasetId dataset => mapping(uint256 position => Contribution accepted)) private _contributions;
    mapping(DatasetId dataset => mapping(uint256 version => Version frozen)) private _versions;

    constructor() ERC721("Tributary Dataset", "TRIB-DATA") {}

    modifier onlyDatasetOwner(DatasetId dataset) {
        _requireExists(dataset);
        if (ownerOf(DatasetId.unwrap(dataset)) != msg.sender) revert NotDatasetOwner(dataset, msg.sender);
        _;
    }

    /// @inheritdoc IDatasetRegistry
    function createDataset(
        DatasetTerms calldata terms,
        bytes32 metadataDigest,
        string calldata uri
    ) external returns (DatasetId dataset) {
        if (terms.streamBps > Shares.WHOLE) revert BasisPointsTooHigh(terms.streamBps);
        if (terms.proRataBps > Shares.WHOLE) revert BasisPointsTooHigh(terms.proRataBps);
        if (terms.rowCap == 0) revert RowCapZero();
        dataset = DatasetId.wrap(++datasetCount);
        Dataset storage created = _datasets[dataset];
        created.streamBps = terms.streamBps;
        created.proRataBps = terms.proRataBps;
        created.rowCap = terms.rowCap;
        created.metadataDigest = metadataDigest;
        _mint(msg.sender, DatasetId.unwrap(dataset));
        emit DatasetCreated(dataset, msg.sender, terms, metadataDigest, uri);
    }

    /// @inheritdoc IDatasetRegistry
    function contribute(
        DatasetId dataset,
        bytes32 root,
        uint32 rows,
        string calldata uri
    ) external returns (ContributionId contribution) {
        _requireExists(dataset);
        if (root == 0 || rows == 0) revert EmptyContribution();
        contribution = _contributionId(dataset, msg.sender, root);
        SubmissionState storage state = _submissions[contribution];
        if (state.status != SubmissionStatus.None) revert AlreadyContributed(dataset, msg.sender, root);
        state.rows = rows;
        state.submittedAt = uint40(block.timestamp);
        state.status = SubmissionStatus.Pending;
        emit ContributionSubmitted(dataset, msg.sender, root, rows, uri);
    }

    /// @inheritdoc IDatasetRegistry
    function accept(DatasetId dataset, Submission[] calldata submissions) external onlyDatasetOwner(dataset) {
        Dataset storage target = _datasets[dataset];
        uint32 cap = target.rowCap;
        uint24 position = target.accepted;
        uint40 rows = target.rows;
        for (uint256 i = 0; i < submissions.length; ++i) {
            Submission calldata submission = submissions[i];
            if (position == MAX_CONTRIBUTIONS) revert DatasetFull(dataset);
            SubmissionState storage state = _pending(dataset, submission);
            uint32 counted = state.rows < cap ? state.rows : cap;
            state.status = SubmissionStatus.Accepted;
            state.position = position;
            _contributions[dataset][position] = Contribution(submission.contributor, counted, 0);
            emit ContributionAccepted(dataset, position, submission.contributor, submission.root, counted);
            ++position;
            if (counted > type(uint40).max - rows) revert DatasetFull(dataset);
            rows += counted;
        }
        target.accepted = position;
        target.rows = rows;
    }

    /// @inheritdoc IDatasetRegistry
    function reject(
        DatasetId dataset,
        Submission[] calldata submissions,
        bytes32 reason
    ) external onlyDatasetOwner(dataset) {
        for (uint256 i = 0; i < submissions.length; ++i) {
            Submission calldata submission = submissions[i];
            _pending(dataset, submission).status = SubmissionStatus.Rejected;
            emit ContributionRejected(dataset, submission.contributor, submission.root, reason);
        }
    }

    /// @inheritdoc IDatasetRegistry
    function retire(DatasetId dataset, uint256 position) external {
        Contribution storage contribution = _contributions[dataset][position];
        if (contribution.contributor == address(0)) revert ContributionNotFound(dataset, position);
        if (contribution.contributor != msg.sender) revert NotContributor(contribution.contributor, msg.sender);
        if (contribution.retiredFrom != 0) revert AlreadyRetired(dataset, position);
        Dataset storage target = _datasets[dataset];
        uint16 fromVersion = target.versions + 1;
        contribution.retiredFrom = fromVersion;
        target.rows -= contribution.rows;
        emit ContributionRetired(dataset, position, fromVersion);
    }

    /// @inheritdoc IDatasetRegistry
    function freeze(DatasetId dataset) external onlyDatasetOwner(dataset) returns (uint16 version) {
        Dataset storage target = _datasets[dataset];
        if (target.rows == 0) revert NothingToFreeze(dataset);
        version = ++target.versions;
        _versions[dataset][version] = Version(target.accepted, target.rows, uint40(block.timestamp));
        emit VersionFrozen(dataset, version, target.accepted, target.rows);
    }

    /// @inheritdoc IDatasetRegistry
    function contributionAt(
        DatasetId dataset,
        uint256 position
    ) public view returns (address contributor, uint32 rows, uint16 retiredFrom) {
        Contribution storage contribution = _contributions[dataset][position];
        contributor = contribution.contributor;
        if (contributor == address(0)) revert ContributionNotFound(dataset, position);
        return (contributor, contribution.rows, contribution.retiredFrom);
    }

    /// @inheritdoc IDatasetRegistry
    function creditAt(
        DatasetId dataset,
        uint256 position,
        uint16 version
    ) external view returns (address contributor, uint32 rows) {
        uint16 retiredFrom;
        (contributor, rows, retiredFrom) = contributionAt(dataset, position);
        if (retiredFrom != 0 && retiredFrom <= version) rows = 0;
    }

    /// @inheritdoc IDatasetRegistry
    function versionAt(DatasetId dataset, uint16 version) external view returns (Version memory frozen) {
        frozen = _versions[dataset][version];
        if (frozen.rows == 0) revert VersionNotFound(dataset, version);
    }

    /// @inheritdoc IDatasetRegistry
    function termsOf(DatasetId dataset) external view returns (DatasetTerms memory) {
        _requireExists(dataset);
        Dataset storage target = _datasets[dataset];
        return DatasetTerms(target.streamBps, target.proRataBps, target.rowCap);
    }

    /// @inheritdoc IDatasetRegistry
    function submissionOf(
        DatasetId dataset,
        address contributor,
        bytes32 root
    ) external view returns (SubmissionStatus status, uint32 rows, uint40 submittedAt, uint24 position) {
        SubmissionState storage state = _submissions[_contributionId(dataset, contributor, root)];
        return (state.status, state.rows, state.submittedAt, state.position);
    }

    /// @inheritdoc IDatasetRegistry
    function metadataDigestOf(DatasetId dataset) external view returns (bytes32) {
        _requireExists(dataset);
        return _datasets[dataset].metadataDigest;
    }

    /// @inheritdoc IDatasetRegistry
    function isRow(
        DatasetId dataset,
        Submission calldata submission,
        uint256 index,
        bytes32 digest,
        bytes32[] calldata proof
    ) external view returns (bool) {
        uint256 rows = _submissions[_contributionId(dataset, submission.contributor, submission.root)].rows;
        if (index >= rows || proof.length != PositionalMerkle.depthOf(rows)) return false;
        bytes32 leaf = Leaves.row(submission.contributor, index, digest);
        return PositionalMerkle.rootOf(leaf, index, proof) == submission.root;
    }

    /// @notice IPFS address of the dataset's description, from its sha-256.
    /// @param tokenId Number of the dataset.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return ContentUri.ofDigest(_datasets[DatasetId.wrap(tokenId)].metadataDigest);
    }

    function _pending(
        DatasetId dataset,
        Submission calldata submission
    ) private view returns (SubmissionState storage state) {
        state = _submissions[_contributionId(dataset, submission.contributor, submission.root)];
        if (state.status != SubmissionStatus.Pending) {
            revert NotPending(submission.contributor, submission.root, state.status);
        }
    }

    function _requireExists(DatasetId dataset) private view {
        if (_datasets[dataset].rowCap == 0) revert DatasetNotFound(dataset);
    }

    function _contributionId(
        DatasetId dataset,
        address contributor,
        bytes32 root
    ) private pure returns (ContributionId) {
        return ContributionId.wrap(keccak256(abi.encode(dataset, contributor, root)));
    }
}
