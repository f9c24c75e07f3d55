// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondVault} from "../../../contracts/interfaces/IBondVault.sol";
import {ModelId, StreamId} from "../../../contracts/types/Ids.sol";
import {Keys} from "./Keys.sol";
import {Notebook, Suite} from "./Notebook.sol";
import {Key} from "./StreamChoices.sol";

/// @title Records
/// @notice Lists of all that there is on the chain, for whoever checks promises.
abstract contract Records {
    Notebook internal _notebook;
    Suite internal _suite;

    /// @dev Everybody who can have money: the actors and the treasury.
    function _accounts() internal view returns (address[] memory all) {
        all = new address[](Keys.COUNT + 1);
        for (uint256 i = 0; i < Keys.COUNT; ++i) all[i] = Keys.accountAt(i);
        all[Keys.COUNT] = _suite.ledger.TREASURY();
    }

    function _streams() internal view returns (StreamId[] memory all) {
        uint256 count;
        uint256 models = _suite.models.modelCount();
        for (uint256 model = 1; model <= models; ++model) count += _slots(model);
        all = new StreamId[](count);
        count = 0;
        for (uint256 model = 1; model <= models; ++model) {
            for (uint256 slot = 0; slot < _slots(model); ++slot) all[count++] = StreamId.wrap((model << 8) | slot);
        }
    }

    /// @dev All intervals of all streams.
    function _keys() internal view returns (Key[] memory all) {
        StreamId[] memory streams = _streams();
        uint256 count;
        for (uint256 i = 0; i < streams.length; ++i) count += _intervals(streams[i]);
        all = new Key[](count);
        count = 0;
        for (uint256 i = 0; i < streams.length; ++i) {
            uint32 intervals = _intervals(streams[i]);
            for (uint32 interval = 0; interval < intervals; ++interval) all[count++] = Key(streams[i], interval);
        }
    }

    function _intervals(StreamId stream) internal view returns (uint32 intervals) {
        (, , intervals) = _suite.usage.headOf(stream.model());
    }

    function _bond(address controller, address account) internal view returns (IBondVault.Bond memory) {
        return _suite.vault.bondOf(controller, account);
    }

    function _slots(uint256 model) private view returns (uint256) {
        return _suite.models.modelOf(ModelId.wrap(model)).streams;
    }
}
