// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LineEvidence, Statement} from "../libraries/Statements.sol";
import {StreamId} from "../types/Ids.sol";

/// @title IAttributionRegistry
/// @notice Statements of influence weights, which anyone can make the scorer prove line by line.
/// @dev Of each interval's fees in a stream, a fixed part is pro-rata; the rest is divided by the interval's final
/// statement, or pro-rata if there is none in time. Royalties are pro-rata. A statement lives as a hash: whoever acts
/// on it passes the struct, which its event holds. States of a (stream, interval): open → proposed → final, or
/// proposed → open again when the statement is voided, or open → pro-rata.
interface IAttributionRegistry {
    /// @notice State of one interval of a stream.
    enum SettlementStatus {
        Open,
        Proposed,
        Final,
        ProRata
    }

    /// @notice Times, bonds and caps of a deployment; immutable.
    /// @param window Seconds from proposal to the earliest finalisation.
    /// @param responseTime Seconds to answer a challenge.
    /// @param fallbackTime Seconds from an interval's cut to its fallback to pro-rata.
    /// @param proposingPeriod Seconds that a voided statement leaves for another, at least.
    /// @param bondFloor Least bond of a statement, in wei.
    /// @param challengeBond Bond of a challenge, in wei.
    /// @param treasury Who gets the part of a slashed bond that goes to nobody else.
    struct Parameters {
        uint40 window;
        uint40 responseTime;
        uint40 fallbackTime;
        uint40 proposingPeriod;
        uint112 bondFloor;
        uint112 challengeBond;
        address treasury;
    }

    /// @notice State of one interval of a stream.
    /// @param status Its state.
    /// @param voids Statements voided so far.
    /// @param openChallenges Challenges of the live statement that are not settled.
    /// @param deadline Time from which it falls back to pro-rata; 0 as long as it is cut + fallback time.
    struct Settlement {
        SettlementStatus status;
        uint8 voids;
        uint32 openChallenges;
        uint40 deadline;
    }

    /// @notice The challenge of a line. Its bond is the deployment's challenge bond.
    /// @param challenger Who challenged it; zero if nobody did, or the challenge was released.
    /// @param deadline Until when the line must be proved, in seconds.
    /// @param answered Whether the line was proved right; then it can't be challenged any more.
    struct Challenge {
        address challenger;
        uint40 deadline;
        bool answered;
    }

    /// @notice A statement was proposed. Everyone who acts on it passes `statement` back.
    event StatementProposed(
        StreamId indexed stream,
        uint32 indexed interval,
        bytes32 indexed statementHash,
        Statement statement,
        string uri
    );
    /// @notice A line of a live statement was challenged.
    event LineChallenged(
        bytes32 indexed statementHash,
        uint256 indexed index,
        address indexed challenger,
        uint256 deadline
    );
    /// @notice A line of a live statement was proved right. The bond of its challenge, if there was one, went to
    /// `by`.
    event LineDefended(bytes32 indexed statementHash, uint256 indexed index, address indexed by, address challenger);
    /// @notice A line of a live statement was proved wrong.
    event LineRefuted(
        bytes32 indexed statementHash,
        uint256 indexed index,
        address indexed by,
        uint256 stated,
        uint256 expected
    );
    /// @notice A challenge of a statement that was voided got its bond back.
    event ChallengeReleased(bytes32 indexed statementHash, uint256 indexed index, address indexed challenger);
    /// @notice A statement was voided; `rewarded` got half of its bond, the treasury the rest.
    event StatementVoided(
        StreamId indexed stream,
        uint32 indexed interval,
        bytes32 indexed statementHash,
        address rewarded,
        uint256 reward,
        uint256 deadline
    );
    /// @notice A statement became final.
    event StatementFinalised(StreamId indexed stream, uint32 indexed interval, bytes32 indexed statementHash);
    /// @notice An interval of a stream fell back to pro-rata.
    event FellBack(StreamId indexed stream, uint32 indexed interval, uint256 pool);
    /// @notice Thrown when times are so short, or so ordered, that an honest scorer or challenger could lose in time.
    error TimesOutOfRange();
    /// @notice Thrown when an address that must not be zero is.
    error ZeroAddress();
    /// @notice Thrown when an interval isn't in the state that a call asks for.
    error WrongSettlementStatus(StreamId stream, uint256 interval, SettlementStatus status);
    /// @notice Thrown when an interval has no usage report.
    error ReportMissing(StreamId stream, uint256 interval);
    /// @notice Thrown when the stream's index isn't active, or became so within or after the interval.
    error IndexDoesNotServe(StreamId stream, uint256 interval);
    /// @notice Thrown when a statement comes after the interval's deadline.
    error DeadlinePassed(uint256 deadline);
    /// @notice Thrown when eight statements of an interval were voided.
    error TooManyVoids(StreamId stream, uint256 interval);
    /// @notice Thrown when the weights of a statement add up to zero: such an interval is pro-rata.
    error EmptyStatement();
    /// @notice Thrown when the interval holds no money that influence divides.
    error EmptyPool(StreamId stream, uint256 interval);
    /// @notice Thrown when the scorer asks for more than the cap.
    error ScorerFeeTooHigh(uint256 bps, uint256 cap);
    /// @notice Thrown when the given statement isn't the live one of its stream and interval.
    error StatementNotLive(bytes32 statementHash);
    /// @notice Thrown when a challenge comes after the window.
    error WindowClosed(uint256 closedAt);
    /// @notice Thrown when a statement is finalised before its window is over.
    error WindowOpen(uint256 closesAt);
    /// @notice Thrown when a statement is finalised while challenges are open.
    error ChallengesOpen(uint256 count);
    /// @notice Thrown when a line has an open challenge: one answer serves everybody.
    error AlreadyChallenged(uint256 index, address challenger);
    /// @notice Thrown when a line was proved already.
    error AlreadyDefended(uint256 index);
    /// @notice Thrown when a line has no open challenge.
    error ChallengeNotFound(uint256 index);
    /// @notice Thrown when a challenge is to be released while its statement can still be answered for or voided.
    error StatementLive(bytes32 statementHash);
    /// @notice Thrown when a line is defended after the response time of its challenge.
    error ResponseTimeOver(uint256 deadline);
    /// @notice Thrown when silence is called before the response time is over.
    error ResponseTimeRunning(uint256 deadline);
    /// @notice Thrown when a line that was to be refuted is right.
    error LineIsRight(uint256 index, uint256 weight);
    /// @notice Thrown when a line that was to be defended is wrong.
    error LineIsWrong(uint256 index, uint256 stated, uint256 expected);
    /// @notice Thrown when an interval can't fall back yet.
    error FallbackNotDue(uint256 deadline);
    /// @notice Proposes a statement; anyone with a bond in the vault may. The bond is the larger of the floor and 2 %
    /// of the pool, doubled for each statement of the interval that was voided before.
    /// @param root Root hash of the sum tree of weights (docs/formats.md).
    /// @param total Root sum, above 0.
    /// @param feeBps The scorer's fee, at most the cap, as a part of the pool.
    /// @param uri Where the weights are published; only in the event.
    /// @return statement What was stored as a hash.
    function propose(
        StreamId stream,
        uint32 interval,
        bytes32 root,
        uint144 total,
        uint16 feeBps,
        string calldata uri
    ) external returns (Statement memory statement);

    /// @notice Demands, against a bond, that a line of a live statement be proved within the response time; one open
    /// challenge a line.
    function challengeLine(Statement calldata statement, uint32 index) external;

    /// @notice Proves a line right; anyone may, also before a challenge. The bond of an open challenge goes to the
    /// caller.
    function defendLine(Statement calldata statement, LineEvidence calldata evidence) external;

    /// @notice Proves a line wrong and voids the statement; anyone may, until it is final. If the line was challenged
    /// in an earlier block, the challenger is rewarded: whoever challenges first can't be overtaken by a copy of its
    /// proof, and whoever sees a proof coming can't challenge before it.
    function refute(Statement calldata statement, LineEvidence calldata evidence) external;

    /// @notice Voids a statement of which a challenged line was not proved in time; anyone may. The challenger is
    /// rewarded.
    function callSilence(Statement calldata statement, uint32 index) external;

    /// @notice Gives the bond of an open challenge back after its statement was voided; anyone may.
    function releaseChallenge(Statement calldata statement, uint32 index) external;

    /// @notice Makes a statement final after its window; anyone may.
    function finalise(Statement calldata statement) external;

    /// @notice Ends an interval of a stream pro-rata: no index serves it, its deadline passed without a live
    /// statement, or eight statements were voided; anyone may.
    function fallBack(StreamId stream, uint32 interval) external;

    /// @notice State of an interval of a stream, with its deadline filled in.
    function settlementOf(StreamId stream, uint32 interval) external view returns (Settlement memory);

    /// @notice The challenge of a line; zeros if there never was one.
    function challengeOf(bytes32 statementHash, uint32 index) external view returns (Challenge memory);

    /// @notice Bond that a statement of an interval takes now, in wei.
    function bondFor(StreamId stream, uint32 interval) external view returns (uint256);

    /// @notice Pool of an interval before the scorer's fee, in wei.
    function poolOf(StreamId stream, uint32 interval) external view returns (uint256);
}
