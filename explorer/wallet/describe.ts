import type { ParamType, Result } from "ethers";
import { ROLES, type Role } from "../../client/addressBook.ts";
import type { Suite } from "../../client/suite.ts";
import type { Call } from "./action.ts";

/** A value of a call or message, for a person to read. */
export interface Described {
  readonly name: string;
  readonly type: string;
  /** Text of a plain value, or the members of one that has some. */
  readonly value: string | readonly Described[];
}

/** What a call says, read from its bytes. */
export interface DescribedCall {
  readonly contract: Role;
  readonly address: string;
  readonly name: string;
  readonly args: readonly Described[];
}

/** Decodes a call to one of the deployment's contracts. */
export function describeCall(suite: Suite, { transaction }: Call): DescribedCall | undefined {
  const address = transaction.to;
  const contract = ROLES.find((role) => suite.book.contracts[role].toLowerCase() === address.toLowerCase());
  if (contract === undefined) return undefined;
  const parsed = suite[contract].interface.parseTransaction({ data: transaction.data });
  if (parsed === null) return undefined;
  const args = parsed.fragment.inputs.map((type, i) => described(type, parsed.args[i], i));
  return { contract, address, name: parsed.name, args };
}

function described(type: ParamType, value: unknown, place: number): Described {
  const name = type.name === "" ? `#${place + 1}` : type.name;
  if (type.arrayChildren) {
    const items = (value as Result).toArray().map((item, i) => ({
      ...described(type.arrayChildren!, item, i),
      name: String(i + 1),
    }));
    return { name, type: type.type, value: items.length === 0 ? "none" : items };
  }
  if (type.components) {
    const members = type.components.map((member, i) => described(member, (value as Result)[i], i));
    return { name, type: type.type, value: members };
  }
  return { name, type: type.type, value: String(value) };
}
