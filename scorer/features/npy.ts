import { viewOf } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { type StoredTensor, type TensorType, tensorBytes } from "./tensor.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** What NumPy itself reads without being asked to trust the file. */
const MAX_HEADER = 10_000;

const TYPES: Readonly<Record<string, TensorType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
};

/** Whether a file begins as an NPY file does. */
export function isNpy(file: Uint8Array): boolean {
  return MAGIC.every((byte, i) => file[i] === byte);
}

/**
 * Reads an NPY file of version 1.0, 2.0 or 3.0 (NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays"):
 * one array of float16, 32 or 64, int8, 16, 32 or 64, or uint8, in either byte order and in C or Fortran order.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length` (a file that is cut off, or goes on), `inconsistent` (a
 * header that isn't NEP 1's), `bad-type` for arrays of anything else, `out-of-range` for a shape; each with the offset
 */
export function decodeNpy(file: Uint8Array): StoredTensor {
  if (!isNpy(file)) throw new ScorerError("bad-magic", 'no "\\x93NUMPY" at offset 0: this is no NPY file');
  const major = file[6];
  const minor = file[7];
  if (!(major === 1 || major === 2 || major === 3) || minor !== 0) {
    throw new ScorerError(
      "bad-version",
      `version ${major}.${minor} at offset 6: NPY files of version 1.0, 2.0 and 3.0 can be read`,
    );
  }
  const start = major === 1 ? 10 : 12;
  if (file.length < start) throw cutOff(file, start);
  const length = major === 1 ? viewOf(file).getUint16(8, true) : viewOf(file).getUint32(8, true);
  if (length > MAX_HEADER) {
    throw new ScorerError(
      "bad-length",
      `the header's length at offset 8 is ${length}: at most ${MAX_HEADER} bytes are read`,
    );
  }
  if (file.length < start + length) throw cutOff(file, start + length);
  const { type, littleEndian, columnMajor, shape } = parseHeader(file.subarray(start, start + length), start);
  const offset = start + length;
  const end = offset + tensorBytes(type, shape, `the shape in the header at offset ${start}`);
  if (file.length < end) throw cutOff(file, end);
  if (file.length > end) {
    throw new ScorerError(
      "bad-length",
      `the array ends at offset ${end} and the file at ${file.length}: store one array in a file`,
    );
  }
  return { type, shape, littleEndian, columnMajor, bytes: file.subarray(offset), offset };
}

function cutOff(file: Uint8Array, expected: number): ScorerError {
  return new ScorerError(
    "bad-length",
    `the file ends at offset ${file.length}, by its header it goes on to ${expected}: fetch or write it again`,
  );
}

type Header = Pick<StoredTensor, "type" | "littleEndian" | "columnMajor" | "shape">;

/** What a value of the header's dictionary is made of. */
type Literal = string | boolean | readonly number[];

function parseHeader(bytes: Uint8Array, start: number): Header {
  const members = new HeaderReader(bytes, start).read();
  const { descr, fortran_order: columnMajor, shape, ...others } = members;
  const wrong = (what: string): ScorerError =>
    new ScorerError("inconsistent", `the header at offset ${start} ${what}: write the file again with numpy.save`);
  if (Object.keys(others).length > 0) throw wrong(`has the member '${Object.keys(others)[0]}'`);
  if (typeof descr !== "string") throw wrong("has no type as 'descr'");
  if (typeof columnMajor !== "boolean") throw wrong("has no True or False as 'fortran_order'");
  if (typeof shape !== "object") throw wrong("has no tuple of integers as 'shape'");
  const type = TYPES[descr.slice(1)];
  const order = descr.charAt(0);
  if (type === undefined || !(order === "<" || order === ">" || (order === "|" && descr.endsWith("1")))) {
    throw new ScorerError(
      "bad-type",
      `the type in the header at offset ${start} is '${descr}': store float16, 32 or 64, int8, 16, 32 or 64, or uint8`,
    );
  }
  return { type, littleEndian: order !== ">", columnMajor, shape };
}

/** Reads the literal of a Python dictionary, as far as headers of plain arrays need it. */
class HeaderReader {
  readonly #text: string;
  readonly #start: number;
  #at = 0;

  constructor(bytes: Uint8Array, start: number) {
    // A byte a character, so that places are offsets; what a supported header says is ASCII in every version.
    this.#text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    this.#start = start;
  }

  read(): Partial<Record<string, Literal>> {
    const members = new Map<string, Literal>();
    this.#take(/\{/y, "a dictionary");
    while (this.#find(/\}/y) === undefined) {
      const name = this.#take(/'[^'\\]*'|"[^"\\]*"/y, "the name of a member").slice(1, -1);
      if (members.has(name)) throw this.#expected(`'${name}' once only`);
      this.#take(/:/y, "a colon");
      members.set(name, this.#value());
      if (this.#find(/,/y) === undefined) {
        this.#take(/\}/y, "the end of the dictionary");
        break;
      }
    }
    this.#take(/$/y, "nothing after the dictionary");
    return Object.fromEntries(members);
  }

  #value(): Literal {
    const word = this.#find(/'[^'\\]*'|"[^"\\]*"|True|False/y);
    if (word === "True" || word === "False") return word === "True";
    if (word !== undefined) return word.slice(1, -1);
    if (this.#find(/\[/y) !== undefined) {
      throw new ScorerError(
        "bad-type",
        `the array's type at offset ${this.#start + this.#at - 1} has fields: store one array of numbers`,
      );
    }
    this.#take(/\(/y, "a string, True, False or a tuple");
    const sides: number[] = [];
    while (this.#find(/\)/y) === undefined) {
      // Python 2 wrote long integers with an L.
      sides.push(Number(this.#take(/\d{1,16}(?=\D)L?/y, "a side, or the end of the tuple").replace("L", "")));
      if (this.#find(/,/y) === undefined) {
        this.#take(/\)/y, "the end of the tuple");
        break;
      }
    }
    return sides;
  }

  /** What a pattern finds after white space. */
  #find(pattern: RegExp): string | undefined {
    const space = /[ \t\n\r\f]*/y;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    pattern.lastIndex = space.lastIndex;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #take(pattern: RegExp, what: string): string {
    const found = this.#find(pattern);
    if (found === undefined) throw this.#expected(what);
    return found;
  }

  #expected(what: string): ScorerError {
    return new ScorerError(
      "inconsistent",
      `the header at offset ${this.#start + this.#at} should have ${what}: write the file again with numpy.save`,
    );
  }
}
