// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Number of a dataset, from 1. Fits 32 bits.
type DatasetId is uint256;

/// @notice Number of a model, from 1. Fits 48 bits.
type ModelId is uint256;

/// @notice keccak256(abi.encode(dataset, contributor, root)): a contribution before it has a place in the dataset.
type ContributionId is bytes32;

/// @notice The path from a model to one dataset version that it was trained on.
/// @dev Layout: bits 0–7 the place of the dataset in the model's list (0–15), bits 8–55 the model.
type StreamId is uint256;

using StreamIds for StreamId global;

/// @title StreamIds
/// @notice The parts of a stream's id.
library StreamIds {
    /// @notice The model of a stream.
    function model(StreamId stream) internal pure returns (ModelId) {
        return ModelId.wrap(StreamId.unwrap(stream) >> 8);
    }

    /// @notice The place of a stream's dataset in the model's list.
    function slot(StreamId stream) internal pure returns (uint8) {
        return uint8(StreamId.unwrap(stream));
    }
}
