import { ClientError } from "../../client/clientError.ts";

/**
 * A number of the chain in an address of this page.
 *
 * @throws ClientError `bad-input`
 */
export function numberIn(text: string | undefined, what: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new ClientError(
    "bad-input",
    `${text ?? "nothing"} is no number of a ${what}: look for it with the search above`,
  );
}
