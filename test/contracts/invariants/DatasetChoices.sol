// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook} from "./Notebook.sol";
import {DatasetId} from "../../../contracts/types/Ids.sol";

/// @title DatasetChoices
/// @notice Handlers of the dataset registry's owners: tokens, terms, curators, lists.
contract DatasetChoices is Choices {
    /// @notice More than so many aren't created.
    uint256 private constant MOST = 5;

    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {IDatasetRegistry-createDataset}. Once there are enough, with terms that are refused.
    function DatasetRegistry_createDataset(uint256 seed) external view returns (Call memory chosen) {
        IDatasetRegistry.DatasetTerms memory terms;
        terms.curation = IDatasetRegistry.Curation(_pick(seed, 0, 3));
        terms.training = IDatasetRegistry.Training(_pick(seed, 1, 3));
        (terms.streamBps, terms.proRataBps) = (uint16(_pick(seed, 2, 2_000)), uint16(_pick(seed, 3, 10_001)));
        terms.deposit = uint88(_pick(seed, 4, 1_000));
        bool enough = DATASETS.datasetCount() >= MOST;
        terms.rowCap = enough ? 0 : uint32(1 + _pick(seed, 5, 20));
        chosen = _anybody(
            seed,
            address(DATASETS),
            abi.encodeCall(IDatasetRegistry.createDataset, (terms, "MIT", bytes32(seed), ""))
        );
        chosen.forbidden = enough;
    }

    /// @notice See {IDatasetRegistry-setTerms}: in the contributors' favour, or the other way after a freeze.
    function DatasetRegistry_setTerms(uint256 seed) external view returns (Call memory chosen) {
        DatasetId dataset = _dataset(seed);
        IDatasetRegistry.DatasetTerms memory terms = DATASETS.termsOf(dataset);
        bool down = _pick(seed, 0, 3) == 0 && terms.streamBps != 0 && _isFrozen(dataset);
        terms.streamBps = down ? terms.streamBps - 1 : terms.streamBps + uint16(_pick(seed, 1, 3));
        terms.deposit -= uint88(_pick(seed, 2, terms.deposit + 1));
        chosen = _owner(dataset, seed, abi.encodeCall(IDatasetRegistry.setTerms, (dataset, terms, "")));
        if (down) chosen.forbidden = true;
    }

    /// @notice See {IDatasetRegistry-setMetadata}.
    function DatasetRegistry_setMetadata(uint256 seed) external view returns (Call memory) {
        DatasetId dataset = _dataset(seed);
        return _owner(dataset, seed, abi.encodeCall(IDatasetRegistry.setMetadata, (dataset, bytes32(seed), "")));
    }

    /// @notice See {IDatasetRegistry-setCurator}.
    function DatasetRegistry_setCurator(uint256 seed) external view returns (Call memory) {
        DatasetId dataset = _dataset(seed);
        bool appointed = _pick(seed, 1, 2) == 0;
        bytes memory data = abi.encodeCall(IDatasetRegistry.setCurator, (dataset, _actor(seed, 0), appointed));
        return _owner(dataset, seed, data);
    }

    /// @notice See {IDatasetRegistry-setAllowLists}: one contributor and one trainer.
    function DatasetRegistry_setAllowLists(uint256 seed) external view returns (Call memory) {
        DatasetId dataset = _dataset(seed);
        (bytes32 contributors, bytes32 trainers) = (_list(_actor(seed, 0)), _list(_actor(seed, 1)));
        return _owner(dataset, seed, abi.encodeCall(IDatasetRegistry.setAllowLists, (dataset, contributors, trainers)));
    }

    /// @notice See {IDatasetRegistry-approveTrainers}.
    function DatasetRegistry_approveTrainers(uint256 seed) external view returns (Call memory) {
        DatasetId dataset = _dataset(seed);
        address[] memory trainers = new address[](1);
        trainers[0] = _actor(seed, 0);
        bool approved = _pick(seed, 1, 4) != 0;
        bytes memory data = abi.encodeCall(IDatasetRegistry.approveTrainers, (dataset, trainers, approved));
        return _owner(dataset, seed, data);
    }

    /// @notice See {IDatasetRegistry-freeze}.
    function DatasetRegistry_freeze(uint256 seed) external view returns (Call memory) {
        DatasetId dataset = _dataset(seed);
        return _owner(dataset, seed, abi.encodeCall(IDatasetRegistry.freeze, (dataset)));
    }

    /// @notice See {ERC721-approve}.
    function DatasetRegistry_approve(uint256 seed) external view returns (Call memory) {
        return _approve(DATASETS, DatasetId.unwrap(_dataset(seed)), seed);
    }

    /// @notice See {ERC721-setApprovalForAll}.
    function DatasetRegistry_setApprovalForAll(uint256 seed) external view returns (Call memory) {
        return _approveAll(DATASETS, seed);
    }

    /// @notice See {ERC721-transferFrom}.
    function DatasetRegistry_transferFrom(uint256 seed) external view returns (Call memory) {
        return _transferFrom(DATASETS, DatasetId.unwrap(_dataset(seed)), seed);
    }

    /// @notice See {ERC721-safeTransferFrom}, both of them.
    function DatasetRegistry_safeTransferFrom(uint256 seed) external view returns (Call memory) {
        return _safeTransferFrom(DATASETS, DatasetId.unwrap(_dataset(seed)), seed);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 4;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.DatasetRegistry_createDataset.selector,
                this.DatasetRegistry_setTerms.selector,
                this.DatasetRegistry_setMetadata.selector,
                this.DatasetRegistry_setCurator.selector,
                this.DatasetRegistry_setAllowLists.selector,
                this.DatasetRegistry_approveTrainers.selector,
                this.DatasetRegistry_freeze.selector,
                this.DatasetRegistry_approve.selector,
                this.DatasetRegistry_setApprovalForAll.selector,
                this.DatasetRegistry_transferFrom.selector,
                this.DatasetRegistry_safeTransferFrom.selector
            );
    }

    function _owner(DatasetId dataset, uint256 seed, bytes memory data) private view returns (Call memory) {
        return _only(_ownerOf(dataset), seed, address(DATASETS), data);
    }

    function _isFrozen(DatasetId dataset) private view returns (bool) {
        try DATASETS.versionAt(dataset, 1) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Root of a list of one wallet: its leaf, which needs no proof.
    function _list(address wallet) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(wallet))));
    }
}
