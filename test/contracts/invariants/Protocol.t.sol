// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AttributionRegistry} from "../../../contracts/attribution/AttributionRegistry.sol";
import {IndexRegistry} from "../../../contracts/attribution/IndexRegistry.sol";
import {UsageRegistry} from "../../../contracts/attribution/UsageRegistry.sol";
import {BondVault} from "../../../contracts/bond/BondVault.sol";
import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {DatasetRegistry} from "../../../contracts/dataset/DatasetRegistry.sol";
import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {IChallengeRegistry} from "../../../contracts/interfaces/IChallengeRegistry.sol";
import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IRevenueCallback} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {Shares} from "../../../contracts/libraries/Shares.sol";
import {LineEvidence, Payout, PayoutHead, Statement, Statements} from "../../../contracts/libraries/Statements.sol";
import {UsageReport} from "../../../contracts/libraries/UsageReports.sol";
import {ModelRegistry} from "../../../contracts/lineage/ModelRegistry.sol";
import {RevenueLedger} from "../../../contracts/revenue/RevenueLedger.sol";
import {DatasetId, ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {StreamId} from "../../../contracts/types/Ids.sol";
import {SumTrees} from "./SumTrees.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title ICheats
/// @notice The cheatcodes of the test runner that the handler needs.
interface ICheats {
    /// @notice Sets the block's time.
    function warp(uint256 time) external;
    /// @notice Sends the next call from another account.
    function prank(address sender) external;
}

/// @title ProtocolHandler
/// @notice Deploys the protocol with one model on two datasets, a parent of it and a few accounts, and calls every entry
/// point with arguments that make sense more often than not. A call that the protocol refuses reverts here too.
/// @dev Owns models and datasets, signs for the operator, and pays. It stands in this file, because the runner calls
/// only contracts of the test files themselves.
contract ProtocolHandler is IERC1271, IRevenueCallback {
    /// @notice A statement that was proposed, with its weights.
    struct Proposal {
        Statement statement;
        bytes32 hash;
        uint144[] weights;
        // Wei that its lines were paid.
        uint256 paid;
    }

    /// @notice A key: an interval of a stream.
    struct Key {
        StreamId stream;
        uint32 interval;
    }

    ICheats private constant CHEATS = ICheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    uint256 private constant LANE_BYTES = 32;
    ModelId private constant PARENT = ModelId.wrap(1);
    ModelId private constant MODEL = ModelId.wrap(2);
    uint256 private constant ACTORS = 4;

    DemoDollar public currency;
    BondVault public vault;
    DatasetRegistry public datasets;
    ModelRegistry public models;
    RevenueLedger public ledger;
    IndexRegistry public indexes;
    UsageRegistry public usage;
    AttributionRegistry public attribution;
    IChallengeRegistry public challenges;
    IStreamPayouts public payouts;
    IInferenceMarket public market;

    Proposal[] private _proposals;
    /// @notice Multiplier of an interval's query: line i weighs (i + 1) · it.
    mapping(uint256 interval => uint256 factor) public factorOf;
    /// @notice How often a line was paid.
    mapping(bytes32 statementHash => mapping(uint256 line => uint256 times)) public timesPaid;
    uint256 private _now;

    constructor() {
        _now = 1_800_000_000;
        CHEATS.warp(_now);
        address treasury = address(0x7EA);
        currency = new DemoDollar();
        vault = new BondVault(currency, 7 days);
        datasets = new DatasetRegistry(vault, 14 days);
        models = new ModelRegistry(datasets);
        ledger = new RevenueLedger(currency, models, treasury, 100, 2 days);
        indexes = new IndexRegistry(models, ledger, vault, 2 days, 1 days, 5e6);
        usage = new UsageRegistry(models, indexes, ledger, 1 days);
        attribution = new AttributionRegistry(
            datasets,
            ledger,
            usage,
            indexes,
            vault,
            IAttributionRegistry.Parameters(3 days, 1 days, 14 days, 5 days, 20e6, 10e6, treasury)
        );
        challenges = attribution.CHALLENGES();
        payouts = ledger.PAYOUTS();
        market = ledger.MARKET();
        payouts.appoint(address(attribution));
        _createDataset(5, 0);
        _createDataset(2, 2_500);
        _register(0);
        _register(1);
        indexes.commitBasis(MODEL, IIndexRegistry.Basis(16, bytes32("basis"), bytes32("method")), "");
        currency.mint(address(this), 1e18);
        currency.approve(address(vault), type(uint256).max);
        currency.approve(address(market), type(uint256).max);
        market.list(MODEL, 1);
        for (uint256 i = 0; i < ACTORS; ++i) {
            vault.deposit(address(attribution), actorAt(i), 500e6);
            vault.deposit(address(indexes), actorAt(i), 20e6);
        }
        commitIndex(0);
        _pass(2 days);
        activateIndex(0);
        // Rows of the other one can still be demanded.
        commitIndex(1);
    }

    /// @notice Restores the time that calls have reached, and lets it go on by up to three hours.
    modifier onTime() {
        _pass(uint256(keccak256(msg.data)) % 3 hours);
        _;
    }

    // Time and money.

    /// @notice Time goes on, by little or by days.
    function pass(uint256 time, bool far) external onTime {
        _pass(1 + (time % (far ? 2 days : 2 hours)));
    }

    /// @notice A payment for one of the models.
    function pay(uint256 amount, uint256 seed) external onTime {
        ledger.credit(seed % 8 == 0 ? PARENT : MODEL, 1 + (amount % 1e11), "");
    }

    /// @inheritdoc IRevenueCallback
    function onCredit(uint256 amount, bytes calldata) external {
        currency.mint(address(ledger), amount);
    }

    /// @notice Prepays for somebody.
    function prepay(uint256 seed, uint256 amount) external onTime {
        market.deposit(actorAt(seed), MODEL, 1 + (amount % 1e9));
    }

    /// @notice Somebody pays out of its prepaid balance.
    function payPrepaid(uint256 seed, uint256 amount) external onTime {
        CHEATS.prank(actorAt(seed));
        market.payPrepaid(MODEL, 1 + (amount % 1e9), 0);
    }

    /// @notice Somebody asks for its prepaid balance, or takes it.
    function withdrawPrepaid(uint256 seed, bool ask) external onTime {
        CHEATS.prank(actorAt(seed));
        if (ask) market.requestWithdrawal(MODEL);
        else market.withdraw(MODEL, actorAt(seed >> 8));
    }

    /// @notice What an actor has prepaid.
    function prepaidOf(uint256 actor) external view returns (uint256) {
        return market.channelOf(actorAt(actor), MODEL).balance;
    }

    /// @notice Divides one model's income.
    function distribute(uint256 seed) external onTime {
        ledger.distribute(seed % 2 == 0 ? PARENT : MODEL);
    }

    /// @notice Somebody takes its balance.
    function withdraw(uint256 seed) external onTime {
        CHEATS.prank(accountAt(seed));
        ledger.withdraw(actorAt(seed));
    }

    /// @notice All balances are sent.
    function withdrawMany() external onTime {
        address[] memory all = accounts();
        ledger.withdrawMany(all);
    }

    // Bonds.

    /// @notice A deposit for somebody.
    function deposit(uint256 seed, uint256 amount) external onTime {
        vault.deposit(_controller(seed), actorAt(seed >> 8), amount % 1e9);
    }

    /// @notice Somebody asks for part of its bond.
    function requestWithdrawal(uint256 seed, uint256 amount) external onTime {
        address account = accountAt(seed >> 8);
        uint256 free = vault.bondOf(_controller(seed), account).free;
        CHEATS.prank(account);
        vault.requestWithdrawal(_controller(seed), amount % (free + 2));
    }

    /// @notice Somebody takes what it asked for.
    function withdrawBond(uint256 seed) external onTime {
        CHEATS.prank(accountAt(seed >> 8));
        vault.withdraw(_controller(seed), actorAt(seed));
    }

    // Indexes.

    /// @notice Commits the index of a stream again, if it was rejected.
    function commitIndex(uint256 seed) public onTime {
        StreamId stream = streamAt(seed);
        bytes32[] memory leaves = _indexLeaves(payouts.accountOf(stream).contributions);
        bytes32 root = SumTrees.hashNode(leaves, SumTrees.depthOf(leaves.length), 0);
        indexes.commitIndex(stream, root, 0, "");
    }

    /// @notice Somebody demands a row.
    function demandRow(uint256 seed, uint32 row) external onTime {
        CHEATS.prank(actorAt(seed >> 8));
        indexes.demandRow(streamAt(seed), row % 6);
    }

    /// @notice Somebody shows a row.
    function showRow(uint256 seed, uint32 row) external onTime {
        StreamId stream = streamAt(seed);
        bytes32[] memory leaves = _indexLeaves(payouts.accountOf(stream).contributions);
        row = uint32(row % leaves.length);
        CHEATS.prank(actorAt(seed >> 8));
        indexes.showRow(stream, row, 0, _lanes(row), SumTrees.hashProof(leaves, row));
    }

    /// @notice Somebody says that a row was not shown.
    function callIndexSilence(uint256 seed, uint32 row) external onTime {
        indexes.callSilence(streamAt(seed), row % 6);
    }

    /// @notice Somebody has a demand's bond given back.
    function releaseDemand(uint256 seed, uint32 row) external onTime {
        StreamId stream = streamAt(seed);
        indexes.releaseDemand(stream, indexes.indexOf(stream).commitment, row % 6);
    }

    /// @notice The dataset's owner rejects an index, seldom.
    function rejectIndex(uint256 seed) external onTime {
        if ((seed >> 8) % 8 == 0) indexes.rejectIndex(streamAt(seed), 0);
    }

    /// @notice Somebody activates an index.
    function activateIndex(uint256 seed) public onTime {
        indexes.activateIndex(streamAt(seed));
    }

    // Intervals and statements.

    /// @notice Cuts an interval, and mostly reports it at once.
    function cut(uint256 factor, uint256 seed) external onTime {
        uint32 interval = usage.cut(MODEL);
        factorOf[interval] = factor % 1_000;
        if (seed % 4 != 0) _report(interval);
    }

    /// @notice Reports an interval.
    function report(uint256 seed) external onTime {
        (, , uint32 intervals) = usage.headOf(MODEL);
        _report(uint32(seed % intervals));
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }

    /// @notice Somebody proposes a statement: right, with a wrong weight, or with a total that no tree has.
    function propose(uint256 seed, uint256 line, uint256 kind) external onTime {
        (Key memory key, uint144[] memory weights) = _draft(seed, line, kind % 3 == 1);
        (bytes32 root, uint256 total) = SumTrees.node(weights, SumTrees.depthOf(weights.length), 0);
        if (kind % 3 == 2) total += 1;
        CHEATS.prank(actorAt(seed >> 16));
        _remember(
            attribution.propose(key.stream, key.interval, root, uint144(total), uint16(seed >> 32) % 1_001, ""),
            weights
        );
    }

    /// @notice Somebody posts weights, right or wrong.
    function proposeWeights(uint256 seed, uint256 line, bool wrong) external onTime {
        (Key memory key, uint144[] memory weights) = _draft(seed, line, wrong);
        CHEATS.prank(actorAt(seed >> 16));
        _remember(attribution.proposeWeights(key.stream, key.interval, weights, uint16(seed >> 32) % 1_001), weights);
    }

    /// @notice Somebody finalises a statement, and mostly waits for its window to close.
    function finalise(uint256 seed) external onTime {
        Statement memory statement = _proposal(seed).statement;
        uint256 closesAt = statement.proposedAt + attribution.WINDOW();
        if (seed >> 248 != 0 && _now < closesAt) _pass(closesAt - _now);
        attribution.finalise(statement);
    }

    /// @notice Somebody ends an interval pro-rata.
    function fallBack(uint256 seed) external onTime {
        Key memory key = _key(seed);
        attribution.fallBack(key.stream, key.interval);
    }

    /// @notice The dataset's owner ends an open interval, seldom.
    function rejectInterval(uint256 seed) external onTime {
        Key memory key = _key(seed);
        if ((seed >> 64) % 8 == 0) attribution.rejectInterval(key.stream, key.interval, 0);
    }

    /// @notice The dataset's owner ends a live statement, seldom.
    function rejectStatement(uint256 seed) external onTime {
        if ((seed >> 64) % 8 == 0) attribution.rejectStatement(_proposal(seed).statement, 0);
    }

    // Challenges.

    /// @notice Somebody challenges a node, the root often.
    function challenge(uint256 seed, uint256 place) external onTime {
        Proposal storage proposal = _proposal(seed);
        (uint8 level, uint32 position) = _place(proposal, place);
        CHEATS.prank(actorAt(seed >> 16));
        challenges.challenge(proposal.statement, level, position);
    }

    /// @notice Somebody goes down from an opened node.
    function descend(uint256 seed, uint256 place, uint32 line) external onTime {
        Proposal storage proposal = _proposal(seed);
        (uint8 level, uint32 position) = _place(proposal, place);
        line = (position << level) + (line % uint32(1 << level));
        CHEATS.prank(actorAt(seed >> 16));
        challenges.descend(proposal.statement, level, position, line);
    }

    /// @notice Somebody opens a node.
    function open(uint256 seed, uint256 place) external onTime {
        Proposal storage proposal = _proposal(seed);
        (uint8 level, uint32 position) = _place(proposal, place);
        uint144[] memory weights = proposal.weights;
        bytes memory shown = SumTrees.linesBelow(weights, level, position);
        bytes memory steps = SumTrees.proof(weights, level, position);
        CHEATS.prank(actorAt(seed >> 16));
        challenges.open(proposal.statement, level, position, shown, steps);
    }

    /// @notice Somebody defends a line.
    function defend(uint256 seed, uint256 line) external onTime {
        Proposal storage proposal = _proposal(seed);
        LineEvidence memory evidence = _evidence(proposal, line);
        CHEATS.prank(actorAt(seed >> 16));
        challenges.defend(proposal.statement, evidence);
    }

    /// @notice Somebody refutes a line.
    function refute(uint256 seed, uint256 line) external onTime {
        Proposal storage proposal = _proposal(seed);
        LineEvidence memory evidence = _evidence(proposal, line);
        CHEATS.prank(actorAt(seed >> 16));
        challenges.refute(proposal.statement, evidence);
    }

    /// @notice Somebody says that a node was not answered for.
    function callSilence(uint256 seed, uint256 place) external onTime {
        Proposal storage proposal = _proposal(seed);
        (uint8 level, uint32 position) = _place(proposal, place);
        challenges.callSilence(proposal.statement, level, position);
    }

    /// @notice Somebody settles a challenge.
    function settle(uint256 seed, uint256 place) external onTime {
        Proposal storage proposal = _proposal(seed);
        (uint8 level, uint32 position) = _place(proposal, place);
        challenges.settle(proposal.statement, level, position);
    }

    // Claims.

    /// @notice Somebody claims a line, twice in one call now and then.
    function claim(uint256 seed, uint256 line, bool twice) external onTime {
        Proposal storage proposal = _proposal(seed);
        line %= proposal.weights.length;
        uint256 amount = payouts.claim(_claimOf(proposal, uint32(line), twice ? 2 : 1));
        proposal.paid += amount;
        if (amount != 0) ++timesPaid[proposal.hash][line];
    }

    /// @notice Somebody claims by rows.
    function claimProRata(uint256 seed, uint32 index) external onTime {
        IStreamPayouts.ProRataClaim[] memory claims = new IStreamPayouts.ProRataClaim[](1);
        claims[0].stream = streamAt(seed);
        claims[0].indexes = new uint32[](2);
        (claims[0].indexes[0], claims[0].indexes[1]) = (index % 5, (index >> 8) % 2);
        payouts.claimProRata(claims);
    }

    /// @notice A contributor sends its money elsewhere.
    function setRecipient(uint256 seed) external onTime {
        CHEATS.prank(actorAt(seed));
        payouts.setRecipient(seed % 3 == 0 ? address(0) : actorAt(seed >> 8));
    }

    // What the invariants look at.

    /// @notice Number of statements that were proposed.
    function proposals() external view returns (uint256) {
        return _proposals.length;
    }

    /// @notice A statement that was proposed.
    function proposalAt(uint256 place) external view returns (Proposal memory) {
        return _proposals[place];
    }

    /// @notice All keys.
    function keys() public view returns (Key[] memory all) {
        (, , uint32 intervals) = usage.headOf(MODEL);
        all = new Key[](2 * intervals);
        for (uint32 i = 0; i < all.length; ++i) all[i] = Key(streamAt(i % 2), i / 2);
    }

    /// @notice Everybody who can have money.
    function accounts() public view returns (address[] memory all) {
        all = new address[](ACTORS + 2);
        for (uint256 i = 0; i < all.length; ++i) all[i] = accountAt(i);
    }

    /// @notice An actor, by any number.
    function actorAt(uint256 seed) public pure returns (address) {
        return address(uint160(0xAC700 + (seed % ACTORS)));
    }

    /// @notice An actor, the treasury, or this contract.
    function accountAt(uint256 seed) public view returns (address) {
        uint256 place = seed % (ACTORS + 2);
        if (place < ACTORS) return actorAt(place);
        return place == ACTORS ? attribution.TREASURY() : address(this);
    }

    /// @notice One of the two streams.
    function streamAt(uint256 seed) public pure returns (StreamId) {
        return StreamId.wrap((ModelId.unwrap(MODEL) << 8) | (seed % 2));
    }

    function _pass(uint256 time) private {
        _now += time;
        CHEATS.warp(_now);
    }

    function _createDataset(uint256 contributions, uint16 proRataBps) private {
        DatasetId dataset = datasets.createDataset(
            IDatasetRegistry.DatasetTerms(
                IDatasetRegistry.Modality.Text,
                IDatasetRegistry.Curation.Open,
                IDatasetRegistry.Training.Anyone,
                1_000,
                proRataBps,
                1_000,
                0
            ),
            "CC-BY-4.0",
            bytes32("description"),
            ""
        );
        for (uint256 i = 0; i < contributions; ++i) {
            CHEATS.prank(actorAt(i));
            datasets.contribute(dataset, bytes32(i + 1), uint32(10 + 7 * i), "");
        }
        datasets.freeze(dataset);
    }

    /// @dev The parent has neither parents nor sources, the other model one parent and both datasets.
    function _register(uint256 edges) private {
        IModelRegistry.Registration memory registration;
        registration.artifactDigest = bytes32("weights");
        registration.operator = address(this);
        registration.children = IModelRegistry.ChildTerms(0x3f, 0);
        registration.parents = new IModelRegistry.Parent[](edges);
        registration.sources = new IModelRegistry.Source[](2 * edges);
        if (edges != 0) {
            registration.parents[0] = IModelRegistry.Parent(PARENT, 700);
            registration.sources[0] = IModelRegistry.Source(DatasetId.wrap(1), 1, 2_000, new bytes32[](0));
            registration.sources[1] = IModelRegistry.Source(DatasetId.wrap(2), 1, 1_537, new bytes32[](0));
        }
        models.register(registration);
    }

    function _report(uint32 interval) private {
        usage.report(_usage(interval), "");
    }

    function _remember(Statement memory statement, uint144[] memory weights) private {
        Proposal storage proposal = _proposals.push();
        (proposal.statement, proposal.hash, proposal.weights) = (statement, Statements.hashMemory(statement), weights);
    }

    function _usage(uint32 interval) private view returns (UsageReport memory) {
        IUsageRegistry.Interval memory piece = usage.intervalAt(MODEL, interval);
        bytes memory q = abi.encode(factorOf[interval]);
        return UsageReport(MODEL, interval, piece.from, piece.to, bytes32("receipts"), 0, q);
    }

    function _controller(uint256 seed) private view returns (address) {
        return seed % 4 == 0 ? address(indexes) : address(attribution);
    }

    /// @dev Any key, a late one more often.
    function _key(uint256 seed) private view returns (Key memory) {
        (, , uint32 intervals) = usage.headOf(MODEL);
        uint256 back = (seed >> 8) % ((seed >> 40) % 4 == 0 ? intervals : (intervals < 2 ? intervals : 2));
        return Key(streamAt(seed), uint32(intervals - 1 - back));
    }

    /// @dev Any statement, one of the last three more often.
    function _proposal(uint256 seed) private view returns (Proposal storage) {
        uint256 count = _proposals.length;
        uint256 back = seed % ((seed >> 40) % 4 == 0 || count < 3 ? count : 3);
        return _proposals[count - 1 - back];
    }

    /// @dev A node that covers a line: every other time the root.
    function _place(Proposal storage proposal, uint256 place) private view returns (uint8 level, uint32 position) {
        uint256 lines = proposal.weights.length;
        uint256 depth = SumTrees.depthOf(lines);
        if (place % 2 == 0) return (uint8(depth), 0);
        level = uint8((place >> 8) % (depth + 1));
        position = uint32((place >> 16) % (((lines - 1) >> level) + 1));
    }

    function _draft(
        uint256 seed,
        uint256 line,
        bool wrong
    ) private view returns (Key memory key, uint144[] memory weights) {
        key = _key(seed);
        weights = new uint144[](payouts.accountOf(key.stream).contributions);
        for (uint256 i = 0; i < weights.length; ++i) weights[i] = uint144((i + 1) * factorOf[key.interval]);
        if (wrong) weights[line % weights.length] += 1;
    }

    function _evidence(Proposal storage proposal, uint256 line) private view returns (LineEvidence memory evidence) {
        uint144[] memory weights = proposal.weights;
        line %= weights.length;
        evidence.index = uint32(line);
        evidence.weight = weights[line];
        evidence.sumProof = SumTrees.proof(weights, 0, line);
        evidence.lanes = _lanes(line);
        evidence.indexProof = SumTrees.hashProof(_indexLeaves(weights.length), line);
        evidence.usage = _usage(proposal.statement.payout.interval);
    }

    /// @dev The one place that knows how claims are laid out.
    function _claimOf(
        Proposal storage proposal,
        uint32 line,
        uint256 times
    ) private view returns (IStreamPayouts.LineClaim[] memory claims) {
        uint144[] memory weights = proposal.weights;
        claims = new IStreamPayouts.LineClaim[](1);
        Payout memory payout = proposal.statement.payout;
        claims[0].payout = PayoutHead(payout.stream, payout.interval, payout.dataset, payout.lines, payout.pool);
        claims[0].lines = new IStreamPayouts.Line[](times);
        for (uint256 i = 0; i < times; ++i) {
            claims[0].lines[i] = IStreamPayouts.Line(line, weights[line], SumTrees.proof(weights, 0, line));
        }
    }

    /// @dev Row i has i + 1 in its first lane.
    function _lanes(uint256 row) private pure returns (bytes memory lanes) {
        lanes = new bytes(LANE_BYTES);
        lanes[1] = bytes1(uint8(row + 1));
    }

    function _indexLeaves(uint256 rows) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](rows);
        for (uint256 i = 0; i < rows; ++i) leaves[i] = keccak256(abi.encode(i, uint256(0), keccak256(_lanes(i))));
    }
}

/// @title ProtocolInvariants
/// @notice What holds after any calls, in any order, at any time. INVARIANT_RUNS and INVARIANT_DEPTH set how many.
contract ProtocolInvariants {
    ProtocolHandler private _handler;

    /// @notice Deploys everything, and begins with a right statement about a first interval.
    function setUp() external {
        _handler = new ProtocolHandler();
        _handler.pay(1e10, 1);
        _handler.cut(7, 1);
        _handler.propose(0, 0, 0);
    }

    /// @notice The runner calls the handler and nothing else.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice The vault holds what it owes.
    function invariant_vaultHoldsAllBonds() external view {
        address[] memory accounts = _handler.accounts();
        uint256 owed;
        for (uint256 i = 0; i < accounts.length; ++i) {
            owed += _bondsOf(address(_handler.attribution()), accounts[i]);
            owed += _bondsOf(address(_handler.indexes()), accounts[i]);
        }
        require(_handler.currency().balanceOf(address(_handler.vault())) == owed, "vault");
    }

    /// @notice The ledger holds what it owes: balances, pools of intervals that are open, and money by rows.
    function invariant_ledgerHoldsWhatItOwes() external view {
        address[] memory accounts = _handler.accounts();
        uint256 owed;
        for (uint256 i = 0; i < accounts.length; ++i) owed += _handler.ledger().balanceOf(accounts[i]);
        for (uint256 i = 0; i < 2; ++i) owed += _owedOn(_handler.streamAt(i));
        for (uint256 i = 0; i < 4; ++i) owed += _handler.prepaidOf(i);
        require(_handler.currency().balanceOf(address(_handler.ledger())) >= owed, "ledger");
    }

    /// @notice The payouts hold what was not claimed of final statements; no line is paid twice, and none above a pool.
    function invariant_payoutsHoldWhatIsUnclaimed() external view {
        uint256 owed;
        for (uint256 i = 0; i < _handler.proposals(); ++i) {
            ProtocolHandler.Proposal memory proposal = _handler.proposalAt(i);
            uint256 pool = _isFinal(proposal) ? proposal.statement.payout.pool : 0;
            require(proposal.paid <= pool, "paid above the pool, or for nothing");
            for (uint256 line = 0; line < proposal.weights.length; ++line) {
                require(_handler.timesPaid(proposal.hash, line) <= 1, "paid twice");
            }
            owed += pool - proposal.paid;
        }
        require(_handler.currency().balanceOf(address(_handler.payouts())) == owed, "payouts");
    }

    /// @notice A key is open, has a live statement, is final or pro-rata; what is final has a payout, and nothing else.
    function invariant_keysAreInOneState() external view {
        ProtocolHandler.Key[] memory keys = _handler.keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            IAttributionRegistry.Settlement memory settlement = _settlement(keys[i]);
            bool isProposed = settlement.status == IAttributionRegistry.SettlementStatus.Proposed;
            require((settlement.statementId != 0) == isProposed, "statement");
            require(isProposed || settlement.openChallenges == 0, "challenges of nothing");
            require(settlement.voids <= 8, "voids");
        }
        for (uint256 i = 0; i < _handler.proposals(); ++i) {
            Statement memory statement = _handler.proposalAt(i).statement;
            IAttributionRegistry.Settlement memory settlement = _settlement(
                ProtocolHandler.Key(statement.payout.stream, statement.payout.interval)
            );
            if (settlement.voids != statement.attempt) continue;
            bool isFinal = settlement.status == IAttributionRegistry.SettlementStatus.Final;
            require(_handler.payouts().isFinal(keccak256(abi.encode(statement.payout))) == isFinal, "payout");
        }
    }

    /// @notice What fell back on a stream is the pools of its pro-rata intervals.
    function invariant_fallbacksAreThePoolsOfProRataIntervals() external view {
        uint256[2] memory pools;
        ProtocolHandler.Key[] memory keys = _handler.keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            if (_settlement(keys[i]).status != IAttributionRegistry.SettlementStatus.ProRata) continue;
            pools[i % 2] += _handler.attribution().poolOf(keys[i].stream, keys[i].interval);
        }
        for (uint256 i = 0; i < 2; ++i) {
            require(_handler.payouts().accountOf(_handler.streamAt(i)).fallbackPools == pools[i], "fallbacks");
        }
    }

    /// @notice A live statement counts its nodes that are challenged and not answered.
    function invariant_openChallengesAreCounted() external view {
        for (uint256 i = 0; i < _handler.proposals(); ++i) {
            ProtocolHandler.Proposal memory proposal = _handler.proposalAt(i);
            IAttributionRegistry.Settlement memory settlement = _settlement(
                ProtocolHandler.Key(proposal.statement.payout.stream, proposal.statement.payout.interval)
            );
            if (settlement.statementId != bytes29(proposal.hash)) continue;
            uint256 open;
            uint256 nodes = 2 << SumTrees.depthOf(proposal.weights.length);
            for (uint256 node = 1; node < nodes; ++node) {
                (IChallengeRegistry.Challenge memory placed, IChallengeRegistry.Answer memory answer) = _handler
                    .challenges()
                    .nodeOf(proposal.hash, node);
                if (placed.challenger != address(0) && answer.by == address(0)) ++open;
            }
            require(settlement.openChallenges == open, "open challenges");
        }
    }

    function _bondsOf(address controller, address account) private view returns (uint256) {
        IBondVault.Bond memory bond = _handler.vault().bondOf(controller, account);
        return uint256(bond.free) + bond.locked + bond.leaving;
    }

    function _owedOn(StreamId stream) private view returns (uint256 owed) {
        IStreamPayouts.StreamAccount memory account = _handler.payouts().accountOf(stream);
        (uint256 fees, ) = _handler.ledger().countersOf(stream.model());
        owed = Shares.influencePart(fees, account.shareBps, account.proRataBps);
        ProtocolHandler.Key[] memory keys = _handler.keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            if (StreamId.unwrap(keys[i].stream) != StreamId.unwrap(stream)) continue;
            if (_isOpen(_settlement(keys[i]).status)) continue;
            owed -= _handler.attribution().poolOf(stream, keys[i].interval);
        }
        for (uint32 index = 0; index < account.contributions; ++index) {
            (, uint256 amount) = _handler.payouts().previewProRata(stream, index);
            owed += amount;
        }
    }

    function _isFinal(ProtocolHandler.Proposal memory proposal) private view returns (bool) {
        StreamId stream = proposal.statement.payout.stream;
        bytes32 hash = keccak256(abi.encode(proposal.statement.payout));
        if (!_handler.payouts().isFinal(hash)) return false;
        // A statement that was voided can have the payout of the one that became final.
        ProtocolHandler.Key memory key = ProtocolHandler.Key(stream, proposal.statement.payout.interval);
        return _settlement(key).voids == proposal.statement.attempt;
    }

    function _settlement(ProtocolHandler.Key memory key) private view returns (IAttributionRegistry.Settlement memory) {
        return _handler.attribution().settlementOf(key.stream, key.interval);
    }

    function _isOpen(IAttributionRegistry.SettlementStatus status) private pure returns (bool) {
        return
            status == IAttributionRegistry.SettlementStatus.Open ||
            status == IAttributionRegistry.SettlementStatus.Proposed;
    }
}
