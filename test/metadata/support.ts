import { expect } from "chai";
import { type DatasetFile, type DatasetOptions, MetadataError, type MetadataErrorCode } from "../../metadata/index.ts";

export { Random } from "../scorer/support.ts";

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A folder from texts or bytes by path. */
export function folder(files: Readonly<Record<string, string | Uint8Array>>): DatasetFile[] {
  return Object.entries(files).map(([path, content]) => ({
    path,
    bytes: typeof content === "string" ? utf8(content) : content,
  }));
}

export const OPTIONS: DatasetOptions = {
  name: "Harbour weather",
  description: "Hourly weather at three harbours.",
  licences: ["CC-BY-4.0"],
  creators: [
    { type: "Organization", name: "Harbour Office", url: "https://harbour.example" },
    { type: "Person", name: "Ada Lovelace" },
  ],
  url: "https://harbour.example/weather",
  version: "2.1.0",
  datePublished: "2026-03-01",
};

/** Expects a MetadataError of a code whose message says something. */
export function expectMetadataError(code: MetadataErrorCode, act: () => unknown, says?: RegExp): MetadataError {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  return checkMetadataError(thrown, code, says);
}

export function checkMetadataError(thrown: unknown, code: MetadataErrorCode, says?: RegExp): MetadataError {
  expect(thrown, `expected ${code}`).to.be.instanceOf(MetadataError);
  const error = thrown as MetadataError;
  expect(error.code, error.message).to.equal(code);
  expect(error.message.length).to.be.above(20);
  if (says !== undefined) expect(error.message).to.match(says);
  return error;
}
