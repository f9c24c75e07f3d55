// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStreamPayouts} from "../interfaces/IStreamPayouts.sol";
import {DatasetId} from "../types/Ids.sol";

/// @notice A stream's account as its slot holds it: the first member of the struct in the lowest bits. 0 before the
/// stream's terms are copied.
type AccountWord is uint256;

/// @title StreamAccounts
/// @notice Members of a stream's account, taken from one word instead of a struct in memory: claims cost less.
library StreamAccounts {
    /// @notice Reads an account.
    function read(IStreamPayouts.StreamAccount storage account) internal view returns (AccountWord word) {
        assembly ("memory-safe") {
            word := sload(account.slot)
        }
    }

    /// @notice The word of an account that isn't stored.
    function pack(IStreamPayouts.StreamAccount memory account) internal pure returns (AccountWord) {
        return
            AccountWord.wrap(
                account.fallbackPools |
                    (uint256(account.rows) << 112) |
                    (uint256(account.contributions) << 152) |
                    (uint256(account.version) << 176) |
                    (uint256(account.shareBps) << 192) |
                    (uint256(account.proRataBps) << 208) |
                    (uint256(account.dataset) << 224)
            );
    }

    /// @notice Pools of intervals that ended pro-rata, in wei.
    function fallbackPools(AccountWord account) internal pure returns (uint256) {
        return uint112(AccountWord.unwrap(account));
    }

    /// @notice Rows that count in the dataset version.
    function rows(AccountWord account) internal pure returns (uint256) {
        return uint40(AccountWord.unwrap(account) >> 112);
    }

    /// @notice Contributions of the dataset version.
    function contributions(AccountWord account) internal pure returns (uint256) {
        return uint24(AccountWord.unwrap(account) >> 152);
    }

    /// @notice Dataset version.
    function version(AccountWord account) internal pure returns (uint256) {
        return uint16(AccountWord.unwrap(account) >> 176);
    }

    /// @notice Share of the model's income.
    function shareBps(AccountWord account) internal pure returns (uint256) {
        return uint16(AccountWord.unwrap(account) >> 192);
    }

    /// @notice Part of the stream's fees that is always pro-rata.
    function proRataBps(AccountWord account) internal pure returns (uint256) {
        return uint16(AccountWord.unwrap(account) >> 208);
    }

    /// @notice Number of the dataset.
    function dataset(AccountWord account) internal pure returns (DatasetId) {
        return DatasetId.wrap(AccountWord.unwrap(account) >> 224);
    }
}
