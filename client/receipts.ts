import { concat, keccak256, TypedDataEncoder, verifyTypedData } from "ethers";
import {
  fromHex,
  type Hex,
  intervalQuery,
  type MerkleTree,
  packQ,
  type QuantisedVector,
  queryDigest,
  type Receipt,
  receiptLeaf,
  receiptsTree,
  toHex,
  unpackQ,
  type UsageReport,
  verifyMerkleProof,
} from "../scorer/index.ts";
import { ClientError } from "./clientError.ts";
import type { Suite } from "./suite.ts";

/** Header, trailer or event in which a gateway sends a receipt: JSON in base64. */
export const RECEIPT_HEADER = "tributary-receipt";

/** EIP-712 type of a paid call, of which a leaf is the struct hash. */
export const PAID_CALL_TYPES = {
  PaidCall: [
    { name: "model", type: "uint256" },
    { name: "payer", type: "address" },
    { name: "amount", type: "uint112" },
    { name: "payment", type: "string" },
    { name: "requestDigest", type: "bytes32" },
    { name: "responseDigest", type: "bytes32" },
    { name: "queryDigest", type: "bytes32" },
    { name: "time", type: "uint40" },
  ],
};

/** EIP-712 type of what an operator signs: the root over calls that were answered together. */
export const PAID_CALLS_TYPES = { PaidCalls: [{ name: "root", type: "bytes32" }] };

/** What a gateway gives its caller for a payment: the operator's word that the call is among the model's receipts. */
export interface SignedReceipt {
  /** Decimal, as `amount` */
  readonly model: string;
  readonly payer: Hex;
  readonly amount: string;
  /** The payment's id */
  readonly payment: string;
  readonly requestDigest: Hex;
  readonly responseDigest: Hex;
  readonly queryDigest: Hex;
  /** Seconds */
  readonly time: number;
  /** Place of the call among those that were signed together */
  readonly index: number;
  /** Siblings of its leaf, bottom up */
  readonly proof: readonly Hex[];
  readonly signature: Hex;
}

/** A receipt of a usage report, with its place among the report's receipts. */
export interface ProvenReceipt {
  readonly receipt: Receipt;
  readonly index: number;
  /** Number of the report's receipts */
  readonly size: number;
  /** Siblings in the tree of receipts, bottom up */
  readonly proof: readonly Hex[];
}

/** A receipt of a published file, with the query vector that its digest is of. */
export interface PublishedReceipt {
  readonly receipt: Receipt;
  readonly query: QuantisedVector;
}

const HEX_32 = /^0x[0-9a-f]{64}$/;

/**
 * Reads a signed receipt from JSON; what else stands there is left out.
 *
 * @throws ClientError `bad-input`
 */
export function parseSignedReceipt(json: string): SignedReceipt {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    parsed = undefined;
  }
  const { model, payer, amount, payment, requestDigest, responseDigest, queryDigest, time, index, proof, signature } =
    (parsed ?? {}) as Partial<Record<keyof SignedReceipt, unknown>>;
  if (
    !isUint(model, 256) ||
    !isUint(amount, 112) ||
    !isHex(payer, /^0x[0-9a-f]{40}$/) ||
    typeof payment !== "string" ||
    /\p{Surrogate}/u.test(payment) ||
    !isHex(requestDigest) ||
    !isHex(responseDigest) ||
    !isHex(queryDigest) ||
    !isCount(time, 40) ||
    !Array.isArray(proof) ||
    !proof.every((sibling: unknown) => isHex(sibling)) ||
    !isCount(index, Math.min(proof.length, 31)) ||
    !isHex(signature, /^0x[0-9a-f]{130}$/)
  ) {
    throw new ClientError(
      "bad-input",
      "this is no signed receipt: get it again from the gateway, at /receipts/PAYMENT",
    );
  }
  return { model, payer, amount, payment, requestDigest, responseDigest, queryDigest, time, index, proof, signature };
}

/** The receipts file of an interval, to be written as JSON: in the order of payment. See docs/formats.md. */
export function receiptsFile(published: readonly PublishedReceipt[]): object[] {
  return published.map(({ receipt, query }) => ({
    ...receipt,
    model: String(receipt.model),
    feesAfter: String(receipt.feesAfter),
    amount: String(receipt.amount),
    query: { exponent: query.exponent, lanes: toHex(packQ(query.lanes)) },
  }));
}

/**
 * What an operator reports of an interval.
 *
 * @param piece - the interval's ends, as the usage registry has them
 * @param published - at least one, in the order of payment
 */
export function reportOf(
  model: bigint,
  interval: number,
  { from, to }: Pick<UsageReport, "from" | "to">,
  published: readonly PublishedReceipt[],
): UsageReport {
  const receiptsRoot = receiptsTree(published.map(({ receipt }) => receipt)).root;
  return { model, interval, from, to, receiptsRoot, ...queryOf(published) };
}

/** `q` of an interval, as its report states it. */
function queryOf(published: readonly PublishedReceipt[]): Pick<UsageReport, "exponent" | "q"> {
  const { exponent, lanes } = intervalQuery(published.map(({ receipt: { amount }, query }) => ({ amount, query })));
  return { exponent, q: toHex(packQ(lanes)) };
}

/**
 * Reads the receipts file of an interval.
 *
 * @throws ClientError `bad-input`; ScorerError for members out of their range
 */
export function parseReceipts(json: string): PublishedReceipt[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    parsed = undefined;
  }
  const wrong = new ClientError("bad-input", "this is no receipts file: get the one that the operator published");
  if (!Array.isArray(parsed)) throw wrong;
  return parsed.map((entry: unknown) => {
    const { model, feesAfter, payer, amount, query, ...digests } = objectOf(entry);
    const { exponent, lanes } = objectOf(query);
    const { requestDigest, responseDigest, queryDigest: digest } = digests;
    if (!isUint(model) || !isUint(feesAfter) || !isUint(amount) || typeof exponent !== "number") throw wrong;
    if (![payer, requestDigest, responseDigest, digest, lanes].every((value) => isHex(value, /^0x[0-9a-f]*$/)))
      throw wrong;
    return {
      receipt: {
        model: BigInt(model),
        feesAfter: BigInt(feesAfter),
        payer: payer as Hex,
        amount: BigInt(amount),
        requestDigest: requestDigest as Hex,
        responseDigest: responseDigest as Hex,
        queryDigest: digest as Hex,
      },
      query: { exponent, lanes: unpackQ(fromHex(lanes as Hex, "the lanes of a query")) },
    };
  });
}

/**
 * Checks a receipts file against the report on the chain: its root, and that q is the sum of its queries.
 *
 * @returns the tree of the receipts
 * @throws ClientError `mismatch` that says what differs
 */
export function checkReceipts(published: readonly PublishedReceipt[], report: UsageReport): MerkleTree {
  const differs = (what: string): ClientError =>
    new ClientError("mismatch", `${what}: the file isn't that of interval ${report.interval} of model ${report.model}`);
  const tree = receiptsTree(published.map(({ receipt }) => receipt));
  if (tree.root !== report.receiptsRoot.toLowerCase()) throw differs(`its root is ${tree.root}`);
  const place = published.findIndex(({ receipt, query }) => queryDigest(query) !== receipt.queryDigest);
  if (place >= 0) throw differs(`the query of receipt ${place} isn't the one of its digest`);
  const { exponent, q } = queryOf(published);
  if (exponent !== report.exponent || q !== report.q.toLowerCase()) {
    throw new ClientError(
      "mismatch",
      "the report's q isn't the sum of its receipts' queries: the operator's report is wrong",
    );
  }
  return tree;
}

/**
 * Who signed a receipt.
 *
 * @returns the address, in mixed case: compare it with the model's operator
 * @throws ClientError `mismatch` when the signature is none
 */
export function receiptSigner({ book }: Pick<Suite, "book">, receipt: SignedReceipt): string {
  const { index, proof, signature, ...call } = receipt;
  const domain = { name: "Tributary", version: "1", chainId: book.chainId, verifyingContract: book.contracts.usage };
  const root = proof.reduce(
    (node, sibling, level) =>
      keccak256(((index >> level) & 1) === 0 ? concat([node, sibling]) : concat([sibling, node])),
    TypedDataEncoder.hashStruct("PaidCall", PAID_CALL_TYPES, call),
  );
  try {
    return verifyTypedData(domain, PAID_CALLS_TYPES, { root }, signature);
  } catch (cause) {
    throw new ClientError("mismatch", "the receipt's signature is none: the gateway or the file is broken", { cause });
  }
}

/**
 * Checks that a receipt is one of those that a usage report counts.
 *
 * @param signed - what the caller got for its payment, if it is to be the same call
 * @throws ClientError `mismatch` that says what differs
 */
export function verifyReceipt(
  { receipt, index, size, proof }: ProvenReceipt,
  report: UsageReport,
  signed?: SignedReceipt,
): void {
  const { model, from, to, interval, receiptsRoot } = report;
  const differs = (what: string): ClientError =>
    new ClientError("mismatch", `${what}: the receipt isn't one of interval ${interval} of model ${model}`);
  if (signed !== undefined && !isReceiptOf(receipt, signed)) throw differs("the gateway signed another call");
  if (receipt.model !== model) throw differs(`it is of model ${receipt.model}`);
  if (receipt.feesAfter <= from || receipt.feesAfter > to) throw differs(`its fee counter is ${receipt.feesAfter}`);
  if (!verifyMerkleProof(receiptsRoot, size, index, receiptLeaf(receipt), proof)) {
    throw differs("its proof doesn't lead to the report's root");
  }
}

/** Whether a report's receipt is of the call that a signed receipt names. */
export function isReceiptOf(receipt: Receipt, signed: SignedReceipt): boolean {
  return (
    receipt.model === BigInt(signed.model) &&
    receipt.amount === BigInt(signed.amount) &&
    (["payer", "requestDigest", "responseDigest", "queryDigest"] as const).every(
      (name) => receipt[name].toLowerCase() === signed[name],
    )
  );
}

function isUint(value: unknown, bits = 256): value is string {
  return typeof value === "string" && /^\d{1,78}$/.test(value) && BigInt(value) < 1n << BigInt(bits);
}

function isHex(value: unknown, form = HEX_32): value is Hex {
  return typeof value === "string" && form.test(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isCount(value: unknown, bits: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits;
}
