// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {Shares} from "../libraries/Shares.sol";
import {Payout, Statements} from "../libraries/Statements.sol";
import {DatasetId, StreamId} from "../types/Ids.sol";

/// @title StreamPayouts
/// @notice See {IStreamPayouts}.
/// @dev Deployed by the ledger, of which it alone may take money.
contract StreamPayouts is IStreamPayouts, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Statements for Payout;

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

    /// @inheritdoc IStreamPayouts
    mapping(StreamId stream => mapping(uint32 interval => bytes32 hash)) public payoutHashOf;
    /// @notice Where a contributor's money goes; zero means to itself.
    mapping(address contributor => address recipient) public recipientOf;
    /// @notice Pro-rata money that a contribution has claimed, in wei.
    mapping(StreamId stream => mapping(uint256 index => uint256 amount)) public proRataClaimed;
    /// @dev One slot each.
    mapping(StreamId stream => StreamAccount account) private _accounts;
    /// @dev One bit a line.
    mapping(bytes32 payoutHash => mapping(uint256 word => uint256 bits)) private _claimed;

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
        payoutHashOf[payout.stream][payout.interval] = hash;
        emit PayoutOpened(payout.stream, payout.interval, hash, payout);
        LEDGER.settle(payout.pool, scorer, fee);
    }

    /// @inheritdoc IStreamPayouts
    function fallBack(StreamId stream, uint256 pool) external onlyAttribution {
        touch(stream);
        _accounts[stream].fallbackPools += uint112(pool);
        emit PoolFellBack(stream, pool);
    }

    /// @inheritdoc IStreamPayouts
    function claim(LineClaim[] calldata claims) external nonReentrant returns (uint256 amount) {
        for (uint256 i = 0; i < claims.length; ++i) {
            Payout calldata payout = claims[i].payout;
            bytes32 hash = _requireFinal(payout);
            for (uint256 j = 0; j < claims[i].lines.length; ++j) {
                amount += _claimLine(payout, hash, claims[i].lines[j]);
            }
        }
    }

    /// @inheritdoc IStreamPayouts
    function claimProRata(ProRataClaim[] calldata claims) external nonReentrant returns (uint256 amount) {
        for (uint256 i = 0; i < claims.length; ++i) amount += _claimProRata(claims[i]);
    }

    /// @inheritdoc IStreamPayouts
    function previewClaim(
        Payout calldata payout,
        Line calldata line
    ) external view returns (address contributor, uint256 amount, bool claimed) {
        bytes32 hash = _requireFinal(payout);
        (contributor, amount) = _worth(payout, line);
        claimed = _claimed[hash][line.index >> 8] & (1 << (line.index & 255)) != 0;
    }

    /// @inheritdoc IStreamPayouts
    function setRecipient(address recipient) external {
        recipientOf[msg.sender] = recipient;
        emit RecipientSet(msg.sender, recipient);
    }

    /// @inheritdoc IStreamPayouts
    function previewProRata(StreamId stream, uint32 index) external view returns (address contributor, uint256 amount) {
        StreamAccount memory account = accountOf(stream);
        return _owed(stream, account, _proRataTotal(stream, account), index);
    }

    /// @inheritdoc IStreamPayouts
    function touch(StreamId stream) public returns (StreamAccount memory account) {
        account = _accounts[stream];
        if (account.rows == 0) {
            account = accountOf(stream);
            _accounts[stream] = account;
        }
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

    function _claimLine(Payout calldata payout, bytes32 hash, Line calldata line) private returns (uint256 amount) {
        mapping(uint256 word => uint256 bits) storage claimed = _claimed[hash];
        (uint256 word, uint256 bit) = (line.index >> 8, 1 << (line.index & 255));
        uint256 bits = claimed[word];
        if (bits & bit != 0) return 0;
        address contributor;
        (contributor, amount) = _worth(payout, line);
        if (amount == 0) return 0;
        address to = _payee(contributor);
        claimed[word] = bits | bit;
        if (CURRENCY.trySafeTransfer(to, amount)) {
            emit LineClaimed(payout.stream, payout.interval, contributor, line.index, to, amount);
        } else {
            claimed[word] = bits;
            emit PaymentFailed(payout.stream, contributor, to, amount);
            amount = 0;
        }
    }

    function _worth(
        Payout calldata payout,
        Line calldata line
    ) private view returns (address contributor, uint256 amount) {
        uint256 prefix = Statements.requireLine(payout, line.index, line.weight, line.proof);
        amount = Shares.lineAmount(payout.pool, prefix, line.weight, payout.total);
        (contributor, , ) = DATASETS.contributionAt(payout.dataset, line.index);
    }

    function _requireFinal(Payout calldata payout) private view returns (bytes32 hash) {
        hash = payout.hash();
        if (payoutHashOf[payout.stream][payout.interval] != hash) {
            revert PayoutNotFinal(payout.stream, payout.interval);
        }
    }

    function _claimProRata(ProRataClaim calldata request) private returns (uint256 paid) {
        StreamId stream = request.stream;
        StreamAccount memory account = touch(stream);
        uint256 total = _proRataTotal(stream, account);
        for (uint256 i = 0; i < request.indexes.length; ++i) {
            uint32 index = request.indexes[i];
            (address contributor, uint256 amount) = _owed(stream, account, total, index);
            if (amount == 0) continue;
            address to = _payee(contributor);
            uint256 before = proRataClaimed[stream][index];
            proRataClaimed[stream][index] = before + amount;
            if (LEDGER.payOut(to, amount)) {
                paid += amount;
                emit ProRataClaimed(stream, contributor, index, to, amount);
            } else {
                proRataClaimed[stream][index] = before;
                emit PaymentFailed(stream, contributor, to, amount);
            }
        }
    }

    function _payee(address contributor) private view returns (address) {
        address recipient = recipientOf[contributor];
        return recipient == address(0) ? contributor : recipient;
    }

    /// @dev `T`: the fixed part of the fees, the stream's royalties, and the pools that fell back.
    function _proRataTotal(StreamId stream, StreamAccount memory account) private view returns (uint256) {
        (uint256 fees, uint256 royalties) = LEDGER.countersOf(stream.model());
        return
            Shares.ofDown(Shares.ofDown(fees, account.shareBps), account.proRataBps) +
            Shares.ofDown(royalties, account.shareBps) +
            account.fallbackPools;
    }

    function _owed(
        StreamId stream,
        StreamAccount memory account,
        uint256 total,
        uint32 index
    ) private view returns (address contributor, uint256 amount) {
        if (index >= account.contributions) revert ContributionOutOfRange(index, account.contributions);
        uint256 rows;
        (contributor, rows) = DATASETS.creditAt(DatasetId.wrap(account.dataset), index, account.version);
        amount = (total * rows) / account.rows - proRataClaimed[stream][index];
    }
}
