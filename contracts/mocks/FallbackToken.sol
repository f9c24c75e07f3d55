// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NoReturnToken} from "./NoReturnToken.sol";

/// @title FallbackToken
/// @notice Test double: a currency that answers every unknown call by doing nothing, as wrapped ether does. Its
/// `permit` and `receiveWithAuthorization` succeed and do nothing.
contract FallbackToken is NoReturnToken {
    fallback() external {}
}
