// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Statement} from "../libraries/Statements.sol";
import {StreamId} from "../types/Ids.sol";
import {IChallengeRegistry} from "./IChallengeRegistry.sol";

/// @title IAttributionRegistry
/// @notice Statements of influence weights, which anyone can make the scorer prove line by line.
/// @dev Of each interval's fees in a stream, a fixed part is pro-rata; the rest is divided by the interval's final
/// statement, or pro-rata if there is none in time. Royalties are pro-rata. A statement lives as a hash: whoever acts
/// on it passes the struct, which its event holds. States of a (stream, interval): open → proposed → final, or
/// proposed → open again when the statement is voided, or open or proposed → pro-rata.
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
    /// @param responseTime Seconds to answer a challenge, and to challenge what an answer shows.
    /// @param fallbackTime Seconds from an interval's cut to its fallback to pro-rata.
    /// @param proposingPeriod Seconds that a voided statement leaves for another, at least.
    /// @param bondFloor Least bond of a statement, in wei.
    /// @param challengeBond Bond of a challenge, in wei: pays for all the answers that one walk down the tree takes.
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
    /// @param deadline Time from which it falls back to pro-rata, in seconds.
    /// @param openChallenges Nodes of the live statement that are challenged and not answered.
    /// @param statementId First 29 bytes of the live statement's hash; else zero.
    struct Settlement {
        SettlementStatus status;
        uint8 voids;
        uint40 deadline;
        uint24 openChallenges;
        bytes29 statementId;
    }

    /// @notice A statement was proposed. Everyone who acts on it passes `statement` back.
    event StatementProposed(
        StreamId indexed stream,
        uint32 indexed interval,
        bytes32 indexed statementHash,
        Statement statement,
        string uri
    );
    /// @notice The weights of the statement that is proposed in this transaction, one for each line.
    event WeightsPosted(StreamId indexed stream, uint32 indexed interval, uint144[] weights);
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
    /// @notice The dataset's owner turned an interval of its stream to pro-rata; `statementHash` is that of the
    /// statement that was live, or zero, and `reason` the sha-256 digest of a note.
    event IntervalRejected(StreamId indexed stream, uint32 indexed interval, bytes32 statementHash, bytes32 reason);

    /// @notice Thrown when times are so short, or so ordered, that an honest scorer or challenger could lose in time.
    error TimesOutOfRange();
    /// @notice Thrown when an address that must not be zero is.
    error ZeroAddress();
    /// @notice Thrown when somebody other than the challenge registry ends or bonds a challenge.
    error NotChallenges(address caller);
    /// @notice Thrown when the caller doesn't own the stream's dataset.
    error NotDatasetOwner(StreamId stream, address caller);
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
    /// @notice Thrown when posted weights aren't one for each line, or more than can be posted.
    error WeightsOutOfRange(uint256 weights, uint256 lines, uint256 most);
    /// @notice Thrown when the interval holds no money that influence divides.
    error EmptyPool(StreamId stream, uint256 interval);
    /// @notice Thrown when the scorer asks for more than the cap.
    error ScorerFeeTooHigh(uint256 bps, uint256 cap);
    /// @notice Thrown when the given statement isn't the live one of its stream and interval.
    error StatementNotLive(bytes32 statementHash);
    /// @notice Thrown when a statement is finalised before its window is over.
    error WindowOpen(uint256 closesAt);
    /// @notice Thrown when a statement is finalised while challenges are open.
    error ChallengesOpen(uint256 count);
    /// @notice Thrown when a statement is finalised while nodes that an answer showed can be challenged.
    error NodesShown(uint256 shownUntil);
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

    /// @notice Proposes a statement of at most 256 lines with all its weights, of which the contract builds the tree.
    /// @param weights One for each line, in order.
    /// @param feeBps The scorer's fee, at most the cap, as a part of the pool.
    /// @return statement What was stored as a hash.
    function proposeWeights(
        StreamId stream,
        uint32 interval,
        uint144[] calldata weights,
        uint16 feeBps
    ) external returns (Statement memory statement);

    /// @notice Makes a statement final after its window, when no challenge is open and nothing that an answer showed
    /// can be challenged any more; anyone may.
    function finalise(Statement calldata statement) external;

    /// @notice Ends an interval of a stream pro-rata: no index serves it, its deadline passed without a live
    /// statement, or eight statements were voided; anyone may.
    function fallBack(StreamId stream, uint32 interval) external;

    /// @notice Ends an interval of a stream pro-rata while it has no statement; the dataset's owner only.
    /// @param reason sha-256 digest of a note that says why.
    function rejectInterval(StreamId stream, uint32 interval, bytes32 reason) external;

    /// @notice Ends the interval of a live statement pro-rata; the dataset's owner only. All bonds go back.
    /// @param reason sha-256 digest of a note that says why.
    function rejectStatement(Statement calldata statement, bytes32 reason) external;

    /// @notice Counts a challenge of a live statement; only the challenge registry may call.
    /// @param bonded Whose challenge bond is locked; zero if a bond that is locked already goes on.
    function enterChallenge(StreamId stream, uint32 interval, bytes32 statementHash, address bonded) external;

    /// @notice Counts a challenge of a live statement as answered; only the challenge registry may call.
    function leaveChallenge(StreamId stream, uint32 interval, bytes32 statementHash) external;

    /// @notice Voids a live statement; only the challenge registry may call. Half of the bond goes to `rewarded`, the
    /// rest to the treasury.
    function voidStatement(Statement calldata statement, address rewarded) external;

    /// @notice Gives part of a challenge's bond to who earned it, or back; only the challenge registry may call.
    function payChallenge(address challenger, address to, uint256 amount) external;

    /// @notice Reverts unless a statement with this hash is live.
    /// @return openChallenges Its nodes that are challenged and not answered.
    function requireLive(
        StreamId stream,
        uint32 interval,
        bytes32 statementHash
    ) external view returns (uint256 openChallenges);

    /// @notice State of an interval of a stream.
    function settlementOf(StreamId stream, uint32 interval) external view returns (Settlement memory);

    /// @notice Bond that a statement of an interval takes now, in wei.
    function bondFor(StreamId stream, uint32 interval) external view returns (uint256);

    /// @notice Pool of an interval before the scorer's fee, in wei.
    function poolOf(StreamId stream, uint32 interval) external view returns (uint256);

    /// @notice Challenges of statements; deployed by this contract.
    function CHALLENGES() external view returns (IChallengeRegistry);
}
