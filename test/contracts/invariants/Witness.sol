// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {DatasetId, ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Keys} from "./Keys.sol";
import {Notebook, Proposal} from "./Notebook.sol";
import {Records} from "./Records.sol";
import {Key} from "./StreamChoices.sol";

/// @title Witness
/// @notice Looks at the chain after every call, and remembers: counters that fell, and facts that changed though they
/// mustn't.
contract Witness is Records {
    /// @notice Intervals of a stream that are looked at in each step: the last two, and two others in turn.
    uint256 private constant LOOKED_AT = 4;

    /// @notice Name of the first counter that fell; empty if none did.
    string public fallen;
    /// @notice Name of the first fact that changed though it mustn't; empty if none did.
    string public changed;
    mapping(bytes32 subject => uint256 value) private _counters;
    mapping(bytes32 subject => bytes32 digest) private _facts;
    uint256 private _looks;

    constructor(Notebook notebook) {
        (_notebook, _suite) = (notebook, notebook.suite());
    }

    /// @notice Compares everything with how it was before.
    function look() external {
        ++_looks;
        uint256 models = _suite.models.modelCount();
        _count("models", 0, models);
        _count("datasets", 0, _suite.datasets.datasetCount());
        for (uint256 model = 1; model <= models; ++model) _lookAtModel(ModelId.wrap(model));
        StreamId[] memory streams = _streams();
        for (uint256 i = 0; i < streams.length; ++i) _lookAtStream(streams[i]);
        uint256 proposals = _notebook.proposals();
        for (uint256 i = 0; i < LOOKED_AT && i < proposals; ++i) {
            Proposal memory proposal = _notebook.proposalAt((i * 7 + _looks) % proposals);
            bytes32 hash = keccak256(abi.encode(proposal.statement.payout));
            _count("final payouts", uint256(hash), _suite.payouts.isFinal(hash) ? 1 : 0);
        }
    }

    function _lookAtModel(ModelId model) private {
        uint256 id = ModelId.unwrap(model);
        (uint256 gross, uint256 royalties, uint256 dividedGross, uint256 dividedRoyalties) = _suite.ledger.incomeOf(
            model
        );
        _count("gross fees", id, gross);
        _count("royalties", id, royalties);
        _count("divided fees", id, dividedGross);
        _count("divided royalties", id, dividedRoyalties);
        (uint112 to, , uint32 intervals) = _suite.usage.headOf(model);
        _count("cut fees", id, to);
        _count("intervals", id, intervals);
        for (uint256 i = 0; i < Keys.COUNT; ++i) {
            address payer = Keys.accountAt(i);
            _count("spent of a channel", (id << 8) | i, _suite.market.channelOf(payer, model).spent);
        }
        (, uint16 developerBps, IModelRegistry.Parent[] memory parents) = _suite.models.splitOf(model);
        _fix("shares of a model", id, keccak256(abi.encode(developerBps, parents, _suite.models.streamsOf(model))));
        for (uint256 i = 0; i < LOOKED_AT && i < intervals; ++i) {
            uint32 interval = uint32(i < 2 ? intervals - 1 - i : (_looks * 2 + i) % intervals);
            IUsageRegistry.Interval memory piece = _suite.usage.intervalAt(model, interval);
            _fix("an interval", (id << 32) | interval, keccak256(abi.encode(piece)));
            bytes32 report = _suite.usage.reportHashOf(model, interval);
            if (report != 0) _fix("a posted report", (id << 32) | interval, report);
        }
    }

    function _lookAtStream(StreamId stream) private {
        uint256 id = StreamId.unwrap(stream);
        IStreamPayouts.StreamAccount memory account = _suite.payouts.accountOf(stream);
        _count("fallback pools", id, account.fallbackPools);
        account.fallbackPools = 0;
        _fix("terms of a stream", id, keccak256(abi.encode(account)));
        uint256 place = _looks % account.contributions;
        (address contributor, uint32 rows) = _suite.datasets.entitledAt(
            DatasetId.wrap(account.dataset),
            place,
            account.version
        );
        _fix("a place of a version", (id << 32) | place, keccak256(abi.encode(contributor, rows)));
        IIndexRegistry.Index memory index = _suite.indexes.indexOf(stream);
        _count("commitments", id, index.commitment);
        if (index.status == IIndexRegistry.IndexStatus.Active) {
            _fix("an active index", id, keccak256(abi.encode(index)));
        }
        uint32 intervals = _intervals(stream);
        for (uint256 i = 0; i < LOOKED_AT && i < intervals; ++i) {
            _lookAtKey(Key(stream, uint32(i < 2 ? intervals - 1 - i : (_looks * 2 + i) % intervals)));
        }
    }

    function _lookAtKey(Key memory key) private {
        uint256 id = (StreamId.unwrap(key.stream) << 32) | key.interval;
        IAttributionRegistry.Settlement memory settlement = _suite.attribution.settlementOf(key.stream, key.interval);
        _count("voids", id, settlement.voids);
        _count("deadline", id, settlement.deadline);
        bool isOver =
            settlement.status == IAttributionRegistry.SettlementStatus.Final ||
                settlement.status == IAttributionRegistry.SettlementStatus.ProRata;
        if (isOver || _facts[_subject("an interval's end", id)] != 0) {
            _fix("an interval's end", id, keccak256(abi.encode(settlement.status)));
        }
        _fix("a pool", id, bytes32(1 + _suite.attribution.poolOf(key.stream, key.interval)));
    }

    function _count(string memory name, uint256 id, uint256 value) private {
        bytes32 subject = _subject(name, id);
        if (value < _counters[subject] && bytes(fallen).length == 0) fallen = name;
        _counters[subject] = value;
    }

    function _fix(string memory name, uint256 id, bytes32 digest) private {
        bytes32 subject = _subject(name, id);
        bytes32 before = _facts[subject];
        if (before == 0) _facts[subject] = digest;
        else if (before != digest && bytes(changed).length == 0) changed = name;
    }

    function _subject(string memory name, uint256 id) private pure returns (bytes32) {
        return keccak256(abi.encode(name, id));
    }
}
