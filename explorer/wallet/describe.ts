import type { ParamType, Result } from "ethers";
import { ROLES, type Role } from "../../client/addressBook.ts";
import type { Suite } from "../../client/suite.ts";
import type { Call } from "./action.ts";

/** What a call says, read from its bytes. */
export interface DescribedCall {
  readonly contract: Role;
  readonly address: string;
  readonly name: string;
  /** Text by name; lists and structs nest. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Decodes a call to one of the deployment's contracts. */
export function describeCall(suite: Suite, { transaction }: Call): DescribedCall | undefined {
  const address = transaction.to;
  const contract = ROLES.find((role) => suite.book.contracts[role].toLowerCase() === address.toLowerCase());
  if (contract === undefined) return undefined;
  const parsed = suite[contract].interface.parseTransaction({ data: transaction.data });
  if (parsed === null) return undefined;
  return { contract, address, name: parsed.name, args: membersOf(parsed.fragment.inputs, parsed.args) };
}

function membersOf(types: readonly ParamType[], values: Result): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    types.map((type, i) => [type.name === "" ? `#${i + 1}` : type.name, plain(type, values[i])]),
  );
}

function plain(type: ParamType, value: unknown): unknown {
  const { arrayChildren, components } = type;
  if (arrayChildren) return (value as Result).toArray().map((item) => plain(arrayChildren, item));
  return components ? membersOf(components, value as Result) : String(value);
}
