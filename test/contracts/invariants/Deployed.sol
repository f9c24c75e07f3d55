// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {IChallengeRegistry} from "../../../contracts/interfaces/IChallengeRegistry.sol";
import {IDatasetRegistry} from "../../../contracts/interfaces/IDatasetRegistry.sol";
import {IIndexRegistry} from "../../../contracts/interfaces/IIndexRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {IStreamPayouts} from "../../../contracts/interfaces/IStreamPayouts.sol";
import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {StreamId} from "../../../contracts/types/Ids.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

// What handlers and promises ask of the contracts beside their interfaces: constants of a deployment and counters.
// The contracts themselves are imported nowhere, so that they are compiled once and deployed as they ship.

/// @title IDeployedAttribution
interface IDeployedAttribution is IAttributionRegistry {
    function MAX_VOIDS() external view returns (uint256);
    function WINDOW() external view returns (uint256);
}

/// @title IDeployedChallenges
interface IDeployedChallenges is IChallengeRegistry {
    function CHALLENGE_BOND() external view returns (uint256);
    function WINDOW() external view returns (uint256);
}

/// @title IDeployedDatasets
interface IDeployedDatasets is IDatasetRegistry, IERC721 {
    function REVIEW_TIME() external view returns (uint256);
    function datasetCount() external view returns (uint256);
}

/// @title IDeployedIndexes
interface IDeployedIndexes is IIndexRegistry {
    function INDEX_DELAY() external view returns (uint256);
    function ROW_BOND() external view returns (uint256);
}

/// @title IDeployedLedger
interface IDeployedLedger is IRevenueLedger {
    function PROTOCOL_FEE_BPS() external view returns (uint256);
    function TREASURY() external view returns (address);
}

/// @title IDeployedModels
interface IDeployedModels is IModelRegistry, IERC721 {
    function modelCount() external view returns (uint256);
}

/// @title IDeployedPayouts
interface IDeployedPayouts is IStreamPayouts {
    function proRataClaimed(StreamId stream, uint256 index) external view returns (uint256);
}

/// @title IDeployedUsage
interface IDeployedUsage is IUsageRegistry {
    function CUTTING_PERIOD() external view returns (uint256);
}
