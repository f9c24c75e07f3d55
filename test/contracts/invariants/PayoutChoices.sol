// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {Payout, PayoutHead} from "../../../contracts/libraries/Statements.sol";
import {DatasetId, StreamId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook, PaidLine, Proposal} from "./Notebook.sol";
import {StreamChoices} from "./StreamChoices.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title PayoutChoices
/// @notice Handlers of claims.
contract PayoutChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IStreamPayouts-touch}.
    function StreamPayouts_touch(uint256 seed) external view returns (Call memory) {
        return _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.touch, (_stream(seed))));
    }

    /// @notice See {IStreamPayouts-claim}: a line, twice in one call now and then, or for more than its weight.
    function StreamPayouts_claim(uint256 seed) external view returns (Call memory chosen) {
        (uint256 place, Proposal memory proposal) = _final(seed);
        (uint256 line, bool wrong) = (_pick(seed, 0, proposal.weights.length), _isWrong(seed));
        IStreamPayouts.LineClaim[] memory claims = new IStreamPayouts.LineClaim[](1);
        Payout memory payout = proposal.statement.payout;
        claims[0].payout = PayoutHead(payout.stream, payout.interval, payout.dataset, payout.lines, payout.pool);
        claims[0].lines = new IStreamPayouts.Line[](1 + _pick(seed, 1, 2));
        bytes memory proof = SumTrees.proof(proposal.weights, 0, line);
        uint144 weight = proposal.weights[line] + (wrong ? 1 : 0);
        for (uint256 i = 0; i < claims[0].lines.length; ++i) {
            claims[0].lines[i] = IStreamPayouts.Line(uint32(line), weight, proof);
        }
        chosen = _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.claim, (claims)));
        chosen.memo = abi.encode(PaidLine(place, line));
        chosen.forbidden = wrong;
    }

    /// @notice See {IStreamPayouts-claimSingleLine}.
    function StreamPayouts_claimSingleLine(uint256 seed) external view returns (Call memory chosen) {
        (uint256 place, Proposal memory proposal) = _final(seed);
        uint256 line = _pick(seed, 0, proposal.weights.length);
        Payout memory payout = proposal.statement.payout;
        bytes memory packed = abi.encodePacked(
            bytes7(uint56(StreamId.unwrap(payout.stream))),
            payout.interval,
            bytes4(uint32(DatasetId.unwrap(payout.dataset))),
            bytes3(payout.lines),
            bytes14(payout.pool),
            bytes3(uint24(line)),
            bytes18(proposal.weights[line]),
            SumTrees.proof(proposal.weights, 0, line)
        );
        chosen = _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.claimSingleLine, (packed)));
        chosen.memo = abi.encode(PaidLine(place, line));
    }

    /// @notice See {IStreamPayouts-claimProRata}: two contributions, the same one twice now and then.
    function StreamPayouts_claimProRata(uint256 seed) external view returns (Call memory) {
        IStreamPayouts.ProRataClaim[] memory claims = new IStreamPayouts.ProRataClaim[](1);
        claims[0].stream = _stream(seed);
        uint256 lines = PAYOUTS.accountOf(claims[0].stream).contributions;
        claims[0].indexes = new uint32[](2);
        claims[0].indexes[0] = uint32(_pick(seed, 0, lines));
        claims[0].indexes[1] = uint32(_pick(seed, 1, lines));
        return _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.claimProRata, (claims)));
    }

    /// @notice See {IStreamPayouts-claimProRataOf}: a contribution, or the place after the last.
    function StreamPayouts_claimProRataOf(uint256 seed) external view returns (Call memory chosen) {
        StreamId stream = _stream(seed);
        uint256 lines = PAYOUTS.accountOf(stream).contributions;
        uint256 index = _upTo(seed, 0, lines - 1);
        uint256 place = (StreamId.unwrap(stream) << 32) | index;
        chosen = _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.claimProRataOf, (place)));
        chosen.forbidden = index >= lines;
    }

    /// @notice See {IStreamPayouts-setRecipient}.
    function StreamPayouts_setRecipient(uint256 seed) external view returns (Call memory) {
        address recipient = _pick(seed, 0, 3) == 0 ? address(0) : _actor(seed, 1);
        return _anybody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.setRecipient, (recipient)));
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 8;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.StreamPayouts_touch.selector,
                this.StreamPayouts_claim.selector,
                this.StreamPayouts_claimSingleLine.selector,
                this.StreamPayouts_claimProRata.selector,
                this.StreamPayouts_claimProRataOf.selector,
                this.StreamPayouts_setRecipient.selector
            );
    }

    /// @dev A statement, a final one if there is one among some of the last.
    function _final(uint256 seed) private view returns (uint256 place, Proposal memory proposal) {
        for (uint256 i = 0; i < 4; ++i) {
            (place, proposal) = _proposal(seed + i);
            if (PAYOUTS.isFinal(keccak256(abi.encode(proposal.statement.payout)))) break;
        }
    }
}
