// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {DatasetId, ModelId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook} from "./Notebook.sol";

/// @title ModelChoices
/// @notice Handlers of the model registry.
contract ModelChoices is Choices {
    /// @notice More than so many aren't registered.
    uint256 private constant MOST = 5;

    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {IModelRegistry-register}: with up to one parent and one source, or with shares above the whole.
    function ModelRegistry_register(uint256 seed) external view returns (Call memory chosen) {
        bool refused = MODELS.modelCount() >= MOST || _isWrong(seed);
        IModelRegistry.Registration memory registration;
        (registration.artifactDigest, registration.operator) = (bytes32("weights"), _actor(seed, 0));
        registration.kind = IModelRegistry.ModelKind(_pick(seed, 1, 6));
        registration.children = IModelRegistry.ChildTerms(0x3f, uint16(_pick(seed, 2, 500)));
        if (refused || _pick(seed, 3, 2) == 0) {
            uint16 royalty = refused ? 10_000 : uint16(_pick(seed, 4, 2_000));
            registration.parents = new IModelRegistry.Parent[](1);
            registration.parents[0] = IModelRegistry.Parent(_model(seed), royalty);
        }
        DatasetId dataset = _dataset(seed);
        registration.sources = new IModelRegistry.Source[](1);
        uint16 share = 1 + DATASETS.termsOf(dataset).streamBps + uint16(_pick(seed, 5, 100));
        registration.sources[0] = IModelRegistry.Source(dataset, _latest(dataset), share, new bytes32[](0));
        bytes memory data = abi.encodeCall(IModelRegistry.register, (registration));
        chosen = _anybody(seed, address(MODELS), data);
        chosen.forbidden = refused;
    }

    /// @notice See {IModelRegistry-setOperator}.
    function ModelRegistry_setOperator(uint256 seed) external view returns (Call memory) {
        ModelId model = _model(seed);
        return _owner(model, seed, abi.encodeCall(IModelRegistry.setOperator, (model, _actor(seed, 0))));
    }

    /// @notice See {IModelRegistry-setPayout}.
    function ModelRegistry_setPayout(uint256 seed) external view returns (Call memory) {
        ModelId model = _model(seed);
        address payout = _pick(seed, 0, 3) == 0 ? address(0) : _actor(seed, 1);
        return _owner(model, seed, abi.encodeCall(IModelRegistry.setPayout, (model, payout)));
    }

    /// @notice See {IModelRegistry-setChildTerms}.
    function ModelRegistry_setChildTerms(uint256 seed) external view returns (Call memory) {
        ModelId model = _model(seed);
        IModelRegistry.ChildTerms memory terms = IModelRegistry.ChildTerms(
            uint8(_pick(seed, 0, 64)),
            uint16(_pick(seed, 1, 500))
        );
        return _owner(model, seed, abi.encodeCall(IModelRegistry.setChildTerms, (model, terms)));
    }

    /// @notice See {ERC721-approve}.
    function ModelRegistry_approve(uint256 seed) external view returns (Call memory) {
        return _approve(MODELS, ModelId.unwrap(_model(seed)), seed);
    }

    /// @notice See {ERC721-setApprovalForAll}.
    function ModelRegistry_setApprovalForAll(uint256 seed) external view returns (Call memory) {
        return _approveAll(MODELS, seed);
    }

    /// @notice See {ERC721-transferFrom}.
    function ModelRegistry_transferFrom(uint256 seed) external view returns (Call memory) {
        return _transferFrom(MODELS, ModelId.unwrap(_model(seed)), seed);
    }

    /// @notice See {ERC721-safeTransferFrom}, both of them.
    function ModelRegistry_safeTransferFrom(uint256 seed) external view returns (Call memory) {
        return _safeTransferFrom(MODELS, ModelId.unwrap(_model(seed)), seed);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 4;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.ModelRegistry_register.selector,
                this.ModelRegistry_setOperator.selector,
                this.ModelRegistry_setPayout.selector,
                this.ModelRegistry_setChildTerms.selector,
                this.ModelRegistry_approve.selector,
                this.ModelRegistry_setApprovalForAll.selector,
                this.ModelRegistry_transferFrom.selector,
                this.ModelRegistry_safeTransferFrom.selector
            );
    }

    function _owner(ModelId model, uint256 seed, bytes memory data) private view returns (Call memory) {
        return _only(_ownerOf(model), seed, address(MODELS), data);
    }

    /// @dev The latest version of a dataset; 1 if there is none.
    function _latest(DatasetId dataset) private view returns (uint16 version) {
        for (version = 1; ; ++version) {
            try DATASETS.versionAt(dataset, version + 1) returns (IDatasetRegistry.Version memory) {
                // There is a later one.
            } catch {
                return version;
            }
        }
    }
}
