// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {Vouchers} from "../../../contracts/libraries/Vouchers.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Dollars} from "./Dollars.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook} from "./Notebook.sol";

/// @title MarketChoices
/// @notice Handlers of the market: prices, payments, prepaid money.
contract MarketChoices is Choices {
    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {IInferenceMarket-list}.
    function InferenceMarket_list(uint256 seed) external view returns (Call memory) {
        ModelId model = _model(seed);
        return _market(_ownerOf(model), seed, abi.encodeCall(IInferenceMarket.list, (model, 1 + _pick(seed, 0, 3))));
    }

    /// @notice See {IInferenceMarket-delist}. Mostly by somebody who may not: payments ask for a listed model.
    function InferenceMarket_delist(uint256 seed) external view returns (Call memory chosen) {
        ModelId model = _model(seed);
        address owner = _ownerOf(model);
        bytes memory data = abi.encodeCall(IInferenceMarket.delist, (model));
        chosen = _from(_pick(seed, 0, 4) == 0 ? owner : _other(owner, seed), address(MARKET), data);
        chosen.forbidden = chosen.from != owner;
    }

    /// @notice See {IInferenceMarket-pay}.
    function InferenceMarket_pay(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IInferenceMarket.pay, (_model(seed), _amount(seed, 0), bytes32(seed)));
        return _anybody(seed, address(MARKET), data);
    }

    /// @notice See {IInferenceMarket-payFor}.
    function InferenceMarket_payFor(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(
            IInferenceMarket.payFor,
            (_actor(seed, 1), _model(seed), _amount(seed, 0), bytes32(seed))
        );
        return _anybody(seed, address(MARKET), data);
    }

    /// @notice See {IInferenceMarket-payWithPermit}.
    function InferenceMarket_payWithPermit(uint256 seed) external view returns (Call memory) {
        address payer = _actor(seed, 1);
        bytes memory data = abi.encodeCall(
            IInferenceMarket.payWithPermit,
            (_model(seed), _amount(seed, 0), bytes32(seed), _permit(payer))
        );
        return _from(payer, address(MARKET), data);
    }

    /// @notice See {IInferenceMarket-payWithAuthorization}: signed for this model and request, or for another.
    function InferenceMarket_payWithAuthorization(uint256 seed) external view returns (Call memory chosen) {
        IInferenceMarket.Authorization memory given;
        (given.payer, given.amount) = (_actor(seed, 1), _amount(seed, 0));
        (given.validBefore, given.salt) = (Dollars.NO_DEADLINE, bytes32(seed));
        (ModelId model, bool wrong) = (_model(seed), _isWrong(seed));
        bytes32 nonce = keccak256(abi.encode(model, bytes32(wrong ? seed + 1 : seed), given.salt));
        bytes32 digest = Dollars.authorization(
            CURRENCY,
            Dollars.RECEIVE,
            given.payer,
            address(MARKET),
            given.amount,
            nonce
        );
        (given.v, given.r, given.s) = Keys.sign(Keys.placeOf(given.payer), digest);
        bytes memory data = abi.encodeCall(IInferenceMarket.payWithAuthorization, (model, bytes32(seed), given));
        chosen = _anybody(seed, address(MARKET), data);
        chosen.forbidden = wrong;
    }

    /// @notice See {IInferenceMarket-deposit}.
    function InferenceMarket_deposit(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IInferenceMarket.deposit, (_actor(seed, 1), _model(seed), _amount(seed, 0)));
        return _anybody(seed, address(MARKET), data);
    }

    /// @notice See {IInferenceMarket-depositWithPermit}.
    function InferenceMarket_depositWithPermit(uint256 seed) external view returns (Call memory) {
        address from = _actor(seed, 1);
        bytes memory data = abi.encodeCall(
            IInferenceMarket.depositWithPermit,
            (_actor(seed, 2), _model(seed), _amount(seed, 0), _permit(from))
        );
        return _from(from, address(MARKET), data);
    }

    /// @notice See {IInferenceMarket-payPrepaid}.
    function InferenceMarket_payPrepaid(uint256 seed) external view returns (Call memory chosen) {
        (address payer, ModelId model, IInferenceMarket.Channel memory channel) = _channel(seed);
        uint256 amount = _upTo(seed, 0, channel.balance);
        bytes memory data = abi.encodeCall(IInferenceMarket.payPrepaid, (model, amount, bytes32(seed)));
        chosen = _from(payer, address(MARKET), data);
        chosen.forbidden = amount > channel.balance;
    }

    /// @notice See {IInferenceMarket-charge}.
    function InferenceMarket_charge(uint256 seed) external view returns (Call memory chosen) {
        (address payer, ModelId model, IInferenceMarket.Channel memory channel) = _channel(seed);
        uint112 cumulative = uint112(channel.spent + _upTo(seed, 0, channel.balance));
        bytes32 hash = Vouchers.charge(payer, model, cumulative, bytes32(seed));
        (, bytes memory signature, bool wrong) = _signedBy(payer, seed, Keys.typed(address(MARKET), hash));
        bytes memory data = abi.encodeCall(
            IInferenceMarket.charge,
            (payer, model, cumulative, bytes32(seed), signature)
        );
        chosen = _anybody(seed, address(MARKET), data);
        chosen.forbidden = wrong || cumulative > uint256(channel.spent) + channel.balance;
    }

    /// @notice See {IInferenceMarket-redeem}: up to three vouchers, twice the same among them, or one of a wrong key.
    function InferenceMarket_redeem(uint256 seed) external view returns (Call memory chosen) {
        bool wrong = _isWrong(seed);
        IInferenceMarket.Voucher[] memory vouchers = new IInferenceMarket.Voucher[](wrong ? 1 : 1 + _pick(seed, 1, 3));
        (, ModelId model, ) = _channel(seed);
        for (uint256 i = 0; i < vouchers.length; ++i) {
            (address payer, , IInferenceMarket.Channel memory channel) = _channel(seed + (i % 2));
            uint256 cumulative = uint256(channel.spent) + _upTo(seed, 2 + i, channel.balance);
            bytes32 digest = Keys.typed(address(MARKET), Vouchers.voucher(payer, model, cumulative));
            (uint8 v, bytes32 r, bytes32 s) = Keys.sign(Keys.placeOf(wrong ? _other(payer, seed) : payer), digest);
            bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
            vouchers[i] = IInferenceMarket.Voucher(payer, uint112(cumulative), r, vs);
        }
        chosen = _anybody(seed, address(MARKET), abi.encodeCall(IInferenceMarket.redeem, (model, vouchers)));
        chosen.forbidden = wrong;
    }

    /// @notice See {IInferenceMarket-redeemSigned}.
    function InferenceMarket_redeemSigned(uint256 seed) external view returns (Call memory chosen) {
        (address payer, ModelId model, IInferenceMarket.Channel memory channel) = _channel(seed);
        uint112 cumulative = uint112(channel.spent + _upTo(seed, 0, channel.balance));
        bytes32 digest = Keys.typed(address(MARKET), Vouchers.voucher(payer, model, cumulative));
        (, bytes memory signature, bool wrong) = _signedBy(payer, seed, digest);
        bytes memory data = abi.encodeCall(IInferenceMarket.redeemSigned, (model, payer, cumulative, signature));
        chosen = _anybody(seed, address(MARKET), data);
        chosen.forbidden = wrong;
    }

    /// @notice See {IInferenceMarket-requestWithdrawal}.
    function InferenceMarket_requestWithdrawal(uint256 seed) external view returns (Call memory) {
        (address payer, ModelId model, ) = _channel(seed);
        return _from(payer, address(MARKET), abi.encodeCall(IInferenceMarket.requestWithdrawal, (model)));
    }

    /// @notice See {IInferenceMarket-cancelWithdrawal}.
    function InferenceMarket_cancelWithdrawal(uint256 seed) external view returns (Call memory chosen) {
        (address payer, ModelId model, IInferenceMarket.Channel memory channel) = _leaving(seed);
        chosen = _from(payer, address(MARKET), abi.encodeCall(IInferenceMarket.cancelWithdrawal, (model)));
        chosen.forbidden = channel.leavesAt == 0;
    }

    /// @notice See {IInferenceMarket-withdraw}.
    function InferenceMarket_withdraw(uint256 seed) external view returns (Call memory chosen) {
        (address payer, ModelId model, IInferenceMarket.Channel memory channel) = _leaving(seed);
        bytes memory data = abi.encodeCall(IInferenceMarket.withdraw, (model, _actor(seed, 0)));
        chosen = _from(payer, address(MARKET), data);
        chosen.forbidden = channel.leavesAt == 0;
        return _notBefore(chosen, seed, channel.leavesAt);
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 12;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.InferenceMarket_list.selector,
                this.InferenceMarket_delist.selector,
                this.InferenceMarket_pay.selector,
                this.InferenceMarket_payFor.selector,
                this.InferenceMarket_payWithPermit.selector,
                this.InferenceMarket_payWithAuthorization.selector,
                this.InferenceMarket_deposit.selector,
                this.InferenceMarket_depositWithPermit.selector,
                this.InferenceMarket_payPrepaid.selector,
                this.InferenceMarket_charge.selector,
                this.InferenceMarket_redeem.selector,
                this.InferenceMarket_redeemSigned.selector,
                this.InferenceMarket_requestWithdrawal.selector,
                this.InferenceMarket_cancelWithdrawal.selector,
                this.InferenceMarket_withdraw.selector
            );
    }

    function _market(address entitled, uint256 seed, bytes memory data) private view returns (Call memory) {
        return _only(entitled, seed, address(MARKET), data);
    }

    /// @dev A channel, one with money if there is one for the model.
    function _channel(
        uint256 seed
    ) private view returns (address payer, ModelId model, IInferenceMarket.Channel memory channel) {
        model = _model(seed);
        uint256 first = _pick(seed, 80, Keys.COUNT);
        for (uint256 i = 0; i < Keys.COUNT && channel.balance == 0; ++i) {
            payer = Keys.accountAt(first + i);
            channel = MARKET.channelOf(payer, model);
        }
    }

    /// @dev A channel, one whose payer wants its money back if there is one for the model.
    function _leaving(
        uint256 seed
    ) private view returns (address payer, ModelId model, IInferenceMarket.Channel memory channel) {
        model = _model(seed);
        uint256 first = _pick(seed, 80, Keys.COUNT);
        for (uint256 i = 0; i < Keys.COUNT && channel.leavesAt == 0; ++i) {
            payer = Keys.accountAt(first + i);
            channel = MARKET.channelOf(payer, model);
        }
    }

    function _permit(address owner) private view returns (IInferenceMarket.Permit memory permit) {
        (permit.value, permit.deadline) = (type(uint256).max, Dollars.NO_DEADLINE);
        bytes32 digest = Dollars.permit(CURRENCY, owner, address(MARKET), permit.value);
        (permit.v, permit.r, permit.s) = Keys.sign(Keys.placeOf(owner), digest);
    }
}
