import { keccak256, toUtf8Bytes } from "ethers";
import type { Json, JsonObject, Outcome } from "./command.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./exit.ts";

/** What `--output` can be: one JSON object a line with to, value and data, or a batch for Safe's Transaction Builder. */
export const BATCH_FORMATS = ["calldata", "safe"] as const;

export type BatchFormat = (typeof BATCH_FORMATS)[number];

/** Whether a value is one of `--output`. */
export function isBatchFormat(value: unknown): value is BatchFormat {
  return BATCH_FORMATS.some((format) => format === value);
}

/** A transaction that somebody else is to send. */
type Call = {
  readonly to: string;
  /** Decimal, in the chain's smallest coin. */
  readonly value: string;
  readonly data: string;
};

/**
 * The transactions of a command that sent nothing, for somebody else to send, in this order.
 *
 * @param name - of the command
 * @throws UsageError when the command left no transactions
 */
export async function batchOf(
  context: Context,
  format: BatchFormat,
  name: string,
  { data, next }: Outcome,
): Promise<Outcome> {
  const listed = (data.transactions ?? []) as readonly { to: string; value: bigint; data: string; from: string }[];
  const [first] = listed;
  if (first === undefined) throw new UsageError(`${name} has no transactions that somebody else could send`);
  const calls = listed.map(({ to, value, data: calldata }): Call => ({ to, value: String(value), data: calldata }));
  const { chainId } = (await context.suite()).book;
  const printed: JsonObject =
    format === "safe"
      ? safeBatch({ chainId, safe: first.from, description: `tributary ${name}`, createdAt: Date.now(), calls })
      : { chainId, from: first.from, calls };
  return {
    data: printed,
    render: () =>
      format === "safe" ? JSON.stringify(printed, null, 2) : calls.map((call) => JSON.stringify(call)).join("\n"),
    ...(next === undefined
      ? {}
      : { next: format === "safe" ? "import the batch in Safe's Transaction Builder" : "send each in this order" }),
  };
}

/** What a batch is made of. */
export interface BatchInput {
  readonly chainId: number;
  /** Address of the Safe. */
  readonly safe: string;
  readonly description: string;
  /** In milliseconds. */
  readonly createdAt: number;
  readonly calls: readonly Call[];
}

/** A batch file of Safe's Transaction Builder, format 1.0, with its checksum. */
export function safeBatch({ chainId, safe, description, createdAt, calls }: BatchInput): JsonObject {
  const meta = {
    name: "Tributary",
    description,
    txBuilderVersion: "1.18.2",
    createdFromSafeAddress: safe,
    createdFromOwnerAddress: "",
  };
  const transactions = calls.map((call) => ({ ...call, contractMethod: null, contractInputsValues: null }));
  const batch = { version: "1.0", chainId: String(chainId), createdAt, meta, transactions };
  return { ...batch, meta: { ...meta, checksum: batchChecksum(batch) } };
}

/**
 * The checksum that Safe's Transaction Builder checks when it imports a batch: keccak256 of its members in the order of
 * their names, each object led by the list of them; the batch's name doesn't count.
 *
 * @param batch - without a checksum
 */
export function batchChecksum(batch: JsonObject & { readonly meta: JsonObject }): string {
  return keccak256(toUtf8Bytes(serialise({ ...batch, meta: { ...batch.meta, name: null } })));
}

function serialise(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(serialise).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = value as JsonObject;
  const names = Object.keys(members).sort();
  return `{${JSON.stringify(names)}${names.map((name) => `${serialise(members[name] ?? null)},`).join("")}}`;
}
