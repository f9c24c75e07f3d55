import {
  type Change,
  child,
  children,
  isNode,
  neighbours,
  replace,
  type Source,
  type SyntaxNode,
  text,
} from "./mutants.ts";
import { swap } from "./solidity.ts";

/** What a builtin becomes: a name, or a pattern in which `#` is the whole call with another name. */
const BUILTINS: Readonly<
  Record<string, readonly { readonly kind: string; readonly name: string; readonly negated?: true }[]>
> = {
  add: [{ kind: "arithmetic", name: "sub" }],
  sub: [{ kind: "arithmetic", name: "add" }],
  mul: [{ kind: "arithmetic", name: "add" }],
  div: [{ kind: "arithmetic", name: "mul" }],
  shl: [{ kind: "shift", name: "shr" }],
  shr: [{ kind: "shift", name: "shl" }],
  and: [{ kind: "bitwise", name: "or" }],
  or: [{ kind: "bitwise", name: "and" }],
  xor: [{ kind: "bitwise", name: "or" }],
  lt: [
    { kind: "relational", name: "lt", negated: true },
    { kind: "relational", name: "gt", negated: true },
  ],
  gt: [
    { kind: "relational", name: "gt", negated: true },
    { kind: "relational", name: "lt", negated: true },
  ],
  eq: [{ kind: "relational", name: "eq", negated: true }],
};
const UNORDERED = new Set(["add", "mul", "and", "or", "xor", "eq", "lt", "gt"]);
/** Of these the arguments are places in memory, and what stands elsewhere reads like nothing. */
const PLACES = new Set(["mstore", "mload", "keccak256", "calldataload", "return", "revert"]);

/** All changes of a block of assembly. */
export function yulChanges(root: SyntaxNode, source: Source): Change[] {
  const changes: Change[] = [];
  const visit = (node: SyntaxNode): void => {
    changes.push(...changesAt(node, source));
    for (const value of Object.values(node))
      for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) visit(each);
  };
  visit(root);
  return changes;
}

function changesAt(node: SyntaxNode, source: Source): Change[] {
  switch (node.nodeType) {
    case "YulFunctionCall":
      return call(node, source);
    case "YulLiteral":
      return text(node, "kind") === "number"
        ? neighbours(text(node, "value")).map((number) => replace(node, "constant", number))
        : [];
    case "YulExpressionStatement":
    case "YulAssignment":
    case "YulBreak":
    case "YulContinue":
      return [replace(node, "statement", "")];
    case "YulIf":
    case "YulForLoop":
      return negation(child(node, "condition"), source);
    default:
      return [];
  }
}

function call(node: SyntaxNode, source: Source): Change[] {
  const name = text(child(node, "functionName"), "name");
  const given = children(node, "arguments");
  if (name === "iszero") return [replace(node, "logical", source.of(given[0]!))];
  const written = given.map((each) => source.of(each)).join(", ");
  const changes = (BUILTINS[name] ?? []).map((other) =>
    replace(node, other.kind, other.negated ? `iszero(${other.name}(${written}))` : `${other.name}(${written})`),
  );
  if (UNORDERED.has(name) || PLACES.has(name)) return changes;
  const swaps = given.slice(1).map((right, i) => swap(given[i]!, right, source));
  return [...changes, ...swaps];
}

/** The opposite condition, where no change of the condition itself is its opposite. */
function negation(condition: SyntaxNode, source: Source): Change[] {
  if (condition.nodeType === "YulFunctionCall") {
    const name = text(child(condition, "functionName"), "name");
    if (["lt", "gt", "eq", "iszero"].includes(name)) return [];
  }
  return [replace(condition, "condition", `iszero(${source.of(condition)})`)];
}
