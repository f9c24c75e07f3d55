// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {IModelReceivers} from "../../../contracts/interfaces/IModelReceivers.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook} from "./Notebook.sol";

/// @title MoneyChoices
/// @notice Handlers of the ledger, of models' own addresses and of the bond vault.
contract MoneyChoices is Choices {
    constructor(Notebook notebook) Choices(notebook) {}

    /// @notice See {IRevenueLedger-credit}: a contract pays, or says that it did.
    function RevenueLedger_credit(uint256 seed) external view returns (Call memory chosen) {
        bool wrong = _isWrong(seed);
        bytes memory dollars = wrong ? bytes("") : abi.encode(CURRENCY);
        bytes memory data = abi.encodeCall(IRevenueLedger.credit, (_model(seed), _amount(seed, 0), dollars));
        chosen = _anybody(seed, address(LEDGER), data);
        chosen.forbidden = wrong;
    }

    /// @notice See {IRevenueLedger-distribute}.
    function RevenueLedger_distribute(uint256 seed) external view returns (Call memory) {
        return _anybody(seed, address(LEDGER), abi.encodeCall(IRevenueLedger.distribute, (_model(seed))));
    }

    /// @notice See {IRevenueLedger-distributeMany}.
    function RevenueLedger_distributeMany(uint256 seed) external view returns (Call memory) {
        ModelId[] memory models = new ModelId[](3);
        for (uint256 i = 0; i < 3; ++i) models[i] = _model(seed + i);
        return _anybody(seed, address(LEDGER), abi.encodeCall(IRevenueLedger.distributeMany, (models)));
    }

    /// @notice See {IRevenueLedger-withdraw}.
    function RevenueLedger_withdraw(uint256 seed) external view returns (Call memory) {
        return _anybody(seed, address(LEDGER), abi.encodeCall(IRevenueLedger.withdraw, (_actor(seed, 0))));
    }

    /// @notice See {IRevenueLedger-withdrawMany}.
    function RevenueLedger_withdrawMany(uint256 seed) external view returns (Call memory) {
        address[] memory accounts = new address[](3);
        (accounts[0], accounts[1], accounts[2]) = (_actor(seed, 0), _actor(seed, 1), LEDGER.TREASURY());
        return _anybody(seed, address(LEDGER), abi.encodeCall(IRevenueLedger.withdrawMany, (accounts)));
    }

    /// @notice See {IModelReceivers-sweep}: of a model whose address has money, if there is one.
    function ModelReceivers_sweep(uint256 seed) external view returns (Call memory) {
        (uint256 count, uint256 first) = (MODELS.modelCount(), _pick(seed, 0, 16));
        ModelId model;
        for (uint256 i = 0; i < count; ++i) {
            model = ModelId.wrap(1 + ((first + i) % count));
            if (CURRENCY.balanceOf(RECEIVERS.receiverOf(model)) != 0) break;
        }
        return _anybody(seed, address(RECEIVERS), abi.encodeCall(IModelReceivers.sweep, (model)));
    }

    /// @notice See {IBondVault-deposit}.
    function BondVault_deposit(uint256 seed) external view returns (Call memory) {
        bytes memory data = abi.encodeCall(IBondVault.deposit, (_controller(seed), _actor(seed, 1), _amount(seed, 2)));
        return _anybody(seed, address(VAULT), data);
    }

    /// @notice See {IBondVault-requestWithdrawal}.
    function BondVault_requestWithdrawal(uint256 seed) external view returns (Call memory chosen) {
        (address controller, address account) = (_controller(seed), _actor(seed, 1));
        uint256 free = VAULT.bondOf(controller, account).free;
        uint256 amount = _pick(seed, 2, free / 8 + 2);
        chosen = _from(account, address(VAULT), abi.encodeCall(IBondVault.requestWithdrawal, (controller, amount)));
        chosen.forbidden = amount > free;
    }

    /// @notice See {IBondVault-withdraw}.
    function BondVault_withdraw(uint256 seed) external view returns (Call memory chosen) {
        (address controller, address account) = (_controller(seed), _actor(seed, 1));
        for (uint256 i = 0; i < Keys.COUNT && VAULT.bondOf(controller, account).leaving == 0; ++i) {
            account = Keys.accountAt(i);
        }
        IBondVault.Bond memory bond = VAULT.bondOf(controller, account);
        bytes memory data = abi.encodeCall(IBondVault.withdraw, (controller, _actor(seed, 2)));
        chosen = _from(account, address(VAULT), data);
        chosen.forbidden = bond.leaving == 0;
        return _notBefore(chosen, seed, bond.leavesAt);
    }

    /// @notice See {IBondVault-lock}: whoever calls reaches only what was deposited for itself.
    function BondVault_lock(uint256 seed) external view returns (Call memory chosen) {
        (address controller, address account) = (_actor(seed, 3), _actor(seed, 1));
        uint256 amount = _upTo(seed, 2, VAULT.bondOf(controller, account).free);
        chosen = _from(controller, address(VAULT), abi.encodeCall(IBondVault.lock, (account, amount)));
        chosen.forbidden = amount > VAULT.bondOf(controller, account).free;
    }

    /// @notice See {IBondVault-unlock}.
    function BondVault_unlock(uint256 seed) external view returns (Call memory chosen) {
        (address controller, address account) = (_actor(seed, 3), _actor(seed, 1));
        uint256 amount = _upTo(seed, 2, VAULT.bondOf(controller, account).locked);
        chosen = _from(controller, address(VAULT), abi.encodeCall(IBondVault.unlock, (account, amount)));
        chosen.forbidden = amount > VAULT.bondOf(controller, account).locked;
    }

    /// @notice See {IBondVault-slash}.
    function BondVault_slash(uint256 seed) external view returns (Call memory chosen) {
        (address controller, address account) = (_actor(seed, 3), _actor(seed, 1));
        uint256 amount = _upTo(seed, 2, VAULT.bondOf(controller, account).locked);
        bytes memory data = abi.encodeCall(IBondVault.slash, (account, _actor(seed, 4), amount));
        chosen = _from(controller, address(VAULT), data);
        chosen.forbidden = amount > VAULT.bondOf(controller, account).locked;
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 9;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return
            bytes.concat(
                this.RevenueLedger_credit.selector,
                this.RevenueLedger_distribute.selector,
                this.RevenueLedger_distributeMany.selector,
                this.RevenueLedger_withdraw.selector,
                this.RevenueLedger_withdrawMany.selector,
                this.ModelReceivers_sweep.selector,
                this.BondVault_deposit.selector,
                this.BondVault_requestWithdrawal.selector,
                this.BondVault_withdraw.selector,
                this.BondVault_lock.selector,
                this.BondVault_unlock.selector,
                this.BondVault_slash.selector
            );
    }

    /// @dev A controller of the suite, or an account that is one of its own.
    function _controller(uint256 seed) private view returns (address) {
        uint256 place = _pick(seed, 10, 8);
        if (place < 3) return address(ATTRIBUTION);
        if (place == 3) return address(INDEXES);
        return place == 4 ? address(DATASETS) : _actor(seed, 11);
    }
}
