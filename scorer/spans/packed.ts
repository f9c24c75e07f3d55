/** Unsigned integers below 2^32 in as few bytes each as the largest needs. */
export class PackedIntegers {
  readonly length: number;
  /** Little-endian, `width` bytes for each integer. */
  readonly bytes: Uint8Array;
  /** 1 to 4 */
  readonly width: number;

  /** @param max - the largest that will be set */
  constructor(length: number, max: number) {
    this.length = length;
    this.width = max < 256 ? 1 : max < 65_536 ? 2 : max < 16_777_216 ? 3 : 4;
    this.bytes = new Uint8Array(length * this.width);
  }

  static from(values: Uint32Array, max: number): PackedIntegers {
    const packed = new PackedIntegers(values.length, max);
    const { bytes, width } = packed;
    let to = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      bytes[to] = value;
      if (width > 1) bytes[to + 1] = value >>> 8;
      if (width > 2) bytes[to + 2] = value >>> 16;
      if (width > 3) bytes[to + 3] = value >>> 24;
      to += width;
    }
    return packed;
  }

  at(index: number): number {
    const { bytes, width } = this;
    const from = index * width;
    if (width === 3) return bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16);
    if (width === 4) {
      return (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)) >>> 0;
    }
    return width === 2 ? bytes[from]! | (bytes[from + 1]! << 8) : bytes[from]!;
  }
}
