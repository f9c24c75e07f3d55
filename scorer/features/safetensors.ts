import { utf8ToBytes } from "@noble/hashes/utils.js";
import { viewOf } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonicalJson.ts";
import { ScorerError } from "../core/errors.ts";
import { asRecord } from "../core/jsonFields.ts";
import { type StoredTensor, type TensorType, tensorBytes } from "./tensor.ts";

/** The most bytes of a header, by the format. */
const MAX_HEADER = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = "__metadata__";

const TYPES: Readonly<Record<string, TensorType>> = {
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
  I8: "int8",
  I16: "int16",
  I32: "int32",
  I64: "int64",
  U8: "uint8",
};

/** What a safetensors file holds. */
export interface Safetensors {
  /** By name, in the order of the file's bytes */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether a file may be a safetensors file: the object of its header follows its length. */
export function isSafetensors(file: Uint8Array): boolean {
  return file.length > LENGTH_BYTES && file[LENGTH_BYTES] === 0x7b;
}

/**
 * Reads a safetensors file (huggingface/safetensors, README, "Format"): the header's length (uint64, little-endian), a
 * JSON object that names each tensor's type, shape and place, and their bytes. The format's own rules hold: a header of
 * at most 100 MB that begins with `{`, no name twice, no overlaps, and no byte that no tensor takes.
 *
 * @throws ScorerError `bad-length`, `bad-json`, `bad-type` (a type that can't be read), `out-of-range`, `inconsistent`
 * (places that don't fit shapes, each other or the file); each with the offset
 */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  if (file.length < LENGTH_BYTES) {
    throw new ScorerError("bad-length", `the file ends at offset ${file.length}, before the length of its header`);
  }
  const length = viewOf(file).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw new ScorerError(
      "bad-length",
      `the header's length at offset 0 is ${length}: at most ${MAX_HEADER} bytes are allowed, so this is another kind of file`,
    );
  }
  const start = LENGTH_BYTES + Number(length);
  if (file.length < start) {
    throw new ScorerError(
      "bad-length",
      `the file ends at offset ${file.length}, its header goes on to ${start}: fetch or write it again`,
    );
  }
  const { [METADATA]: metadata, ...entries } = parseHeader(file.subarray(LENGTH_BYTES, start));
  const tensors = Object.entries(entries)
    .map(([name, entry]) => readEntry(name, entry))
    .sort((one, other) => one.begin - other.begin || one.end - other.end);
  let at = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== at) {
      throw new ScorerError(
        "inconsistent",
        `tensor "${name}" begins at offset ${start + begin}, ${begin < at ? "within the one before it, which ends" : "and the one before it ends"} at ${start + at}: write the file again`,
      );
    }
    at = end;
  }
  if (start + at !== file.length) {
    throw new ScorerError(
      "bad-length",
      `the file ends at offset ${file.length}, its tensors at ${start + at}: fetch or write it again`,
    );
  }
  return {
    tensors: new Map(
      tensors.map(({ name, type, shape, begin, end }) => [
        name,
        {
          type,
          shape,
          littleEndian: true,
          columnMajor: false,
          bytes: file.subarray(start + begin, start + end),
          offset: start + begin,
        },
      ]),
    ),
    metadata: metadata === undefined ? {} : readMetadata(metadata),
  };
}

/** A tensor to be written. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  /** The last side runs fastest */
  readonly data: Float32Array | Float64Array | Int32Array;
}

/**
 * Writes a safetensors file. Tensors are laid out by the width of their numbers, widest first, then by name, and the
 * header is padded to whole words of 8 bytes, so that every tensor is aligned: same content, same bytes.
 *
 * @throws ScorerError `bad-length` for data that don't fit their shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const laid = Object.entries(tensors).sort(
    ([name, { data }], [other, { data: otherData }]) =>
      otherData.BYTES_PER_ELEMENT - data.BYTES_PER_ELEMENT || (name < other ? -1 : 1),
  );
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { [METADATA]: metadata };
  let at = 0;
  for (const [name, { shape, data }] of laid) {
    const dtype = data instanceof Float32Array ? "F32" : data instanceof Float64Array ? "F64" : "I32";
    const bytes = tensorBytes(TYPES[dtype]!, shape, `the shape of "${name}"`);
    if (bytes !== data.byteLength) {
      throw new ScorerError(
        "bad-length",
        `"${name}" has ${data.length} numbers, its shape ${shape.join(" × ")} needs ${bytes / data.BYTES_PER_ELEMENT}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const json = utf8ToBytes(canonicalJson(header));
  const start = LENGTH_BYTES + 8 * Math.ceil(json.length / 8);
  const file = new Uint8Array(start + at).fill(0x20, LENGTH_BYTES, start);
  const view = viewOf(file);
  view.setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  file.set(json, LENGTH_BYTES);
  let offset = start;
  for (const [, { data }] of laid) {
    const width = data.BYTES_PER_ELEMENT;
    for (let i = 0; i < data.length; i++) {
      if (data instanceof Int32Array) view.setInt32(offset + i * width, data[i]!, true);
      else if (width === 4) view.setFloat32(offset + i * width, data[i]!, true);
      else view.setFloat64(offset + i * width, data[i]!, true);
    }
    offset += data.byteLength;
  }
  return file;
}

interface Entry {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Place of its bytes, from the end of the header */
  readonly begin: number;
  readonly end: number;
}

function readEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = asRecord(entry, `the entry of tensor "${name}"`);
  const type = typeof dtype === "string" ? TYPES[dtype] : undefined;
  if (type === undefined) {
    throw new ScorerError(
      "bad-type",
      `tensor "${name}" in the header at offset ${LENGTH_BYTES} has the dtype ${JSON.stringify(dtype)}: store one of ${Object.keys(TYPES).join(", ")}`,
    );
  }
  if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2) {
    throw new ScorerError(
      "bad-json",
      `tensor "${name}" in the header at offset ${LENGTH_BYTES} lacks "shape" or two "data_offsets" in numbers`,
    );
  }
  const bytes = tensorBytes(type, shape, `tensor "${name}" in the header at offset ${LENGTH_BYTES}`);
  const [begin = 0, end = 0] = offsets;
  if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && end - begin === bytes)) {
    throw new ScorerError(
      "inconsistent",
      `tensor "${name}" in the header at offset ${LENGTH_BYTES} takes data_offsets ${begin} to ${end}, its shape and dtype ${bytes} bytes: write the file again`,
    );
  }
  return { name, type, shape, begin, end };
}

function readMetadata(value: unknown): Record<string, string> {
  const metadata = asRecord(value, `${METADATA} in the header at offset ${LENGTH_BYTES}`);
  return Object.fromEntries(
    Object.entries(metadata).map(([name, text]) => {
      if (typeof text === "string") return [name, text];
      throw new ScorerError(
        "bad-json",
        `"${name}" of ${METADATA} in the header at offset ${LENGTH_BYTES} is not a string`,
      );
    }),
  );
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((element) => typeof element === "number");
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const what = `the header at offset ${LENGTH_BYTES}`;
  if (bytes[0] !== 0x7b)
    throw new ScorerError("bad-json", `${what} doesn't begin with {: this is another kind of file`);
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    throw new ScorerError("bad-json", `${what} is not JSON in UTF-8: fetch or write the file again`);
  }
  const twice = repeatedName(text);
  if (twice !== undefined) throw new ScorerError("bad-json", `${what} names "${twice}" twice: write the file again`);
  return asRecord(parsed, what);
}

/** A member's name that an object of some JSON has twice: `JSON.parse` takes the last of them and says nothing. */
function repeatedName(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (string !== undefined) {
      const name = JSON.parse(string) as string;
      const names = open[open.length - 1];
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return undefined;
}
