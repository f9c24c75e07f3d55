// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BatchReader
/// @notice For tests: many views in one call.
contract BatchReader {
    /// @notice A view to ask.
    /// @param target Contract to ask.
    /// @param data Calldata.
    struct Query {
        address target;
        bytes data;
    }

    /// @notice The answers, in the order of the queries. Reverts with what the first failing one reverts with.
    function read(Query[] calldata queries) external view returns (bytes[] memory answers) {
        answers = new bytes[](queries.length);
        for (uint256 i = 0; i < queries.length; ++i) {
            (bool success, bytes memory returned) = queries[i].target.staticcall(queries[i].data);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(returned, 32), mload(returned))
                }
            }
            answers[i] = returned;
        }
    }
}
