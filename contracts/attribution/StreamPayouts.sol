// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {MerkleSum} from "../libraries/MerkleSum.sol";
import {Shares} from "../libraries/Shares.sol";
import {PackedHead, Payout, PayoutHead, Statements} from "../libraries/Statements.sol";
import {AccountWord, StreamAccounts} from "../libraries/StreamAccounts.sol";
import {SuiteCalls} from "../libraries/SuiteCalls.sol";
import {DatasetId, ModelId, StreamId} from "../types/Ids.sol";

/// @title StreamPayouts
/// @notice See {IStreamPayouts}.
/// @dev Deployed by the ledger, of which it alone may take money.
contract StreamPayouts is IStreamPayouts {
    using SafeERC20 for IERC20;
    using Statements for Payout;
    using Statements for PayoutHead;
    using Statements for PackedHead;
    using StreamAccounts for AccountWord;
    using StreamAccounts for StreamAccount;

    /// @dev Mark of a final statement.
    uint256 private constant FINAL = 1;

    /// @dev A struct, so that its slot is computed once.
    struct Claimed {
        uint256 amount;
    }

    /// @notice Wallets and rows of contributions.
    IDatasetRegistry public immutable DATASETS;
    /// @notice Terms of streams.
    IModelRegistry public immutable MODELS;
    /// @notice The money.
    IRevenueLedger public immutable LEDGER;
    IERC20 private immutable CURRENCY;
    address private immutable DEPLOYER;

    /// @inheritdoc IStreamPayouts
    address public attribution;

    /// @notice Where a contributor's money goes; zero means to itself.
    mapping(address contributor => address recipient) public recipientOf;
    /// @notice Pro-rata money that a contribution has claimed, in wei.
    mapping(StreamId stream => mapping(uint256 index => Claimed claimed)) public proRataClaimed;
    /// @dev One slot each.
    mapping(StreamId stream => StreamAccount account) private _accounts;
    /// @dev The first word of a statement's marks; the others stand in the slots after it. Bit 0 of the first one says
    /// that the statement is final; from bit 1 on each line has one: it was claimed.
    mapping(bytes32 payoutHash => uint256 bits) private _marks;

    constructor(IModelRegistry models, IERC20 currency, address deployer) {
        DATASETS = models.DATASETS();
        MODELS = models;
        LEDGER = IRevenueLedger(msg.sender);
        CURRENCY = currency;
        DEPLOYER = deployer;
    }

    modifier onlyAttribution() {
        if (msg.sender != attribution) revert NotAttribution(msg.sender);
        _;
    }

    /// @inheritdoc IStreamPayouts
    function appoint(address attribution_) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender);
        if (attribution != address(0)) revert AlreadyAppointed(attribution);
        if (attribution_ == address(0)) revert ZeroAddress();
        attribution = attribution_;
        emit AttributionAppointed(attribution_);
    }

    /// @inheritdoc IStreamPayouts
    function open(Payout calldata payout, address scorer, uint256 fee) external onlyAttribution {
        bytes32 hash = payout.hash();
        _marks[hash] = FINAL;
        emit PayoutOpened(payout.stream, payout.interval, hash, payout);
        // Lines are paid from what all statements brought in together: a pool that arrives short takes from others.
        uint256 before = CURRENCY.balanceOf(address(this));
        LEDGER.settle(payout.pool, scorer, fee);
        uint256 received = CURRENCY.balanceOf(address(this)) - before;
        if (received < payout.pool) revert AmountNotReceived(payout.pool, received);
    }

    /// @inheritdoc IStreamPayouts
    function fallBack(StreamId stream, uint256 pool) external onlyAttribution {
        touch(stream);
        _accounts[stream].fallbackPools += uint112(pool);
        emit PoolFellBack(stream, pool);
    }

    /// @inheritdoc IStreamPayouts
    function claim(LineClaim[] calldata claims) external returns (uint256 amount) {
        for (uint256 i = 0; i < claims.length; ++i) {
            LineClaim calldata request = claims[i];
            (PackedHead payout, bool fits) = request.payout.pack();
            if (!fits) revert PayoutNotFinal(request.payout.stream, request.payout.interval);
            for (uint256 j = 0; j < request.lines.length; ++j) {
                Line calldata line = request.lines[j];
                (uint256 index, uint256 weight) = (line.index, line.weight);
                (bytes32 root, uint256 total, uint256 prefix) = MerkleSum.trace(
                    index,
                    weight,
                    payout.linesOf(),
                    line.proof
                );
                amount += _claimLine(payout, index, weight, root, total, prefix);
            }
        }
    }

    /// @inheritdoc IStreamPayouts
    function claimSingleLine(bytes calldata line) external returns (uint256) {
        (PackedHead payout, uint256 index, uint256 weight, bytes32 root, uint256 total, uint256 prefix) = Statements
            .traceClaim(line);
        return _claimLine(payout, index, weight, root, total, prefix);
    }

    /// @inheritdoc IStreamPayouts
    function claimProRata(ProRataClaim[] calldata claims) external returns (uint256 amount) {
        for (uint256 i = 0; i < claims.length; ++i) {
            StreamId stream = claims[i].stream;
            (AccountWord account, uint256 total) = _openAccount(stream);
            uint32[] calldata indexes = claims[i].indexes;
            for (uint256 j = 0; j < indexes.length; ++j) {
                amount += _claimProRata(stream, account, total, indexes[j]);
            }
        }
    }

    /// @inheritdoc IStreamPayouts
    function claimProRataOf(uint256 place) external returns (uint256) {
        (StreamId stream, uint256 index) = (StreamId.wrap(place >> 32), uint32(place));
        (AccountWord account, uint256 total) = _openAccount(stream);
        return _claimProRata(stream, account, total, index);
    }

    /// @inheritdoc IStreamPayouts
    function previewClaim(
        Payout calldata payout,
        Line calldata line
    ) external view returns (address contributor, uint256 amount, bool claimed) {
        bytes32 hash = _requireFinal(payout);
        uint256 prefix = payout.requireLine(line.index, line.weight, line.proof);
        amount = Shares.lineAmount(payout.pool, prefix, line.weight, payout.total);
        (contributor, ) = _creditOf(payout.dataset, line.index, 0);
        (StorageSlot.Uint256Slot storage marks, uint256 bit) = _marksOf(hash, line.index);
        claimed = marks.value & bit != 0;
    }

    /// @inheritdoc IStreamPayouts
    function weightOf(
        StreamId stream,
        uint32 interval,
        uint256 index,
        uint256 payable_,
        bytes calldata proof
    ) external view returns (address contributor, uint256 weight, uint256 total) {
        if (proof.length < Statements.PAYOUT_BYTES) revert PayoutNotFinal(stream, interval);
        (Payout calldata payout, bytes calldata steps) = Statements.splitProof(proof);
        _requireFinal(payout);
        if (StreamId.unwrap(payout.stream) != StreamId.unwrap(stream) || payout.interval != interval) {
            revert PayoutNotFinal(stream, interval);
        }
        // A weight above the total would be one that wraps the sums of a crooked tree.
        if (payable_ > payout.total) revert Statements.LineNotInStatement(index, payable_);
        payout.requireLine(index, payable_, steps);
        (contributor, ) = _creditOf(payout.dataset, index, 0);
        return (contributor, payable_, payout.total);
    }

    /// @inheritdoc IStreamPayouts
    function setRecipient(address recipient) external {
        recipientOf[msg.sender] = recipient;
        emit RecipientSet(msg.sender, recipient);
    }

    /// @inheritdoc IStreamPayouts
    function previewProRata(StreamId stream, uint32 index) external view returns (address contributor, uint256 amount) {
        AccountWord account = StreamAccounts.pack(accountOf(stream));
        (contributor, amount) = _owed(account, _proRataTotal(stream, account), index);
        amount -= proRataClaimed[stream][index].amount;
    }

    /// @inheritdoc IStreamPayouts
    function isFinal(bytes32 payoutHash) public view returns (bool) {
        return _marks[payoutHash] != 0;
    }

    /// @inheritdoc IStreamPayouts
    function touch(StreamId stream) public returns (StreamAccount memory) {
        StreamAccount memory account = _accounts[stream];
        if (account.rows == 0) {
            account = accountOf(stream);
            _accounts[stream] = account;
        }
        return account;
    }

    /// @inheritdoc IStreamPayouts
    function accountOf(StreamId stream) public view returns (StreamAccount memory account) {
        account = _accounts[stream];
        if (account.rows != 0) return account;
        IModelRegistry.Stream memory terms = MODELS.streamAt(stream.model(), stream.slot());
        IDatasetRegistry.Version memory version = DATASETS.versionAt(terms.dataset, terms.version);
        account.rows = version.rows;
        account.contributions = version.contributions;
        account.version = terms.version;
        account.shareBps = terms.shareBps;
        account.proRataBps = terms.proRataBps;
        account.dataset = uint32(DatasetId.unwrap(terms.dataset));
    }

    /// @dev The proof led to the root and total of the payout, and so to its hash.
    function _claimLine(
        PackedHead payout,
        uint256 index,
        uint256 weight,
        bytes32 root,
        uint256 total,
        uint256 prefix
    ) private returns (uint256 amount) {
        bytes32 hash = payout.hash(root, total);
        (StorageSlot.Uint256Slot storage marks, uint256 bit) = _marksOf(hash, index);
        uint256 bits = marks.value;
        // A mark in a word was made when the hash had been found to be final.
        if (bits == 0 && !isFinal(hash)) {
            revert LineNotFinal(payout.streamOf(), payout.intervalOf(), index, weight);
        }
        if (bits & bit != 0) return 0;
        amount = Shares.lineAmount(payout.poolOf(), prefix, weight, total);
        if (amount == 0) return 0;
        (address contributor, ) = _creditOf(payout.datasetOf(), index, 0);
        // The token may call back: the line counts as paid from here on.
        marks.value = bits | bit;
        address to = _payee(contributor);
        if (CURRENCY.trySafeTransfer(to, amount)) {
            emit LineClaimed(hash, contributor, index, amount);
        } else {
            marks.value ^= bit;
            emit PaymentFailed(payout.streamOf(), contributor, to, amount);
            amount = 0;
        }
    }

    function _requireFinal(Payout calldata payout) private view returns (bytes32 hash) {
        hash = payout.hash();
        if (!isFinal(hash)) revert PayoutNotFinal(payout.stream, payout.interval);
    }

    /// @dev A stream's account with its terms in place, and what it has had to divide pro-rata.
    function _openAccount(StreamId stream) private returns (AccountWord account, uint256 total) {
        account = _accounts[stream].read();
        if (AccountWord.unwrap(account) == 0) {
            touch(stream);
            account = _accounts[stream].read();
        }
        total = _proRataTotal(stream, account);
    }

    function _claimProRata(
        StreamId stream,
        AccountWord account,
        uint256 total,
        uint256 index
    ) private returns (uint256 amount) {
        (address contributor, uint256 owed) = _owed(account, total, index);
        Claimed storage claimed = proRataClaimed[stream][index];
        uint256 before = claimed.amount;
        // Less than before is owed by an account that was read before the token called back.
        if (owed <= before) return 0;
        unchecked {
            amount = owed - before;
        }
        // The token may call back: the money counts as claimed from here on.
        claimed.amount = owed;
        address to = _payee(contributor);
        if (SuiteCalls.order(address(LEDGER), IRevenueLedger.payOut.selector, uint160(to), amount)) {
            emit ProRataClaimed(stream, contributor, index, amount);
        } else {
            claimed.amount -= amount;
            emit PaymentFailed(stream, contributor, to, amount);
            amount = 0;
        }
    }

    function _payee(address contributor) private view returns (address) {
        address recipient = recipientOf[contributor];
        return recipient == address(0) ? contributor : recipient;
    }

    /// @dev `T`: the fixed part of the fees, the stream's royalties, and the pools that fell back.
    function _proRataTotal(StreamId stream, AccountWord account) private view returns (uint256) {
        (uint256 fees, uint256 royalties) = SuiteCalls.read(
            address(LEDGER),
            IRevenueLedger.countersOf.selector,
            ModelId.unwrap(stream.model())
        );
        uint256 shareBps = account.shareBps();
        unchecked {
            return
                Shares.ofDown(Shares.ofDown(fees, shareBps), account.proRataBps()) +
                Shares.ofDown(royalties, shareBps) +
                account.fallbackPools();
        }
    }

    /// @dev What a contribution is owed pro-rata, claimed or not.
    function _owed(
        AccountWord account,
        uint256 total,
        uint256 index
    ) private view returns (address contributor, uint256 owed) {
        if (index >= account.contributions()) revert ContributionOutOfRange(index, account.contributions());
        uint256 rows;
        (contributor, rows) = _creditOf(account.dataset(), index, account.version());
        unchecked {
            owed = (total * rows) / account.rows();
        }
    }

    /// @dev Wallet of a contribution, and its rows in a dataset version.
    function _creditOf(
        DatasetId dataset,
        uint256 index,
        uint256 version
    ) private view returns (address contributor, uint256 rows) {
        uint256 wallet;
        (wallet, rows) = SuiteCalls.read(
            address(DATASETS),
            IDatasetRegistry.entitledAt.selector,
            DatasetId.unwrap(dataset),
            index,
            version
        );
        contributor = address(uint160(wallet));
    }

    /// @dev The word that holds a line's mark, and its bit there.
    function _marksOf(
        bytes32 hash,
        uint256 index
    ) private view returns (StorageSlot.Uint256Slot storage word, uint256 bit) {
        mapping(bytes32 payoutHash => uint256 bits) storage marks = _marks;
        assembly ("memory-safe") {
            mstore(0, hash)
            mstore(32, marks.slot)
            word.slot := add(keccak256(0, 64), shr(8, add(index, 1)))
            bit := shl(and(add(index, 1), 255), 1)
        }
    }
}
