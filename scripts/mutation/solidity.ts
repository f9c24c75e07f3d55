import {
  type Change,
  child,
  children,
  isNode,
  neighbours,
  replace,
  type Source,
  span,
  type SyntaxNode,
  text,
} from "./mutants.ts";
import { yulChanges } from "./yul.ts";

/** What an operator becomes. */
const BINARY: Readonly<Record<string, { readonly kind: string; readonly others: readonly string[] }>> = {
  "+": { kind: "arithmetic", others: ["-"] },
  "-": { kind: "arithmetic", others: ["+"] },
  "*": { kind: "arithmetic", others: ["/"] },
  "/": { kind: "arithmetic", others: ["*"] },
  "%": { kind: "arithmetic", others: ["*"] },
  "<<": { kind: "shift", others: [">>"] },
  ">>": { kind: "shift", others: ["<<"] },
  "&": { kind: "bitwise", others: ["|"] },
  "|": { kind: "bitwise", others: ["&"] },
  "^": { kind: "bitwise", others: ["&"] },
  "<": { kind: "relational", others: ["<=", ">="] },
  "<=": { kind: "relational", others: ["<", ">"] },
  ">": { kind: "relational", others: [">=", "<="] },
  ">=": { kind: "relational", others: [">", "<"] },
  "==": { kind: "relational", others: ["!="] },
  "!=": { kind: "relational", others: ["=="] },
  "&&": { kind: "logical", others: ["||"] },
  "||": { kind: "logical", others: ["&&"] },
};
const ASSIGNMENT: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "|=": "&=",
  "&=": "|=",
  "<<=": ">>=",
  ">>=": "<<=",
};
/** Nodes below which a change is none of behaviour, or no Solidity. */
const PASSED_OVER = new Set([
  "ElementaryTypeName",
  "ArrayTypeName",
  "ErrorDefinition",
  "EventDefinition",
  "ImportDirective",
  "PragmaDirective",
  "UsingForDirective",
  "StructuredDocumentation",
]);

/** All changes of a source that the operators make, in the order of its syntax tree; none twice. */
export function changesOf(root: SyntaxNode, source: Source): Change[] {
  const found = new Map<string, Change>();
  const visit = (node: SyntaxNode): void => {
    if (PASSED_OVER.has(node.nodeType)) return;
    const changes =
      node.nodeType === "InlineAssembly" ? yulChanges(child(node, "AST"), source) : solidityChanges(node, source);
    for (const change of changes) {
      const key = `${change.start}:${change.length}:${change.replacement}`;
      if (!found.has(key)) found.set(key, change);
    }
    if (node.nodeType === "InlineAssembly") return;
    for (const value of Object.values(node))
      for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) visit(each);
  };
  visit(root);
  return [...found.values()];
}

function solidityChanges(node: SyntaxNode, source: Source): Change[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return binary(node, source);
    case "UnaryOperation":
      return unary(node, source);
    case "Assignment":
      return assignment(node, source);
    case "Literal":
      return literal(node, source);
    case "IfStatement":
    case "WhileStatement":
    case "ForStatement":
    case "Conditional":
      return negation(node, source);
    case "ExpressionStatement":
    case "EmitStatement":
    case "RevertStatement":
    case "Break":
    case "Continue":
      return [deletion(node, source)];
    case "Return":
      return returned(node, source);
    case "FunctionCall":
      return swappedArguments(node, source);
    case "FunctionDefinition":
      return children(node, "modifiers")
        .filter((modifier) => text(modifier, "kind") === "modifierInvocation")
        .map((modifier) => replace(modifier, "modifier", ""));
    default:
      return [];
  }
}

/** Another operator in the place of one; a quotient is also rounded up. */
function binary(node: SyntaxNode, source: Source): Change[] {
  const [left, right] = [child(node, "leftExpression"), child(node, "rightExpression")];
  const operator = text(node, "operator");
  const others = BINARY[operator];
  if (others === undefined) return [];
  const changes = others.others.map((other) => inGap(source, left, right, operator, other, others.kind));
  if (operator !== "/") return changes;
  const divisor = source.of(right);
  return [...changes, replace(node, "rounding", `((${source.of(left)}) + (${divisor}) - 1) / (${divisor})`)];
}

function unary(node: SyntaxNode, source: Source): Change[] {
  const operand = source.of(child(node, "subExpression"));
  switch (text(node, "operator")) {
    case "!":
      return [replace(node, "logical", operand)];
    case "++":
      return [replace(node, "arithmetic", node.prefix === true ? `--${operand}` : `${operand}--`)];
    case "--":
      return [replace(node, "arithmetic", node.prefix === true ? `++${operand}` : `${operand}++`)];
    case "-":
      return [replace(node, "arithmetic", operand)];
    default:
      return [];
  }
}

function assignment(node: SyntaxNode, source: Source): Change[] {
  const operator = text(node, "operator");
  const other = ASSIGNMENT[operator];
  if (other === undefined) return [];
  return [inGap(source, child(node, "leftHandSide"), child(node, "rightHandSide"), operator, other, "arithmetic")];
}

/** The operator between two operands becomes another. */
function inGap(
  source: Source,
  left: SyntaxNode,
  right: SyntaxNode,
  operator: string,
  other: string,
  kind: string,
): Change {
  const [, from] = span(left);
  const [to] = span(right);
  const start = from + source.slice(from, to).indexOf(operator);
  return { operator: kind, start, length: operator.length, replacement: other };
}

function literal(node: SyntaxNode, source: Source): Change[] {
  const written = source.of(node);
  if (text(node, "kind") === "bool") return [replace(node, "constant", written === "true" ? "false" : "true")];
  const number = /^(0x[\da-fA-F]+|[\d_]+)(?=$|\s)/.exec(written)?.[0];
  if (text(node, "kind") !== "number" || number === undefined) return [];
  const [start] = span(node);
  return neighbours(number).map((replacement) => ({ operator: "constant", start, length: number.length, replacement }));
}

/** The opposite condition, where no relational operator in it becomes its opposite anyway. */
function negation(node: SyntaxNode, source: Source): Change[] {
  const condition = node.condition;
  if (!isNode(condition) || condition.nodeType === "UnaryOperation") return [];
  if (["==", "!=", "<", "<=", ">", ">="].includes(text(condition, "operator"))) return [];
  return [replace(condition, "condition", `!(${source.of(condition)})`)];
}

/** A statement and its semicolon become an empty block; a loop's last part, which has none, nothing. */
function deletion(node: SyntaxNode, source: Source): Change {
  const [start, end] = span(node);
  const semicolon = /^\s*;/.exec(source.slice(end, end + 100))?.[0].length ?? 0;
  const replacement = semicolon === 0 ? "" : "{}";
  return { operator: "statement", start, length: end - start + semicolon, replacement };
}

/** Nothing in place of what is returned, or the opposite. */
function returned(node: SyntaxNode, source: Source): Change[] {
  if (!isNode(node.expression)) return [];
  const expression = node.expression;
  const type = typeOf(expression);
  const other = /^u?int\d+$/.test(type)
    ? "0"
    : type === "address" || /^bytes\d+$/.test(type)
      ? `${type}(0)`
      : type === "bool" && expression.nodeType !== "UnaryOperation"
        ? `!(${source.of(expression)})`
        : undefined;
  return other === undefined || source.of(expression) === other ? [] : [replace(expression, "return", other)];
}

/** Two arguments of one type, side by side, change places. */
function swappedArguments(node: SyntaxNode, source: Source): Change[] {
  const names = node.names;
  const given = children(node, "arguments");
  if (text(node, "kind") !== "functionCall" || (Array.isArray(names) && names.length > 0)) return [];
  return given.slice(1).flatMap((right, i) => {
    const left = given[i]!;
    if (typeOf(left) !== typeOf(right) || source.of(left) === source.of(right)) return [];
    return [swap(left, right, source)];
  });
}

/** Two neighbours change places, with what stands between them where it was. */
export function swap(left: SyntaxNode, right: SyntaxNode, source: Source): Change {
  const [[start, leftEnd], [rightStart, end]] = [span(left), span(right)];
  const replacement = source.of(right) + source.slice(leftEnd, rightStart) + source.of(left);
  return { operator: "arguments", start, length: end - start, replacement };
}

function typeOf(node: SyntaxNode): string {
  const types = node.typeDescriptions as { typeString?: string } | undefined;
  return types?.typeString ?? "";
}
