import { ClientError } from "../../client/index.ts";
import { type Hex, ScorerError, type UsageReport, usageReportHash } from "../../scorer/index.ts";

/** A usage report with its operator's signature: whoever has both can post it. */
export interface SignedReport {
  readonly report: UsageReport;
  /** EIP-712; of any length, since an operator may be a contract */
  readonly signature: string;
}

/** A signed report as JSON, integers beyond 2^53 as decimals. */
export function encodeReport({ report, signature }: SignedReport): string {
  const { model, from, to, ...rest } = report;
  return JSON.stringify({ ...rest, model: String(model), from: String(from), to: String(to), signature });
}

/**
 * Reads a signed report.
 *
 * @throws ClientError `bad-input`
 */
export function decodeReport(json: string): SignedReport {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    parsed = undefined;
  }
  const { model, interval, from, to, receiptsRoot, exponent, q, signature } = (
    typeof parsed === "object" && parsed !== null ? parsed : {}
  ) as Partial<Record<keyof UsageReport | "signature", unknown>>;
  if (
    !isDecimal(model) ||
    !isDecimal(from) ||
    !isDecimal(to) ||
    !Number.isSafeInteger(interval) ||
    !Number.isSafeInteger(exponent) ||
    !isHex(receiptsRoot, /^0x[0-9a-f]{64}$/) ||
    !isHex(q, /^0x([0-9a-f]{2})+$/) ||
    !isHex(signature, /^0x([0-9a-fA-F]{2})*$/)
  ) {
    throw notOne();
  }
  const report = {
    model: BigInt(model),
    interval: Number(interval),
    from: BigInt(from),
    to: BigInt(to),
    receiptsRoot,
    exponent: Number(exponent),
    q,
  };
  try {
    // What can't be hashed is out of the ranges that a report has on the chain.
    usageReportHash(report);
  } catch (cause) {
    throw cause instanceof ScorerError ? notOne(cause) : cause;
  }
  return { report, signature };
}

function notOne(cause?: unknown): ClientError {
  return new ClientError("bad-input", "this is no signed usage report: get the one that the operator published", {
    cause,
  });
}

function isDecimal(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,78}$/.test(value);
}

function isHex(value: unknown, form: RegExp): value is Hex {
  return typeof value === "string" && form.test(value);
}
