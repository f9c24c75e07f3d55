// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DatasetId, ModelId} from "../types/Ids.sol";

/// @title IModelRegistry
/// @notice The lineage graph: which models and which dataset versions a model comes from, and what share of its
/// income each of them gets.
/// @dev A model is an ERC-721 token. Parents must exist when a model is registered and are set once, so the graph has
/// no cycle. Shares are frozen for the life of the model: later terms of a parent or a dataset don't change it.
interface IModelRegistry {
    /// @notice How a model came to be, in Hugging Face's words, and agents that sell the work of models.
    enum ModelKind {
        Base,
        Finetune,
        Adapter,
        Merge,
        Quantized,
        Agent
    }

    /// @notice A parent and the share of the child's income that goes to it as royalty.
    struct Parent {
        ModelId model;
        uint16 shareBps;
    }

    /// @notice A dataset version that a model was trained on, and the share that its contributors get.
    struct Source {
        DatasetId dataset;
        uint16 version;
        uint16 shareBps;
    }

    /// @notice What a model is registered with.
    /// @param kind How it came to be.
    /// @param artifactDigest sha-256 of its weights or configuration, not zero.
    /// @param operator Wallet that serves it and signs its usage reports; may be zero and set later.
    /// @param childBps Least share that a model which names this one as parent must leave to it.
    /// @param parents At most 16, ids strictly ascending.
    /// @param sources At most 16, dataset ids strictly ascending: one version of a dataset at the most.
    /// @param uri Where its card is published; only in the event.
    struct Registration {
        ModelKind kind;
        bytes32 artifactDigest;
        address operator;
        uint16 childBps;
        Parent[] parents;
        Source[] sources;
        string uri;
    }

    /// @notice A registered model.
    struct Model {
        ModelKind kind;
        address operator;
        uint16 developerBps;
        uint16 childBps;
        uint8 parents;
        uint8 streams;
        bytes32 artifactDigest;
    }

    /// @notice The path on which a model's money reaches the contributors of a dataset version.
    struct Stream {
        DatasetId dataset;
        uint16 version;
        uint16 shareBps;
        uint16 proRataBps;
    }

    /// @notice A model was registered.
    event ModelRegistered(ModelId indexed model, address indexed owner, uint16 developerBps, Registration registration);
    /// @notice A model's operator changed; zero after a transfer.
    event OperatorSet(ModelId indexed model, address indexed operator);

    /// @notice Thrown when no model has this id.
    error ModelNotFound(ModelId model);
    /// @notice Thrown when the caller doesn't own the model.
    error NotModelOwner(ModelId model, address caller);
    /// @notice Thrown when a model names no artifact.
    error ArtifactMissing();
    /// @notice Thrown when a model names more than 16 parents or datasets.
    error TooManyEdges(uint256 count, uint256 limit);
    /// @notice Thrown when ids aren't strictly ascending (which also refuses duplicates).
    error NotAscending(uint256 previous, uint256 next);
    /// @notice Thrown when a share is below what the parent's or dataset's terms ask for.
    error ShareBelowTerms(uint256 id, uint256 shareBps, uint256 leastBps);
    /// @notice Thrown when shares add up to more than 10,000 basis points.
    error SharesAboveWhole(uint256 totalBps);
    /// @notice Thrown when a model has no such stream.
    error StreamNotFound(ModelId model, uint256 slot);

    /// @notice Registers a model; anyone may. The caller becomes its owner.
    /// @dev The shares in `registration` are what the caller is willing to give: terms that rose in the meantime
    /// revert.
    /// @return model Its id.
    function register(Registration calldata registration) external returns (ModelId model);

    /// @notice Sets the wallet that serves the model; its owner only.
    function setOperator(ModelId model, address operator) external;

    /// @notice A model; reverts when it doesn't exist.
    function modelOf(ModelId model) external view returns (Model memory);

    /// @notice Whether a model exists.
    function exists(ModelId model) external view returns (bool);

    /// @notice The wallet that signs a model's usage reports; zero if none is set.
    function operatorOf(ModelId model) external view returns (address);

    /// @notice Everything that a distribution needs, in one call.
    /// @return owner Who gets the developer's share.
    /// @return developerBps The developer's share.
    /// @return parents Parents with their shares.
    function splitOf(ModelId model) external view returns (address owner, uint16 developerBps, Parent[] memory parents);

    /// @notice The stream at place `slot`; reverts when the model has fewer.
    function streamAt(ModelId model, uint8 slot) external view returns (Stream memory);
}
