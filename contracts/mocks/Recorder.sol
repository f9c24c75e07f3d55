// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Recorder
/// @notice Test double: asks a view when it is called, from the middle of a transfer perhaps, and keeps the answer.
contract Recorder {
    /// @notice What the view said last.
    bytes public answer;

    /// @notice Asks a view; anyone may.
    function ask(address target, bytes calldata data) external {
        (bool success, bytes memory returned) = target.staticcall(data);
        require(success, "the view failed");
        answer = returned;
    }
}
