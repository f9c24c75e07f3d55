// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChallengeRegistry} from "../../../contracts/interfaces/IChallengeRegistry.sol";
import {LineEvidence} from "../../../contracts/libraries/Statements.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook, Proposal} from "./Notebook.sol";
import {StreamChoices} from "./StreamChoices.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title ChallengeChoices
/// @notice Handlers of challenges and of their answers.
contract ChallengeChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IChallengeRegistry-challenge}.
    function ChallengeRegistry_challenge(uint256 seed) external view returns (Call memory) {
        Proposal memory proposal = _live(seed);
        (uint8 level, uint32 position) = _node(proposal, seed);
        bytes memory data = abi.encodeCall(IChallengeRegistry.challenge, (proposal.statement, level, position));
        uint256 closesAt = proposal.statement.proposedAt + CHALLENGES.WINDOW();
        return _notAfter(_anybody(seed, address(CHALLENGES), data), closesAt);
    }

    /// @notice See {IChallengeRegistry-descend}.
    function ChallengeRegistry_descend(uint256 seed) external view returns (Call memory) {
        Proposal memory proposal = _live(seed);
        (uint8 level, uint32 position) = _challenged(proposal, seed, true);
        uint32 line = (position << level) + uint32(_pick(seed, 0, 1 << level));
        bytes memory data = abi.encodeCall(IChallengeRegistry.descend, (proposal.statement, level, position, line));
        (, IChallengeRegistry.Answer memory answer) = CHALLENGES.nodeOf(
            proposal.hash,
            _number(proposal, level, position)
        );
        return _notAfter(_anybody(seed, address(CHALLENGES), data), answer.shownUntil);
    }

    /// @notice See {IChallengeRegistry-open}: as the scorer's tree has it, or not.
    function ChallengeRegistry_open(uint256 seed) external view returns (Call memory chosen) {
        Proposal memory proposal = _live(seed);
        (uint8 level, uint32 position) = _challenged(proposal, seed, false);
        bool wrong = _isWrong(seed);
        uint144[] memory weights = proposal.weights;
        bytes memory steps = SumTrees.proof(weights, level, position);
        if (wrong) weights[position << level] += 1;
        bytes memory shown = SumTrees.linesBelow(weights, level, position);
        bytes memory data = abi.encodeCall(
            IChallengeRegistry.open,
            (proposal.statement, level, position, shown, steps)
        );
        chosen = _answer(proposal, level, position, seed, data);
        if (wrong) chosen.forbidden = true;
    }

    /// @notice See {IChallengeRegistry-defend}.
    function ChallengeRegistry_defend(uint256 seed) external view returns (Call memory) {
        Proposal memory proposal = _live(seed);
        (uint8 level, uint32 position) = _challenged(proposal, seed, false);
        LineEvidence memory evidence = _evidence(proposal, uint256(position) << level);
        bytes memory data = abi.encodeCall(IChallengeRegistry.defend, (proposal.statement, evidence));
        return level == 0 ? _answer(proposal, 0, position, seed, data) : _anybody(seed, address(CHALLENGES), data);
    }

    /// @notice See {IChallengeRegistry-refute}: of a right statement nobody may.
    function ChallengeRegistry_refute(uint256 seed) external view returns (Call memory chosen) {
        Proposal memory proposal = _live(seed);
        uint256 line = _pick(seed, 0, proposal.weights.length);
        bytes memory data = abi.encodeCall(IChallengeRegistry.refute, (proposal.statement, _evidence(proposal, line)));
        chosen = _anybody(seed, address(CHALLENGES), data);
        chosen.forbidden = proposal.right;
    }

    /// @notice See {IChallengeRegistry-callSilence}.
    function ChallengeRegistry_callSilence(uint256 seed) external view returns (Call memory) {
        Proposal memory proposal = _live(seed);
        (uint8 level, uint32 position) = _challenged(proposal, seed, false);
        bytes memory data = abi.encodeCall(IChallengeRegistry.callSilence, (proposal.statement, level, position));
        return _notBefore(_anybody(seed, address(CHALLENGES), data), seed, _placed(proposal, level, position).deadline);
    }

    /// @notice See {IChallengeRegistry-settle}.
    function ChallengeRegistry_settle(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        (uint8 level, uint32 position) = _challenged(proposal, seed, _pick(seed, 0, 2) == 0);
        bytes memory data = abi.encodeCall(IChallengeRegistry.settle, (proposal.statement, level, position));
        return _anybody(seed, address(CHALLENGES), data);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 16;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.ChallengeRegistry_challenge.selector,
                this.ChallengeRegistry_descend.selector,
                this.ChallengeRegistry_open.selector,
                this.ChallengeRegistry_defend.selector,
                this.ChallengeRegistry_refute.selector,
                this.ChallengeRegistry_callSilence.selector,
                this.ChallengeRegistry_settle.selector
            );
    }

    /// @dev An answer comes before its deadline; a node that isn't challenged has none.
    function _answer(
        Proposal memory proposal,
        uint8 level,
        uint32 position,
        uint256 seed,
        bytes memory data
    ) private view returns (Call memory chosen) {
        chosen = _anybody(seed, address(CHALLENGES), data);
        IChallengeRegistry.Challenge memory placed = _placed(proposal, level, position);
        chosen.forbidden = placed.challenger == address(0);
        return _notAfter(chosen, placed.deadline);
    }

    function _placed(
        Proposal memory proposal,
        uint8 level,
        uint32 position
    ) private view returns (IChallengeRegistry.Challenge memory placed) {
        (placed, ) = CHALLENGES.nodeOf(proposal.hash, _number(proposal, level, position));
    }

    function _number(Proposal memory proposal, uint256 level, uint256 position) private pure returns (uint256) {
        return (1 << (SumTrees.depthOf(proposal.weights.length) - level)) + position;
    }

    /// @dev A node that covers a line: every other time the root.
    function _node(Proposal memory proposal, uint256 seed) private pure returns (uint8 level, uint32 position) {
        uint256 depth = SumTrees.depthOf(proposal.weights.length);
        if (_pick(seed, 10, 2) == 0) return (uint8(depth), 0);
        level = uint8(_pick(seed, 11, depth + 1));
        position = uint32(_pick(seed, 12, ((proposal.weights.length - 1) >> level) + 1));
    }

    /// @dev A node that is challenged and was answered or not, if there is one.
    function _challenged(
        Proposal memory proposal,
        uint256 seed,
        bool answered
    ) private view returns (uint8 level, uint32 position) {
        uint256 depth = SumTrees.depthOf(proposal.weights.length);
        uint256 nodes = (2 << depth) - 1;
        uint256 first = _pick(seed, 13, nodes);
        for (uint256 i = 0; i < nodes; ++i) {
            uint256 number = 1 + ((first + i) % nodes);
            (IChallengeRegistry.Challenge memory placed, IChallengeRegistry.Answer memory answer) = CHALLENGES.nodeOf(
                proposal.hash,
                number
            );
            if (placed.challenger == address(0) || (answer.by != address(0)) != answered) continue;
            uint256 down;
            while (number >> (down + 1) != 0) ++down;
            return (uint8(depth - down), uint32(number - (1 << down)));
        }
        return _node(proposal, seed);
    }

    function _evidence(Proposal memory proposal, uint256 line) private view returns (LineEvidence memory evidence) {
        uint144[] memory weights = proposal.weights;
        line %= weights.length;
        evidence.index = uint32(line);
        evidence.weight = weights[line];
        evidence.sumProof = SumTrees.proof(weights, 0, line);
        evidence.lanes = _lanes(line);
        evidence.indexProof = SumTrees.hashProof(_indexLeaves(weights.length), line);
        evidence.usage = _usage(proposal.statement.payout.stream.model(), proposal.statement.payout.interval);
    }
}
