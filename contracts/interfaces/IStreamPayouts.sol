// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Payout, PayoutHead} from "../libraries/Statements.sol";
import {StreamId} from "../types/Ids.sol";

/// @title IStreamPayouts
/// @notice Where contributors take their money: lines of final statements, and pro-rata by row count, which needs
/// nobody.
/// @dev Of the `T` that a stream had to divide pro-rata so far (the fixed part of its fees, its royalties, and the
/// pools of intervals that ended without a statement), contribution `i` is owed ⌊T · rows_i / R⌋ less what it has
/// claimed; less than one wei per contribution stays in the stream. The amounts of a statement's lines add up to its
/// pool exactly.
interface IStreamPayouts {
    /// @notice A stream's terms and what it owes pro-rata beside the fixed part and royalties.
    /// @param fallbackPools Pools of intervals that ended pro-rata, in wei.
    /// @param rows Rows that count in the dataset version.
    /// @param contributions Contributions of the dataset version.
    /// @param version Dataset version.
    /// @param shareBps Share of the model's income.
    /// @param proRataBps Part of the stream's fees that is always pro-rata.
    /// @param dataset Number of the dataset.
    struct StreamAccount {
        uint112 fallbackPools;
        uint40 rows;
        uint24 contributions;
        uint16 version;
        uint16 shareBps;
        uint16 proRataBps;
        uint32 dataset;
    }

    /// @notice One line of a final statement, to be claimed.
    /// @param index Place of the contribution in the dataset.
    /// @param weight Its payable weight.
    /// @param proof Proof of the weight: steps of 32 to 50 bytes, bottom up.
    struct Line {
        uint32 index;
        uint144 weight;
        bytes proof;
    }

    /// @notice Lines of one final statement.
    struct LineClaim {
        PayoutHead payout;
        Line[] lines;
    }

    /// @notice Contributions of one stream whose pro-rata money is claimed.
    struct ProRataClaim {
        StreamId stream;
        uint32[] indexes;
    }

    /// @notice The registry that ends intervals was named.
    event AttributionAppointed(address indexed attribution);
    /// @notice A final statement's pool came in, to be claimed line by line.
    event PayoutOpened(StreamId indexed stream, uint32 indexed interval, bytes32 indexed payoutHash, Payout payout);
    /// @notice An interval's pool is divided by row count.
    event PoolFellBack(StreamId indexed stream, uint256 pool);
    /// @notice A line of a final statement was paid; `PayoutOpened` tells its stream and interval, the token's own
    /// event to whom.
    event LineClaimed(bytes32 indexed payoutHash, address indexed contributor, uint256 index, uint256 amount);
    /// @notice A contribution's pro-rata money was paid; the token's own event says to whom.
    event ProRataClaimed(StreamId indexed stream, address indexed contributor, uint256 index, uint256 amount);
    /// @notice A transfer failed: the money stays claimable.
    event PaymentFailed(StreamId indexed stream, address indexed contributor, address to, uint256 amount);
    /// @notice A contributor chose where its money goes; zero means to itself.
    event RecipientSet(address indexed contributor, address indexed recipient);

    /// @notice Thrown when somebody other than the deployer names the attribution registry.
    error NotDeployer(address caller);
    /// @notice Thrown when the attribution registry is named twice.
    error AlreadyAppointed(address attribution);
    /// @notice Thrown when an address that must not be zero is.
    error ZeroAddress();
    /// @notice Thrown when somebody other than the attribution registry ends an interval.
    error NotAttribution(address caller);
    /// @notice Thrown when no final statement has the payout.
    error PayoutNotFinal(StreamId stream, uint256 interval);
    /// @notice Thrown when no final statement has the payout to whose hash a claimed line's proof leads.
    error LineNotFinal(StreamId stream, uint256 interval, uint256 index, uint256 weight);
    /// @notice Thrown when less than a final statement's pool came in: the currency began to take a fee.
    error AmountNotReceived(uint256 expected, uint256 received);
    /// @notice Thrown when a contribution isn't one of the stream's dataset version.
    error ContributionOutOfRange(uint256 index, uint256 contributions);

    /// @notice Names, once and by the deployer only, the registry that ends intervals. No money can come in before.
    function appoint(address attribution) external;

    /// @notice The registry that ends intervals; zero until it is named.
    function attribution() external view returns (address);

    /// @notice Opens the payout of a final statement and pays the scorer; only the attribution registry may call.
    function open(Payout calldata payout, address scorer, uint256 fee) external;

    /// @notice Divides an interval's pool by row count; only the attribution registry may call.
    function fallBack(StreamId stream, uint256 pool) external;

    /// @notice Copies a stream's terms from the registries, where they can't change, into one slot; anyone may.
    function touch(StreamId stream) external returns (StreamAccount memory account);

    /// @notice Claims lines of final statements; anyone may, for anyone. A payout that isn't final and a wrong proof
    /// revert all; lines that were claimed before, that are worth nothing, or whose transfer fails are skipped.
    /// @dev A line's proof leads to the root and total that its payout must have; only the payout's hash is known.
    /// @return amount Wei paid in all.
    function claim(LineClaim[] calldata claims) external returns (uint256 amount);

    /// @notice Claims one line, as `claim` does, for less gas.
    /// @param line The claim in one piece: stream (7 bytes) ‖ interval (4) ‖ dataset (4) ‖ lines (3) ‖ pool (14) ‖
    /// index (3) ‖ weight (w) ‖ steps of the weight's proof (32 + w each), bottom up, with 0 ≤ w ≤ 18.
    /// @return amount Wei paid.
    function claimSingleLine(bytes calldata line) external returns (uint256 amount);

    /// @notice Claims pro-rata money; anyone may, for anyone. What is worth nothing or fails to transfer is skipped.
    /// @return amount Wei paid in all.
    function claimProRata(ProRataClaim[] calldata claims) external returns (uint256 amount);

    /// @notice Claims one contribution's pro-rata money, as `claimProRata` does, for less gas.
    /// @param place The contribution in one word: stream · 2^32 + index.
    /// @return amount Wei paid.
    function claimProRataOf(uint256 place) external returns (uint256 amount);

    /// @notice Sets where the caller's money goes; zero means to itself.
    function setRecipient(address recipient) external;

    /// @notice Whether a line of a final statement was paid, and what it is worth. Reverts when the proof is wrong.
    function previewClaim(
        Payout calldata payout,
        Line calldata line
    ) external view returns (address contributor, uint256 amount, bool claimed);

    /// @notice The weight of a contribution in an interval's final statement, for contracts that vote, drop or rank
    /// by influence. Reverts unless the statement is final and holds the weight at the index.
    /// @param stream Stream of the statement.
    /// @param interval Interval of the model's fees.
    /// @param index Place of the contribution in the dataset.
    /// @param payable_ Its payable weight.
    /// @param proof abi.encode(payout), 7 words, then the steps of the weight's proof, of 32 to 50 bytes, bottom up.
    /// @return contributor Wallet that the contribution is of.
    /// @return weight The weight, `payable_`.
    /// @return total Weights of all lines: `weight / total` is the contribution's part.
    function weightOf(
        StreamId stream,
        uint32 interval,
        uint256 index,
        uint256 payable_,
        bytes calldata proof
    ) external view returns (address contributor, uint256 weight, uint256 total);

    /// @notice Pro-rata money that a contribution can claim now, in wei.
    function previewProRata(StreamId stream, uint32 index) external view returns (address contributor, uint256 amount);

    /// @notice A stream's terms; reverts when it doesn't exist.
    function accountOf(StreamId stream) external view returns (StreamAccount memory);

    /// @notice Whether the statement with this payout, keccak256(abi.encode(payout)), became final.
    function isFinal(bytes32 payoutHash) external view returns (bool);
}
