// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IRevenueCallback, IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {Statement} from "../../../contracts/libraries/Statements.sol";
import {ModelReceiver} from "../../../contracts/revenue/ModelReceiver.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook, Proposal} from "./Notebook.sol";
import {StreamChoices} from "./StreamChoices.sol";

/// @title IntruderChoices
/// @notice Handlers of entry points that only another contract of the suite may call: here they are always refused, and
/// succeed inside of other calls.
contract IntruderChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IRevenueLedger-hold}: the market's alone.
    function RevenueLedger_hold(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IRevenueLedger.hold, (_model(seed), _amount(seed, 0), abi.encode(CURRENCY)));
        return _nobody(seed, address(LEDGER), data);
    }

    /// @notice See {IRevenueLedger-creditHeld}: the market's alone.
    function RevenueLedger_creditHeld(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IRevenueLedger.creditHeld, (_model(seed), _amount(seed, 0)));
        return _nobody(seed, address(LEDGER), data);
    }

    /// @notice See {IRevenueLedger-releaseHeld}: the market's alone.
    function RevenueLedger_releaseHeld(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IRevenueLedger.releaseHeld, (_actor(seed, 0), 1));
        return _nobody(seed, address(LEDGER), data);
    }

    /// @notice See {IRevenueLedger-settle}: the payouts' alone.
    function RevenueLedger_settle(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IRevenueLedger.settle, (1, _actor(seed, 0), 1));
        return _nobody(seed, address(LEDGER), data);
    }

    /// @notice See {IRevenueLedger-payOut}: the payouts' alone.
    function RevenueLedger_payOut(uint256 seed) external view returns (Call memory) {
        return _nobody(seed, address(LEDGER), abi.encodeCall(IRevenueLedger.payOut, (_actor(seed, 0), 1)));
    }

    /// @notice See {IRevenueCallback-onCredit}: the ledger's alone.
    function ModelReceivers_onCredit(uint256 seed) external view returns (Call memory) {
        bytes memory receiver = abi.encode(RECEIVERS.receiverOf(_model(seed)));
        return _nobody(seed, address(RECEIVERS), abi.encodeCall(IRevenueCallback.onCredit, (1, receiver)));
    }

    /// @notice See {ModelReceiver-send}: its deployer's alone. There is one after the first sweep.
    function ModelReceiver_send(uint256 seed) external view returns (Call memory) {
        address receiver = RECEIVERS.receiverOf(_model(seed));
        require(receiver.code.length != 0, "no receiver yet");
        return _nobody(seed, receiver, abi.encodeCall(ModelReceiver.send, (CURRENCY, _actor(seed, 0), 0)));
    }

    /// @notice See {IRevenueCallback-onCredit}: the ledger's alone.
    function InferenceMarket_onCredit(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IRevenueCallback.onCredit, (1, abi.encode(_actor(seed, 0))));
        return _nobody(seed, address(MARKET), data);
    }

    /// @notice See {IAttributionRegistry-voidStatement}: the challenge registry's alone.
    function AttributionRegistry_voidStatement(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        bytes memory data = abi.encodeCall(IAttributionRegistry.voidStatement, (proposal.statement, _actor(seed, 0)));
        return _nobody(seed, address(ATTRIBUTION), data);
    }

    /// @notice See {IAttributionRegistry-enterChallenge}: the challenge registry's alone.
    function AttributionRegistry_enterChallenge(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        Statement memory statement = proposal.statement;
        bytes memory data = abi.encodeCall(
            IAttributionRegistry.enterChallenge,
            (statement.payout.stream, statement.payout.interval, proposal.hash, _actor(seed, 0))
        );
        return _nobody(seed, address(ATTRIBUTION), data);
    }

    /// @notice See {IAttributionRegistry-leaveChallenge}: the challenge registry's alone.
    function AttributionRegistry_leaveChallenge(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        Statement memory statement = proposal.statement;
        bytes memory data = abi.encodeCall(
            IAttributionRegistry.leaveChallenge,
            (statement.payout.stream, statement.payout.interval, proposal.hash)
        );
        return _nobody(seed, address(ATTRIBUTION), data);
    }

    /// @notice See {IAttributionRegistry-payChallenge}: the challenge registry's alone.
    function AttributionRegistry_payChallenge(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IAttributionRegistry.payChallenge, (_actor(seed, 0), _actor(seed, 1), 1));
        return _nobody(seed, address(ATTRIBUTION), data);
    }

    /// @notice See {IStreamPayouts-appoint}: over since the deployment.
    function StreamPayouts_appoint(uint256 seed) external view returns (Call memory) {
        return _nobody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.appoint, (_actor(seed, 0))));
    }

    /// @notice See {IStreamPayouts-open}: the attribution registry's alone.
    function StreamPayouts_open(uint256 seed) external view returns (Call memory) {
        (, Proposal memory proposal) = _proposal(seed);
        bytes memory data = abi.encodeCall(IStreamPayouts.open, (proposal.statement.payout, _actor(seed, 0), 1));
        return _nobody(seed, address(PAYOUTS), data);
    }

    /// @notice See {IStreamPayouts-fallBack}: the attribution registry's alone.
    function StreamPayouts_fallBack(uint256 seed) external view returns (Call memory) {
        return _nobody(seed, address(PAYOUTS), abi.encodeCall(IStreamPayouts.fallBack, (_stream(seed), 1)));
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 5;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.RevenueLedger_hold.selector,
                this.RevenueLedger_creditHeld.selector,
                this.RevenueLedger_releaseHeld.selector,
                this.RevenueLedger_settle.selector,
                this.RevenueLedger_payOut.selector,
                this.ModelReceivers_onCredit.selector,
                this.ModelReceiver_send.selector,
                this.InferenceMarket_onCredit.selector,
                this.AttributionRegistry_voidStatement.selector,
                this.AttributionRegistry_enterChallenge.selector,
                this.AttributionRegistry_leaveChallenge.selector,
                this.AttributionRegistry_payChallenge.selector,
                this.StreamPayouts_appoint.selector,
                this.StreamPayouts_open.selector,
                this.StreamPayouts_fallBack.selector
            );
    }
}
