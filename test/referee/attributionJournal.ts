/** What events and errors are told with: numbers, addresses, and words of 32 bytes. */
export type Plain = bigint | number | boolean | string;

/** An event or an error as text, so that those of the chain and those of the referee compare. */
export function describeCall(name: string, values: readonly Plain[]): string {
  return `${name}(${values.map(String).join(", ")})`;
}

/** A call that must be refused, with the contract's custom error. */
export class Refusal extends Error {
  constructor(name: string, ...values: readonly Plain[]) {
    super(describeCall(name, values));
  }
}

/** The events that the referee expects of a call, in order. */
export class Journal {
  #events: string[] = [];

  /** @param event Contract and event, such as `vault.Locked`. */
  note(event: string, ...values: readonly Plain[]): void {
    this.#events.push(describeCall(event, values));
  }

  /** Hands over the events since the last time. */
  take(): string[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
