// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {Choices} from "./Choices.sol";
import {Dollars} from "./Dollars.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook} from "./Notebook.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";

/// @title CurrencyChoices
/// @notice Handlers of the demo dollar.
contract CurrencyChoices is Choices {
    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {DemoDollar-mint}.
    function DemoDollar_mint(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(DemoDollar.mint, (_actor(seed, 0), _amount(seed, 1)));
        return _anybody(seed, address(CURRENCY), data);
    }

    /// @notice See {IERC20-transfer}: to another account, or to a model's own address.
    function DemoDollar_transfer(uint256 seed) external view returns (Call memory) {
        address to = _pick(seed, 0, 2) == 0 ? RECEIVERS.receiverOf(_model(seed)) : _actor(seed, 1);
        return _anybody(seed, address(CURRENCY), abi.encodeCall(IERC20.transfer, (to, _amount(seed, 2))));
    }

    /// @notice See {IERC20-approve}.
    function DemoDollar_approve(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IERC20.approve, (_actor(seed, 0), _amount(seed, 1)));
        return _anybody(seed, address(CURRENCY), data);
    }

    /// @notice See {IERC20-transferFrom}.
    function DemoDollar_transferFrom(uint256 seed) external view returns (Call memory chosen) {
        (address from, address spender) = (_actor(seed, 0), _actor(seed, 1));
        for (uint256 i = 0; i < Keys.COUNT && CURRENCY.allowance(from, spender) == 0; ++i) {
            spender = Keys.accountAt(i);
        }
        uint256 allowed = CURRENCY.allowance(from, spender);
        uint256 amount = _upTo(seed, 2, allowed);
        bytes memory data = abi.encodeCall(IERC20.transferFrom, (from, _actor(seed, 3), amount));
        chosen = _from(spender, address(CURRENCY), data);
        chosen.forbidden = amount > allowed;
    }

    /// @notice See {IERC20Permit-permit}.
    function DemoDollar_permit(uint256 seed) external view returns (Call memory chosen) {
        address owner = _actor(seed, 0);
        (address spender, uint256 value) = (_actor(seed, 1), _amount(seed, 2));
        bytes32 digest = Dollars.permit(CURRENCY, owner, spender, value);
        (uint8 v, bytes32 r, bytes32 s, bool wrong) = _sign(owner, seed, digest);
        chosen = _anybody(
            seed,
            address(CURRENCY),
            abi.encodeCall(IERC20Permit.permit, (owner, spender, value, Dollars.NO_DEADLINE, v, r, s))
        );
        chosen.forbidden = wrong;
    }

    /// @notice See {IERC3009-transferWithAuthorization}.
    function DemoDollar_transferWithAuthorization(uint256 seed) external view returns (Call memory chosen) {
        (address from, address to, uint256 value, bytes32 nonce) = _authorization(seed);
        bytes32 digest = Dollars.authorization(CURRENCY, Dollars.TRANSFER, from, to, value, nonce);
        (uint8 v, bytes32 r, bytes32 s, bool wrong) = _sign(from, seed, digest);
        bytes memory data = abi.encodeCall(
            IERC3009.transferWithAuthorization,
            (from, to, value, 0, Dollars.NO_DEADLINE, nonce, v, r, s)
        );
        chosen = _anybody(seed, address(CURRENCY), data);
        chosen.forbidden = wrong;
    }

    /// @notice See {IERC3009-receiveWithAuthorization}.
    function DemoDollar_receiveWithAuthorization(uint256 seed) external view returns (Call memory) {
        (address from, address to, uint256 value, bytes32 nonce) = _authorization(seed);
        bytes32 digest = Dollars.authorization(CURRENCY, Dollars.RECEIVE, from, to, value, nonce);
        (uint8 v, bytes32 r, bytes32 s) = Keys.sign(Keys.placeOf(from), digest);
        bytes memory data = abi.encodeCall(
            IERC3009.receiveWithAuthorization,
            (from, to, value, 0, Dollars.NO_DEADLINE, nonce, v, r, s)
        );
        return _only(to, seed, address(CURRENCY), data);
    }

    /// @notice See {IERC3009Cancel-cancelAuthorization}.
    function DemoDollar_cancelAuthorization(uint256 seed) external view returns (Call memory chosen) {
        (address from, , , bytes32 nonce) = _authorization(seed);
        bytes32 digest = Dollars.cancellation(CURRENCY, from, nonce);
        (uint8 v, bytes32 r, bytes32 s, bool wrong) = _sign(from, seed, digest);
        bytes memory data = abi.encodeCall(IERC3009Cancel.cancelAuthorization, (from, nonce, v, r, s));
        chosen = _anybody(seed, address(CURRENCY), data);
        chosen.forbidden = wrong;
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 4;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.DemoDollar_mint.selector,
                this.DemoDollar_transfer.selector,
                this.DemoDollar_approve.selector,
                this.DemoDollar_transferFrom.selector,
                this.DemoDollar_permit.selector,
                this.DemoDollar_transferWithAuthorization.selector,
                this.DemoDollar_receiveWithAuthorization.selector,
                this.DemoDollar_cancelAuthorization.selector
            );
    }

    /// @dev Nonces come back, so that used ones are tried again.
    function _authorization(
        uint256 seed
    ) private pure returns (address from, address to, uint256 value, bytes32 nonce) {
        return (_actor(seed, 0), _actor(seed, 1), _amount(seed, 2), bytes32(_pick(seed, 3, 64)));
    }

    function _sign(
        address signer,
        uint256 seed,
        bytes32 digest
    ) private pure returns (uint8 v, bytes32 r, bytes32 s, bool wrong) {
        wrong = _isWrong(seed);
        (v, r, s) = Keys.sign(Keys.placeOf(wrong ? _other(signer, seed) : signer), digest);
    }
}
