// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {UsageReport} from "../../../contracts/libraries/UsageReports.sol";
import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {DatasetId, ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook, Proposal, Submission} from "./Notebook.sol";
import {Key, StreamChoices} from "./StreamChoices.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Opening
/// @notice The calls that every history begins with: money for everybody, three datasets, a base model and one made of
/// it, an index that serves, an interval with a report and a right statement about it.
contract Opening is StreamChoices {
    /// @notice Wei that everybody begins with.
    uint256 private constant PURSE = 1e17;
    uint256 private constant FOR_EACH = 6;
    uint256 private constant FUNDED = FOR_EACH * Keys.COUNT;
    /// @notice Number of calls.
    uint256 public constant LENGTH = FUNDED + 27;

    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice The call at a place; all must succeed.
    function callAt(uint256 place) external view returns (Call memory) {
        return place < FUNDED ? _fund(Keys.accountAt(place / FOR_EACH), place % FOR_EACH) : _build(place - FUNDED);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 0;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return "";
    }

    function _fund(address account, uint256 place) private view returns (Call memory) {
        if (place == 0) return _from(account, address(CURRENCY), abi.encodeCall(DemoDollar.mint, (account, PURSE)));
        if (place == 1) return _allow(account, address(VAULT));
        if (place == 2) return _allow(account, address(MARKET));
        if (place == 3) return _deposit(account, address(ATTRIBUTION), 1e11);
        return place == 4 ? _deposit(account, address(INDEXES), 1e8) : _deposit(account, address(DATASETS), 1e6);
    }

    function _build(uint256 place) private view returns (Call memory) {
        if (place < 3) return _create(place);
        if (place < 8) return _contribute(1, place - 3);
        if (place < 10) return _contribute(2, place - 5);
        if (place == 10) return _accept();
        if (place < 13) return _freeze(place - 10);
        if (place < 15) return _register(place == 14);
        if (place < 17) return _list(place - 14);
        if (place < 22) return _index(place - 17);
        return _earn(place - 22);
    }

    function _earn(uint256 place) private view returns (Call memory chosen) {
        ModelId model = ModelId.wrap(MODEL);
        address sender = Keys.accountAt(5);
        if (place == 0) {
            return _from(sender, address(MARKET), abi.encodeCall(IInferenceMarket.pay, (model, 1e10, 0)));
        }
        if (place == 1) return _from(sender, address(USAGE), abi.encodeCall(IUsageRegistry.cut, (model)));
        if (place == 2) {
            UsageReport memory usage = _usage(model, 0);
            bytes memory signature = Keys.signature(4, _reportDigest(usage));
            return _from(sender, address(USAGE), abi.encodeCall(IUsageRegistry.report, (usage, signature)));
        }
        if (place == 3) {
            Proposal memory draft;
            (draft.weights, draft.right) = (_weights(Key(_slot(0), 0)), true);
            bytes memory data = abi.encodeCall(IAttributionRegistry.proposeWeights, (_slot(0), 0, draft.weights, 500));
            chosen = _from(sender, address(ATTRIBUTION), data);
            chosen.memo = abi.encode(draft);
            return chosen;
        }
        return _from(sender, address(CURRENCY), abi.encodeCall(IERC20.transfer, (RECEIVERS.receiverOf(model), 1e6)));
    }

    /// @dev One index is active, the other one can still be demanded to be shown.
    function _index(uint256 place) private view returns (Call memory chosen) {
        address owner = Keys.accountAt(3);
        if (place == 0) {
            IIndexRegistry.Basis memory basis = IIndexRegistry.Basis(LANES, bytes32("basis"), bytes32("method"));
            bytes memory data = abi.encodeCall(IIndexRegistry.commitBasis, (ModelId.wrap(MODEL), basis, ""));
            return _from(owner, address(INDEXES), data);
        }
        if (place == 1 || place == 3) {
            StreamId stream = _slot(place / 2);
            bytes32 root = _indexRoot(stream);
            return _from(owner, address(INDEXES), abi.encodeCall(IIndexRegistry.commitIndex, (stream, root, 0, "")));
        }
        if (place == 4) {
            return _from(owner, address(INDEXES), abi.encodeCall(IIndexRegistry.demandRow, (_slot(1), 0)));
        }
        chosen = _from(owner, address(INDEXES), abi.encodeCall(IIndexRegistry.activateIndex, (_slot(0))));
        chosen.wait = INDEXES.INDEX_DELAY();
    }

    function _allow(address account, address spender) private view returns (Call memory) {
        return _from(account, address(CURRENCY), abi.encodeCall(IERC20.approve, (spender, type(uint256).max)));
    }

    function _deposit(address account, address controller, uint256 amount) private view returns (Call memory) {
        return _from(account, address(VAULT), abi.encodeCall(IBondVault.deposit, (controller, account, amount)));
    }

    /// @dev An open one, a curated one, and one with a list.
    function _create(uint256 place) private view returns (Call memory) {
        IDatasetRegistry.DatasetTerms memory terms;
        IDatasetRegistry.Curation[3] memory ways = [
            IDatasetRegistry.Curation.Open,
            IDatasetRegistry.Curation.Curated,
            IDatasetRegistry.Curation.AllowList
        ];
        (terms.curation, terms.rowCap, terms.deposit) = (ways[place], 8, 2);
        (terms.streamBps, terms.proRataBps) = (1_000, uint16(2_500 * place));
        bytes memory data = abi.encodeCall(IDatasetRegistry.createDataset, (terms, "CC-BY-4.0", bytes32("digest"), ""));
        return _from(Keys.accountAt(place), address(DATASETS), data);
    }

    function _contribute(uint256 dataset, uint256 place) private view returns (Call memory chosen) {
        Submission[] memory sent = new Submission[](1);
        sent[0] = Submission(
            DatasetId.wrap(dataset),
            Keys.accountAt(place),
            bytes32(place + 1),
            uint32(3 + 2 * place),
            0
        );
        chosen = _from(
            sent[0].contributor,
            address(DATASETS),
            abi.encodeCall(IDatasetRegistry.contribute, (sent[0].dataset, sent[0].root, sent[0].rows, ""))
        );
        chosen.memo = abi.encode(sent);
    }

    function _accept() private view returns (Call memory) {
        IDatasetRegistry.Submission[] memory list = new IDatasetRegistry.Submission[](2);
        for (uint256 i = 0; i < 2; ++i) {
            list[i] = IDatasetRegistry.Submission(Keys.accountAt(3 + i), bytes32(4 + i));
        }
        bytes memory data = abi.encodeCall(IDatasetRegistry.accept, (DatasetId.wrap(2), list));
        return _from(Keys.accountAt(1), address(DATASETS), data);
    }

    function _freeze(uint256 dataset) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(IDatasetRegistry.freeze, (DatasetId.wrap(dataset)));
        return _from(Keys.accountAt(dataset - 1), address(DATASETS), data);
    }

    /// @dev The base model has neither parents nor sources, the other one parent and two datasets.
    function _register(bool edges) private view returns (Call memory) {
        IModelRegistry.Registration memory registration;
        (registration.artifactDigest, registration.operator) = (bytes32("weights"), Keys.accountAt(4));
        registration.children = IModelRegistry.ChildTerms(0x3f, 500);
        if (edges) {
            registration.kind = IModelRegistry.ModelKind.Finetune;
            registration.parents = new IModelRegistry.Parent[](1);
            registration.parents[0] = IModelRegistry.Parent(ModelId.wrap(1), 500);
            registration.sources = new IModelRegistry.Source[](2);
            for (uint256 i = 0; i < 2; ++i) {
                uint16 share = uint16(1_000 + 333 * i);
                registration.sources[i] = IModelRegistry.Source(DatasetId.wrap(1 + i), 1, share, new bytes32[](0));
            }
        }
        address owner = Keys.accountAt(edges ? 3 : 2);
        return _from(owner, address(MODELS), abi.encodeCall(IModelRegistry.register, (registration)));
    }

    function _list(uint256 model) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(IInferenceMarket.list, (ModelId.wrap(model), 1));
        return _from(Keys.accountAt(model + 1), address(MARKET), data);
    }

    function _slot(uint256 slot) private pure returns (StreamId) {
        return StreamId.wrap((MODEL << 8) | slot);
    }
}
