// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {DatasetId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook, Submission} from "./Notebook.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title ContributionChoices
/// @notice Handlers of the dataset registry's contributors and curators.
contract ContributionChoices is Choices {
    bytes32 private constant CONTRIBUTION = keccak256(
        "Contribution(uint256 dataset,address contributor,bytes32 root,uint32 rows,"
        "uint256 nonce,uint256 deadline,string uri)"
    );
    bytes32 private constant INVITATION = keccak256("Invitation(uint256 dataset,address contributor,uint256 deadline)");
    /// @notice Rows of a contribution, at most.
    uint256 private constant MOST_ROWS = 12;

    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {IDatasetRegistry-contribute}.
    function DatasetRegistry_contribute(uint256 seed) external view returns (Call memory chosen) {
        Submission memory sent = _submission(seed);
        bytes memory data = abi.encodeCall(IDatasetRegistry.contribute, (sent.dataset, sent.root, sent.rows, ""));
        chosen = _remembered(_from(sent.contributor, address(DATASETS), data), sent);
        chosen.forbidden = DATASETS.termsOf(sent.dataset).curation == IDatasetRegistry.Curation.AllowList;
    }

    /// @notice See {IDatasetRegistry-contributeAdmitted}: with an invitation of the owner, or of somebody else.
    function DatasetRegistry_contributeAdmitted(uint256 seed) external view returns (Call memory) {
        Submission memory sent = _submission(seed);
        bytes memory data = abi.encodeCall(
            IDatasetRegistry.contributeAdmitted,
            (sent.dataset, sent.root, sent.rows, "", _invitation(sent, seed))
        );
        return _remembered(_from(sent.contributor, address(DATASETS), data), sent);
    }

    /// @notice See {IDatasetRegistry-contributeSigned}.
    function DatasetRegistry_contributeSigned(uint256 seed) external view returns (Call memory chosen) {
        Submission memory sent = _submission(seed);
        (IDatasetRegistry.SignedContribution memory signed, bool wrong) = _signed(sent, seed);
        bytes memory data = abi.encodeCall(IDatasetRegistry.contributeSigned, (signed));
        chosen = _remembered(_anybody(seed, address(DATASETS), data), sent);
        chosen.forbidden = wrong;
    }

    /// @notice See {IDatasetRegistry-contributeBatch}: two, of which some may be skipped.
    function DatasetRegistry_contributeBatch(uint256 seed) external view returns (Call memory chosen) {
        Submission[] memory sent = new Submission[](2);
        IDatasetRegistry.SignedContribution[] memory batch = new IDatasetRegistry.SignedContribution[](2);
        for (uint256 i = 0; i < 2; ++i) {
            sent[i] = _submission(seed + i);
            (batch[i], ) = _signed(sent[i], seed + i);
        }
        chosen = _anybody(seed, address(DATASETS), abi.encodeCall(IDatasetRegistry.contributeBatch, (batch)));
        chosen.memo = abi.encode(sent);
    }

    /// @notice See {IDatasetRegistry-cancelNonces}.
    function DatasetRegistry_cancelNonces(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IDatasetRegistry.cancelNonces, (0, 1 << _pick(seed, 0, 256)));
        return _anybody(seed, address(DATASETS), data);
    }

    /// @notice See {IDatasetRegistry-accept}.
    function DatasetRegistry_accept(uint256 seed) external view returns (Call memory) {
        Submission memory sent = _sent(seed, IDatasetRegistry.SubmissionStatus.Pending);
        return _curator(sent, seed, abi.encodeCall(IDatasetRegistry.accept, (sent.dataset, _named(sent))));
    }

    /// @notice See {IDatasetRegistry-reject}.
    function DatasetRegistry_reject(uint256 seed) external view returns (Call memory) {
        Submission memory sent = _sent(seed, IDatasetRegistry.SubmissionStatus.Pending);
        bytes memory data = abi.encodeCall(IDatasetRegistry.reject, (sent.dataset, _named(sent), bytes32(seed)));
        return _curator(sent, seed, data);
    }

    /// @notice See {IDatasetRegistry-review}: the last row, or another.
    function DatasetRegistry_review(uint256 seed) external view returns (Call memory chosen) {
        Submission memory sent = _sent(seed, IDatasetRegistry.SubmissionStatus.Accepted);
        bytes32[] memory leaves = _leaves(sent);
        bool wrong = _isWrong(seed) && sent.rows > 1;
        uint256 row = sent.rows - (wrong ? 2 : 1);
        bytes memory data = abi.encodeCall(
            IDatasetRegistry.review,
            (sent.dataset, _named(sent)[0], _digest(sent.salt, row), SumTrees.hashProof(leaves, row))
        );
        chosen = _anybody(seed, address(DATASETS), data);
        chosen.forbidden = wrong;
        // Money of an accepted contribution waits for the review time, others can be opened at once.
        if (_pick(seed, 8, 2) == 0) chosen.wait = _notBefore(chosen, seed, _reviewedAt(sent)).wait;
        chosen.notBefore = 0;
    }

    /// @notice See {IDatasetRegistry-withdrawContribution}.
    function DatasetRegistry_withdrawContribution(uint256 seed) external view returns (Call memory) {
        Submission memory sent = _sent(seed, IDatasetRegistry.SubmissionStatus.Pending);
        bytes memory data = abi.encodeCall(IDatasetRegistry.withdrawContribution, (sent.dataset, sent.root));
        return _notBefore(_only(sent.contributor, seed, address(DATASETS), data), seed, _reviewedAt(sent));
    }

    /// @notice See {IDatasetRegistry-retire}.
    function DatasetRegistry_retire(uint256 seed) external view returns (Call memory) {
        Submission memory sent = _sent(seed, IDatasetRegistry.SubmissionStatus.Accepted);
        (, , , uint24 position, , ) = DATASETS.submissionOf(sent.dataset, sent.contributor, sent.root);
        bytes memory data = abi.encodeCall(IDatasetRegistry.retire, (sent.dataset, position));
        (address contributor, , ) = DATASETS.contributionAt(sent.dataset, position);
        return _only(contributor, seed, address(DATASETS), data);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 5;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.DatasetRegistry_contribute.selector,
                this.DatasetRegistry_contributeAdmitted.selector,
                this.DatasetRegistry_contributeSigned.selector,
                this.DatasetRegistry_contributeBatch.selector,
                this.DatasetRegistry_cancelNonces.selector,
                this.DatasetRegistry_accept.selector,
                this.DatasetRegistry_reject.selector,
                this.DatasetRegistry_review.selector,
                this.DatasetRegistry_withdrawContribution.selector,
                this.DatasetRegistry_retire.selector
            );
    }

    function _curator(Submission memory sent, uint256 seed, bytes memory data) private view returns (Call memory) {
        Call memory chosen = _only(_ownerOf(sent.dataset), seed, address(DATASETS), data);
        chosen.forbidden = !DATASETS.isCurator(sent.dataset, chosen.from);
        return chosen;
    }

    /// @dev A new contribution, or now and then the same as another.
    function _submission(uint256 seed) private view returns (Submission memory sent) {
        (sent.dataset, sent.contributor) = (_dataset(seed), _actor(seed, 0));
        (sent.rows, sent.salt) = (uint32(1 + _pick(seed, 1, MOST_ROWS)), _pick(seed, 2, 64));
        bytes32[] memory leaves = _leaves(sent);
        sent.root = SumTrees.hashNode(leaves, SumTrees.depthOf(leaves.length), 0);
    }

    function _remembered(Call memory chosen, Submission memory sent) private pure returns (Call memory) {
        Submission[] memory list = new Submission[](1);
        list[0] = sent;
        chosen.memo = abi.encode(list);
        return chosen;
    }

    /// @dev A contribution that was sent, one in this state if there is one among the last.
    function _sent(
        uint256 seed,
        IDatasetRegistry.SubmissionStatus wanted
    ) private view returns (Submission memory sent) {
        uint256 count = NOTEBOOK.submissions();
        require(count != 0, "no contribution yet");
        uint256 first = _pick(seed, 3, count);
        for (uint256 i = 0; i < 8; ++i) {
            sent = NOTEBOOK.submissionAt((first + i) % count);
            (IDatasetRegistry.SubmissionStatus status, , , , , ) = DATASETS.submissionOf(
                sent.dataset,
                sent.contributor,
                sent.root
            );
            if (status == wanted) break;
        }
    }

    function _reviewedAt(Submission memory sent) private view returns (uint256) {
        (, , uint40 submittedAt, , , ) = DATASETS.submissionOf(sent.dataset, sent.contributor, sent.root);
        return submittedAt + DATASETS.REVIEW_TIME();
    }

    function _named(Submission memory sent) private pure returns (IDatasetRegistry.Submission[] memory list) {
        list = new IDatasetRegistry.Submission[](1);
        list[0] = IDatasetRegistry.Submission(sent.contributor, sent.root);
    }

    function _signed(
        Submission memory sent,
        uint256 seed
    ) private view returns (IDatasetRegistry.SignedContribution memory signed, bool wrong) {
        (signed.dataset, signed.contributor, signed.root) = (sent.dataset, sent.contributor, sent.root);
        (signed.rows, signed.nonce, signed.deadline) = (sent.rows, _pick(seed, 5, 256), type(uint40).max);
        signed.admission = _invitation(sent, seed);
        bytes32 hash = keccak256(
            abi.encode(
                CONTRIBUTION,
                signed.dataset,
                signed.contributor,
                signed.root,
                signed.rows,
                signed.nonce,
                signed.deadline,
                keccak256("")
            )
        );
        bytes32 digest = Keys.typed(address(DATASETS), hash);
        (, signed.signature, wrong) = _signedBy(sent.contributor, seed, digest);
    }

    /// @dev Worth something where the one who signs is a curator.
    function _invitation(
        Submission memory sent,
        uint256 seed
    ) private view returns (IDatasetRegistry.Admission memory admission) {
        admission.inviter = _pick(seed, 6, 4) == 0 ? _actor(seed, 7) : _ownerOf(sent.dataset);
        admission.deadline = type(uint40).max;
        bytes32 hash = keccak256(abi.encode(INVITATION, sent.dataset, sent.contributor, admission.deadline));
        admission.signature = Keys.signature(Keys.placeOf(admission.inviter), Keys.typed(address(DATASETS), hash));
    }

    function _leaves(Submission memory sent) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](sent.rows);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = keccak256(abi.encode(keccak256(abi.encode(sent.contributor, i, _digest(sent.salt, i)))));
        }
    }

    function _digest(uint256 salt, uint256 row) private pure returns (bytes32) {
        return keccak256(abi.encode(salt, row));
    }
}
