import { getAddress, isAddress, ZeroAddress } from "ethers";
import { licenceUrl } from "../metadata/index.ts";
import type { Hex, NodePlace } from "../scorer/index.ts";
import type { Reader } from "./command.ts";
import { UsageError } from "./exit.ts";
import { MODEL_KINDS, type ModelKind } from "./words.ts";

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

/** A decimal number between bounds, as `0.5`. */
export function decimal(least: number, most: number): Reader<number> {
  return (given) => {
    const number = /^\d{1,30}(\.\d{1,36})?$/.test(given) ? Number(given) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(
      most === Number.MAX_VALUE
        ? "expected a decimal number above 0"
        : `expected a decimal number from ${least} to ${most}`,
    );
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

/** Basis points of a whole. */
export const bps = whole(0, 10_000);

/** Basis points up to what the chain lets a scorer take. */
export const feeBps = whole(0, 1_000);

/** An address, with its checksum where it has one. */
export const address: Reader<string> = (given) => {
  if (!isAddress(given) || !given.startsWith("0x")) {
    throw new UsageError("expected an address: 0x and 40 hexadecimal digits, in one case or with the right checksum");
  }
  return getAddress(given);
};

/** An address, or `none` for the zero address. */
export const addressOrNone: Reader<string> = (given) => (given === "none" ? ZeroAddress : address(given));

/** 32 bytes. */
export const root: Reader<Hex> = (given) => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(given)) throw new UsageError("expected 0x and 64 hexadecimal digits");
  return given.toLowerCase() as Hex;
};

/** One of some words. */
export function oneOf<const W extends string>(words: readonly W[]): Reader<W> {
  return (given) => {
    const word = words.find((known) => known === given);
    if (word === undefined) throw new UsageError(`expected one of ${words.join(", ")}`);
    return word;
  };
}

/** Kinds of models with commas between them, `all` or `none`. */
export const kinds: Reader<readonly ModelKind[]> = (given) => {
  if (given === "all") return MODEL_KINDS;
  if (given === "none") return [];
  const named = given.split(",");
  const unknown = named.find((name) => !(MODEL_KINDS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `"${unknown}" is no kind: expected some of ${MODEL_KINDS.join(", ")} with commas between them, all, or none`,
    );
  }
  return MODEL_KINDS.filter((kind) => named.includes(kind));
};

/** A node of a statement's tree: `LEVEL/POSITION`. */
export const nodePlace: Reader<NodePlace> = (given) => {
  const [, level, position] = /^(\d{1,2})\/(\d{1,7})$/.exec(given) ?? [];
  if (level === undefined || position === undefined || Number(level) > 20) {
    throw new UsageError("expected LEVEL/POSITION: lines have level 0, positions count from the left, from 0");
  }
  return { level: Number(level), position: Number(position) };
};

/** A model's share of a child: `ID:BPS`. */
export const parentShare: Reader<{ readonly model: bigint; readonly shareBps: number }> = (given) => {
  const [, model, share] = /^([^:]+):([^:]+)$/.exec(given) ?? [];
  if (model === undefined || share === undefined) {
    throw new UsageError("expected MODEL:BPS, the parent and its share in basis points: 1:1000 is 10 % for model 1");
  }
  return { model: id(48)(model), shareBps: bps(share) };
};

/** A dataset version's share of a model: `DATASET/VERSION:BPS`. */
export const sourceShare: Reader<{
  readonly dataset: bigint;
  readonly version: number;
  readonly shareBps: number;
}> = (given) => {
  const [, dataset, version, share] = /^([^:/]+)\/([^:/]+):([^:]+)$/.exec(given) ?? [];
  if (dataset === undefined || version === undefined || share === undefined) {
    throw new UsageError(
      "expected DATASET/VERSION:BPS, the dataset's version and its share in basis points: 1/2:6000 is 60 % for version 2 of dataset 1",
    );
  }
  return { dataset: id(32)(dataset), version: whole(1, 65_534)(version), shareBps: bps(share) };
};

/** A list of the wallets that may train on a dataset: `DATASET:FILE`. */
export const trainersOf: Reader<{ readonly dataset: bigint; readonly path: string }> = (given) => {
  const [, dataset, path] = /^(\d+):(.+)$/.exec(given) ?? [];
  if (dataset === undefined || path === undefined) {
    throw new UsageError("expected DATASET:FILE, the dataset and the list of its trainers: 1:trainers.txt");
  }
  return { dataset: id(32)(dataset), path };
};

/** A submitted contribution: `CONTRIBUTOR/ROOT`. */
export const submission: Reader<{ readonly contributor: string; readonly root: Hex }> = (given) => {
  const [contributor, digest, ...more] = given.split("/");
  if (contributor === undefined || digest === undefined || more.length > 0) {
    throw new UsageError('expected CONTRIBUTOR/ROOT, as "review DATASET" lists them');
  }
  return { contributor: address(contributor), root: root(digest) };
};

/** A day: `2026-01-31`. */
export const date: Reader<string> = (given) => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(given) || !isDay(given)) {
    throw new UsageError("expected a day as YYYY-MM-DD");
  }
  return given;
};

/** A time in Unix seconds, given so or as ISO 8601: a day (its beginning in UTC), or a time with its zone. */
export const time: Reader<bigint> = (given) => {
  if (/^\d{1,12}$/.test(given)) return BigInt(given);
  const iso = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.exec(given);
  const parsed = iso === null || !isDay(iso[1] ?? "") ? Number.NaN : Date.parse(given);
  if (Number.isNaN(parsed)) {
    throw new UsageError("expected seconds since 1970, a day as YYYY-MM-DD, or a time as 2026-01-31T12:00:00Z");
  }
  return BigInt(Math.floor(parsed / 1000));
};

/** Whether a month has such a day. */
function isDay(text: string): boolean {
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text);
}

/** An address in the web. */
export const webUrl: Reader<string> = (given) => {
  const protocol = URL.canParse(given) ? new URL(given).protocol : "";
  if (protocol !== "https:" && protocol !== "http:") {
    throw new UsageError("expected a URL that begins with https:// or http://");
  }
  return given;
};

/** An SPDX id, or the address of a licence's text. */
export const licence: Reader<string> = (given) => {
  try {
    licenceUrl(given);
  } catch {
    throw new UsageError("expected an id of https://spdx.org/licenses (MIT, CC-BY-4.0), or the address of a text");
  }
  return given;
};

/** An amount of money in whole units and their fraction: `2`, `0.25`. */
export const amount: Reader<string> = (given) => {
  if (!/^\d{1,30}(\.\d{1,36})?$/.test(given)) throw new UsageError("expected an amount as 2 or 0.25");
  return given;
};
