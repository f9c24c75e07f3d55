// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Actor} from "./Actor.sol";
import {Choices} from "./Choices.sol";
import {Keys} from "./Keys.sol";
import {Call, Notebook} from "./Notebook.sol";
import {Opening} from "./Opening.sol";
import {Witness} from "./Witness.sol";

/// @title Player
/// @notice Plays a history, one call a step: a seed chooses a handler, the handler a call, and an actor sends it.
/// @dev A step is a pure function of its seed and of the state, on whichever chain: time is the only thing that the
/// player needs from outside.
abstract contract Player {
    /// @notice A call was played; `handler` is zero in the opening.
    event Played(bytes4 indexed handler, Call chosen, bool success, bytes returned);

    Notebook internal immutable NOTEBOOK;
    Opening private immutable OPENING;
    Witness private immutable WITNESS;
    /// @notice The first handler whose call succeeded though it must have been refused, for its sender.
    bytes4 public allowedToAStranger;
    /// @notice The first handler whose call succeeded outside of its time.
    bytes4 public outsideItsTime;
    /// @notice Calls of the opening that were played.
    uint256 public opened;
    Choices[] private _parts;

    constructor(Notebook notebook, Opening opening, Witness witness, Choices[] memory parts) {
        (NOTEBOOK, OPENING, WITNESS) = (notebook, opening, witness);
        _parts = parts;
        uint256 frequencies;
        for (uint256 i = 0; i < parts.length; ++i) frequencies += parts[i].frequency();
        require(frequencies == 100, "not a hundred");
    }

    /// @notice Plays the next call of the opening, or else the one that a seed chooses. Reverts when there is nothing
    /// to do for its handler.
    function step(uint256 seed) external {
        (bytes4 handler, Call memory chosen, uint256 time) = choose(seed);
        bool success = _play(handler, chosen, time);
        if (handler == 0) require(success, "the opening is refused");
        if (handler == 0) ++opened;
        if (!success) return;
        bool early = chosen.notBefore != 0 && time < chosen.notBefore;
        bool late = chosen.notAfter != 0 && time >= chosen.notAfter;
        if (chosen.forbidden && allowedToAStranger == 0) allowedToAStranger = handler;
        if ((early || late) && outsideItsTime == 0) outsideItsTime = handler;
    }

    /// @notice The call that comes next with a seed, its handler, and when it is sent.
    function choose(uint256 seed) public view returns (bytes4 handler, Call memory chosen, uint256 time) {
        if (opened < OPENING.LENGTH()) {
            chosen = OPENING.callAt(opened);
            return (0, chosen, NOTEBOOK.clock() + 1 + chosen.wait);
        }
        seed = uint256(keccak256(abi.encode(seed)));
        uint256 drawn = seed % 100;
        uint256 place;
        while (drawn >= _parts[place].frequency()) drawn -= _parts[place++].frequency();
        Choices choices = _parts[place];
        bytes memory handlers = choices.handlers();
        uint256 first = 4 * ((seed >> 16) % (handlers.length / 4));
        for (uint256 i = 0; i < 4; ++i) handler |= bytes4(handlers[first + i]) >> (8 * i);
        (bool isThere, bytes memory encoded) = address(choices).staticcall(abi.encodeWithSelector(handler, seed));
        require(isThere, "nothing to do");
        chosen = abi.decode(encoded, (Call));
        time = NOTEBOOK.clock() + 1 + chosen.wait + ((seed >> 128) % ((seed >> 120) % 8 == 0 ? 12 hours : 20 minutes));
    }

    /// @notice The accounts that play.
    function actors() external pure returns (address[] memory all) {
        all = new address[](Keys.COUNT);
        for (uint256 i = 0; i < Keys.COUNT; ++i) all[i] = Keys.accountAt(i);
    }

    /// @dev Makes it this time, or reverts if it isn't.
    function _arriveAt(uint256 time) internal virtual;

    function _play(bytes4 handler, Call memory chosen, uint256 time) private returns (bool success) {
        _arriveAt(time);
        bytes memory returned;
        (success, returned) = Actor(chosen.from).act(chosen.to, chosen.data);
        NOTEBOOK.note(time, chosen, success, returned);
        WITNESS.look();
        emit Played(handler, chosen, success, returned);
    }
}

/// @title TimedPlayer
/// @notice Plays on an ordinary chain, where each block must have the time that the step asks for.
contract TimedPlayer is Player {
    constructor(
        Notebook notebook,
        Opening opening,
        Witness witness,
        Choices[] memory parts
    ) Player(notebook, opening, witness, parts) {}

    function _arriveAt(uint256 time) internal view override {
        require(block.timestamp == time, "another time");
    }
}
