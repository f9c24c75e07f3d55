// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {DemoDollar} from "../../../contracts/currency/DemoDollar.sol";
import {Statement, Statements} from "../../../contracts/libraries/Statements.sol";
import {IInferenceMarket} from "../../../contracts/interfaces/IInferenceMarket.sol";
import {IModelReceivers} from "../../../contracts/interfaces/IModelReceivers.sol";
import {DatasetId} from "../../../contracts/types/Ids.sol";
import {
    IDeployedAttribution,
    IDeployedChallenges,
    IDeployedDatasets,
    IDeployedIndexes,
    IDeployedLedger,
    IDeployedModels,
    IDeployedPayouts,
    IDeployedUsage
} from "./Deployed.sol";

/// @notice A deployment.
struct Suite {
    DemoDollar currency;
    IBondVault vault;
    IDeployedDatasets datasets;
    IDeployedModels models;
    IDeployedLedger ledger;
    IInferenceMarket market;
    IModelReceivers receivers;
    IDeployedIndexes indexes;
    IDeployedUsage usage;
    IDeployedAttribution attribution;
    IDeployedChallenges challenges;
    IDeployedPayouts payouts;
}

/// @notice A call that was chosen.
/// @param from Account that sends it.
/// @param to Contract.
/// @param data Calldata.
/// @param wait Seconds to let pass before.
/// @param notBefore Time before which the protocol must refuse it; 0 if there is none.
/// @param notAfter Time from which on the protocol must refuse it; 0 if there is none.
/// @param forbidden Whether the protocol must refuse it, whatever the state.
/// @param memo What to remember if it succeeds: an encoded `Proposal`, `Submission[]` or `PaidLine`, by the contract.
struct Call {
    address from;
    address to;
    bytes data;
    uint256 wait;
    uint256 notBefore;
    uint256 notAfter;
    bool forbidden;
    bytes memo;
}

/// @notice A statement that was proposed, with its weights.
/// @param right Whether root and total are those of the right weights.
/// @param paid Wei that its lines were paid.
struct Proposal {
    Statement statement;
    bytes32 hash;
    uint144[] weights;
    bool right;
    uint256 paid;
}

/// @notice A contribution that was sent; `salt` is what its rows were made of.
struct Submission {
    DatasetId dataset;
    address contributor;
    bytes32 root;
    uint32 rows;
    uint256 salt;
}

/// @notice A line that was claimed, of a proposal by its place.
struct PaidLine {
    uint256 proposal;
    uint256 line;
}

/// @title Notebook
/// @notice What the players know beside the chain: the time, statements with their weights, contributions with their
/// rows.
contract Notebook {
    /// @notice Time of the last call, in seconds.
    uint256 public clock;
    /// @notice How often a line was paid.
    mapping(uint256 proposal => mapping(uint256 line => uint256 times)) public timesPaid;

    Suite private _suite;
    Proposal[] private _proposals;
    Submission[] private _submissions;
    mapping(bytes32 contribution => bool sent) private _isSent;

    constructor(Suite memory deployed, uint256 begin) {
        (_suite, clock) = (deployed, begin);
    }

    /// @notice Remembers the time of a call, and what it did if it succeeded.
    function note(uint256 time, Call calldata played, bool success, bytes calldata returned) external {
        clock = time;
        if (!success || played.memo.length == 0) return;
        if (played.to == address(_suite.attribution)) {
            Proposal memory proposal = abi.decode(played.memo, (Proposal));
            proposal.statement = abi.decode(returned, (Statement));
            proposal.hash = Statements.hashMemory(proposal.statement);
            _proposals.push(proposal);
        } else if (played.to == address(_suite.payouts)) {
            PaidLine memory paid = abi.decode(played.memo, (PaidLine));
            uint256 amount = abi.decode(returned, (uint256));
            uint256 place = _lastLike(paid.proposal);
            if (amount != 0) ++timesPaid[place][paid.line];
            _proposals[place].paid += amount;
        } else {
            Submission[] memory sent = abi.decode(played.memo, (Submission[]));
            for (uint256 i = 0; i < sent.length; ++i) {
                bytes32 id = keccak256(abi.encode(sent[i].dataset, sent[i].contributor, sent[i].root));
                if (!_isSent[id]) _submissions.push(sent[i]);
                _isSent[id] = true;
            }
        }
    }

    /// @notice The deployment.
    function suite() external view returns (Suite memory) {
        return _suite;
    }

    /// @notice Number of statements that were proposed.
    function proposals() external view returns (uint256) {
        return _proposals.length;
    }

    /// @notice A statement that was proposed.
    function proposalAt(uint256 place) external view returns (Proposal memory) {
        return _proposals[place];
    }

    /// @notice Number of contributions that were sent.
    function submissions() external view returns (uint256) {
        return _submissions.length;
    }

    /// @notice A contribution that was sent.
    function submissionAt(uint256 place) external view returns (Submission memory) {
        return _submissions[place];
    }

    /// @dev What is void may be proposed once more with the same payout: the last of them is the one that is paid.
    function _lastLike(uint256 place) private view returns (uint256 last) {
        bytes32 payout = keccak256(abi.encode(_proposals[place].statement.payout));
        for (last = _proposals.length - 1; last > place; --last) {
            if (keccak256(abi.encode(_proposals[last].statement.payout)) == payout) break;
        }
    }
}
