// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../interfaces/IBondVault.sol";
import {IChallengeRegistry} from "../interfaces/IChallengeRegistry.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {IUsageRegistry} from "../interfaces/IUsageRegistry.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MerkleSum} from "../libraries/MerkleSum.sol";
import {Shares} from "../libraries/Shares.sol";
import {Payout, Statement, Statements} from "../libraries/Statements.sol";
import {DatasetId, StreamId} from "../types/Ids.sol";
import {ChallengeRegistry} from "./ChallengeRegistry.sol";

/// @title AttributionRegistry
/// @notice See {IAttributionRegistry}.
contract AttributionRegistry is IAttributionRegistry {
    using Statements for Statement;

    /// @notice Voided statements after which an interval is pro-rata.
    uint256 public constant MAX_VOIDS = 8;
    /// @notice A statement's bond, as a part of the interval's pool before the scorer's fee: 2 %.
    uint256 public constant BOND_BPS = 200;
    /// @notice Highest fee of a scorer, as a part of the pool: 10 %.
    uint256 public constant SCORER_FEE_CAP_BPS = 1_000;
    /// @notice Shortest response time: a transaction must get in while blocks are full or censored.
    uint256 public constant MIN_RESPONSE_TIME = 1 hours;
    /// @notice Longest times: what waits for a deadline must see it.
    uint256 public constant MAX_TIME = 365 days;
    /// @notice Response times that a walk from the root of the largest tree down to a line may take after the window:
    /// four answers, and three times to challenge what an answer shows.
    uint256 public constant MAX_TURNS = 7;
    /// @notice Most weights that can be posted in calldata.
    uint256 public constant MAX_POSTED = 256;

    /// @notice What is stored of an interval.
    struct Record {
        // slot 0: id, open (256 bits): the live statement, by the first 29 bytes of its hash
        bytes29 id;
        uint24 open;
        // slot 1: status, voids, deadline (56 bits); written when a statement ends
        SettlementStatus status;
        uint8 voids;
        uint40 deadline;
    }

    /// @notice Owners of datasets.
    IERC721 public immutable DATASETS;
    /// @notice Intervals and usage reports.
    IUsageRegistry public immutable USAGE;
    /// @notice Where final statements are claimed; this contract alone ends intervals there.
    IStreamPayouts public immutable PAYOUTS;
    /// @notice Influence indexes.
    IIndexRegistry public immutable INDEXES;
    /// @inheritdoc IAttributionRegistry
    IChallengeRegistry public immutable CHALLENGES;
    /// @notice Bonds; scorers and challengers deposit under this contract.
    IBondVault public immutable VAULT;
    /// @notice Seconds from proposal to the earliest finalisation.
    uint256 public immutable WINDOW;
    /// @notice Seconds to answer a challenge.
    uint256 public immutable RESPONSE_TIME;
    /// @notice Seconds from an interval's cut to its fallback to pro-rata.
    uint256 public immutable FALLBACK_TIME;
    /// @notice Seconds that a voided statement leaves for another, at least.
    uint256 public immutable PROPOSING_PERIOD;
    /// @notice Least bond of a statement, in wei.
    uint256 public immutable BOND_FLOOR;
    /// @notice Bond of a challenge, in wei.
    uint256 public immutable CHALLENGE_BOND;
    /// @notice Who gets the half of a slashed bond that doesn't go to challenger or refuter.
    address public immutable TREASURY;

    mapping(StreamId stream => mapping(uint256 interval => Record record)) private _records;

    constructor(
        IDatasetRegistry datasets,
        IRevenueLedger ledger,
        IUsageRegistry usage,
        IIndexRegistry indexes,
        IBondVault vault,
        Parameters memory parameters
    ) {
        if (
            parameters.responseTime < MIN_RESPONSE_TIME ||
            parameters.window < parameters.responseTime ||
            parameters.proposingPeriod < parameters.responseTime ||
            parameters.fallbackTime <= parameters.window + MAX_TURNS * parameters.responseTime ||
            parameters.fallbackTime > MAX_TIME ||
            parameters.proposingPeriod > MAX_TIME
        ) revert TimesOutOfRange();
        if (parameters.treasury == address(0)) revert ZeroAddress();
        DATASETS = IERC721(address(datasets));
        USAGE = usage;
        PAYOUTS = ledger.PAYOUTS();
        INDEXES = indexes;
        VAULT = vault;
        WINDOW = parameters.window;
        RESPONSE_TIME = parameters.responseTime;
        FALLBACK_TIME = parameters.fallbackTime;
        PROPOSING_PERIOD = parameters.proposingPeriod;
        BOND_FLOOR = parameters.bondFloor;
        CHALLENGE_BOND = parameters.challengeBond;
        TREASURY = parameters.treasury;
        CHALLENGES = new ChallengeRegistry(
            datasets,
            parameters.window,
            parameters.responseTime,
            parameters.challengeBond
        );
    }

    modifier onlyChallenges() {
        if (msg.sender != address(CHALLENGES)) revert NotChallenges(msg.sender);
        _;
    }

    /// @inheritdoc IAttributionRegistry
    function propose(
        StreamId stream,
        uint32 interval,
        bytes32 root,
        uint144 total,
        uint16 feeBps,
        string calldata uri
    ) external returns (Statement memory statement) {
        bytes32 hash;
        (statement, hash) = _propose(stream, interval, root, total, feeBps);
        emit StatementProposed(stream, interval, hash, statement, uri);
    }

    /// @inheritdoc IAttributionRegistry
    function proposeWeights(
        StreamId stream,
        uint32 interval,
        uint144[] calldata weights,
        uint16 feeBps
    ) external returns (Statement memory statement) {
        uint256 lines = PAYOUTS.accountOf(stream).contributions;
        if (weights.length != lines || lines > MAX_POSTED) revert WeightsOutOfRange(weights.length, lines, MAX_POSTED);
        (bytes32 root, uint256 total) = MerkleSum.rootOf(weights);
        bytes32 hash;
        (statement, hash) = _propose(stream, interval, root, SafeCast.toUint144(total), feeBps);
        emit StatementProposed(stream, interval, hash, statement, "");
        emit WeightsPosted(stream, interval, weights);
    }

    /// @inheritdoc IAttributionRegistry
    function finalise(Statement calldata statement) external {
        Payout calldata payout = statement.payout;
        bytes32 hash = statement.hash();
        uint256 open = requireLive(payout.stream, payout.interval, hash);
        uint256 closesAt = statement.proposedAt + WINDOW;
        if (block.timestamp < closesAt) revert WindowOpen(closesAt);
        if (open != 0) revert ChallengesOpen(open);
        uint256 shownUntil = CHALLENGES.shownUntilOf(hash);
        if (block.timestamp < shownUntil) revert NodesShown(shownUntil);
        _end(payout.stream, payout.interval, SettlementStatus.Final);
        emit StatementFinalised(payout.stream, payout.interval, hash);
        VAULT.unlock(statement.scorer, statement.bond);
        PAYOUTS.open(payout, statement.scorer, statement.fee);
    }

    /// @inheritdoc IAttributionRegistry
    function fallBack(StreamId stream, uint32 interval) external {
        Record storage record = _open(stream, interval);
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        if (record.voids < MAX_VOIDS && _serves(INDEXES.indexOf(stream), piece)) {
            uint256 deadline = _deadline(record, piece);
            if (block.timestamp < deadline) revert FallbackNotDue(deadline);
        }
        _endProRata(stream, interval, PAYOUTS.touch(stream), piece);
    }

    /// @inheritdoc IAttributionRegistry
    function rejectInterval(StreamId stream, uint32 interval, bytes32 reason) external {
        _open(stream, interval);
        _reject(stream, interval, 0, reason);
    }

    /// @inheritdoc IAttributionRegistry
    function rejectStatement(Statement calldata statement, bytes32 reason) external {
        (StreamId stream, uint32 interval) = (statement.payout.stream, statement.payout.interval);
        bytes32 hash = statement.hash();
        requireLive(stream, interval, hash);
        _reject(stream, interval, hash, reason);
        VAULT.unlock(statement.scorer, statement.bond);
    }

    /// @inheritdoc IAttributionRegistry
    function enterChallenge(
        StreamId stream,
        uint32 interval,
        bytes32 statementHash,
        address bonded
    ) external onlyChallenges {
        requireLive(stream, interval, statementHash);
        ++_records[stream][interval].open;
        if (bonded != address(0)) VAULT.lock(bonded, CHALLENGE_BOND);
    }

    /// @inheritdoc IAttributionRegistry
    function leaveChallenge(StreamId stream, uint32 interval, bytes32 statementHash) external onlyChallenges {
        requireLive(stream, interval, statementHash);
        --_records[stream][interval].open;
    }

    /// @inheritdoc IAttributionRegistry
    function voidStatement(Statement calldata statement, address rewarded) external onlyChallenges {
        (StreamId stream, uint32 interval) = (statement.payout.stream, statement.payout.interval);
        bytes32 hash = statement.hash();
        requireLive(stream, interval, hash);
        Record storage record = _records[stream][interval];
        uint256 deadline = _deadline(record, USAGE.intervalAt(stream.model(), interval));
        uint256 least = block.timestamp + PROPOSING_PERIOD;
        if (deadline < least) deadline = least;
        _records[stream][interval] = Record({
            id: 0,
            open: 0,
            status: SettlementStatus.Open,
            voids: record.voids + 1,
            deadline: uint40(deadline)
        });
        uint256 reward = statement.bond / 2;
        VAULT.slash(statement.scorer, rewarded, reward);
        VAULT.slash(statement.scorer, TREASURY, statement.bond - reward);
        emit StatementVoided(stream, interval, hash, rewarded, reward, deadline);
    }

    /// @inheritdoc IAttributionRegistry
    function payChallenge(address challenger, address to, uint256 amount) external onlyChallenges {
        if (to == challenger) VAULT.unlock(challenger, amount);
        else VAULT.slash(challenger, to, amount);
    }

    /// @inheritdoc IAttributionRegistry
    function settlementOf(StreamId stream, uint32 interval) external view returns (Settlement memory settlement) {
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        Record storage record = _records[stream][interval];
        settlement.status = record.id == 0 ? record.status : SettlementStatus.Proposed;
        settlement.voids = record.voids;
        settlement.deadline = uint40(_deadline(record, piece));
        settlement.openChallenges = record.open;
        settlement.statementId = record.id;
    }

    /// @inheritdoc IAttributionRegistry
    function poolOf(StreamId stream, uint32 interval) public view returns (uint256) {
        return _pool(PAYOUTS.accountOf(stream), USAGE.intervalAt(stream.model(), interval));
    }

    /// @inheritdoc IAttributionRegistry
    function bondFor(StreamId stream, uint32 interval) external view returns (uint256) {
        return _bond(poolOf(stream, interval), _records[stream][interval].voids);
    }

    /// @inheritdoc IAttributionRegistry
    function requireLive(
        StreamId stream,
        uint32 interval,
        bytes32 statementHash
    ) public view returns (uint256 openChallenges) {
        Record storage record = _records[stream][interval];
        if (record.id != bytes29(statementHash)) revert StatementNotLive(statementHash);
        return record.open;
    }

    function _propose(
        StreamId stream,
        uint32 interval,
        bytes32 root,
        uint144 total,
        uint16 feeBps
    ) private returns (Statement memory statement, bytes32 hash) {
        if (total == 0) revert EmptyStatement();
        if (feeBps > SCORER_FEE_CAP_BPS) revert ScorerFeeTooHigh(feeBps, SCORER_FEE_CAP_BPS);
        Record storage record = _open(stream, interval);
        if (record.voids == MAX_VOIDS) revert TooManyVoids(stream, interval);
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        uint256 deadline = _deadline(record, piece);
        if (block.timestamp >= deadline) revert DeadlinePassed(deadline);
        IStreamPayouts.StreamAccount memory account = PAYOUTS.touch(stream);
        IIndexRegistry.Index memory index = INDEXES.indexOf(stream);
        if (!_serves(index, piece)) revert IndexDoesNotServe(stream, interval);
        uint256 pool = _pool(account, piece);
        if (pool == 0) revert EmptyPool(stream, interval);
        uint256 fee = Shares.ofDown(pool, feeBps);
        uint256 bond = _bond(pool, record.voids);

        statement.payout.stream = stream;
        statement.payout.interval = interval;
        statement.payout.dataset = DatasetId.wrap(account.dataset);
        statement.payout.lines = account.contributions;
        statement.payout.root = root;
        statement.payout.total = total;
        statement.payout.pool = uint112(pool - fee);
        statement.scorer = msg.sender;
        statement.fee = uint112(fee);
        statement.bond = uint112(bond);
        statement.proposedAt = uint40(block.timestamp);
        statement.attempt = record.voids;
        statement.version = account.version;
        statement.exponentBound = index.exponentBound;
        statement.indexRoot = index.root;
        statement.reportHash = USAGE.reportHashOf(stream.model(), interval);
        if (statement.reportHash == 0) revert ReportMissing(stream, interval);

        hash = Statements.hashMemory(statement);
        record.id = bytes29(hash);
        VAULT.lock(msg.sender, bond);
    }

    function _reject(StreamId stream, uint32 interval, bytes32 statementHash, bytes32 reason) private {
        IStreamPayouts.StreamAccount memory account = PAYOUTS.touch(stream);
        if (DATASETS.ownerOf(account.dataset) != msg.sender) revert NotDatasetOwner(stream, msg.sender);
        emit IntervalRejected(stream, interval, statementHash, reason);
        _endProRata(stream, interval, account, USAGE.intervalAt(stream.model(), interval));
    }

    function _endProRata(
        StreamId stream,
        uint32 interval,
        IStreamPayouts.StreamAccount memory account,
        IUsageRegistry.Interval memory piece
    ) private {
        uint256 pool = _pool(account, piece);
        _end(stream, interval, SettlementStatus.ProRata);
        emit FellBack(stream, interval, pool);
        PAYOUTS.fallBack(stream, pool);
    }

    function _end(StreamId stream, uint32 interval, SettlementStatus status) private {
        Record storage record = _records[stream][interval];
        (record.id, record.open, record.status) = (0, 0, status);
    }

    function _open(StreamId stream, uint32 interval) private view returns (Record storage record) {
        record = _records[stream][interval];
        if (record.id != 0) revert WrongSettlementStatus(stream, interval, SettlementStatus.Proposed);
        if (record.status != SettlementStatus.Open) revert WrongSettlementStatus(stream, interval, record.status);
    }

    /// @dev What influence divides of an interval's fees, before the scorer's fee.
    function _pool(
        IStreamPayouts.StreamAccount memory account,
        IUsageRegistry.Interval memory piece
    ) private pure returns (uint256) {
        return
            Shares.influencePart(piece.to, account.shareBps, account.proRataBps) -
            Shares.influencePart(piece.from, account.shareBps, account.proRataBps);
    }

    /// @dev Whoever voids its own statements to force an interval to pro-rata pays more each time.
    function _bond(uint256 pool, uint8 voids) private view returns (uint256 bond) {
        bond = Shares.ofDown(pool, BOND_BPS);
        if (bond < BOND_FLOOR) bond = BOND_FLOOR;
        bond <<= voids;
    }

    function _deadline(Record storage record, IUsageRegistry.Interval memory piece) private view returns (uint256) {
        uint256 moved = record.deadline;
        return moved == 0 ? piece.cutAt + FALLBACK_TIME : moved;
    }

    /// @dev An index that was activated within an interval could have been made for its queries.
    function _serves(
        IIndexRegistry.Index memory index,
        IUsageRegistry.Interval memory piece
    ) private pure returns (bool) {
        return index.status == IIndexRegistry.IndexStatus.Active && index.activeFrom <= piece.from;
    }
}
