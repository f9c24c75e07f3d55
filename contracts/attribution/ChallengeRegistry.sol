// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IChallengeRegistry} from "../interfaces/IChallengeRegistry.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {MerkleSum} from "../libraries/MerkleSum.sol";
import {PositionalMerkle} from "../libraries/PositionalMerkle.sol";
import {LineEvidence, Statement, Statements} from "../libraries/Statements.sol";

/// @title ChallengeRegistry
/// @notice See {IChallengeRegistry}.
/// @dev Deployed by the attribution registry, which keeps statements and the count of their open challenges.
contract ChallengeRegistry is IChallengeRegistry {
    using Statements for Statement;

    /// @notice Levels that an answer shows at once.
    uint256 public constant LEVELS_SHOWN = 8;

    /// @notice Statements.
    IAttributionRegistry public immutable ATTRIBUTION;
    /// @notice Rows of contributions.
    IDatasetRegistry public immutable DATASETS;
    /// @notice Seconds from a statement's proposal in which any node may be challenged.
    uint256 public immutable WINDOW;
    /// @notice Seconds to answer a challenge, and to challenge what an answer shows.
    uint256 public immutable RESPONSE_TIME;
    /// @notice Bond of a challenge, in wei.
    uint256 public immutable CHALLENGE_BOND;

    /// @inheritdoc IChallengeRegistry
    mapping(bytes32 statementHash => uint40 time) public shownUntilOf;
    /// @dev One slot each.
    mapping(bytes32 statementHash => mapping(uint256 node => Challenge challenge)) private _challenges;
    mapping(bytes32 statementHash => mapping(uint256 node => Answer answer)) private _answers;

    constructor(IDatasetRegistry datasets, uint256 window, uint256 responseTime, uint256 challengeBond) {
        ATTRIBUTION = IAttributionRegistry(msg.sender);
        DATASETS = datasets;
        WINDOW = window;
        RESPONSE_TIME = responseTime;
        CHALLENGE_BOND = challengeBond;
    }

    /// @inheritdoc IChallengeRegistry
    function challenge(Statement calldata statement, uint8 level, uint32 position) external {
        uint256 closesAt = statement.proposedAt + WINDOW;
        if (block.timestamp >= closesAt) revert WindowClosed(closesAt);
        _place(statement, level, position, Challenge(msg.sender, 0, uint40(block.timestamp), level, 1));
    }

    /// @inheritdoc IChallengeRegistry
    function descend(Statement calldata statement, uint8 level, uint32 position, uint32 shown) external {
        bytes32 hash = statement.hash();
        uint256 node = _nodeAt(statement, level, position);
        uint256 shownUntil = _answers[hash][node].shownUntil;
        if (shownUntil == 0) revert NodeNotOpened(level, position);
        if (block.timestamp >= shownUntil) revert ShownTooLongAgo(shownUntil);
        uint8 below = uint8(level - _levelsShown(level));
        if (shown >> (level - below) != position) revert NodeOutOfRange(below, shown, statement.payout.lines);
        Challenge storage above = _challenges[hash][node];
        Challenge memory placed = Challenge(msg.sender, 0, uint40(block.timestamp), below, 1);
        if (above.challenger == msg.sender && above.turns != 0) {
            (placed.begunAt, placed.parentLevel, placed.turns) = (above.begunAt, level, above.turns + 1);
            above.turns = 0;
        }
        _place(statement, below, shown, placed);
    }

    /// @inheritdoc IChallengeRegistry
    function open(
        Statement calldata statement,
        uint8 level,
        uint32 position,
        bytes calldata nodes,
        bytes calldata proof
    ) external {
        if (level == 0) revert LineIsDefended(position);
        bytes32 hash = statement.hash();
        uint40 shownUntil = uint40(block.timestamp + RESPONSE_TIME);
        _answer(statement, hash, level, position, shownUntil);
        uint256 lines = statement.payout.lines;
        (bytes32 root, uint256 total) = MerkleSum.fold(nodes, level, position, _levelsShown(level), lines);
        (root, total, ) = MerkleSum.climb(root, total, level, position, lines, proof);
        if (root != statement.payout.root || total != statement.payout.total) {
            revert NodeNotInStatement(level, position);
        }
        shownUntilOf[hash] = shownUntil;
        emit NodeOpened(hash, level, position, msg.sender, nodes);
    }

    /// @inheritdoc IChallengeRegistry
    function defend(Statement calldata statement, LineEvidence calldata evidence) external {
        bytes32 hash = statement.hash();
        uint256 expected = _weigh(statement, evidence);
        if (expected != evidence.weight) revert LineIsWrong(evidence.index, evidence.weight, expected);
        _answer(statement, hash, 0, evidence.index, 0);
        emit LineDefended(hash, evidence.index, msg.sender);
    }

    /// @inheritdoc IChallengeRegistry
    function refute(Statement calldata statement, LineEvidence calldata evidence) external {
        bytes32 hash = statement.hash();
        uint256 openChallenges = ATTRIBUTION.requireLive(statement.payout.stream, statement.payout.interval, hash);
        uint256 expected = _weigh(statement, evidence);
        if (expected == evidence.weight) revert LineIsRight(evidence.index, expected);
        emit LineRefuted(hash, evidence.index, msg.sender, evidence.weight, expected);
        address rewarded = openChallenges == 0 ? address(0) : _earliest(statement, hash, evidence.index);
        ATTRIBUTION.voidStatement(statement, rewarded == address(0) ? msg.sender : rewarded);
    }

    /// @inheritdoc IChallengeRegistry
    function callSilence(Statement calldata statement, uint8 level, uint32 position) external {
        bytes32 hash = statement.hash();
        uint256 node = _nodeAt(statement, level, position);
        Challenge memory placed = _challenges[hash][node];
        if (placed.challenger == address(0)) revert ChallengeNotFound(level, position);
        address by = _answers[hash][node].by;
        if (by != address(0)) revert AlreadyAnswered(level, position, by);
        if (block.timestamp < placed.deadline) revert ResponseTimeRunning(placed.deadline);
        emit SilenceCalled(hash, level, position);
        ATTRIBUTION.voidStatement(statement, placed.challenger);
    }

    /// @inheritdoc IChallengeRegistry
    function settle(Statement calldata statement, uint8 level, uint32 position) external {
        bytes32 hash = statement.hash();
        uint256 node = _nodeAt(statement, level, position);
        Challenge memory placed = _challenges[hash][node];
        if (placed.turns == 0) revert ChallengeNotFound(level, position);
        bool stands = _stands(statement, hash);
        _challenges[hash][node].turns = 0;
        emit ChallengeSettled(hash, level, position, placed.challenger, stands);
        if (!stands) {
            ATTRIBUTION.payChallenge(placed.challenger, placed.challenger, CHALLENGE_BOND);
            return;
        }
        // A final statement has no open challenge: every node of the walk was answered.
        uint256 turns = placed.turns;
        uint256 share = CHALLENGE_BOND / turns;
        ATTRIBUTION.payChallenge(placed.challenger, _answers[hash][node].by, CHALLENGE_BOND - share * (turns - 1));
        while (--turns != 0) {
            node >>= placed.parentLevel - level;
            level = placed.parentLevel;
            placed = _challenges[hash][node];
            ATTRIBUTION.payChallenge(placed.challenger, _answers[hash][node].by, share);
        }
    }

    /// @inheritdoc IChallengeRegistry
    function nodeOf(bytes32 statementHash, uint256 node) external view returns (Challenge memory, Answer memory) {
        return (_challenges[statementHash][node], _answers[statementHash][node]);
    }

    /// @param placed The challenge, but for its deadline; with one turn it locks a bond.
    function _place(Statement calldata statement, uint8 level, uint32 position, Challenge memory placed) private {
        bytes32 hash = statement.hash();
        uint256 node = _nodeAt(statement, level, position);
        address before = _challenges[hash][node].challenger;
        if (before != address(0)) {
            address by = _answers[hash][node].by;
            if (by != address(0)) revert AlreadyAnswered(level, position, by);
            revert AlreadyChallenged(level, position, before);
        }
        placed.deadline = uint40(block.timestamp + RESPONSE_TIME);
        _challenges[hash][node] = placed;
        emit NodeChallenged(hash, level, position, msg.sender, placed.parentLevel, placed.deadline);
        address bonded = placed.turns == 1 ? msg.sender : address(0);
        ATTRIBUTION.enterChallenge(statement.payout.stream, statement.payout.interval, hash, bonded);
    }

    function _answer(
        Statement calldata statement,
        bytes32 hash,
        uint8 level,
        uint32 position,
        uint40 shownUntil
    ) private {
        uint256 node = _nodeAt(statement, level, position);
        Answer storage answer = _answers[hash][node];
        if (answer.by != address(0)) revert AlreadyAnswered(level, position, answer.by);
        // Answers to nobody's challenge would let anybody put off the end of a statement for nothing.
        uint256 deadline = _challenges[hash][node].deadline;
        if (deadline == 0) revert ChallengeNotFound(level, position);
        if (block.timestamp >= deadline) revert ResponseTimeOver(deadline);
        (answer.by, answer.shownUntil) = (msg.sender, shownUntil);
        ATTRIBUTION.leaveChallenge(statement.payout.stream, statement.payout.interval, hash);
    }

    /// @dev Of the open challenges on a line's path, the one whose walk began first. One of this very block doesn't
    /// count: it may have been put before a refutation by somebody who saw it coming.
    function _earliest(
        Statement calldata statement,
        bytes32 hash,
        uint32 index
    ) private view returns (address challenger) {
        uint256 begunAt = type(uint256).max;
        for (uint256 node = _nodeAt(statement, 0, index); node != 0; node >>= 1) {
            Challenge memory placed = _challenges[hash][node];
            if (
                placed.challenger == address(0) ||
                placed.begunAt >= begunAt ||
                placed.deadline == block.timestamp + RESPONSE_TIME ||
                _answers[hash][node].by != address(0)
            ) continue;
            (challenger, begunAt) = (placed.challenger, placed.begunAt);
        }
    }

    /// @dev Whether a statement that was decided is final; only the last one of an interval can be.
    function _stands(Statement calldata statement, bytes32 hash) private view returns (bool) {
        IAttributionRegistry.Settlement memory settlement = ATTRIBUTION.settlementOf(
            statement.payout.stream,
            statement.payout.interval
        );
        if (settlement.statementId == bytes29(hash)) revert StatementUndecided(hash);
        return
            settlement.status == IAttributionRegistry.SettlementStatus.Final && settlement.voids == statement.attempt;
    }

    /// @dev The weight that a line must have; reverts unless row, report and stated weight are what was committed.
    function _weigh(Statement calldata statement, LineEvidence calldata evidence) private view returns (uint256) {
        Statements.requireLine(statement.payout, evidence.index, evidence.weight, evidence.sumProof);
        (, uint32 rows) = DATASETS.entitledAt(statement.payout.dataset, evidence.index, statement.version);
        return Statements.expectedWeight(statement, evidence, rows);
    }

    /// @dev Number of a node: 2^(depth − level) + position, so that its parent's is half of it.
    function _nodeAt(Statement calldata statement, uint256 level, uint256 position) private pure returns (uint256) {
        uint256 lines = statement.payout.lines;
        uint256 depth = PositionalMerkle.depthOf(lines);
        if (level > depth || position << level >= lines) revert NodeOutOfRange(level, position, lines);
        return (1 << (depth - level)) + position;
    }

    function _levelsShown(uint256 level) private pure returns (uint256) {
        return level < LEVELS_SHOWN ? level : LEVELS_SHOWN;
    }
}
