import { utf8ToBytes } from "@noble/hashes/utils.js";
import { abiWords, fromHex, type Hex, toHex } from "./bytes.ts";
import { keccakBytes } from "./hash.ts";
import { assertInteger, assertUint } from "./integers.ts";
import { unpackQ } from "./query.ts";

/** What a model's operator signs for one interval of its fee counter. */
export interface UsageReport {
  /** uint256 */
  readonly model: bigint;
  /** uint32 */
  readonly interval: number;
  /** The fee counter where the interval begins (exclusive), uint112 */
  readonly from: bigint;
  /** The fee counter where the interval ends (inclusive), uint112 */
  readonly to: bigint;
  readonly receiptsRoot: Hex;
  /** The exponent of q, int16 */
  readonly exponent: number;
  /** The lanes of q as `packQ` gives them */
  readonly q: Hex;
}

/** The EIP-712 types of a usage report, as ethers' `signTypedData` takes them. */
export const USAGE_REPORT_TYPES: { readonly UsageReport: { name: string; type: string }[] } = {
  UsageReport: [
    { name: "model", type: "uint256" },
    { name: "interval", type: "uint32" },
    { name: "from", type: "uint112" },
    { name: "to", type: "uint112" },
    { name: "receiptsRoot", type: "bytes32" },
    { name: "exponent", type: "int16" },
    { name: "q", type: "bytes" },
  ],
};

/** EIP-712 `encodeType` of a usage report. */
export const USAGE_REPORT_TYPE = `UsageReport(${USAGE_REPORT_TYPES.UsageReport.map(({ name, type }) => `${type} ${name}`).join(",")})`;

const TYPE_HASH = keccakBytes(utf8ToBytes(USAGE_REPORT_TYPE));

/**
 * The EIP-712 `hashStruct` of a report: what the chain calls the report's hash, and, with the domain separator of the
 * registry that the report is for, what the operator signs.
 *
 * @throws ScorerError `out-of-range`, `bad-hex`, `bad-length` when q is not a whole number of words of lanes
 */
export function usageReportHash(report: UsageReport): Hex {
  const q = fromHex(report.q, "q");
  unpackQ(q);
  return toHex(
    keccakBytes(
      abiWords(
        TYPE_HASH,
        assertUint(report.model, 256, "the report's model"),
        BigInt(assertInteger(report.interval, 0, 2 ** 32 - 1, "the report's interval")),
        assertUint(report.from, 112, "the start of the interval"),
        assertUint(report.to, 112, "the end of the interval"),
        fromHex(report.receiptsRoot, "the receipts' root", 32),
        BigInt(assertInteger(report.exponent, -32768, 32767, "the exponent of q")),
        keccakBytes(q),
      ),
    ),
  );
}
