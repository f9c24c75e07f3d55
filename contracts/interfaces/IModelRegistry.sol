// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DatasetId, ModelId} from "../types/Ids.sol";
import {IDatasetRegistry} from "./IDatasetRegistry.sol";

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
    /// @param dataset Dataset.
    /// @param version Its frozen version.
    /// @param shareBps Share of the model's income.
    /// @param permission Proof that the registrant is on the dataset's list of trainers; empty where there is no
    /// list.
    struct Source {
        DatasetId dataset;
        uint16 version;
        uint16 shareBps;
        bytes32[] permission;
    }

    /// @notice What a model asks of models that name it as parent.
    /// @param kinds Kinds that it allows, one bit each (bit 0 Base … bit 5 Agent); 0 if it is closed.
    /// @param leastBps Least share of the child's income.
    struct ChildTerms {
        uint8 kinds;
        uint16 leastBps;
    }

    /// @notice What a model is registered with.
    /// @param kind How it came to be.
    /// @param artifactDigest sha-256 of its weights or configuration, not zero.
    /// @param recipeDigest sha-256 of how it was made (training configuration); only in the event.
    /// @param operator Wallet that serves it and signs its usage reports; may be zero and set later.
    /// @param children What it asks of models that name it as parent; can be changed for models to come.
    /// @param supersedes Model of the registrant's that this one is a new version of; 0 for none. The old one goes
    /// on.
    /// @param priceHint What an inference will cost, in wei; only in the event, the market has the price.
    /// @param parents At most 16, ids strictly ascending.
    /// @param sources At most 16, dataset ids strictly ascending: one version of a dataset at the most.
    /// @param uri Where its card is published; only in the event.
    struct Registration {
        ModelKind kind;
        bytes32 artifactDigest;
        bytes32 recipeDigest;
        address operator;
        ChildTerms children;
        ModelId supersedes;
        uint256 priceHint;
        Parent[] parents;
        Source[] sources;
        string uri;
    }

    /// @notice A registered model.
    struct Model {
        ModelKind kind;
        address operator;
        uint16 developerBps;
        ChildTerms children;
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
    /// @notice Where a model's developer share goes changed; zero means to its owner, as after a transfer.
    event PayoutSet(ModelId indexed model, address indexed payout);
    /// @notice What a model asks of children to come changed.
    event ChildTermsSet(ModelId indexed model, ChildTerms children);

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
    /// @notice Thrown when child terms name kinds that don't exist.
    error UnknownKinds(uint256 kinds);
    /// @notice Thrown when a parent allows no child of this kind.
    error ParentClosed(ModelId parent, ModelKind kind);
    /// @notice Thrown when a share is below what the parent's or dataset's terms ask for.
    error ShareBelowTerms(uint256 id, uint256 shareBps, uint256 leastBps);
    /// @notice Thrown when shares, or a least share for children, are above 10,000 basis points.
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

    /// @notice The datasets that models are trained on.
    function DATASETS() external view returns (IDatasetRegistry);

    /// @notice Sets where the developer's share goes from the next distribution on, a contract perhaps; the model's
    /// owner only. Zero means to the owner.
    function setPayout(ModelId model, address payout) external;

    /// @notice Sets what the model asks of children to come; its owner only. Children that exist keep their shares.
    function setChildTerms(ModelId model, ChildTerms calldata children) external;

    /// @notice A model; reverts when it doesn't exist.
    function modelOf(ModelId model) external view returns (Model memory);

    /// @notice Whether a model exists.
    function exists(ModelId model) external view returns (bool);

    /// @notice The wallet that signs a model's usage reports; zero if none is set.
    function operatorOf(ModelId model) external view returns (address);

    /// @notice Everything that a distribution needs, in one call.
    /// @return payee Who gets the developer's share: the payout address, or the owner.
    /// @return developerBps The developer's share.
    /// @return parents Parents with their shares.
    function splitOf(ModelId model) external view returns (address payee, uint16 developerBps, Parent[] memory parents);

    /// @notice The stream at place `slot`; reverts when the model has fewer.
    function streamAt(ModelId model, uint8 slot) external view returns (Stream memory);

    /// @notice All streams of a model, at most 16, by place.
    function streamsOf(ModelId model) external view returns (Stream[] memory);

    /// @notice The latest model that was registered as a new version of this one; 0 if there is none.
    function supersededBy(ModelId model) external view returns (ModelId);
}
