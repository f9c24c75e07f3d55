// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "../types/Ids.sol";

/// @notice What an operator signs about one interval of a model's fee counter.
/// @param model Model that was paid.
/// @param interval Number of the interval, from 0.
/// @param from Fee counter at its start, in wei.
/// @param to Fee counter at its end, in wei.
/// @param receiptsRoot Positional Merkle root over the interval's receipts.
/// @param exponent q ≈ lanes · 2^exponent; a common factor that cancels in shares.
/// @param q Σ fee·ψ over the receipts: int16 lanes, big-endian, the 16 lanes of each 32-byte word reversed.
struct UsageReport {
    ModelId model;
    uint32 interval;
    uint112 from;
    uint112 to;
    bytes32 receiptsRoot;
    int16 exponent;
    bytes q;
}

/// @title UsageReports
/// @notice The EIP-712 hash of a usage report: what is signed, and what the chain keeps of it.
library UsageReports {
    bytes32 internal constant TYPEHASH = keccak256(
        "UsageReport(uint256 model,uint32 interval,uint112 from,uint112 to,bytes32 receiptsRoot,int16 exponent,bytes q)"
    );

    /// @notice EIP-712 struct hash of a report.
    function hash(UsageReport calldata report) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    TYPEHASH,
                    report.model,
                    report.interval,
                    report.from,
                    report.to,
                    report.receiptsRoot,
                    report.exponent,
                    keccak256(report.q)
                )
            );
    }
}
