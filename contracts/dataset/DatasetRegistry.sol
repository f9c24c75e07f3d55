// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IBondVault} from "../interfaces/IBondVault.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {Contributions} from "../libraries/Contributions.sol";
import {Leaves} from "../libraries/Leaves.sol";
import {PositionalMerkle} from "../libraries/PositionalMerkle.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {ContributionId, DatasetId} from "../types/Ids.sol";
import {DatasetTokens} from "./DatasetTokens.sol";

/// @title DatasetRegistry
/// @notice See {IDatasetRegistry}. Contributions and versions; the owner's side is {DatasetTokens}.
contract DatasetRegistry is DatasetTokens, EIP712 {
    /// @notice Most contributions of a dataset: sums over a statement's lines are sized for it.
    uint256 public constant MAX_CONTRIBUTIONS = 1 << 20;
    /// @notice Most versions of a dataset.
    uint256 private constant MAX_VERSIONS = type(uint16).max - 1;

    struct SubmissionState {
        // slot 0: rows, submittedAt, position, status, opened, deposit (200 bits)
        uint32 rows;
        uint40 submittedAt;
        uint24 position;
        SubmissionStatus status;
        bool opened;
        uint88 deposit;
    }

    struct Contribution {
        // slot 0: contributor, rows, retiredFrom (208 bits)
        address contributor;
        uint32 rows;
        uint16 retiredFrom;
    }

    /// @notice Where deposits are locked.
    IBondVault public immutable VAULT;
    /// @notice Seconds that curators have to decide on a contribution before it can be withdrawn.
    uint256 public immutable REVIEW_TIME;

    /// @notice Nonces that a wallet used or cancelled: one bit each, bits 8 and up of the nonce name the word.
    mapping(address contributor => mapping(uint256 word => uint256 bits)) public noncesUsed;

    mapping(ContributionId contribution => SubmissionState state) private _submissions;
    mapping(DatasetId dataset => mapping(uint256 position => Contribution accepted)) private _contributions;
    mapping(DatasetId dataset => mapping(uint256 version => Version frozen)) private _versions;

    constructor(IBondVault vault, uint256 reviewTime) EIP712("Tributary", "1") {
        if (reviewTime > 365 days) revert ReviewTimeTooLong(reviewTime);
        VAULT = vault;
        REVIEW_TIME = reviewTime;
    }

    /// @inheritdoc IDatasetRegistry
    function contribute(
        DatasetId dataset,
        bytes32 root,
        uint32 rows,
        string calldata uri
    ) external returns (ContributionId) {
        if (_terms(dataset).curation == Curation.AllowList) revert NotAdmitted(dataset, msg.sender);
        return _submit(dataset, msg.sender, root, rows, uri);
    }

    /// @inheritdoc IDatasetRegistry
    function contributeAdmitted(
        DatasetId dataset,
        bytes32 root,
        uint32 rows,
        string calldata uri,
        Admission calldata admission
    ) external returns (ContributionId) {
        _requireAdmitted(dataset, msg.sender, admission);
        return _submit(dataset, msg.sender, root, rows, uri);
    }

    /// @inheritdoc IDatasetRegistry
    function contributeSigned(SignedContribution calldata signed) public returns (ContributionId) {
        if (block.timestamp > signed.deadline) revert SignatureExpired(signed.deadline);
        _requireAdmitted(signed.dataset, signed.contributor, signed.admission);
        (uint256 word, uint256 bit) = (signed.nonce >> 8, 1 << (signed.nonce & 255));
        uint256 used = noncesUsed[signed.contributor][word];
        if (used & bit != 0) revert NonceUsed(signed.contributor, signed.nonce);
        noncesUsed[signed.contributor][word] = used | bit;
        emit NonceSpent(signed.contributor, signed.nonce);
        bytes32 digest = _hashTypedDataV4(Contributions.hash(signed));
        if (!Signatures.isValid(signed.contributor, digest, signed.signature)) {
            revert InvalidSignature(signed.contributor);
        }
        return _submit(signed.dataset, signed.contributor, signed.root, signed.rows, signed.uri);
    }

    /// @inheritdoc IDatasetRegistry
    function contributeBatch(SignedContribution[] calldata batch) external {
        for (uint256 i = 0; i < batch.length; ++i) {
            // A call to itself undoes all of one contribution, and leaves the others alone.
            try this.contributeSigned(batch[i]) returns (ContributionId) {} catch (bytes memory reason) {
                emit ContributionSkipped(batch[i].dataset, batch[i].contributor, batch[i].root, reason);
            }
        }
    }

    /// @inheritdoc IDatasetRegistry
    function cancelNonces(uint256 word, uint256 mask) external {
        noncesUsed[msg.sender][word] |= mask;
        emit NoncesCancelled(msg.sender, word, mask);
    }

    /// @inheritdoc IDatasetRegistry
    function accept(DatasetId dataset, Submission[] calldata submissions) external onlyCurator(dataset) {
        for (uint256 i = 0; i < submissions.length; ++i) {
            Submission calldata submission = submissions[i];
            SubmissionState storage state = _pending(dataset, submission);
            _accept(dataset, submission.contributor, submission.root, state);
            _release(submission.contributor, state);
        }
    }

    /// @inheritdoc IDatasetRegistry
    function reject(
        DatasetId dataset,
        Submission[] calldata submissions,
        bytes32 reason
    ) external onlyCurator(dataset) {
        for (uint256 i = 0; i < submissions.length; ++i) {
            Submission calldata submission = submissions[i];
            SubmissionState storage state = _pending(dataset, submission);
            state.status = SubmissionStatus.Rejected;
            emit ContributionRejected(dataset, submission.contributor, submission.root, reason);
            _release(submission.contributor, state);
        }
    }

    /// @inheritdoc IDatasetRegistry
    function review(
        DatasetId dataset,
        Submission calldata submission,
        bytes32 digest,
        bytes32[] calldata proof
    ) external {
        SubmissionState storage state = _submissions[_idOf(dataset, submission)];
        if (state.opened) revert AlreadyOpened(submission.root);
        uint32 rows = state.rows;
        if (rows == 0 || !isRow(dataset, submission, rows - 1, digest, proof)) {
            revert LastRowNotShown(submission.root, rows);
        }
        state.opened = true;
        emit RowsOpened(dataset, submission.contributor, submission.root, rows);
        if (state.status == SubmissionStatus.Accepted && state.deposit != 0) {
            // A made-up tree can be opened at once; money that waits is what invented rows cost.
            _requireReviewed(state);
            _release(submission.contributor, state);
        }
    }

    /// @inheritdoc IDatasetRegistry
    function withdrawContribution(DatasetId dataset, bytes32 root) external {
        Submission memory submission = Submission(msg.sender, root);
        SubmissionState storage state = _pending(dataset, submission);
        _requireReviewed(state);
        state.status = SubmissionStatus.Withdrawn;
        emit ContributionWithdrawn(dataset, msg.sender, root);
        _release(msg.sender, state);
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
        if (target.versions == MAX_VERSIONS) revert TooManyVersions(dataset);
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
    function entitledAt(
        DatasetId dataset,
        uint256 position,
        uint16 version
    ) external view returns (address contributor, uint32 rows) {
        Contribution storage contribution = _contributions[dataset][position];
        uint256 word;
        // Claims read it every time: its slot is taken in one piece.
        assembly ("memory-safe") {
            word := sload(contribution.slot)
        }
        if (word == 0) revert ContributionNotFound(dataset, position);
        uint256 retiredFrom = word >> 192;
        if (retiredFrom == 0 || retiredFrom > version) rows = uint32(word >> 160);
        contributor = address(uint160(word));
    }

    /// @inheritdoc IDatasetRegistry
    function versionAt(DatasetId dataset, uint16 version) public view returns (Version memory frozen) {
        frozen = _versions[dataset][version];
        if (frozen.rows == 0) revert VersionNotFound(dataset, version);
    }

    /// @inheritdoc IDatasetRegistry
    function offerTo(
        DatasetId dataset,
        uint16 version,
        address trainer,
        bytes32[] calldata proof
    ) external view returns (uint16 streamBps, uint16 proRataBps) {
        DatasetTerms memory terms = _terms(dataset);
        versionAt(dataset, version);
        bool permitted =
            terms.training == Training.Anyone ||
                (terms.training == Training.Approval && isApprovedTrainer[dataset][trainer]) ||
                (terms.training == Training.AllowList && _isListed(_datasets[dataset].trainers, trainer, proof));
        if (!permitted) revert TrainingNotPermitted(dataset, trainer);
        return (terms.streamBps, terms.proRataBps);
    }

    /// @inheritdoc IDatasetRegistry
    function submissionOf(
        DatasetId dataset,
        address contributor,
        bytes32 root
    ) external view returns (SubmissionStatus, uint32, uint40, uint24, bool, uint88) {
        SubmissionState memory state = _submissions[_idOf(dataset, Submission(contributor, root))];
        return (state.status, state.rows, state.submittedAt, state.position, state.opened, state.deposit);
    }

    /// @inheritdoc IDatasetRegistry
    function isRow(
        DatasetId dataset,
        Submission calldata submission,
        uint256 index,
        bytes32 digest,
        bytes32[] calldata proof
    ) public view returns (bool) {
        uint256 rows = _submissions[_idOf(dataset, submission)].rows;
        if (index >= rows || proof.length != PositionalMerkle.depthOf(rows)) return false;
        bytes32 leaf = Leaves.row(submission.contributor, index, digest);
        return PositionalMerkle.rootOf(leaf, index, proof) == submission.root;
    }

    /// @dev Locks the deposit; a curated dataset's curator decides, others take the contribution at once.
    function _submit(
        DatasetId dataset,
        address contributor,
        bytes32 root,
        uint32 rows,
        string calldata uri
    ) private returns (ContributionId contribution) {
        DatasetTerms memory terms = _terms(dataset);
        if (root == 0 || rows == 0) revert EmptyContribution();
        contribution = _idOf(dataset, Submission(contributor, root));
        SubmissionState storage state = _submissions[contribution];
        if (state.status != SubmissionStatus.None) revert AlreadyContributed(dataset, contributor, root);
        uint256 deposit = terms.curation == Curation.Open ? uint256(terms.deposit) * rows : terms.deposit;
        if (deposit > type(uint88).max) revert DepositTooHigh(deposit);
        state.rows = rows;
        state.submittedAt = uint40(block.timestamp);
        state.status = SubmissionStatus.Pending;
        emit ContributionSubmitted(dataset, contributor, root, rows, uri);
        if (deposit != 0) {
            state.deposit = uint88(deposit);
            VAULT.lock(contributor, deposit);
        }
        if (terms.curation != Curation.Curated) _accept(dataset, contributor, root, state);
    }

    function _accept(DatasetId dataset, address contributor, bytes32 root, SubmissionState storage state) private {
        Dataset storage target = _datasets[dataset];
        (uint32 rows, uint32 cap, uint24 position) = (state.rows, target.terms.rowCap, target.accepted);
        if (rows > cap) rows = cap;
        if (position == MAX_CONTRIBUTIONS || rows > type(uint40).max - target.rows) revert DatasetFull(dataset);
        (state.status, state.position) = (SubmissionStatus.Accepted, position);
        _contributions[dataset][position] = Contribution(contributor, rows, 0);
        (target.accepted, target.rows) = (position + 1, target.rows + rows);
        emit ContributionAccepted(dataset, position, contributor, root, rows);
    }

    function _release(address contributor, SubmissionState storage state) private {
        uint256 deposit = state.deposit;
        if (deposit == 0) return;
        state.deposit = 0;
        VAULT.unlock(contributor, deposit);
    }

    function _requireAdmitted(DatasetId dataset, address contributor, Admission calldata admission) private view {
        if (_terms(dataset).curation != Curation.AllowList) return;
        if (_isListed(_datasets[dataset].contributors, contributor, admission.proof)) return;
        bytes32 digest = _hashTypedDataV4(Contributions.invitation(dataset, contributor, admission.deadline));
        if (
            block.timestamp > admission.deadline ||
            !isCurator(dataset, admission.inviter) ||
            !Signatures.isValid(admission.inviter, digest, admission.signature)
        ) revert NotAdmitted(dataset, contributor);
    }

    function _requireReviewed(SubmissionState storage state) private view {
        uint256 until = state.submittedAt + REVIEW_TIME;
        if (block.timestamp < until) revert ReviewTimeRunning(until);
    }

    function _pending(
        DatasetId dataset,
        Submission memory submission
    ) private view returns (SubmissionState storage state) {
        state = _submissions[_idOf(dataset, submission)];
        if (state.status != SubmissionStatus.Pending) {
            revert NotPending(submission.contributor, submission.root, state.status);
        }
    }

    function _idOf(DatasetId dataset, Submission memory submission) private pure returns (ContributionId) {
        return ContributionId.wrap(keccak256(abi.encode(dataset, submission.contributor, submission.root)));
    }
}
