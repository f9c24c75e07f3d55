// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleSum} from "../../contracts/libraries/MerkleSum.sol";
import {PositionalMerkle} from "../../contracts/libraries/PositionalMerkle.sol";

/// @title MerkleSumTest
/// @notice Every line of a random sum tree proves, and nothing else does.
contract MerkleSumTest {
    struct Node {
        bytes32 hash;
        uint256 sum;
    }

    /// @notice The library takes calldata, so it is called from outside.
    function trace(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total, uint256 prefix) {
        return MerkleSum.trace(index, weight, lines, proof);
    }

    /// @notice Every line leads to root and total, with the sum of the lines before it as prefix.
    function testFuzz_everyLineProves(uint256 seed, uint256 lines) external view {
        lines = 1 + (lines % 40);
        uint256[] memory weights = _weights(seed, lines);
        Node memory top = _node(weights, _depth(lines), 0);
        uint256 before;
        for (uint256 i = 0; i < lines; ++i) {
            (bytes32 root, uint256 total, uint256 prefix) = this.trace(i, weights[i], lines, _proof(weights, i));
            require(root == top.hash && total == top.sum && prefix == before, "line");
            before += weights[i];
        }
        require(before == top.sum, "total");
    }

    /// @notice A proof with any byte changed leads elsewhere, or reverts because it fills padding.
    function testFuzz_aChangedProofFails(uint256 seed, uint256 lines, uint256 place, uint8 flip) external view {
        lines = 2 + (lines % 39);
        uint256[] memory weights = _weights(seed, lines);
        uint256 index = seed % lines;
        bytes memory proof = _proof(weights, index);
        place = place % proof.length;
        proof[place] ^= bytes1(flip == 0 ? 1 : flip);
        require(!_proves(weights, index, weights[index], lines, proof), "changed proof");
    }

    /// @notice Another weight, or another index, with a line's proof doesn't prove.
    function testFuzz_aChangedLineFails(uint256 seed, uint256 lines, uint144 weight, uint256 index) external view {
        lines = 1 + (lines % 40);
        uint256[] memory weights = _weights(seed, lines);
        uint256 line = seed % lines;
        bytes memory proof = _proof(weights, line);
        if (weight != weights[line]) require(!_proves(weights, line, weight, lines, proof), "changed weight");
        if (index % 64 != line) require(!_proves(weights, index % 64, weights[line], lines, proof), "changed index");
    }

    /// @notice Sums shown in as few bytes as hold them prove like those of 18 bytes.
    function testFuzz_shorterSumsProveAlike(uint256 seed, uint256 lines, uint256 bits, uint256 bytes_) external view {
        lines = 1 + (lines % 40);
        bits = bits % 108;
        uint256[] memory weights = _weights(seed, lines);
        for (uint256 i = 0; i < lines; ++i) weights[i] >>= bits;
        Node memory top = _node(weights, _depth(lines), 0);
        uint256 least;
        while (top.sum >> (8 * least) != 0) ++least;
        uint256 width = least + (bytes_ % (19 - least));
        for (uint256 i = 0; i < lines; ++i) {
            bytes memory short = _shorten(_proof(weights, i), width);
            (bytes32 root, uint256 total, uint256 prefix) = this.trace(i, weights[i], lines, short);
            (, , uint256 expected) = this.trace(i, weights[i], lines, _proof(weights, i));
            require(root == top.hash && total == top.sum && prefix == expected, "short");
        }
    }

    /// @notice A proof that shows a sum in too few bytes, or is cut to steps of another length, doesn't prove.
    function testFuzz_stepsOfAnotherLengthDoNotProve(uint256 seed, uint256 lines, uint256 stride) external view {
        lines = 2 + (lines % 39);
        stride = 32 + (stride % 18);
        uint256[] memory weights = _weights(seed, lines);
        uint256 line = seed % lines;
        bytes memory proof = _proof(weights, line);
        uint256 length = _depth(lines) * stride;
        assembly ("memory-safe") {
            mstore(proof, length)
        }
        // The last sibling's hash stands elsewhere, if there is anything to see in the proof.
        if (_depth(lines) > 1) require(!_proves(weights, line, weights[line], lines, proof), "cut");
    }

    /// @notice Memory that Solidity counts on is as it was after a proof was followed.
    function testFuzz_memoryIsGivenBack(uint256 seed, uint256 lines) external view {
        lines = 1 + (lines % 40);
        uint256[] memory weights = _weights(seed, lines);
        (uint256 moved, uint256 zero) = this.traceAndLook(weights[0], lines, _proof(weights, 0));
        require(moved == 0 && zero == 0, "memory");
    }

    /// @notice How far the free pointer moved in a trace of line 0, and the zero slot after it.
    function traceAndLook(
        uint256 weight,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (uint256 moved, uint256 zero) {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        MerkleSum.trace(0, weight, lines, proof);
        assembly ("memory-safe") {
            moved := sub(mload(0x40), free)
            zero := mload(0x60)
        }
    }

    /// @notice Proofs of a length that no step of 32 to 50 bytes makes revert.
    function testFuzz_anotherLengthReverts(uint256 seed, uint256 lines, uint256 length) external view {
        lines = 1 + (lines % 40);
        uint256[] memory weights = _weights(seed, lines);
        bytes memory proof = _proof(weights, 0);
        length = length % 400;
        if (length == proof.length) return;
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < proof.length; ++i) other[i] = proof[i];
        uint256 depth = _depth(lines);
        if (depth != 0 && length % depth == 0 && length / depth >= 32 && length / depth <= 50) return;
        bytes memory expected = abi.encodeWithSelector(MerkleSum.ProofLength.selector, length, 50 * depth);
        require(_revertsWith(0, weights[0], lines, other, expected), "length");
    }

    /// @notice Where the steps stand follows from the length: a wrong one is told whatever stands in the padding.
    function testFuzz_theLengthIsCheckedBeforeThePadding(uint256 seed, uint256 lines, uint256 more) external view {
        lines = 3 + 2 * (lines % 18);
        uint256[] memory longer = _weights(seed, lines + 1);
        bytes memory proof = bytes.concat(_proof(longer, lines - 1), new bytes(1 + (more % 100)));
        bytes memory expected = abi.encodeWithSelector(
            MerkleSum.ProofLength.selector,
            proof.length,
            50 * _depth(lines)
        );
        require(_revertsWith(lines - 1, longer[lines - 1], lines, proof, expected), "length first");
    }

    /// @notice The level of filled padding is told: a line alone in the right half has padding on all levels but one.
    function testFuzz_theLevelOfFilledPaddingIsTold(uint256 depth, uint256 level, uint256 place) external view {
        depth = 2 + (depth % 18);
        level = level % (depth - 1);
        uint256 lines = (1 << (depth - 1)) + 1;
        bytes memory proof = new bytes(50 * depth);
        proof[50 * level + (place % 50)] = 0x01;
        bytes memory expected = abi.encodeWithSelector(MerkleSum.PaddingNotEmpty.selector, level);
        require(_revertsWith(lines - 1, 7, lines, proof, expected), "level");
    }

    /// @notice Indices from the number of lines on revert, all of them where there are no lines.
    function testFuzz_linesOutOfRangeRevert(uint256 lines, uint256 beyond) external view {
        lines = lines % 41;
        uint256 index = lines + (beyond % (type(uint256).max - 41));
        require(_reverts(index, 0, lines, "", MerkleSum.LineOutOfRange.selector), "range");
    }

    /// @notice A tree that hides weight behind the last line has no line that proves.
    function testFuzz_weightInThePaddingReverts(uint256 seed, uint256 lines, uint144 hidden) external view {
        lines = 3 + 2 * (lines % 18);
        if (hidden == 0) hidden = 1;
        uint256[] memory longer = _weights(seed, lines + 1);
        longer[lines] = hidden;
        // The last of an odd number of lines has padding as its sibling on level 0, in a tree of the same depth.
        bytes memory proof = _proof(longer, lines - 1);
        require(_reverts(lines - 1, longer[lines - 1], lines, proof, MerkleSum.PaddingNotEmpty.selector), "padding");
    }

    /// @notice The library takes calldata, so it is called from outside.
    function climb(
        Node calldata node,
        uint256 level,
        uint256 position,
        uint256 lines,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total, uint256 prefix) {
        return MerkleSum.climb(node.hash, node.sum, level, position, lines, proof);
    }

    /// @notice The library takes calldata, so it is called from outside.
    function fold(
        bytes calldata nodes,
        uint256 level,
        uint256 position,
        uint256 generations,
        uint256 lines
    ) external pure returns (bytes32 hash, uint256 sum) {
        return MerkleSum.fold(nodes, level, position, generations, lines);
    }

    /// @notice The library takes calldata, so it is called from outside.
    function rootOf(uint144[] calldata weights) external pure returns (bytes32 root, uint256 total) {
        return MerkleSum.rootOf(weights);
    }

    /// @notice The root of posted weights is that of the definition.
    function testFuzz_postedWeightsHaveTheRoot(uint256 seed, uint256 lines) external view {
        uint256[] memory weights = _weights(seed, 1 + (lines % 70));
        uint144[] memory posted = new uint144[](weights.length);
        for (uint256 i = 0; i < posted.length; ++i) posted[i] = uint144(weights[i]);
        Node memory top = _node(weights, _depth(weights.length), 0);
        (bytes32 root, uint256 total) = this.rootOf(posted);
        require(root == top.hash && total == top.sum, "root");
    }

    /// @notice Any node folds from its descendants any number of levels below, and climbs to the root.
    function testFuzz_everyNodeFoldsAndClimbs(uint256 seed, uint256 lines, uint256 level, uint256 place) external view {
        lines = 1 + (lines % 70);
        uint256[] memory weights = _weights(seed, lines);
        level = level % (_depth(lines) + 1);
        uint256 position = place % (((lines - 1) >> level) + 1);
        uint256 generations = seed % (level + 1);
        Node memory right = _node(weights, level, position);
        Node memory top = _node(weights, _depth(lines), 0);
        bytes memory shown = _descendants(weights, level, position, generations);
        (bytes32 hash, uint256 sum) = this.fold(shown, level, position, generations, lines);
        require(hash == right.hash && sum == right.sum, "fold");
        uint256 before;
        for (uint256 i = 0; i < (position << level); ++i) before += weights[i];
        (bytes32 root, uint256 total, uint256 prefix) = this.climb(
            right,
            level,
            position,
            lines,
            _proofFrom(weights, level, position)
        );
        require(root == top.hash && total == top.sum && prefix == before, "climb");
    }

    /// @notice Descendants with any byte changed fold to another node, or revert because they fill padding.
    function testFuzz_changedDescendantsFail(uint256 seed, uint256 lines, uint256 place, uint8 flip) external view {
        lines = 2 + (lines % 69);
        uint256[] memory weights = _weights(seed, lines);
        uint256 level = seed % (_depth(lines) + 1);
        uint256 position = (seed >> 128) % (((lines - 1) >> level) + 1);
        bytes memory shown = _descendants(weights, level, position, level);
        place = place % shown.length;
        shown[place] ^= bytes1(flip == 0 ? 1 : flip);
        bool padding = (position << level) + place / 50 >= lines;
        Node memory right = _node(weights, level, position);
        try this.fold(shown, level, position, level, lines) returns (bytes32 hash, uint256 sum) {
            require(!padding && (hash != right.hash || sum != right.sum), "changed descendants");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(MerkleSum.PaddingNotEmpty.selector, 0);
            require(padding && keccak256(reason) == keccak256(expected), "reason");
        }
    }

    /// @notice Any other number of bytes than the descendants take reverts.
    function testFuzz_anotherNumberOfDescendantsReverts(uint256 seed, uint256 lines, uint256 length) external view {
        lines = 1 + (lines % 40);
        uint256 depth = _depth(lines);
        uint256 generations = seed % (depth + 1);
        length = length % 4_000;
        if (length == 50 << generations) return;
        bytes memory expected = abi.encodeWithSelector(MerkleSum.ProofLength.selector, length, 50 << generations);
        try this.fold(new bytes(length), depth, 0, generations, lines) returns (bytes32, uint256) {
            revert("length");
        } catch (bytes memory reason) {
            require(keccak256(reason) == keccak256(expected), "reason");
        }
    }

    /// @notice A leaf is the double hash of index and weight.
    function testFuzz_leafIsADoubleHash(uint256 index, uint256 weight) external pure {
        bytes32 inner = keccak256(abi.encode(index, weight));
        require(MerkleSum.leafOf(index, weight) == keccak256(abi.encode(inner)), "leaf");
    }

    function _proves(
        uint256[] memory weights,
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes memory proof
    ) private view returns (bool) {
        Node memory top = _node(weights, _depth(lines), 0);
        try this.trace(index, weight, lines, proof) returns (bytes32 root, uint256 total, uint256) {
            return root == top.hash && total == top.sum;
        } catch {
            return false;
        }
    }

    function _reverts(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes memory proof,
        bytes4 selector
    ) private view returns (bool) {
        return bytes4(_reason(index, weight, lines, proof)) == selector;
    }

    function _revertsWith(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes memory proof,
        bytes memory expected
    ) private view returns (bool) {
        return keccak256(_reason(index, weight, lines, proof)) == keccak256(expected);
    }

    /// @dev Why a proof reverts; empty if it doesn't.
    function _reason(
        uint256 index,
        uint256 weight,
        uint256 lines,
        bytes memory proof
    ) private view returns (bytes memory reason) {
        try this.trace(index, weight, lines, proof) returns (bytes32, uint256, uint256) {} catch (bytes memory data) {
            reason = data;
        }
    }

    function _weights(uint256 seed, uint256 lines) private pure returns (uint256[] memory weights) {
        weights = new uint256[](lines);
        for (uint256 i = 0; i < lines; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            weights[i] = random % 5 == 0 ? 0 : random >> 149;
        }
    }

    /// @dev Straight from the definition: a node that covers no line is (0, 0).
    function _node(uint256[] memory weights, uint256 level, uint256 position) private pure returns (Node memory) {
        if ((position << level) >= weights.length) return Node(0, 0);
        if (level == 0) {
            bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(position, weights[position]))));
            return Node(leaf, weights[position]);
        }
        Node memory left = _node(weights, level - 1, 2 * position);
        Node memory right = _node(weights, level - 1, 2 * position + 1);
        return Node(keccak256(abi.encode(left.hash, left.sum, right.hash, right.sum)), left.sum + right.sum);
    }

    function _proof(uint256[] memory weights, uint256 index) private pure returns (bytes memory proof) {
        return _proofFrom(weights, 0, index);
    }

    function _proofFrom(
        uint256[] memory weights,
        uint256 level,
        uint256 position
    ) private pure returns (bytes memory proof) {
        for (; level < _depth(weights.length); ++level) {
            proof = bytes.concat(proof, _packed(_node(weights, level, position ^ 1)));
            position >>= 1;
        }
    }

    /// @dev The proof with the sums' leading bytes cut off: `width` bytes of each stay.
    function _shorten(bytes memory proof, uint256 width) private pure returns (bytes memory short) {
        for (uint256 step = 0; step < proof.length; step += 50) {
            for (uint256 i = 0; i < 32; ++i) short = bytes.concat(short, proof[step + i]);
            for (uint256 i = 50 - width; i < 50; ++i) short = bytes.concat(short, proof[step + i]);
        }
    }

    function _descendants(
        uint256[] memory weights,
        uint256 level,
        uint256 position,
        uint256 generations
    ) private pure returns (bytes memory nodes) {
        for (uint256 i = 0; i < 1 << generations; ++i) {
            nodes = bytes.concat(nodes, _packed(_node(weights, level - generations, (position << generations) + i)));
        }
    }

    function _packed(Node memory node) private pure returns (bytes memory) {
        return bytes.concat(node.hash, bytes18(uint144(node.sum)));
    }

    function _depth(uint256 lines) private pure returns (uint256 depth) {
        for (uint256 width = 1; width < lines; width *= 2) ++depth;
    }
}

/// @title PositionalMerkleTest
/// @notice Every leaf of a random positional tree proves at its place, and nothing else does.
contract PositionalMerkleTest {
    /// @notice The library takes calldata, so it is called from outside.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata proof) external pure returns (bytes32) {
        return PositionalMerkle.rootOf(leaf, index, proof);
    }

    /// @notice Every leaf leads to the root.
    function testFuzz_everyLeafProves(uint256 seed, uint256 count) external view {
        bytes32[] memory leaves = _leaves(seed, 1 + (count % 40));
        bytes32 root = _node(leaves, PositionalMerkle.depthOf(leaves.length), 0);
        for (uint256 i = 0; i < leaves.length; ++i) {
            require(this.rootOf(leaves[i], i, _proof(leaves, i)) == root, "leaf");
        }
    }

    /// @notice A changed leaf, proof or place leads elsewhere.
    function testFuzz_aChangeLeadsElsewhere(uint256 seed, uint256 count, uint256 place, uint8 flip) external view {
        bytes32[] memory leaves = _leaves(seed, 2 + (count % 39));
        uint256 depth = PositionalMerkle.depthOf(leaves.length);
        bytes32 root = _node(leaves, depth, 0);
        uint256 index = seed % leaves.length;
        bytes32[] memory proof = _proof(leaves, index);
        uint256 change = flip == 0 ? 1 : flip;

        require(this.rootOf(leaves[index] ^ bytes32(change), index, proof) != root, "changed leaf");
        uint256 other = place % (1 << depth);
        if (other != index) require(this.rootOf(leaves[index], other, proof) != root, "changed place");
        proof[place % depth] ^= bytes32(change << (8 * (place % 32)));
        require(this.rootOf(leaves[index], index, proof) != root, "changed proof");
    }

    /// @notice ⌈log2⌉: the smallest depth whose tree holds all leaves.
    function testFuzz_depthIsTheCeilingOfTheLogarithm(uint256 leaves) external pure {
        leaves = 1 + (leaves % (1 << 41));
        uint256 depth = PositionalMerkle.depthOf(leaves);
        require((1 << depth) >= leaves, "too flat");
        require(depth == 0 || (1 << (depth - 1)) < leaves, "too deep");
    }

    /// @notice See {PositionalMerkle.depthOf}; called from outside for its panic.
    function depthOf(uint256 leaves) external pure returns (uint256) {
        return PositionalMerkle.depthOf(leaves);
    }

    /// @notice A tree without leaves has no depth: arithmetic panics.
    function test_noLeavesHaveNoDepth() external view {
        try this.depthOf(0) returns (uint256) {
            revert("a depth");
        } catch Panic(uint256 code) {
            require(code == 0x11, "another panic");
        }
    }

    function _leaves(uint256 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(seed, i));
    }

    function _node(bytes32[] memory leaves, uint256 level, uint256 position) private pure returns (bytes32) {
        if ((position << level) >= leaves.length) return 0;
        if (level == 0) return leaves[position];
        return
            keccak256(bytes.concat(_node(leaves, level - 1, 2 * position), _node(leaves, level - 1, 2 * position + 1)));
    }

    function _proof(bytes32[] memory leaves, uint256 index) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](PositionalMerkle.depthOf(leaves.length));
        for (uint256 level = 0; level < proof.length; ++level) {
            proof[level] = _node(leaves, level, (index >> level) ^ 1);
        }
    }
}
