// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {UsageReport, UsageReports} from "../../../contracts/libraries/UsageReports.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {DatasetId, ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Notebook, Proposal} from "./Notebook.sol";
import {SumTrees} from "./SumTrees.sol";

/// @notice A key: an interval of a stream.
struct Key {
    StreamId stream;
    uint32 interval;
}

/// @title StreamChoices
/// @notice What handlers of indexes, reports, statements, challenges and claims have in common: indexes whose row `i`
/// has `i + 1` in its first lane, reports whose `q` has one factor there, and the weights that follow.
abstract contract StreamChoices is Choices {
    uint16 internal constant LANES = 16;

    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice The hash of a report, which the library takes from calldata.
    function hashOf(UsageReport calldata usage) external pure returns (bytes32) {
        return UsageReports.hash(usage);
    }

    /// @dev A stream, mostly of the model that most calls are about.
    function _stream(uint256 seed) internal view returns (StreamId) {
        ModelId model = _model(seed);
        uint256 streams = MODELS.modelOf(model).streams;
        if (streams == 0) (model, streams) = (ModelId.wrap(MODEL), 2);
        return StreamId.wrap((ModelId.unwrap(model) << 8) | _pick(seed, 60, streams));
    }

    function _datasetOwner(StreamId stream) internal view returns (address) {
        IModelRegistry.Stream memory terms = MODELS.streamAt(stream.model(), stream.slot());
        return _ownerOf(terms.dataset);
    }

    /// @dev An interval of a stream, a late one more often.
    function _key(uint256 seed) internal view returns (Key memory) {
        StreamId stream = _stream(seed);
        (, , uint32 intervals) = USAGE.headOf(stream.model());
        require(intervals != 0, "no interval yet");
        uint256 latest = intervals < 3 ? intervals : 3;
        uint256 back = _pick(seed, 61, _pick(seed, 62, 4) == 0 ? intervals : latest);
        return Key(stream, uint32(intervals - 1 - back));
    }

    /// @dev A statement that was proposed, one of the last three more often.
    function _proposal(uint256 seed) internal view returns (uint256 place, Proposal memory) {
        uint256 count = NOTEBOOK.proposals();
        require(count != 0, "no statement yet");
        uint256 latest = count < 3 ? count : 3;
        place = count - 1 - _pick(seed, 63, _pick(seed, 64, 4) == 0 ? count : latest);
        return (place, NOTEBOOK.proposalAt(place));
    }

    /// @dev A statement, a live one if there is one among some.
    function _live(uint256 seed) internal view returns (Proposal memory proposal) {
        for (uint256 i = 0; i < 4; ++i) {
            (, proposal) = _proposal(seed + i);
            StreamId stream = proposal.statement.payout.stream;
            uint32 interval = proposal.statement.payout.interval;
            if (ATTRIBUTION.settlementOf(stream, interval).statementId == bytes29(proposal.hash)) break;
        }
    }

    function _usage(ModelId model, uint32 interval) internal view returns (UsageReport memory) {
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(model, interval);
        bytes memory q = abi.encode(_factor(model, interval));
        return UsageReport(model, interval, piece.from, piece.to, bytes32("receipts"), 0, q);
    }

    function _reportDigest(UsageReport memory usage) internal view returns (bytes32) {
        return Keys.typed(address(USAGE), this.hashOf(usage));
    }

    /// @dev The right weights of an interval.
    function _weights(Key memory key) internal view returns (uint144[] memory weights) {
        IStreamPayouts.StreamAccount memory account = PAYOUTS.accountOf(key.stream);
        weights = new uint144[](account.contributions);
        uint256 factor = _factor(key.stream.model(), key.interval);
        for (uint256 i = 0; i < weights.length; ++i) {
            (, uint32 rows) = DATASETS.entitledAt(DatasetId.wrap(account.dataset), i, account.version);
            if (rows != 0) weights[i] = uint144((i + 1) * factor);
        }
    }

    function _indexRoot(StreamId stream) internal view returns (bytes32) {
        bytes32[] memory leaves = _indexLeaves(PAYOUTS.accountOf(stream).contributions);
        return SumTrees.hashNode(leaves, SumTrees.depthOf(leaves.length), 0);
    }

    function _indexLeaves(uint256 rows) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](rows);
        for (uint256 i = 0; i < rows; ++i) leaves[i] = keccak256(abi.encode(i, uint256(0), keccak256(_lanes(i))));
    }

    function _lanes(uint256 row) internal pure returns (bytes memory lanes) {
        lanes = new bytes(2 * LANES);
        lanes[1] = bytes1(uint8(row + 1));
    }

    /// @dev Of each tenth interval the weights are all 0.
    function _factor(ModelId model, uint32 interval) private pure returns (uint256) {
        uint256 drawn = uint256(keccak256(abi.encode(model, interval)));
        return drawn % 10 == 0 ? 0 : drawn % 1_000;
    }
}
