import { getAddress, isAddress } from "ethers";
import type { Hex } from "../scorer/index.ts";
import type { Reader } from "./command.ts";
import { UsageError } from "./exit.ts";

/** Any text that isn't empty: names of files, URIs. */
export const text: Reader<string> = (given) => {
  if (given === "") throw new UsageError("it must not be empty");
  return given;
};

/** A whole number between bounds. */
export function whole(least: number, most: number): Reader<number> {
  return (given) => {
    const number = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
    if (!(number >= least && number <= most)) throw new UsageError(`expected a whole number from ${least} to ${most}`);
    return number;
  };
}

/** A number of a model or dataset. */
export function id(bits: number): Reader<bigint> {
  return (given) => {
    const number = /^\d{1,20}$/.test(given) ? BigInt(given) : 0n;
    if (number < 1n || number >= 1n << BigInt(bits)) {
      throw new UsageError(`expected a number from 1 on, below 2^${bits}, as the chain gave it at registration`);
    }
    return number;
  };
}

/** A stream: its number, or `MODEL/PLACE` with the place of the dataset in the model's list. */
export const stream: Reader<bigint> = (given) => {
  const match = /^(\d{1,15})\/(\d{1,3})$/.exec(given);
  const number =
    match === null
      ? /^\d{1,20}$/.test(given)
        ? BigInt(given)
        : 0n
      : (BigInt(match[1] ?? 0) << 8n) | BigInt(match[2] ?? 0);
  const badPlace = match !== null && Number(match[2]) > 15;
  if (badPlace || number < 256n || number >= 1n << 56n) {
    throw new UsageError(
      "expected a stream's number (model × 256 + place), or MODEL/PLACE: the first dataset of model 2 is 512, or 2/0",
    );
  }
  return number;
};

/** Number of an interval, from 0. */
export const interval = whole(0, 2 ** 32 - 1);

/** Basis points up to what the chain lets a scorer take. */
export const feeBps = whole(0, 1_000);

/** An address, with its checksum where it has one. */
export const address: Reader<string> = (given) => {
  if (!isAddress(given) || !given.startsWith("0x")) {
    throw new UsageError("expected an address: 0x and 40 hexadecimal digits, in one case or with the right checksum");
  }
  return getAddress(given);
};

/** 32 bytes. */
export const root: Reader<Hex> = (given) => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(given)) throw new UsageError("expected 0x and 64 hexadecimal digits");
  return given.toLowerCase() as Hex;
};
