/** What a model's answers cost, in the currency's smallest unit. */
export type Pricing =
  | { readonly kind: "call"; readonly price: bigint }
  | {
      readonly kind: "tokens";
      /** For 1,000,000 tokens of the request */
      readonly inputRate: bigint;
      /** For 1,000,000 tokens of the answer */
      readonly outputRate: bigint;
      /** What an answer is taken to have at most when its request says nothing */
      readonly maxOutputTokens: number;
    };

/** Tokens of one request and its answer. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
}

const RATE_TOKENS = 1_000_000n;
/** The most tokens that a request may ask for: beyond it, a number is a mistake. */
const MAX_TOKENS = 100_000_000;

/**
 * The most that a request can cost: a token has at least one byte, so it has no more tokens than its body has bytes;
 * the answer has what `max_completion_tokens`, `max_output_tokens` or `max_tokens` allows, for each of `n` choices.
 *
 * @param body - the request's, JSON of an OpenAI-compatible server
 * @param least - the market's price, below which nothing is sold
 */
export function quoteOf(pricing: Pricing, body: Uint8Array, least: bigint): bigint {
  if (pricing.kind === "call") return larger(pricing.price, least);
  const request = readObject(new TextDecoder().decode(body)) ?? {};
  const asked = [request.max_completion_tokens, request.max_output_tokens, request.max_tokens].find(isCount);
  const choices = isCount(request.n) ? Math.max(1, request.n) : 1;
  const output = Math.min(MAX_TOKENS, (asked ?? pricing.maxOutputTokens) * choices);
  return larger(costOf(pricing, { input: body.length, output }), least);
}

/**
 * What an answer cost: never more than was quoted, which is also the price when the upstream doesn't say what it used.
 */
export function priceOf(pricing: Pricing, usage: TokenUsage | undefined, quote: bigint, least: bigint): bigint {
  if (pricing.kind === "call" || usage === undefined) return quote;
  const cost = larger(costOf(pricing, usage), least);
  return cost < quote ? cost : quote;
}

/**
 * The usage that an answer, or one event of its stream, states.
 *
 * @param text - JSON with a member `usage`, its own or that of its member `response`
 */
export function readUsage(text: string): TokenUsage | undefined {
  const answer = readObject(text);
  if (answer === undefined) return undefined;
  const usage = asObject(answer.usage) ?? asObject(asObject(answer.response)?.usage);
  const input = usage?.prompt_tokens ?? usage?.input_tokens;
  // An embedding has no tokens of its own.
  const output = usage?.completion_tokens ?? usage?.output_tokens ?? 0;
  return isCount(input) && isCount(output) ? { input, output } : undefined;
}

/** The texts that a request gives the model: its messages, its prompt or its input; the whole body where it has none. */
export function requestText(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  const request = readObject(text);
  const found = textsOf([request?.instructions, request?.messages, request?.prompt, request?.input]);
  return found.length > 0 ? found.join("\n") : text;
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  const part = asObject(value);
  return part === undefined ? [] : textsOf([part.text, part.content]);
}

/** Rounded up to the smallest unit: what is sold is never given away. */
function costOf({ inputRate, outputRate }: Pricing & { kind: "tokens" }, { input, output }: TokenUsage): bigint {
  return (BigInt(input) * inputRate + BigInt(output) * outputRate + RATE_TOKENS - 1n) / RATE_TOKENS;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
