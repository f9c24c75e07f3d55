import { expect } from "chai";
import {
  decodeIdx,
  decodeNpy,
  decodeSafetensors,
  encodeSafetensors,
  isIdx,
  isNpy,
  isSafetensors,
  ScorerError,
  type ScorerErrorCode,
  type StoredTensor,
  tensorIntegers,
  tensorMatrix,
} from "../../scorer/index.ts";
import { expectScorerError, Random } from "./support.ts";

/** What NumPy 1.24 wrote with numpy.lib.format.write_array: shape, numbers in C order, and the file. */
const NUMPY: [string, number[], number[], string][] = [
  [
    "float16, version 1.0",
    [2, 3],
    [1.5, -2.25, 0, 65504, 6.103515625e-5, 5.960464477539063e-8],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPoDAAAD/ewAEAQA=",
  ],
  [
    "float32, big-endian, version 2.0",
    [2, 3],
    [1.5, -2.25, 0, 65504, 6.103515625e-5, 5.960464477539063e-8],
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/wAAAwBAAAAAAAABHf+AAOIAAADOAAAA=",
  ],
  [
    "float64, Fortran order, version 3.0",
    [2, 3],
    [1.5, -2.25, 0, 65504, 6.103515625e-5, 5.960464477539063e-8],
    "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAA/O9AAAAAAAAAAsAAAAAAAAAQPwAAAAAAAAAAAAAAAAAAcD4=",
  ],
  [
    "int8",
    [1, 2],
    [-128, 127],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAfw==",
  ],
  [
    "int16, big-endian, Fortran order, three sides",
    [2, 3, 4],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAMAAQAEAAIABQAAQANAAUAEQAJABUAAgAOAAYAEgAKABYAAwAPAAcAEwALABc=",
  ],
  [
    "int32",
    [2, 1],
    [-2147483648, 2147483647],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDEpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAACA////fw==",
  ],
  [
    "int64",
    [1, 2],
    [-9007199254740991, 9007199254740991],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAADg/////////x8A",
  ],
  [
    "uint8",
    [1, 2],
    [0, 255],
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoA/w==",
  ],
];

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const join = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

/** An NPY file of version 1.0 with any header. */
function npy(header: string, data: readonly number[] = [], version: readonly number[] = [1, 0]): Uint8Array {
  const length = version[0] === 1 ? [header.length & 255, header.length >> 8] : [header.length, 0, 0, 0];
  return join([0x93], ascii("NUMPY"), version, length, ascii(header), data);
}

/** A safetensors file with any header. */
function safetensors(header: string, data: readonly number[] = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const prefix = new DataView(new ArrayBuffer(8));
  prefix.setBigUint64(0, length ?? BigInt(json.length), true);
  return join(new Uint8Array(prefix.buffer), json, data);
}

const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const stored = (type: StoredTensor["type"], shape: number[], bytes: readonly number[], offset = 100): StoredTensor => ({
  type,
  shape,
  littleEndian: true,
  columnMajor: false,
  bytes: Uint8Array.from(bytes),
  offset,
});

type BadFile = [string, Uint8Array, ScorerErrorCode, RegExp];

describe("tensor files", () => {
  describe("NPY", () => {
    for (const [name, shape, numbers, base64] of NUMPY) {
      it(`reads what NumPy writes: ${name}`, () => {
        const file = fromBase64(base64);
        expect([isNpy(file), isIdx(file), isSafetensors(file)]).to.deep.equal([true, false, false]);
        const tensor = decodeNpy(file);
        expect(tensor.shape).to.deep.equal(shape);
        const { rows, columns, data } = tensorMatrix(tensor, "the array");
        expect([rows, rows * columns]).to.deep.equal([shape[0], numbers.length]);
        expect([...data]).to.deep.equal(numbers);
      });
    }

    it("reads headers that others write: double quotes, no comma at the end, long integers of Python 2", () => {
      const header = '{"shape": (2L,1), "fortran_order" :False,"descr":"|u1"}';
      expect([...tensorMatrix(decodeNpy(npy(header, [7, 9])), "x").data]).to.deep.equal([7, 9]);
    });

    it("reads a file that starts anywhere in its buffer", () => {
      const file = join([1, 2, 3], npy("{'descr':'<i2','fortran_order':False,'shape':(1,1,)}", [1, 1])).subarray(3);
      expect([...tensorMatrix(decodeNpy(file), "x").data]).to.deep.equal([257]);
    });

    const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }";
    const bad: BadFile[] = [
      ["an empty file", new Uint8Array(), "bad-magic", /offset 0/],
      ["another version", npy(good, [0, 0, 0, 0], [4, 0]), "bad-version", /4\.0 at offset 6/],
      ["another minor version", npy(good, [0, 0, 0, 0], [1, 1]), "bad-version", /1\.1 at offset 6/],
      ["no length", npy(good).subarray(0, 9), "bad-length", /ends at offset 9.*goes on to 10/],
      ["half a header", npy(good).subarray(0, 30), "bad-length", /ends at offset 30.*goes on to 69/],
      ["a header without end", npy(good.padEnd(10_001)), "bad-length", /offset 8 is 10001/],
      ["half of the data", npy(good, [0, 0]), "bad-length", /ends at offset 71.*goes on to 73/],
      ["two arrays", npy(good, [0, 0, 0, 0, 0]), "bad-length", /ends at offset 73 and the file at 74/],
      ["no dictionary", npy("[]"), "inconsistent", /offset 10 should have a dictionary/],
      ["no colon", npy("{'descr' '<f4'}"), "inconsistent", /offset 18 should have a colon/],
      ["an open tuple", npy("{'shape': (1, 1"), "inconsistent", /end of the tuple/],
      [
        "an open dictionary",
        npy("{'shape': (1, 1)"),
        "inconsistent",
        /offset 26 should have the end of the dictionary/,
      ],
      ["something after it", npy(`${good} x`), "inconsistent", /nothing after the dictionary/],
      ["a name twice", npy("{'descr': '<f4', 'descr': '<f4'}"), "inconsistent", /'descr' once only/],
      ["a member too many", npy(good.replace("(1, 1), ", "(1, 1), 'x': True")), "inconsistent", /member 'x'/],
      ["no type", npy("{'fortran_order': False, 'shape': (1,)}"), "inconsistent", /offset 10 has no type/],
      ["no order", npy("{'descr': '<f4', 'fortran_order': 'no', 'shape': (1,)}"), "inconsistent", /no True or False/],
      ["no shape", npy("{'descr': '<f4', 'fortran_order': False}"), "inconsistent", /no tuple of integers/],
      ["a negative side", npy(good.replace("(1", "(-1")), "inconsistent", /a side, or the end/],
      [
        "a number as a side that isn't an integer",
        npy(good.replace("(1", "(1.5")),
        "inconsistent",
        /the end of the tuple/,
      ],
      ["fields", npy(good.replace("'<f4'", "[('a', '<f4')]")), "bad-type", /offset 20 has fields/],
      ["complex numbers", npy(good.replace("<f4", "<c8")), "bad-type", /'<c8'/],
      ["objects", npy(good.replace("<f4", "|O")), "bad-type", /'\|O'/],
      ["no byte order", npy(good.replace("<f4", "|f4")), "bad-type", /'\|f4'/],
      ["more than a file holds", npy(good.replace("1, 1", "9007199254740991, 9")), "out-of-range", /offset 10/],
      ["a side above 2^53", npy(good.replace("(1", "(9999999999999999")), "out-of-range", /a side of 1/],
    ];
    for (const [name, file, code, says] of bad) {
      it(`refuses ${name}`, () => expectScorerError(code, () => decodeNpy(file), says));
    }
  });

  describe("safetensors", () => {
    const mixed = {
      __metadata__: { format: "pt" },
      second: entry("BF16", [1, 2], 8, 12),
      first: entry("F32", [2], 0, 8),
      none: entry("I64", [0, 3], 12, 12),
      scalar: entry("U8", [], 12, 13),
    };
    const data = [0, 0, 128, 63, 0, 0, 0, 192, 128, 63, 73, 192, 7];

    it("reads tensors of several types, empty ones and scalars, and metadata", () => {
      const file = safetensors(`${JSON.stringify(mixed)}   `, data);
      expect([isNpy(file), isIdx(file), isSafetensors(file)]).to.deep.equal([false, false, true]);
      const { tensors, metadata } = decodeSafetensors(file);
      expect(metadata).to.deep.equal({ format: "pt" });
      expect([...tensors.keys()].sort()).to.deep.equal(["first", "none", "scalar", "second"]);
      // 0x3f80 and 0xc049 as the upper halves of 1 and −3.140625.
      expect([...tensorMatrix(tensors.get("second")!, "x").data]).to.deep.equal([1, -3.140625]);
      expect(tensors.get("first")).to.deep.include({ type: "float32", shape: [2], offset: file.length - 13 });
      expect(tensors.get("scalar")).to.deep.include({ shape: [], offset: file.length - 1 });
      expectScorerError("bad-length", () => tensorMatrix(tensors.get("first")!, "x"), /has 1 sides/);
      expectScorerError("empty-input", () => tensorMatrix(tensors.get("none")!, "x"));
    });

    it("reads what it writes, aligned and the same whatever the order", () => {
      const random = new Random(7);
      const small = Float32Array.from({ length: 6 }, () => Math.fround(random.gaussian()));
      const large = Float64Array.from({ length: 3 }, () => random.gaussian());
      const tensors = {
        "b.ü": { shape: [2, 3], data: small },
        a: { shape: [3, 1], data: Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31)) },
        c: { shape: [1, 3], data: large },
      };
      const file = encodeSafetensors(tensors, { text: "1" });
      const reversed = Object.fromEntries(Object.entries(tensors).reverse());
      expect(encodeSafetensors(reversed, { text: "1" })).to.deep.equal(file);
      const read = decodeSafetensors(file);
      expect(read.metadata).to.deep.equal({ text: "1" });
      expect([...read.tensors.keys()]).to.deep.equal(["c", "a", "b.ü"]);
      for (const [name, { shape, data: numbers }] of Object.entries(tensors)) {
        const tensor = read.tensors.get(name)!;
        expect(tensor.shape).to.deep.equal(shape);
        expect(tensor.offset % numbers.BYTES_PER_ELEMENT, name).to.equal(0);
        expect([...tensorMatrix(tensor, name).data]).to.deep.equal([...numbers]);
      }
      expect(decodeSafetensors(encodeSafetensors({})).tensors.size).to.equal(0);
      expectScorerError("bad-length", () => encodeSafetensors({ a: { shape: [2], data: large } }), /3 numbers/);
    });

    const one = (changed: object): string => JSON.stringify({ t: { ...entry("F32", [1], 0, 4), ...changed } });
    const two = (begin: number, end: number): string =>
      JSON.stringify({ t: entry("F32", [1], 0, 4), u: entry("F32", [1], begin, end) });
    const zeros = (count: number): number[] => new Array<number>(count).fill(0);
    const bad: BadFile[] = [
      ["an empty file", new Uint8Array(), "bad-length", /offset 0/],
      ["half a length", new Uint8Array(7), "bad-length", /offset 7/],
      ["a header of more than 100 MB", safetensors("{}", [], 100_000_001n), "bad-length", /100000001/],
      ["a length beyond 2^53", safetensors("{}", [], 2n ** 64n - 1n), "bad-length", /18446744073709551615/],
      ["half a header", safetensors("{}", [], 3n), "bad-length", /ends at offset 10.*goes on to 11/],
      ["an empty header", safetensors(""), "bad-json", /doesn't begin with \{/],
      ["a header that begins with a space", safetensors(" {}"), "bad-json", /doesn't begin with \{/],
      ["a header that isn't JSON", safetensors("{x}"), "bad-json", /offset 8 is not JSON/],
      ["a header that isn't UTF-8", join(safetensors('{"a": "'), [0xff]), "bad-json", /not JSON/],
      [
        "a name twice",
        safetensors(`{"t":${JSON.stringify(entry("U8", [0], 0, 0))},"\\u0074" :{}}`),
        "bad-json",
        /"t" twice/,
      ],
      ["a member twice", safetensors('{"t":{"dtype":"F32","dtype":"F32"}}'), "bad-json", /"dtype" twice/],
      ["a tensor that is a list", safetensors('{"t":[]}'), "bad-json", /"t" is not an object/],
      ["metadata of numbers", safetensors('{"__metadata__":{"a":1}}'), "bad-json", /"a" of __metadata__/],
      ["an unknown type", safetensors(one({ dtype: "F8_E4M3" }), zeros(4)), "bad-type", /"F8_E4M3"/],
      ["no type", safetensors(one({ dtype: undefined }), zeros(4)), "bad-type", /undefined/],
      ["no shape", safetensors(one({ shape: "1" }), zeros(4)), "bad-json", /lacks "shape"/],
      ["three places", safetensors(one({ data_offsets: [0, 4, 4] }), zeros(4)), "bad-json", /"data_offsets"/],
      ["a negative side", safetensors(one({ shape: [-1] }), zeros(4)), "out-of-range", /a side of -1/],
      ["half a side", safetensors(one({ shape: [0.5] }), zeros(4)), "out-of-range", /a side of 0.5/],
      ["sides beyond 2^53", safetensors(one({ shape: [2 ** 40, 2 ** 40] }), zeros(4)), "out-of-range", /offset 8/],
      ["a shape that doesn't fit", safetensors(one({ shape: [2] }), zeros(4)), "inconsistent", /0 to 4.*8 bytes/],
      ["a place before 0", safetensors(one({ data_offsets: [-4, 0] })), "inconsistent", /-4 to 0/],
      ["an overlap", safetensors(two(2, 6), zeros(6)), "inconsistent", /"u" begins at offset \d+, within/],
      [
        "a hole",
        safetensors(two(5, 9), zeros(9)),
        "inconsistent",
        /"u" begins at offset \d+, and the one before it ends/,
      ],
      ["a hole at the start", safetensors(one({ data_offsets: [4, 8] }), zeros(8)), "inconsistent", /"t" begins/],
      ["data that nothing names", safetensors(one({}), zeros(5)), "bad-length", /its tensors at/],
      ["data that are missing", safetensors(one({}), zeros(3)), "bad-length", /its tensors at/],
    ];
    for (const [name, file, code, says] of bad) {
      it(`refuses ${name}`, () => expectScorerError(code, () => decodeSafetensors(file), says));
    }

    it("doesn't take strings with braces or colons for names", () => {
      const header = JSON.stringify({ __metadata__: { a: '{"a": 1}', b: '"a":' }, 'n{"': entry("U8", [1], 0, 1) });
      expect([...decodeSafetensors(safetensors(header, [1])).tensors.keys()]).to.deep.equal(['n{"']);
    });
  });

  describe("IDX", () => {
    const images = join([0, 0, 8, 3], [0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], [1, 2, 3, 255]);

    it("reads images and labels", () => {
      expect([isNpy(images), isIdx(images), isSafetensors(images)]).to.deep.equal([false, true, false]);
      const { rows, columns, data } = tensorMatrix(decodeIdx(images), "the images");
      expect([rows, columns, ...data]).to.deep.equal([2, 2, 1, 2, 3, 255]);
      const labels = decodeIdx(join([0, 0, 8, 1, 0, 0, 0, 3], [9, 0, 1]));
      expect([...tensorIntegers(labels, 0, 9, "the labels")]).to.deep.equal([9, 0, 1]);
    });

    it("reads big-endian floats", () => {
      const file = join([0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 1], [0x3f, 0x80, 0, 0]);
      expect([...tensorMatrix(decodeIdx(file), "x").data]).to.deep.equal([1]);
    });

    const bad: BadFile[] = [
      ["an empty file", new Uint8Array(), "bad-magic", /offset 0/],
      ["a file that is packed", join([0x1f, 0x8b, 8, 0]), "bad-magic", /no IDX file/],
      ["a type that IDX doesn't have", join([0, 0, 0x0a, 1, 0, 0, 0, 0]), "bad-magic", /type/],
      ["no sides", join([0, 0, 8, 0]), "bad-magic", /sides/],
      ["half a header", images.subarray(0, 9), "bad-length", /ends at offset 9.*ends at 16/],
      ["half of the data", images.subarray(0, 18), "bad-length", /ends at offset 18.*ends at 20/],
      ["data beyond the end", join(images, [0]), "bad-length", /ends at offset 21/],
    ];
    for (const [name, file, code, says] of bad) {
      it(`refuses ${name}`, () => expectScorerError(code, () => decodeIdx(file), says));
    }
  });

  describe("numbers", () => {
    it("of every binary16 are those of IEEE 754", () => {
      for (let bits = 0; bits < 2 ** 16; bits++) {
        const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
        const tensor = stored("float16", [1, 1], [bits & 255, bits >> 8]);
        if (exponent === 31) {
          if (bits % 97 === 0) expectScorerError("not-finite", () => tensorMatrix(tensor, "x"), /offset 100/);
          continue;
        }
        const scaled = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
        const [value] = tensorMatrix(tensor, "x").data;
        if (value !== (sign === 1 ? -scaled : scaled)) throw new Error(`${bits} is read as ${value}`);
      }
    });

    it("that aren't finite are refused at their offset", () => {
      const nan = [0, 0, 192, 127];
      expectScorerError("not-finite", () => tensorMatrix(stored("float32", [1, 2], [0, 0, 0, 0, ...nan]), "x"), /104/);
      expectScorerError("not-finite", () => tensorMatrix(stored("bfloat16", [1, 1], [128, 255]), "x"), /-Infinity/);
    });

    it("of int64 beyond 2^53 are refused", () => {
      const tensor = stored("int64", [1, 1], [0, 0, 0, 0, 0, 0, 0x20, 0]);
      expectScorerError("out-of-range", () => tensorMatrix(tensor, "x"), /9007199254740992 at offset 100/);
    });

    it("are integers of one side within their bounds where they count", () => {
      const labels = (type: StoredTensor["type"], bytes: number[], shape = [bytes.length]): StoredTensor =>
        stored(type, shape, bytes);
      expect([...tensorIntegers(labels("int8", [255, 3]), -1, 3, "x")]).to.deep.equal([-1, 3]);
      expectScorerError(
        "out-of-range",
        () => tensorIntegers(labels("int8", [1, 255]), 0, 3, "x"),
        /-1 at place 1, offset 101/,
      );
      expectScorerError("out-of-range", () => tensorIntegers(labels("uint8", [4]), 0, 3, "x"), /from 0 to 3/);
      expectScorerError("bad-type", () => tensorIntegers(labels("float16", [0, 0], [1]), 0, 3, "x"), /float16/);
      expectScorerError("bad-length", () => tensorIntegers(labels("int8", [1, 1], [2, 1]), 0, 3, "x"), /2 sides/);
    });

    it("never make a damaged file fail with anything but a ScorerError", () => {
      const random = new Random(11);
      const files = [
        ...NUMPY.map(([, , , base64]) => fromBase64(base64)),
        encodeSafetensors({ a: { shape: [2, 2], data: new Float32Array(4) } }, { m: "x" }),
      ];
      for (let round = 0; round < 4_000; round++) {
        const file = files[random.integer(0, files.length - 1)]!.slice();
        for (let i = random.integer(1, 3); i > 0; i--)
          file[random.integer(0, file.length - 1)] = random.integer(0, 255);
        const cut = random.integer(0, 3) === 0 ? file.subarray(0, random.integer(0, file.length)) : file;
        for (const read of [decodeNpy, decodeSafetensors, decodeIdx]) {
          try {
            read(cut);
          } catch (error) {
            expect(error).to.be.instanceOf(ScorerError);
          }
        }
      }
    });
  });
});
