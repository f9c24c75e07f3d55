/** A node of solc's syntax tree, of Solidity or of Yul: what it holds depends on `nodeType`. */
export interface SyntaxNode {
  readonly nodeType: string;
  /** `start:length:file`, in bytes of the source. */
  readonly src: string;
  readonly [member: string]: unknown;
}

/** One change of a source: `length` bytes from `start` on become `replacement`. */
export interface Change {
  /** What kind of change it is, such as `relational` or `statement`. */
  readonly operator: string;
  readonly start: number;
  readonly length: number;
  readonly replacement: string;
}

/** A source with one change in it. */
export interface Mutant extends Change {
  /** Path of the mutated source. */
  readonly file: string;
  /** Number of the first changed line, from 1. */
  readonly line: number;
  /** The changed lines without their indentation, before and after. */
  readonly before: string;
  readonly after: string;
}

/** The text of a source by bytes, as solc counts. */
export class Source {
  readonly #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  /** Text of some bytes. */
  slice(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }

  /** Text of a node. */
  of(node: SyntaxNode): string {
    const [start, end] = span(node);
    return this.slice(start, end);
  }

  /** The whole text with one change in it. */
  with({ start, length, replacement }: Change): string {
    return this.slice(0, start) + replacement + this.slice(start + length, this.#bytes.length);
  }

  /** The change with the lines that it is in. */
  locate(file: string, change: Change): Mutant {
    const { start, length, replacement } = change;
    const end = start + length;
    const from = this.#bytes.lastIndexOf("\n", Math.max(start - 1, 0)) + 1;
    const newline = this.#bytes.indexOf("\n", end);
    const to = newline < 0 ? this.#bytes.length : newline;
    const onOneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
    return {
      ...change,
      file,
      line: this.slice(0, start).split("\n").length,
      before: onOneLine(this.slice(from, to)),
      after: onOneLine(this.slice(from, start) + replacement + this.slice(end, to)),
    };
  }
}

/** Where a node begins and ends, in bytes. */
export function span(node: SyntaxNode): [start: number, end: number] {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return [start, start + length];
}

/** Whether a value is a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}

/** The node in a member. */
export function child(node: SyntaxNode, member: string): SyntaxNode {
  const value = node[member];
  if (!isNode(value)) throw new Error(`a ${node.nodeType} without ${member}: the syntax tree isn't one of solc 0.8`);
  return value;
}

/** The nodes in a member, an array. */
export function children(node: SyntaxNode, member: string): SyntaxNode[] {
  const value = node[member];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A member that is text, or nothing. */
export function text(node: SyntaxNode, member: string): string {
  const value = node[member];
  return typeof value === "string" ? value : "";
}

/** The change of a whole node. */
export function replace(node: SyntaxNode, operator: string, replacement: string): Change {
  const [start, end] = span(node);
  return { operator, start, length: end - start, replacement };
}

/** A number of the source one higher and, where there is one, one lower. */
export function neighbours(literal: string): string[] {
  const value = BigInt(literal.replaceAll("_", ""));
  return value === 0n ? ["1"] : [`${value + 1n}`, `${value - 1n}`];
}
