/** The backend that is the demo's filter, in the gateway's own process. */
export const FILTER = "spam-filter";

/** Where a gateway listens unless it is told otherwise. */
export const HOST = "127.0.0.1";
export const PORT = 8402;

/** What an answer is taken to have at most when its request sets no limit. */
export const MAX_OUTPUT_TOKENS = 4_096;

/** What a gateway logs, from the least important on. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_LEVEL: LogLevel = "info";
