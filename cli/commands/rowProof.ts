import type { Suite } from "../../client/index.ts";
import { digestTree, proveRow, type RowProof } from "../../metadata/index.ts";
import type { Hex } from "../../scorer/index.ts";
import { argument, command, flag, option, requiredOption } from "../command.ts";
import { readContributedRows } from "../contributedRows.ts";
import { EXIT } from "../exit.ts";
import { address, id, text, whole } from "../readers.ts";
import { fields } from "../style.ts";

export const proofRow = command({
  name: "proof row",
  role: "contributor",
  summary: "prove that a row is in a contribution",
  details:
    "Prints the row's digest and the siblings of its leaf. With --dataset the proof is checked against the chain: exit 6 when the contributor has no such row there.",
  arguments: {
    path: argument("PATH", "the contribution's rows: folder, file, or rows.json", text),
    index: argument("INDEX", "place of the row, from 0", whole(0, 2 ** 32 - 1)),
  },
  options: {
    contributor: requiredOption("ADDRESS", "who contributed the rows", address),
    dataset: option("ID", "check against this dataset", id(32)),
    lines: flag("each line of the file is a row, whatever its kind"),
  },
  examples: [
    "proof row folder 3 --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "proof row folder 3 --contributor 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --dataset 1",
  ],
  run: async (context, { path, index, contributor, dataset, lines }) => {
    const { digests, rows } = await readContributedRows(context, path, lines);
    const wallet = contributor.toLowerCase() as Hex;
    const proven = proveRow(wallet, digests, index);
    const { digest, proof } = proven;
    const { root } = digestTree(wallet, digests);
    const row = rows?.[index];
    const matches = dataset === undefined ? null : await isRowOnChain(await context.suite(), dataset, root, proven);
    const data = {
      contributor,
      root,
      rows: digests.length,
      index,
      file: row?.file ?? null,
      place: row?.place ?? null,
      digest,
      proof,
      dataset: dataset ?? null,
      matches,
    };
    return {
      data,
      render: (style) =>
        [
          fields(style, [
            ["contributor", contributor],
            ["root", root],
            ["row", `${index} of ${digests.length}${row === undefined ? "" : `: ${row.file}, place ${row.place}`}`],
            ["digest", digest],
            ...proof.map((sibling, i) => [`sibling ${i}`, sibling] as const),
          ]),
          ...(dataset === undefined
            ? []
            : [
                matches === true
                  ? style.green(`The row is in the contribution to dataset ${dataset}.`)
                  : style.red(`The row is NOT in a contribution of ${contributor} to dataset ${dataset}.`),
              ]),
        ].join("\n"),
      exitCode: matches === false ? EXIT.mismatch : EXIT.ok,
    };
  },
});

async function isRowOnChain(
  { datasets }: Suite,
  dataset: bigint,
  root: Hex,
  { contributor, index, digest, proof }: RowProof,
): Promise<boolean> {
  await datasets.termsOf(dataset);
  return datasets.isRow(dataset, { contributor, root }, index, digest, [...proof]);
}
