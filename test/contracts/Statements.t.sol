// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Payout, Statement, Statements} from "../../contracts/libraries/Statements.sol";

/// @title StatementsTest
/// @notice The hashes that are taken of structs in calldata, without encoding them, are those of their encoding.
contract StatementsTest {
    /// @notice The library takes calldata, so it is called from outside.
    function hashStatement(Statement calldata statement) external pure returns (bytes32) {
        return Statements.hash(statement);
    }

    /// @notice See {hashStatement}.
    function hashPayout(Payout calldata payout) external pure returns (bytes32) {
        return Statements.hash(payout);
    }

    /// @notice Structs that don't begin where the arguments do, and that begin at no multiple of their size.
    function hashNested(
        bytes calldata before,
        Statement[] calldata statements,
        uint256 place
    ) external pure returns (bytes32 whole, bytes32 part, uint256 length) {
        return (Statements.hash(statements[place]), Statements.hash(statements[place].payout), before.length);
    }

    /// @notice keccak256(abi.encode(statement)), from calldata and from memory.
    function testFuzz_statementHashIsThatOfItsEncoding(Statement memory statement) external view {
        bytes32 expected = keccak256(abi.encode(statement));
        require(this.hashStatement(statement) == expected, "calldata");
        require(Statements.hashMemory(statement) == expected, "memory");
    }

    /// @notice keccak256(abi.encode(payout)).
    function testFuzz_payoutHashIsThatOfItsEncoding(Payout memory payout) external view {
        require(this.hashPayout(payout) == keccak256(abi.encode(payout)), "calldata");
    }

    /// @notice The same for structs in an array, behind other arguments.
    function testFuzz_nestedStructsHashAlike(bytes memory before, Statement memory statement) external view {
        Statement[] memory statements = new Statement[](3);
        statements[1] = statement;
        (bytes32 whole, bytes32 part, ) = this.hashNested(before, statements, 1);
        require(whole == keccak256(abi.encode(statement)), "statement");
        require(part == keccak256(abi.encode(statement.payout)), "payout");
    }
}
