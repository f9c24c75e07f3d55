// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ContentUri} from "../libraries/ContentUri.sol";
import {Shares} from "../libraries/Shares.sol";
import {DatasetId, ModelId} from "../types/Ids.sol";

/// @title ModelRegistry
/// @notice See {IModelRegistry}.
contract ModelRegistry is ERC721, IModelRegistry {
    /// @notice Most parents, and most datasets, of a model.
    uint256 public constant MAX_EDGES = 16;
    /// @notice One bit for each of the six kinds.
    uint8 public constant ALL_KINDS = 0x3f;

    struct Node {
        // slot 0: operator, kind, developerBps, childKinds, childBps, parents, streams, registered (232 bits)
        address operator;
        ModelKind kind;
        uint16 developerBps;
        uint8 childKinds;
        uint16 childBps;
        uint8 parents;
        uint8 streams;
        // Tells a parent's existence from the slot that its terms stand in.
        bool registered;
        // slot 1
        bytes32 artifactDigest;
    }

    /// @inheritdoc IModelRegistry
    IDatasetRegistry public immutable DATASETS;

    /// @notice Number of models; ids go from 1 to it.
    uint256 public modelCount;

    /// @inheritdoc IModelRegistry
    mapping(ModelId model => ModelId successor) public supersededBy;
    /// @notice Where a model's developer share goes; zero means to its owner.
    mapping(ModelId model => address payout) public payoutOf;

    mapping(ModelId model => Node node) private _nodes;
    /// @dev Four parents to a slot, the first in the lowest bits: model (48) ‖ shareBps (16).
    mapping(ModelId model => mapping(uint256 word => uint256 edges)) private _parents;
    /// @dev Three streams to a slot, the first in the lowest bits: dataset (32) ‖ version, shareBps, proRataBps (16
    /// each).
    mapping(ModelId model => mapping(uint256 word => uint256 edges)) private _streams;

    constructor(IDatasetRegistry datasets) ERC721("Tributary Model", "TRIB-MODEL") {
        DATASETS = datasets;
    }

    /// @inheritdoc IModelRegistry
    function register(Registration calldata registration) external returns (ModelId model) {
        if (registration.artifactDigest == 0) revert ArtifactMissing();
        _checkChildTerms(registration.children);
        uint256 id = ++modelCount;
        model = ModelId.wrap(id);
        uint256 given =
            _linkParents(model, registration.kind, registration.parents) + _linkSources(model, registration.sources);
        if (given > Shares.WHOLE) revert SharesAboveWhole(given);
        uint16 developerBps = uint16(Shares.WHOLE - given);
        _nodes[model] = Node({
            operator: registration.operator,
            kind: registration.kind,
            developerBps: developerBps,
            childKinds: registration.children.kinds,
            childBps: registration.children.leastBps,
            parents: uint8(registration.parents.length),
            streams: uint8(registration.sources.length),
            registered: true,
            artifactDigest: registration.artifactDigest
        });
        if (ModelId.unwrap(registration.supersedes) != 0) {
            _requireOwner(registration.supersedes);
            supersededBy[registration.supersedes] = model;
        }
        _mint(msg.sender, id);
        emit ModelRegistered(model, msg.sender, developerBps, registration);
    }

    /// @inheritdoc IModelRegistry
    function setOperator(ModelId model, address operator) external {
        _requireOwner(model);
        _nodes[model].operator = operator;
        emit OperatorSet(model, operator);
    }

    /// @inheritdoc IModelRegistry
    function setPayout(ModelId model, address payout) external {
        _requireOwner(model);
        payoutOf[model] = payout;
        emit PayoutSet(model, payout);
    }

    /// @inheritdoc IModelRegistry
    function setChildTerms(ModelId model, ChildTerms calldata children) external {
        _requireOwner(model);
        _checkChildTerms(children);
        Node storage node = _nodes[model];
        (node.childKinds, node.childBps) = (children.kinds, children.leastBps);
        emit ChildTermsSet(model, children);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(ModelId model) external view returns (Model memory) {
        _existing(model);
        Node storage node = _nodes[model];
        return
            Model(
                node.kind,
                node.operator,
                node.developerBps,
                ChildTerms(node.childKinds, node.childBps),
                node.parents,
                node.streams,
                node.artifactDigest
            );
    }

    /// @inheritdoc IModelRegistry
    function exists(ModelId model) external view returns (bool) {
        return _ownerOf(ModelId.unwrap(model)) != address(0);
    }

    /// @inheritdoc IModelRegistry
    function operatorOf(ModelId model) external view returns (address) {
        return _nodes[model].operator;
    }

    /// @inheritdoc IModelRegistry
    function splitOf(
        ModelId model
    ) external view returns (address payee, uint16 developerBps, Parent[] memory parents) {
        address owner = _existing(model);
        payee = payoutOf[model];
        if (payee == address(0)) payee = owner;
        Node storage node = _nodes[model];
        developerBps = node.developerBps;
        parents = new Parent[](node.parents);
        uint256 word;
        for (uint256 i = 0; i < parents.length; ++i) {
            word = i % 4 == 0 ? _parents[model][i / 4] : word >> 64;
            parents[i] = Parent(ModelId.wrap(uint48(word >> 16)), uint16(word));
        }
    }

    /// @inheritdoc IModelRegistry
    function streamAt(ModelId model, uint8 slot) public view returns (Stream memory) {
        if (slot >= _nodes[model].streams) revert StreamNotFound(model, slot);
        uint256 edge = _streams[model][slot / 3] >> (80 * (slot % 3));
        return Stream(DatasetId.wrap(uint32(edge >> 48)), uint16(edge >> 32), uint16(edge >> 16), uint16(edge));
    }

    /// @inheritdoc IModelRegistry
    function streamsOf(ModelId model) external view returns (Stream[] memory streams) {
        streams = new Stream[](_nodes[model].streams);
        for (uint8 slot = 0; slot < streams.length; ++slot) streams[slot] = streamAt(model, slot);
    }

    /// @notice IPFS address of the model's artifact, from its sha-256.
    /// @param tokenId Number of the model.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return ContentUri.ofDigest(_nodes[ModelId.wrap(tokenId)].artifactDigest);
    }

    /// @dev A new owner must not inherit an operator whose signature speaks for the model, nor the old one's payout.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) {
            ModelId model = ModelId.wrap(tokenId);
            delete _nodes[model].operator;
            delete payoutOf[model];
            emit OperatorSet(model, address(0));
            emit PayoutSet(model, address(0));
        }
    }

    /// @dev A parent's id is below the child's (it must exist, and ids ascend), so a model can't be its own ancestor.
    function _linkParents(ModelId model, ModelKind kind, Parent[] calldata parents) private returns (uint256 total) {
        if (parents.length > MAX_EDGES) revert TooManyEdges(parents.length, MAX_EDGES);
        uint256 previous;
        uint256 word;
        for (uint256 i = 0; i < parents.length; ++i) {
            ModelId parent = parents[i].model;
            uint256 id = ModelId.unwrap(parent);
            uint256 share = parents[i].shareBps;
            if (id <= previous) revert NotAscending(previous, id);
            Node storage node = _nodes[parent];
            if (!node.registered) revert ModelNotFound(parent);
            if ((node.childKinds >> uint8(kind)) & 1 == 0) revert ParentClosed(parent, kind);
            if (share < node.childBps) revert ShareBelowTerms(id, share, node.childBps);
            word |= ((id << 16) | share) << (64 * (i % 4));
            if (i % 4 == 3 || i + 1 == parents.length) {
                _parents[model][i / 4] = word;
                word = 0;
            }
            previous = id;
            total += share;
        }
    }

    function _linkSources(ModelId model, Source[] calldata sources) private returns (uint256 total) {
        if (sources.length > MAX_EDGES) revert TooManyEdges(sources.length, MAX_EDGES);
        uint256 previous;
        uint256 word;
        for (uint256 i = 0; i < sources.length; ++i) {
            Source calldata source = sources[i];
            uint256 id = DatasetId.unwrap(source.dataset);
            uint256 share = source.shareBps;
            if (id <= previous) revert NotAscending(previous, id);
            (uint16 leastBps, uint16 proRataBps) = DATASETS.offerTo(
                source.dataset,
                source.version,
                msg.sender,
                source.permission
            );
            if (share < leastBps) revert ShareBelowTerms(id, share, leastBps);
            uint256 edge = (id << 48) | (uint256(source.version) << 32) | (share << 16) | proRataBps;
            word |= edge << (80 * (i % 3));
            if (i % 3 == 2 || i + 1 == sources.length) {
                _streams[model][i / 3] = word;
                word = 0;
            }
            previous = id;
            total += share;
        }
    }

    function _checkChildTerms(ChildTerms calldata children) private pure {
        if (children.leastBps > Shares.WHOLE) revert SharesAboveWhole(children.leastBps);
        if (children.kinds > ALL_KINDS) revert UnknownKinds(children.kinds);
    }

    function _requireOwner(ModelId model) private view {
        if (_existing(model) != msg.sender) revert NotModelOwner(model, msg.sender);
    }

    function _existing(ModelId model) private view returns (address owner) {
        owner = _ownerOf(ModelId.unwrap(model));
        if (owner == address(0)) revert ModelNotFound(model);
    }
}
