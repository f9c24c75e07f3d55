// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../interfaces/IBondVault.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../interfaces/IIndexRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {IUsageRegistry} from "../interfaces/IUsageRegistry.sol";
import {MerkleSum} from "../libraries/MerkleSum.sol";
import {Shares} from "../libraries/Shares.sol";
import {LineEvidence, Payout, Statement, Statements} from "../libraries/Statements.sol";
import {DatasetId, StreamId} from "../types/Ids.sol";

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
    /// @notice Response times that a walk from the root of the largest tree down to a line may take.
    uint256 public constant MAX_TURNS = 4;

    /// @notice Wallets and rows of contributions.
    IDatasetRegistry public immutable DATASETS;
    /// @notice Intervals and usage reports.
    IUsageRegistry public immutable USAGE;
    /// @notice Where final statements are claimed; this contract alone ends intervals there.
    IStreamPayouts public immutable PAYOUTS;
    /// @notice Influence indexes.
    IIndexRegistry public immutable INDEXES;
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

    mapping(StreamId stream => mapping(uint256 interval => Settlement settlement)) private _settlements;
    /// @notice Hash of the statement that is proposed now; else zero.
    mapping(StreamId stream => mapping(uint32 interval => bytes32 hash)) public statementHashOf;
    mapping(bytes32 statementHash => mapping(uint256 index => Challenge challenge)) private _challenges;

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
        DATASETS = datasets;
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
        if (total == 0) revert EmptyStatement();
        if (feeBps > SCORER_FEE_CAP_BPS) revert ScorerFeeTooHigh(feeBps, SCORER_FEE_CAP_BPS);
        Settlement storage settlement = _settlement(stream, interval, SettlementStatus.Open);
        if (settlement.voids == MAX_VOIDS) revert TooManyVoids(stream, interval);
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        uint256 deadline = _deadline(settlement, piece);
        if (block.timestamp >= deadline) revert DeadlinePassed(deadline);
        IStreamPayouts.StreamAccount memory account = PAYOUTS.touch(stream);
        IIndexRegistry.Index memory index = INDEXES.indexOf(stream);
        if (!_serves(index, piece)) revert IndexDoesNotServe(stream, interval);
        uint256 pool = _pool(account, piece);
        if (pool == 0) revert EmptyPool(stream, interval);
        uint256 fee = Shares.ofDown(pool, feeBps);
        uint256 bond = _bond(pool, settlement.voids);

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
        statement.attempt = settlement.voids;
        statement.version = account.version;
        statement.exponentBound = index.exponentBound;
        statement.indexRoot = index.root;
        statement.reportHash = USAGE.reportHashOf(stream.model(), interval);
        if (statement.reportHash == 0) revert ReportMissing(stream, interval);

        bytes32 hash = Statements.hashMemory(statement);
        settlement.status = SettlementStatus.Proposed;
        statementHashOf[stream][interval] = hash;
        VAULT.lock(msg.sender, bond);
        emit StatementProposed(stream, interval, hash, statement, uri);
    }

    /// @inheritdoc IAttributionRegistry
    function challengeLine(Statement calldata statement, uint32 index) external {
        (bytes32 hash, Settlement storage settlement) = _live(statement);
        uint256 closesAt = statement.proposedAt + WINDOW;
        if (block.timestamp >= closesAt) revert WindowClosed(closesAt);
        if (index >= statement.payout.lines) revert MerkleSum.LineOutOfRange(index, statement.payout.lines);
        Challenge storage challenge = _challenges[hash][index];
        if (challenge.answered) revert AlreadyDefended(index);
        if (challenge.challenger != address(0)) revert AlreadyChallenged(index, challenge.challenger);
        uint40 deadline = uint40(block.timestamp + RESPONSE_TIME);
        (challenge.challenger, challenge.deadline) = (msg.sender, deadline);
        ++settlement.openChallenges;
        emit LineChallenged(hash, index, msg.sender, deadline);
        VAULT.lock(msg.sender, CHALLENGE_BOND);
    }

    /// @inheritdoc IAttributionRegistry
    function defendLine(Statement calldata statement, LineEvidence calldata evidence) external {
        (bytes32 hash, Settlement storage settlement) = _live(statement);
        uint32 index = evidence.index;
        Challenge storage challenge = _challenges[hash][index];
        if (challenge.answered) revert AlreadyDefended(index);
        address challenger = challenge.challenger;
        if (challenger != address(0) && block.timestamp >= challenge.deadline) {
            revert ResponseTimeOver(challenge.deadline);
        }
        uint256 expected = _weigh(statement, evidence);
        if (expected != evidence.weight) revert LineIsWrong(index, evidence.weight, expected);
        challenge.answered = true;
        emit LineDefended(hash, index, msg.sender, challenger);
        if (challenger != address(0)) {
            --settlement.openChallenges;
            VAULT.slash(challenger, msg.sender, CHALLENGE_BOND);
        }
    }

    /// @inheritdoc IAttributionRegistry
    function refute(Statement calldata statement, LineEvidence calldata evidence) external {
        (bytes32 hash, Settlement storage settlement) = _live(statement);
        uint256 expected = _weigh(statement, evidence);
        if (expected == evidence.weight) revert LineIsRight(evidence.index, expected);
        emit LineRefuted(hash, evidence.index, msg.sender, evidence.weight, expected);
        // A wrong line can't have been defended, so a challenge of it is open. One of this very block doesn't count:
        // it may have been put before this refutation by somebody who saw it coming.
        Challenge memory challenge = _challenges[hash][evidence.index];
        bool earlier = challenge.challenger != address(0) && challenge.deadline < block.timestamp + RESPONSE_TIME;
        _void(statement, hash, settlement, earlier ? challenge.challenger : msg.sender);
    }

    /// @inheritdoc IAttributionRegistry
    function callSilence(Statement calldata statement, uint32 index) external {
        (bytes32 hash, Settlement storage settlement) = _live(statement);
        Challenge storage challenge = _challenges[hash][index];
        if (challenge.challenger == address(0)) revert ChallengeNotFound(index);
        if (challenge.answered) revert AlreadyDefended(index);
        if (block.timestamp < challenge.deadline) revert ResponseTimeRunning(challenge.deadline);
        _void(statement, hash, settlement, challenge.challenger);
    }

    /// @inheritdoc IAttributionRegistry
    function releaseChallenge(Statement calldata statement, uint32 index) external {
        bytes32 hash = statement.hash();
        if (statementHashOf[statement.payout.stream][statement.payout.interval] == hash) revert StatementLive(hash);
        Challenge memory challenge = _challenges[hash][index];
        if (challenge.challenger == address(0) || challenge.answered) revert ChallengeNotFound(index);
        // A statement with an open challenge can't become final: this one was voided.
        delete _challenges[hash][index];
        emit ChallengeReleased(hash, index, challenge.challenger);
        VAULT.unlock(challenge.challenger, CHALLENGE_BOND);
    }

    /// @inheritdoc IAttributionRegistry
    function finalise(Statement calldata statement) external {
        (bytes32 hash, Settlement storage settlement) = _live(statement);
        uint256 closesAt = statement.proposedAt + WINDOW;
        if (block.timestamp < closesAt) revert WindowOpen(closesAt);
        if (settlement.openChallenges != 0) revert ChallengesOpen(settlement.openChallenges);
        Payout calldata payout = statement.payout;
        settlement.status = SettlementStatus.Final;
        delete statementHashOf[payout.stream][payout.interval];
        emit StatementFinalised(payout.stream, payout.interval, hash);
        VAULT.unlock(statement.scorer, statement.bond);
        PAYOUTS.open(payout, statement.scorer, statement.fee);
    }

    /// @inheritdoc IAttributionRegistry
    function fallBack(StreamId stream, uint32 interval) external {
        Settlement storage settlement = _settlement(stream, interval, SettlementStatus.Open);
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        if (settlement.voids < MAX_VOIDS && _serves(INDEXES.indexOf(stream), piece)) {
            uint256 deadline = _deadline(settlement, piece);
            if (block.timestamp < deadline) revert FallbackNotDue(deadline);
        }
        uint256 pool = _pool(PAYOUTS.touch(stream), piece);
        settlement.status = SettlementStatus.ProRata;
        emit FellBack(stream, interval, pool);
        PAYOUTS.fallBack(stream, pool);
    }

    /// @inheritdoc IAttributionRegistry
    function settlementOf(StreamId stream, uint32 interval) external view returns (Settlement memory settlement) {
        IUsageRegistry.Interval memory piece = USAGE.intervalAt(stream.model(), interval);
        settlement = _settlements[stream][interval];
        settlement.deadline = uint40(_deadline(_settlements[stream][interval], piece));
    }

    /// @inheritdoc IAttributionRegistry
    function poolOf(StreamId stream, uint32 interval) public view returns (uint256) {
        return _pool(PAYOUTS.accountOf(stream), USAGE.intervalAt(stream.model(), interval));
    }

    /// @inheritdoc IAttributionRegistry
    function bondFor(StreamId stream, uint32 interval) external view returns (uint256) {
        return _bond(poolOf(stream, interval), _settlements[stream][interval].voids);
    }

    /// @inheritdoc IAttributionRegistry
    function challengeOf(bytes32 statementHash, uint32 index) external view returns (Challenge memory) {
        return _challenges[statementHash][index];
    }

    function _void(
        Statement calldata statement,
        bytes32 hash,
        Settlement storage settlement,
        address rewarded
    ) private {
        (StreamId stream, uint32 interval) = (statement.payout.stream, statement.payout.interval);
        uint256 deadline = _deadline(settlement, USAGE.intervalAt(stream.model(), interval));
        uint256 least = block.timestamp + PROPOSING_PERIOD;
        if (deadline < least) deadline = least;
        _settlements[stream][interval] = Settlement({
            status: SettlementStatus.Open,
            voids: settlement.voids + 1,
            openChallenges: 0,
            deadline: uint40(deadline)
        });
        delete statementHashOf[stream][interval];
        uint256 reward = statement.bond / 2;
        VAULT.slash(statement.scorer, rewarded, reward);
        VAULT.slash(statement.scorer, TREASURY, statement.bond - reward);
        emit StatementVoided(stream, interval, hash, rewarded, reward, deadline);
    }

    /// @dev The weight that a line must have; reverts unless row, report and stated weight are what was committed.
    function _weigh(Statement calldata statement, LineEvidence calldata evidence) private view returns (uint256) {
        Statements.requireLine(statement.payout, evidence.index, evidence.weight, evidence.sumProof);
        (, uint32 rows) = DATASETS.creditAt(statement.payout.dataset, evidence.index, statement.version);
        return Statements.expectedWeight(statement, evidence, rows);
    }

    function _live(Statement calldata statement) private view returns (bytes32 hash, Settlement storage settlement) {
        hash = statement.hash();
        (StreamId stream, uint32 interval) = (statement.payout.stream, statement.payout.interval);
        if (statementHashOf[stream][interval] != hash) revert StatementNotLive(hash);
        settlement = _settlements[stream][interval];
    }

    function _settlement(
        StreamId stream,
        uint32 interval,
        SettlementStatus status
    ) private view returns (Settlement storage settlement) {
        settlement = _settlements[stream][interval];
        if (settlement.status != status) revert WrongSettlementStatus(stream, interval, settlement.status);
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

    function _deadline(
        Settlement storage settlement,
        IUsageRegistry.Interval memory piece
    ) private view returns (uint256) {
        uint256 moved = settlement.deadline;
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
