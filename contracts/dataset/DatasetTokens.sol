// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {ContentUri} from "../libraries/ContentUri.sol";
import {Contributions} from "../libraries/Contributions.sol";
import {Shares} from "../libraries/Shares.sol";
import {DatasetId} from "../types/Ids.sol";

/// @title DatasetTokens
/// @notice The owner's side of {IDatasetRegistry}: tokens, terms, curators, and who may contribute and train.
abstract contract DatasetTokens is ERC721, IERC4906, IDatasetRegistry {
    struct Dataset {
        // slot 0: terms (176 bits: modality, curation, training, streamBps, proRataBps, rowCap, deposit)
        DatasetTerms terms;
        // slot 1: accepted, rows, versions (80 bits)
        uint24 accepted;
        uint40 rows;
        uint16 versions;
        // slot 2
        bytes32 metadataDigest;
        // slots 3 and 4, empty unless there are lists
        bytes32 contributors;
        bytes32 trainers;
    }

    /// @notice Number of datasets; ids go from 1 to it.
    uint256 public datasetCount;
    /// @notice Whether an account is a curator that this owner of the dataset appointed.
    mapping(DatasetId dataset => mapping(address owner => mapping(address curator => bool appointed)))
        public isAppointedBy;
    /// @notice Whether the owner allowed a wallet to train on a dataset.
    mapping(DatasetId dataset => mapping(address trainer => bool approved)) public isApprovedTrainer;
    /// @dev Terms, counters and lists of a dataset; `DatasetRegistry` keeps the counters.
    mapping(DatasetId dataset => Dataset state) internal _datasets;

    constructor() ERC721("Tributary Dataset", "TRIB-DATA") {}

    modifier onlyDatasetOwner(DatasetId dataset) {
        if (_ownerOf(DatasetId.unwrap(dataset)) != msg.sender) {
            _requireExists(dataset);
            revert NotDatasetOwner(dataset, msg.sender);
        }
        _;
    }

    modifier onlyCurator(DatasetId dataset) {
        if (!isCurator(dataset, msg.sender)) {
            _requireExists(dataset);
            revert NotCurator(dataset, msg.sender);
        }
        _;
    }

    /// @inheritdoc IDatasetRegistry
    function createDataset(
        DatasetTerms calldata terms,
        string calldata licence,
        bytes32 metadataDigest,
        string calldata uri
    ) external returns (DatasetId dataset) {
        dataset = DatasetId.wrap(++datasetCount);
        _mint(msg.sender, DatasetId.unwrap(dataset));
        _datasets[dataset].metadataDigest = metadataDigest;
        emit DatasetCreated(dataset, msg.sender, metadataDigest, uri);
        _setTerms(dataset, terms, licence);
    }

    /// @inheritdoc IDatasetRegistry
    function setTerms(
        DatasetId dataset,
        DatasetTerms calldata terms,
        string calldata licence
    ) external onlyDatasetOwner(dataset) {
        Dataset storage target = _datasets[dataset];
        DatasetTerms memory current = target.terms;
        // A deposit must not rise between a contributor's signature and its inclusion, nor turn into one for each row.
        bool dearer = terms.deposit > current.deposit || (terms.deposit != 0 && terms.curation != current.curation);
        if (dearer || (target.versions != 0 && !Contributions.inFavour(current, terms, licence))) {
            revert TermsFrozen(dataset);
        }
        _setTerms(dataset, terms, licence);
    }

    /// @inheritdoc IDatasetRegistry
    function setMetadata(
        DatasetId dataset,
        bytes32 metadataDigest,
        string calldata uri
    ) external onlyDatasetOwner(dataset) {
        _datasets[dataset].metadataDigest = metadataDigest;
        emit MetadataSet(dataset, metadataDigest, uri);
        emit MetadataUpdate(DatasetId.unwrap(dataset));
    }

    /// @inheritdoc IDatasetRegistry
    function setCurator(DatasetId dataset, address curator, bool appointed) external onlyDatasetOwner(dataset) {
        isAppointedBy[dataset][msg.sender][curator] = appointed;
        emit CuratorSet(dataset, curator, appointed);
    }

    /// @inheritdoc IDatasetRegistry
    function setAllowLists(
        DatasetId dataset,
        bytes32 contributors,
        bytes32 trainers
    ) external onlyDatasetOwner(dataset) {
        Dataset storage target = _datasets[dataset];
        (target.contributors, target.trainers) = (contributors, trainers);
        emit AllowListsSet(dataset, contributors, trainers);
    }

    /// @inheritdoc IDatasetRegistry
    function approveTrainers(
        DatasetId dataset,
        address[] calldata trainers,
        bool approved
    ) external onlyDatasetOwner(dataset) {
        for (uint256 i = 0; i < trainers.length; ++i) {
            isApprovedTrainer[dataset][trainers[i]] = approved;
            emit TrainerApproved(dataset, trainers[i], approved);
        }
    }

    /// @inheritdoc IDatasetRegistry
    function termsOf(DatasetId dataset) external view returns (DatasetTerms memory) {
        return _terms(dataset);
    }

    /// @inheritdoc IDatasetRegistry
    function isCurator(DatasetId dataset, address account) public view returns (bool) {
        address owner = _ownerOf(DatasetId.unwrap(dataset));
        return owner != address(0) && (account == owner || isAppointedBy[dataset][owner][account]);
    }

    /// @notice IPFS address of the dataset's description, from its sha-256.
    /// @param tokenId Number of the dataset.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return ContentUri.ofDigest(_datasets[DatasetId.wrap(tokenId)].metadataDigest);
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        // ERC-4906 has events only; its id is fixed by the standard.
        return interfaceId == bytes4(0x49064906) || super.supportsInterface(interfaceId);
    }

    function _setTerms(DatasetId dataset, DatasetTerms calldata terms, string calldata licence) private {
        if (terms.streamBps > Shares.WHOLE) revert BasisPointsTooHigh(terms.streamBps);
        if (terms.proRataBps > Shares.WHOLE) revert BasisPointsTooHigh(terms.proRataBps);
        if (terms.rowCap == 0) revert RowCapZero();
        _datasets[dataset].terms = terms;
        emit TermsSet(dataset, terms, licence);
    }

    function _isListed(bytes32 list, address wallet, bytes32[] calldata proof) internal pure returns (bool) {
        return
            list != 0 && MerkleProof.verifyCalldata(proof, list, keccak256(abi.encode(keccak256(abi.encode(wallet)))));
    }

    function _terms(DatasetId dataset) internal view returns (DatasetTerms memory terms) {
        terms = _datasets[dataset].terms;
        if (terms.rowCap == 0) revert DatasetNotFound(dataset);
    }

    function _requireExists(DatasetId dataset) internal view {
        _terms(dataset);
    }
}
