// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {IModelReceivers} from "../../../contracts/interfaces/IModelReceivers.sol";
import {DatasetId, ModelId} from "../../../contracts/types/Ids.sol";
import {
    IDeployedAttribution,
    IDeployedChallenges,
    IDeployedDatasets,
    IDeployedIndexes,
    IDeployedLedger,
    IDeployedModels,
    IDeployedPayouts,
    IDeployedUsage
} from "./Deployed.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook, Suite} from "./Notebook.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Choices
/// @notice Chooses calls of one part of the protocol. Each entry point `Contract.function` has a handler
/// `Contract_function(uint256 seed)`, a view: what it returns follows from the seed and the state, makes sense more
/// often than not, and comes now and then from somebody who may not. It reverts when there is nothing to do.
/// @dev Knows no cheatcode: the test runner's player and the one on an ordinary chain ask the same handlers.
abstract contract Choices {
    /// @notice The model on two datasets that most calls are about; the first model is its parent.
    uint256 internal constant MODEL = 2;
    /// @notice One call in so many comes from somebody who may not.
    uint256 private constant ONE_WRONG_IN = 8;

    Notebook internal immutable NOTEBOOK;
    DemoDollar internal immutable CURRENCY;
    IBondVault internal immutable VAULT;
    IDeployedDatasets internal immutable DATASETS;
    IDeployedModels internal immutable MODELS;
    IDeployedLedger internal immutable LEDGER;
    IInferenceMarket internal immutable MARKET;
    IModelReceivers internal immutable RECEIVERS;
    IDeployedIndexes internal immutable INDEXES;
    IDeployedUsage internal immutable USAGE;
    IDeployedAttribution internal immutable ATTRIBUTION;
    IDeployedChallenges internal immutable CHALLENGES;
    IDeployedPayouts internal immutable PAYOUTS;

    constructor(Notebook notebook) {
        Suite memory suite = notebook.suite();
        NOTEBOOK = notebook;
        CURRENCY = suite.currency;
        VAULT = suite.vault;
        DATASETS = suite.datasets;
        MODELS = suite.models;
        LEDGER = suite.ledger;
        MARKET = suite.market;
        RECEIVERS = suite.receivers;
        INDEXES = suite.indexes;
        USAGE = suite.usage;
        ATTRIBUTION = suite.attribution;
        CHALLENGES = suite.challenges;
        PAYOUTS = suite.payouts;
    }

    /// @notice How many in a hundred calls of a history are of this part.
    function frequency() external pure virtual returns (uint256);

    /// @notice Selectors of the handlers, 4 bytes each.
    function handlers() external pure virtual returns (bytes memory);

    /// @dev A number below `below`; each `place` of a seed gives another.
    function _pick(uint256 seed, uint256 place, uint256 below) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, place))) % below;
    }

    function _isWrong(uint256 seed) internal pure returns (bool) {
        return _pick(seed, 99, ONE_WRONG_IN) == 0;
    }

    function _actor(uint256 seed, uint256 place) internal pure returns (address) {
        return Keys.accountAt(_pick(seed, place, Keys.COUNT));
    }

    /// @dev Small and large amounts alike, from 1.
    function _amount(uint256 seed, uint256 place) internal pure returns (uint256) {
        return 1 + _pick(seed, place, 10 ** (1 + _pick(seed, place + 50, 9)));
    }

    /// @dev Up to one above what there is.
    function _upTo(uint256 seed, uint256 place, uint256 most) internal pure returns (uint256) {
        return _pick(seed, place, 4) == 0 ? most : _pick(seed, place, most + 2);
    }

    function _model(uint256 seed) internal view returns (ModelId) {
        return ModelId.wrap(_pick(seed, 90, 4) != 0 ? MODEL : 1 + _pick(seed, 91, MODELS.modelCount()));
    }

    function _dataset(uint256 seed) internal view returns (DatasetId) {
        return DatasetId.wrap(1 + _pick(seed, 92, DATASETS.datasetCount()));
    }

    /// @dev From anybody.
    function _anybody(uint256 seed, address to, bytes memory data) internal pure returns (Call memory) {
        return _from(_actor(seed, 95), to, data);
    }

    function _from(address from, address to, bytes memory data) internal pure returns (Call memory chosen) {
        (chosen.from, chosen.to, chosen.data) = (from, to, data);
    }

    /// @dev From the only account that may, or from another that must be refused.
    function _only(
        address entitled,
        uint256 seed,
        address to,
        bytes memory data
    ) internal pure returns (Call memory chosen) {
        chosen = _from(entitled, to, data);
        if (_isWrong(seed)) (chosen.from, chosen.forbidden) = (_other(entitled, seed), true);
    }

    /// @dev From an account that must be refused, as all are.
    function _nobody(uint256 seed, address to, bytes memory data) internal pure returns (Call memory chosen) {
        chosen = _anybody(seed, to, data);
        chosen.forbidden = true;
    }

    /// @dev An account that is not this one.
    function _other(address account, uint256 seed) internal pure returns (address) {
        uint256 place = _pick(seed, 96, Keys.COUNT);
        address found = Keys.accountAt(place);
        return found == account ? Keys.accountAt(place + 1) : found;
    }

    function _ownerOf(ModelId model) internal view returns (address) {
        return MODELS.ownerOf(ModelId.unwrap(model));
    }

    function _ownerOf(DatasetId dataset) internal view returns (address) {
        return DATASETS.ownerOf(DatasetId.unwrap(dataset));
    }

    /// @dev Signed by an account, or by another, which must be refused.
    function _signedBy(
        address signer,
        uint256 seed,
        bytes32 digest
    ) internal pure returns (uint256 key, bytes memory signature, bool wrong) {
        wrong = _isWrong(seed);
        key = Keys.placeOf(wrong ? _other(signer, seed) : signer);
        signature = Keys.signature(key, digest);
    }

    /// @dev The call must be refused before a time. Every other time it waits for it.
    function _notBefore(Call memory chosen, uint256 seed, uint256 time) internal view returns (Call memory) {
        uint256 clock = NOTEBOOK.clock();
        if (_pick(seed, 97, 2) == 0 && time > clock) chosen.wait = time - clock;
        chosen.notBefore = time;
        return chosen;
    }

    /// @dev The call must be refused from a time on.
    function _notAfter(Call memory chosen, uint256 time) internal pure returns (Call memory) {
        chosen.notAfter = time;
        return chosen;
    }

    function _approve(IERC721 token, uint256 id, uint256 seed) internal view returns (Call memory) {
        address owner = token.ownerOf(id);
        Call memory chosen = _only(
            owner,
            seed,
            address(token),
            abi.encodeCall(IERC721.approve, (_other(owner, seed), id))
        );
        if (chosen.from != owner) chosen.forbidden = !token.isApprovedForAll(owner, chosen.from);
        return chosen;
    }

    function _approveAll(IERC721 token, uint256 seed) internal pure returns (Call memory) {
        address from = _actor(seed, 0);
        bool approved = _pick(seed, 1, 4) == 0;
        return _from(from, address(token), abi.encodeCall(IERC721.setApprovalForAll, (_other(from, seed), approved)));
    }

    /// @dev Mostly from somebody who may not, so that tokens don't change hands all the time.
    function _transfer(
        IERC721 token,
        uint256 id,
        uint256 seed,
        bytes memory data
    ) internal view returns (Call memory chosen) {
        address owner = token.ownerOf(id);
        chosen = _from(_pick(seed, 3, 4) == 0 ? owner : _actor(seed, 4), address(token), data);
        bool approved = token.getApproved(id) == chosen.from || token.isApprovedForAll(owner, chosen.from);
        chosen.forbidden = chosen.from != owner && !approved;
    }

    function _transferFrom(IERC721 token, uint256 id, uint256 seed) internal view returns (Call memory) {
        address owner = token.ownerOf(id);
        bytes memory data = abi.encodeCall(IERC721.transferFrom, (owner, _actor(seed, 2), id));
        return _transfer(token, id, seed, data);
    }

    function _safeTransferFrom(IERC721 token, uint256 id, uint256 seed) internal view returns (Call memory) {
        (address owner, address to) = (token.ownerOf(id), _actor(seed, 2));
        bytes memory data =
            _pick(seed, 5, 2) == 0
                ? abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", owner, to, id)
                : abi.encodeWithSignature("safeTransferFrom(address,address,uint256,bytes)", owner, to, id, hex"01");
        return _transfer(token, id, seed, data);
    }
}
