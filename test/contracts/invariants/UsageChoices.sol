// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageRegistry} from "../../../contracts/interfaces/IUsageRegistry.sol";
import {UsageReport} from "../../../contracts/libraries/UsageReports.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Choices} from "./Choices.sol";
import {Call, Notebook} from "./Notebook.sol";
import {StreamChoices} from "./StreamChoices.sol";

/// @title UsageChoices
/// @notice Handlers of intervals and usage reports.
contract UsageChoices is StreamChoices {
    constructor(Notebook notebook) StreamChoices(notebook) {}

    /// @notice See {IUsageRegistry-cut}.
    function UsageRegistry_cut(uint256 seed) external view returns (Call memory chosen) {
        ModelId model = _model(seed);
        (, uint40 cutAt, uint32 intervals) = USAGE.headOf(model);
        chosen = _anybody(seed, address(USAGE), abi.encodeCall(IUsageRegistry.cut, (model)));
        return intervals == 0 ? chosen : _notBefore(chosen, seed, cutAt + USAGE.CUTTING_PERIOD());
    }

    /// @notice See {IUsageRegistry-report}: signed by the operator, or by somebody else.
    function UsageRegistry_report(uint256 seed) external view returns (Call memory chosen) {
        ModelId model = _model(seed);
        (, , uint32 intervals) = USAGE.headOf(model);
        uint32 interval = uint32(_pick(seed, 0, intervals + 1));
        // Of intervals without a report the latest comes first.
        for (uint32 back = 1; back <= intervals && back < 6; ++back) {
            if (USAGE.reportHashOf(model, intervals - back) == 0) {
                interval = intervals - back;
                break;
            }
        }
        UsageReport memory usage = _usage(model, interval);
        (, bytes memory signature, bool wrong) = _signedBy(MODELS.operatorOf(model), seed, _reportDigest(usage));
        chosen = _anybody(seed, address(USAGE), abi.encodeCall(IUsageRegistry.report, (usage, signature)));
        chosen.forbidden = wrong;
    }

    /// @inheritdoc Choices
    function frequency() external pure override returns (uint256) {
        return 9;
    }

    /// @inheritdoc Choices
    function handlers() external pure override returns (bytes memory) {
        return bytes.concat(this.UsageRegistry_cut.selector, this.UsageRegistry_report.selector);
    }
}
