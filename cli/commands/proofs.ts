import { checkStatementFile, claimOf, ClientError, readStatement } from "../../client/index.ts";
import { encodeClaim, type Hex } from "../../scorer/index.ts";
import { readCurrency, readStatementFile } from "../chain.ts";
import { argument, command, option, requiredOption } from "../command.ts";
import { writeOut } from "../edges/files.ts";
import { checkOnChain, type Proofs, readProofs } from "../proofs.ts";
import { address as addressReader, root as rootReader, text } from "../readers.ts";
import { count, fields, money, table } from "../style.ts";

/** What is shown of proofs of either kind. */
interface Overview {
  readonly stream: bigint;
  readonly interval: number;
  readonly root: Hex;
  readonly pool: bigint;
  /** Lines in the file */
  readonly lines: number;
  readonly contributor: string | null;
  /** The contributor's lines; a claim doesn't name their rows */
  readonly own:
    | readonly {
        readonly index: number;
        readonly rows: number | null;
        readonly weight: bigint;
        readonly amount: bigint;
      }[]
    | null;
}

export const proofCheck = command({
  name: "proof check",
  role: "contributor",
  summary: "check every line of a statement or claim file, against the chain or a root",
  details:
    "Root, total, pool, every proof, every amount and every wallet. With --root nothing is asked of a chain: proofs and amounts are recomputed against that root, while pool and wallets are the file's word. Exit 6 when the file is of another statement.",
  arguments: { file: argument("FILE.json", "a published statement, or a claim made by proof export", text) },
  options: {
    contributor: option("ADDRESS", "show the lines of this wallet (default: the claim's)", addressReader),
    root: option("ROOT", "the statement's root; checks offline", rootReader),
  },
  examples: [
    "proof check statement-0.json",
    "proof check statement-0.json --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "proof check claim-0.json --root 0x1b092b89e5edf17795d235c50d67a677492dc8370e7b39f9395778c17e3c2fe5",
  ],
  run: async (context, { file: path, contributor, root }) => {
    const proofs = await readProofs(path);
    const shown = overviewOf(proofs, contributor, path);
    if (root !== undefined && shown.root !== root)
      throw new ClientError("mismatch", `the file is of another statement: its root is ${shown.root}, not ${root}`);
    const suite = root === undefined ? await context.suite() : undefined;
    const proposed = suite && (await readStatement(suite, shown.stream, shown.interval));
    if (suite !== undefined && proposed !== undefined)
      await context.step("Checking every line", () => checkOnChain(suite, proposed, proofs));
    const currency = suite && (await readCurrency(suite));
    const amountOf = (amount: bigint): string => (currency === undefined ? String(amount) : money(amount, currency));
    const { lines: checked, own, ...rest } = shown;
    const data = {
      matches: true,
      kind: proofs.kind,
      online: suite !== undefined,
      ...rest,
      statementHash: proposed?.hash ?? null,
      state: proposed?.state ?? null,
      lines: checked,
      own,
    };
    const what = proofs.kind === "statement" ? "is" : "is a claim of";
    return {
      data,
      render: (style) =>
        [
          style.green(
            `${path} ${what} the ${proposed === undefined ? "" : `${proposed.state} `}statement of stream ${shown.stream}, interval ${shown.interval}: ${count(checked, "line")} proved`,
          ),
          fields(style, [
            ...(proposed === undefined ? [] : [["statement", proposed.hash] as const]),
            ["root", shown.root],
            ["pool", amountOf(shown.pool)],
          ]),
          ...(own === null
            ? []
            : [
                table(
                  ["line", "rows", "weight", "amount"],
                  own.map(({ index, rows, weight, amount }) => [index, rows ?? "–", weight, amountOf(amount)]),
                  [0, 1, 2, 3],
                ),
              ]),
        ].join("\n"),
      next:
        proposed === undefined
          ? `check it against the chain too: tributary proof check ${path}`
          : proposed.state === "final"
            ? `tributary claim ${path}${contributor === undefined ? "" : ` --contributor ${contributor}`}`
            : "after the window anyone may make it final; then its lines can be claimed",
    };
  },
});

export const proofExport = command({
  name: "proof export",
  role: "contributor",
  summary: "write one contributor's lines of a statement to a claim file",
  details:
    "The statement is checked against the chain first. The claim file holds payout, lines, weights, proofs and amounts, chain and contract: whoever has it can check it offline, and claim without the statement's file.",
  arguments: { file: argument("STATEMENT.json", "the published statement", text) },
  options: {
    contributor: requiredOption("ADDRESS", "whose lines", addressReader),
    out: requiredOption("FILE", "the claim file to write", text),
  },
  examples: [
    "proof export statement-0.json --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --out claim-0.json",
  ],
  run: async (context, { file: path, contributor, out }) => {
    const file = await readStatementFile(path);
    const suite = await context.suite();
    const proposed = await readStatement(suite, file.stream, file.interval);
    await context.step("Checking every line", () => checkStatementFile(suite, proposed, file));
    const claim = claimOf(suite, proposed, file, contributor);
    await writeOut(out, encodeClaim(claim), "the claim");
    const currency = await readCurrency(suite);
    const amount = claim.lines.reduce((sum, line) => sum + line.amount, 0n);
    const { stream, interval, root } = claim.payout;
    const data = { file: out, stream, interval, root, contributor, lines: claim.lines.length, amount };
    return {
      data,
      render: (style) =>
        fields(style, [
          ["stream, interval", `${stream}, ${interval} (${proposed.state})`],
          ["root", root],
          ["lines", claim.lines.length],
          ["amount", money(amount, currency)],
          ["file", out],
        ]),
      next: `tributary proof check ${out} --root ${root}`,
    };
  },
});

function overviewOf(proofs: Proofs, contributor: string | undefined, path: string): Overview {
  const wallet = contributor?.toLowerCase();
  if (proofs.kind === "claim") {
    const { payout, contributor: claimant, lines } = proofs.file;
    if (wallet !== undefined && wallet !== claimant)
      throw new ClientError("bad-input", `${path} is the claim of ${claimant}, not of ${wallet}`);
    const { stream, interval, root, pool } = payout;
    const own = lines.map(({ index, weight, amount }) => ({ index, rows: null, weight, amount }));
    return { stream, interval, root, pool, lines: lines.length, contributor: claimant, own };
  }
  const { stream, interval, sumTreeRoot: root, pool, lines } = proofs.file;
  const overview = { stream, interval, root, pool, lines: lines.length };
  if (contributor === undefined) return { ...overview, contributor: null, own: null };
  const own = lines
    .filter((line) => line.contributor === wallet)
    .map(({ index, rows, payable, amount }) => ({ index, rows, weight: payable, amount }));
  if (own.length === 0)
    throw new ClientError(
      "bad-input",
      `no line of ${path} is of ${contributor}: it didn't contribute to this dataset version`,
    );
  return { ...overview, contributor, own };
}
