import { expect } from "chai";
import fc from "fast-check";
import {
  buildStatement,
  canonicalJson,
  type Claim,
  decodeClaim,
  decodeHead,
  decodeIdx,
  decodeIndex,
  decodeIndexStream,
  decodeNpy,
  decodeSafetensors,
  decodeStatement,
  decodeWhitening,
  encodeClaim,
  encodeHead,
  encodeIndex,
  encodeSafetensors,
  encodeStatement,
  encodeWhitening,
  fromHex,
  type Hex,
  indexTree,
  type InfluenceIndex,
  matrix,
  MerkleTree,
  packQ,
  packStatement,
  parseMail,
  tensorIntegers,
  tensorMatrix,
  toHex,
  trainRidge,
  unpackQ,
  unpackStatement,
  verifyIndex,
  verifyMerkleProof,
  verifySumProof,
} from "../../scorer/index.ts";
import { sumTree } from "../support/formats.ts";
import { Random } from "../scorer/support.ts";
import { accepted, bytesNear, fuzz, jsonNear, textNear } from "./fuzzing.ts";

const random = new Random(7);

function indexOf(size: number, lanesPerRow: number): InfluenceIndex {
  const exponents = Uint8Array.from({ length: size }, () => random.integer(0, 5));
  const lanes = random.lanes(lanesPerRow * size);
  return { size, lanesPerRow, unitExponent: -3, exponentBound: 6, exponents, lanes };
}

function statementOf(size: number) {
  const index = indexOf(size, 16);
  return buildStatement({
    stream: 513n,
    interval: 4,
    index,
    indexRoot: indexTree(index).root,
    reportHash: random.hex(32),
    q: index.lanes.slice(0, 16),
    contributors: Array.from({ length: size }, () => random.hex(20)),
    rowCounts: Array.from({ length: size }, () => random.integer(1, 99)),
    pool: 10n ** 30n,
  });
}

/** Bytes with the length of a header before them, as NPY files have it. */
function npy(header: string, data: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`;
  const head = Uint8Array.from([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, padded.length, 0]);
  return Uint8Array.from([...head, ...new TextEncoder().encode(padded), ...data]);
}

describe("fuzzing the scorer's files", () => {
  describe("influence indexes", () => {
    const files = [indexOf(1, 16), indexOf(5, 32)].map(encodeIndex);
    const roots = files.map((file) => indexTree(decodeIndex(file)).root);

    fuzz("are read as they were written, or refused", bytesNear(...files), async (file) => {
      const read = await accepted(() => decodeIndex(file));
      if (read !== undefined) expect(encodeIndex(read.value)).to.deep.equal(file);
    });

    fuzz("have the committed root only with the rows that it is of", bytesNear(...files), async (file) => {
      for (const [i, root] of roots.entries()) {
        const read = await accepted(() => verifyIndex(file, root));
        // The root doesn't cover U and E, which stand at 16 to 23.
        if (read === undefined) continue;
        const [found, right] = [file, files[i] ?? file].map((bytes) => [bytes.slice(0, 16), bytes.slice(24)]);
        expect(found).to.deep.equal(right);
      }
    });

    fuzz(
      "are read alike in one piece and in many",
      fc.tuple(bytesNear(...files), fc.integer({ min: 1, max: 40 })),
      async ([file, step]) => {
        async function* pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
          for (let at = 0; at < file.length; at += step)
            yield await Promise.resolve(Uint8Array.from(file.slice(at, at + step)));
        }
        const whole = await accepted(() => decodeIndex(file));
        const streamed = await accepted(async () => {
          const { blocks } = await decodeIndexStream(pieces());
          const read: number[] = [];
          for await (const { encoded } of blocks) read.push(...encoded);
          return Uint8Array.from(read);
        });
        expect(streamed === undefined).to.equal(whole === undefined);
        if (streamed !== undefined) expect(streamed.value).to.deep.equal(Uint8Array.from(file.slice(24)));
      },
    );
  });

  describe("statements", () => {
    const statements = [statementOf(1), statementOf(3), statementOf(5)];
    const texts = statements.map(encodeStatement);

    fuzz(
      "in JSON hold together, or are refused",
      jsonNear(...texts.map((text) => JSON.parse(text) as unknown)),
      async (json) => {
        const read = await accepted(() => decodeStatement(json));
        if (read === undefined) return;
        expect(decodeStatement(encodeStatement(read.value))).to.deep.equal(read.value);
        for (const { index, payable, proof } of read.value.lines) {
          const { sumTreeRoot, total, lines } = read.value;
          verifySumProof(sumTreeRoot, total, lines.length, index, payable, proof);
        }
      },
    );

    fuzz(
      "in packed form are read as they were written, or refused",
      bytesNear(...statements.map(packStatement)),
      async (file) => {
        const read = await accepted(() => unpackStatement(file));
        if (read === undefined) return;
        const packed = packStatement(read.value);
        // Three bytes of the header are reserved.
        expect([packed.slice(0, 5), packed.slice(8)]).to.deep.equal([file.slice(0, 5), file.slice(8)]);
        expect(decodeStatement(encodeStatement(read.value))).to.deep.equal(read.value);
      },
    );
  });

  describe("claims", () => {
    const statement = statementOf(5);
    const claim: Claim = {
      chainId: 31_337,
      payouts: random.hex(20),
      contributor: random.hex(20),
      payout: {
        stream: statement.stream,
        interval: 4,
        dataset: 2n,
        lines: 5,
        root: statement.sumTreeRoot,
        total: statement.total,
        pool: statement.pool,
      },
      lines: statement.lines
        .filter(({ index }) => index !== 2)
        .map(({ index, payable, amount, proof }) => ({ index, weight: payable, amount, proof })),
    };
    const written = encodeClaim(claim);

    fuzz("pay what their proofs say, or are refused", jsonNear(JSON.parse(written)), async (json) => {
      const read = await accepted(() => decodeClaim(json));
      if (read === undefined) return;
      expect(decodeClaim(encodeClaim(read.value))).to.deep.equal(read.value);
      const { root, total } = read.value.payout;
      // Whatever else was changed: under the statement's own root only its lines pay.
      if (root !== claim.payout.root || total !== claim.payout.total) return;
      for (const { index, weight } of read.value.lines) expect(weight).to.equal(statement.lines[index]?.payable);
    });
  });

  describe("sum-tree proofs", () => {
    const shapes = fc.array(fc.bigInt({ min: 0n, max: 2n ** 107n }), { minLength: 1, maxLength: 12 });

    fuzz(
      "prove a line of the tree and nothing near it: bits flipped, siblings swapped, steps missing, sums overflowing",
      shapes.chain((weights) => {
        const tree = sumTree(weights);
        return fc.nat(weights.length - 1).chain((index) =>
          fc.record({
            tree: fc.constant(tree),
            index: fc.constant(index),
            proof: bytesNear(fromHex(tree.proof(index) as Hex, "the proof")),
            shownAt: fc.oneof(fc.constant(index), fc.nat(weights.length + 1)),
            shown: fc.oneof(fc.constant(weights[index] ?? 0n), fc.bigInt({ min: 0n, max: 2n ** 145n })),
          }),
        );
      }),
      async ({ tree, index, proof, shownAt, shown }) => {
        const { weights } = tree;
        const proven = await accepted(() =>
          verifySumProof(tree.root as Hex, tree.total, weights.length, shownAt, shown, toHex(proof)),
        );
        const isRight = shown === weights[shownAt] && toHex(proof) === tree.proof(shownAt);
        expect(proven !== undefined, `line ${shownAt} of ${weights.length}, proof of ${index}`).to.equal(isRight);
        if (proven === undefined) return;
        expect(proven.value.prefix).to.equal(weights.slice(0, shownAt).reduce((sum, weight) => sum + weight, 0n));
      },
    );
  });

  describe("positional proofs", () => {
    fuzz(
      "prove a leaf of the tree at its place and nothing near it",
      fc.integer({ min: 1, max: 20 }).chain((size) =>
        fc.record({
          size: fc.constant(size),
          index: fc.nat(size - 1),
          leafAt: fc.nat(size - 1),
          shownAt: fc.nat(size + 1),
          edit: fc.option(fc.tuple(fc.nat(5), fc.nat(255), fc.constantFrom("flip", "swap", "drop", "add"))),
        }),
      ),
      async ({ size, index, leafAt, shownAt, edit }) => {
        const leaves = Array.from({ length: size }, (_, i) => toHex(Uint8Array.from({ length: 32 }, () => i + 1)));
        const tree = new MerkleTree(Uint8Array.from(leaves.flatMap((leaf) => [...fromHex(leaf, "a leaf")])));
        const right = tree.proof(index);
        const proof = [...right];
        if (edit !== null && proof.length > 0) {
          const [step, bit, kind] = [edit[0] % proof.length, edit[1], edit[2]];
          if (kind === "flip") {
            const bytes = fromHex(proof[step]!, "a sibling");
            bytes[bit >> 3]! ^= 1 << (bit & 7);
            proof[step] = toHex(bytes);
          } else if (kind === "swap") proof.reverse();
          else if (kind === "drop") proof.pop();
          else proof.push(toHex(new Uint8Array(32)));
        }
        const proven = await accepted(() => verifyMerkleProof(tree.root, size, shownAt, leaves[leafAt]!, proof));
        const expected =
          leafAt === shownAt && canonicalJson(proof) === canonicalJson(tree.proof(Math.min(shownAt, size - 1)));
        expect(proven?.value).to.equal(expected && shownAt < size);
      },
    );
  });

  describe("heads and tensors", () => {
    const features = matrix(
      6,
      3,
      Float64Array.from({ length: 18 }, (_, i) => Math.fround(Math.abs(i - 7) / 9)),
    );
    const model = trainRidge(features, [0, 1, 0, 1, 1, 0], 2);
    for (const [what, file, read] of [
      ["heads", encodeHead(model.head), (bytes: Uint8Array) => encodeHead(decodeHead(bytes))],
      ["whitenings", encodeWhitening(model.whitening), (bytes: Uint8Array) => encodeWhitening(decodeWhitening(bytes))],
    ] as const) {
      fuzz(`${what} are read as they were written, or refused`, bytesNear(file), async (bytes) => {
        const found = await accepted(() => read(bytes));
        if (found !== undefined) expect(found.value.length).to.equal(bytes.length);
      });
    }

    const data = Uint8Array.from({ length: 48 }, (_, i) => i);
    const arrays = [
      npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", data),
      npy("{'descr': '>i2', 'fortran_order': True, 'shape': (24,), }", data),
    ];
    fuzz(
      "NPY arrays have the numbers that their header counts, or are refused",
      bytesNear(...arrays),
      async (bytes) => {
        const tensor = (await accepted(() => decodeNpy(bytes)))?.value;
        if (tensor === undefined) return;
        await accepted(() => tensorMatrix(tensor, "the array"));
        await accepted(() => tensorIntegers(tensor, 0, 2 ** 31 - 1, "the array"));
      },
    );

    const images = [Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])];
    fuzz(
      "IDX arrays have the numbers that their header counts, or are refused",
      bytesNear(...images),
      async (bytes) => {
        const tensor = (await accepted(() => decodeIdx(bytes)))?.value;
        if (tensor !== undefined) await accepted(() => tensorMatrix(tensor, "the array"));
      },
    );

    const safe = encodeSafetensors(
      {
        a: { shape: [2, 2], data: Float32Array.from([1, 2, 3, 4]) },
        b: { shape: [3], data: Int32Array.from([5, 6, 7]) },
      },
      { made: "by a test" },
    );
    fuzz(
      "safetensors files have the tensors that their header places, or are refused",
      bytesNear(safe),
      async (bytes) => {
        const file = (await accepted(() => decodeSafetensors(bytes)))?.value;
        if (file === undefined) return;
        let taken = 0;
        for (const tensor of file.tensors.values()) {
          taken += tensor.bytes.length;
          await accepted(() => tensorMatrix(tensor, "the tensor"));
        }
        expect(taken).to.be.at.most(bytes.length - 8);
      },
    );
  });

  describe("texts", () => {
    const mail = "From: A <a@mail.example.org>\nSubject: buy\n now\n\nHello <b>you</b> at b@c.example\n";
    fuzz(
      "mails are read or refused, in time",
      textNear(mail, `${mail}${"<a".repeat(500)}${"a".repeat(500)}`),
      async (text) => {
        const read = await accepted(() => parseMail(text));
        if (read !== undefined) expect(read.value.domain).to.match(/\./);
      },
    );

    fuzz(
      "hexadecimal is its bytes, or refused",
      fc.oneof(
        fc.string(),
        fc.uint8Array().map((bytes) => toHex(bytes)),
        textNear("0x00ff"),
      ),
      async (text) => {
        const read = await accepted(() => fromHex(text, "the text"));
        if (read !== undefined) expect(toHex(read.value)).to.equal(text.toLowerCase());
      },
    );

    fuzz(
      "canonical JSON is read as what was written, whatever the order of its members",
      fc.jsonValue(),
      async (value) => {
        const written = (await accepted(() => canonicalJson(value)))?.value;
        if (written === undefined) return;
        expect(JSON.parse(written)).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(written))).to.equal(written);
      },
    );

    fuzz("q is the lanes that were packed, or refused", fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const read = await accepted(() => unpackQ(bytes));
      if (read !== undefined) expect(packQ(read.value)).to.deep.equal(bytes);
    });
  });
});
