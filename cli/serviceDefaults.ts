/** How services run unless they are told otherwise; times in seconds. */
export const SERVICE = { host: "127.0.0.1", poll: 2, stuckAfter: 60, confirmations: 64, feeBps: 200 } as const;

/** What is worth a keeper's gas, in whole units of the currency. */
export const KEEPER = { cutFrom: "1", distributeFrom: "10" } as const;
