// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LineEvidence, Statement} from "../libraries/Statements.sol";

/// @title IChallengeRegistry
/// @notice Challenges of live statements: demands, against a bond, that a node of the tree of weights be opened, down
/// to a line that the chain recomputes.
/// @dev A node is named by its level (0 for lines, ⌈log2 lines⌉ for the root) and its position on that level. An
/// answer serves everybody, so a node is challenged and answered at most once. Opening a node shows all its
/// descendants min(8, level) levels below. Within the statement's window anyone may challenge any node; after it, for
/// one response time, those that an answer has just shown. From the root of the largest tree to a line that takes
/// four challenges and four answers, at most seven response times after the window.
interface IChallengeRegistry {
    /// @notice A challenge of a node. Its bond is the deployment's challenge bond.
    /// @param challenger Who challenged it; zero if nobody did.
    /// @param deadline Until when it must be answered, in seconds.
    /// @param begunAt When the walk began that led to this node, in seconds.
    /// @param parentLevel Level of the node from which the challenge came down; its own if it began here.
    /// @param turns Nodes that the bond has been put on so far; 0 once it has moved on or was settled.
    struct Challenge {
        address challenger;
        uint40 deadline;
        uint40 begunAt;
        uint8 parentLevel;
        uint8 turns;
    }

    /// @notice The answer for a node.
    /// @param by Who gave it; zero if nobody did.
    /// @param shownUntil Until when the nodes that it shows can be challenged, in seconds.
    struct Answer {
        address by;
        uint40 shownUntil;
    }

    /// @notice A node of a live statement's tree was challenged. With `parentLevel` above `level` the challenge came
    /// down from the opened node on that level.
    event NodeChallenged(
        bytes32 indexed statementHash,
        uint256 indexed level,
        uint256 indexed position,
        address challenger,
        uint256 parentLevel,
        uint256 deadline
    );
    /// @notice A challenged node was opened: `nodes` are its descendants, from left to right, 50 bytes each.
    event NodeOpened(
        bytes32 indexed statementHash,
        uint256 indexed level,
        uint256 indexed position,
        address by,
        bytes nodes
    );
    /// @notice A line of a live statement was proved right.
    event LineDefended(bytes32 indexed statementHash, uint256 indexed index, address indexed by);
    /// @notice A line of a live statement was proved wrong.
    event LineRefuted(
        bytes32 indexed statementHash,
        uint256 indexed index,
        address indexed by,
        uint256 stated,
        uint256 expected
    );
    /// @notice A challenged node of a live statement was not answered in time.
    event SilenceCalled(bytes32 indexed statementHash, uint256 indexed level, uint256 indexed position);
    /// @notice The bond of a challenge was given back, or, if the statement stands, paid to those who answered.
    event ChallengeSettled(
        bytes32 indexed statementHash,
        uint256 indexed level,
        uint256 indexed position,
        address challenger,
        bool stands
    );

    /// @notice Thrown when a node covers no line of the statement.
    error NodeOutOfRange(uint256 level, uint256 position, uint256 lines);
    /// @notice Thrown when a challenge begins after the window.
    error WindowClosed(uint256 closedAt);
    /// @notice Thrown when a node has an open challenge: one answer serves everybody.
    error AlreadyChallenged(uint256 level, uint256 position, address challenger);
    /// @notice Thrown when a node was answered already: challenge what the answer shows.
    error AlreadyAnswered(uint256 level, uint256 position, address by);
    /// @notice Thrown when a node has no open challenge.
    error ChallengeNotFound(uint256 level, uint256 position);
    /// @notice Thrown when a challenge comes down from a node that was not opened.
    error NodeNotOpened(uint256 level, uint256 position);
    /// @notice Thrown when a node was shown too long ago to be challenged.
    error ShownTooLongAgo(uint256 shownUntil);
    /// @notice Thrown when an answer comes after the response time of the challenge.
    error ResponseTimeOver(uint256 deadline);
    /// @notice Thrown when silence is called before the response time is over.
    error ResponseTimeRunning(uint256 deadline);
    /// @notice Thrown when a line is to be opened: it is defended.
    error LineIsDefended(uint256 index);
    /// @notice Thrown when the nodes that are shown don't lead to the statement's root and total.
    error NodeNotInStatement(uint256 level, uint256 position);
    /// @notice Thrown when a line that was to be refuted is right.
    error LineIsRight(uint256 index, uint256 weight);
    /// @notice Thrown when a line that was to be defended is wrong.
    error LineIsWrong(uint256 index, uint256 stated, uint256 expected);
    /// @notice Thrown when a challenge is to be settled while its statement can still be answered for or voided.
    error StatementUndecided(bytes32 statementHash);

    /// @notice Challenges a node of a live statement, usually the root, within the window; locks a challenge bond.
    /// @param level Level of the node, 0 for lines.
    /// @param position Position of the node on its level, from the left.
    function challenge(Statement calldata statement, uint8 level, uint32 position) external;

    /// @notice Challenges a node that an answer shows, until one response time after the answer. The bond of the
    /// caller's challenge of the opened node moves down with it; who had none there locks one.
    /// @param level Level of the opened node.
    /// @param position Position of the opened node.
    /// @param shown Position of the node to be challenged, min(8, level) levels below.
    function descend(Statement calldata statement, uint8 level, uint32 position, uint32 shown) external;

    /// @notice Answers the challenge of a node above the lines; anyone may.
    /// @param nodes Its descendants min(8, level) levels below, from left to right, 50 bytes each.
    /// @param proof The steps from the node to the root, 50 bytes each, bottom up.
    function open(
        Statement calldata statement,
        uint8 level,
        uint32 position,
        bytes calldata nodes,
        bytes calldata proof
    ) external;

    /// @notice Answers the challenge of a line by proving it right; anyone may.
    function defend(Statement calldata statement, LineEvidence calldata evidence) external;

    /// @notice Proves a line wrong and voids the statement; anyone may, until it is final. Of the open challenges on
    /// the line's path to the root that were put in an earlier block, the one whose walk began first is rewarded,
    /// else the caller: whoever challenges the line first can't be overtaken by a copy of its proof, as nobody can
    /// answer for a wrong line, and whoever sees a proof coming can't challenge before it. A challenge of a node above
    /// the line counts until that node is opened.
    function refute(Statement calldata statement, LineEvidence calldata evidence) external;

    /// @notice Voids a statement of which a challenged node was not answered in time; anyone may. The challenger is
    /// rewarded.
    function callSilence(Statement calldata statement, uint8 level, uint32 position) external;

    /// @notice Settles the bond of a challenge, once its statement is decided; anyone may. If the statement is final,
    /// those who answered on the walk share it; else it goes back to the challenger.
    function settle(Statement calldata statement, uint8 level, uint32 position) external;

    /// @notice Until when nodes that answers have shown can be challenged; the statement can't be final before.
    function shownUntilOf(bytes32 statementHash) external view returns (uint40);

    /// @notice The challenge of a node and the answer to it; zeros where there is none.
    /// @param node Number of the node: 2^(depth − level) + position, 1 for the root.
    function nodeOf(bytes32 statementHash, uint256 node) external view returns (Challenge memory, Answer memory);
}
